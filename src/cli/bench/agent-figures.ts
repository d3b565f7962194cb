/** What two agents of a build do for their tools: files sent, sleepers woken, a conversation. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { peerOf, type RoleName } from "../../core/binding/side.ts";
import { system } from "../../platform/system.ts";
import { AgentPair } from "./agent-pair.ts";
import { withFolder } from "./processes.ts";
import { median } from "./statistics.ts";

export interface AgentEffort {
  readonly fileBytes: number;
  readonly wakeUps: number;
  readonly roundTrips: number;
}

export function agentEffort(quick: boolean): AgentEffort {
  return quick
    ? { fileBytes: 1024 * 1024, wakeUps: 3, roundTrips: 20 }
    : { fileBytes: 64 * 1024 * 1024, wakeUps: 40, roundTrips: 3000 };
}

export type AgentFigure =
  | "sendFromHost"
  | "sendFromBmc"
  | "storeFromHost"
  | "storeFromBmc"
  | "wakeUp"
  | "warmWakeUp"
  | "wakeUpCpu"
  | "conversation";

/** What can be measured of two agents. */
const AGENT_FIGURES: Readonly<Record<AgentFigure, (pair: AgentPair, effort: AgentEffort) => Promise<number>>> = {
  /** Microseconds a byte of a file, as the tool reports it, both inboxes in memory. */
  sendFromHost: (pair, effort) => sendFile(pair, "host", effort),
  sendFromBmc: (pair, effort) => sendFile(pair, "bmc", effort),
  /** The same with the inboxes in the temporary folder, which should be on a disk. */
  storeFromHost: (pair, effort) => sendFile(pair, "host", effort),
  storeFromBmc: (pair, effort) => sendFile(pair, "bmc", effort),
  /** Microseconds of a round trip between two that sleep, the median. */
  wakeUp: async (pair, { wakeUps }) => (await pings(pair, wakeUps, INTERVAL_MILLISECONDS)).medianMicroseconds,
  /** The same between two that have talked: what every echo runs is compiled. */
  warmWakeUp: async (pair, { wakeUps, roundTrips }) => {
    await pings(pair, 2 * roundTrips, 0);
    return (await pings(pair, wakeUps, INTERVAL_MILLISECONDS)).medianMicroseconds;
  },
  /** Microseconds of processor time of both for one. */
  wakeUpCpu: async (pair, { wakeUps }) => {
    const before = pair.cpuMilliseconds;
    await pings(pair, wakeUps, INTERVAL_MILLISECONDS);
    return (1000 * (pair.cpuMilliseconds - before)) / wakeUps;
  },
  /** Microseconds of the quickest of many round trips, one behind the other. */
  conversation: async (pair, { roundTrips }) => (await pings(pair, roundTrips, 0)).minimumMicroseconds,
};

interface Pings {
  readonly minimumMicroseconds: number;
  readonly medianMicroseconds: number;
}

/** Long enough that both sides sleep. */
const INTERVAL_MILLISECONDS = 100;

/** A figure of a build, `program` being its entry. */
export async function measureAgents(program: string, figure: AgentFigure, effort: AgentEffort): Promise<number> {
  const inboxes = figure.startsWith("store") ? "on disk" : "in memory";
  return await AgentPair.with(program, inboxes, async (pair) => await AGENT_FIGURES[figure](pair, effort));
}

async function sendFile(pair: AgentPair, from: RoleName, { fileBytes }: AgentEffort): Promise<number> {
  const name = `from-${from}`;
  const path = join(pair.folder, name);
  writeFileSync(path, randomBytes(fileBytes));
  const sent = (await pair.ask(from, "send-file", path)) as { readonly bytes: number; readonly milliseconds: number };
  rmSync(path);
  // Where in it the file is depends on the build.
  const inbox = pair.inboxOf(peerOf(from));
  for (const entry of readdirSync(inbox)) rmSync(join(inbox, entry), { recursive: true });
  return (1000 * sent.milliseconds) / sent.bytes;
}

async function pings(pair: AgentPair, count: number, interval: number): Promise<Pings> {
  return (await pair.ask("host", "ping", "--count", String(count), "--interval", String(interval))) as Pings;
}

/** As `wakeUp`, of two Node processes that do nothing else. */
export async function measureBareWakeUp({ wakeUps }: AgentEffort): Promise<number> {
  return await withFolder(async (folder) => {
    const [one, other] = [join(folder, "one-bell"), join(folder, "other-bell")];
    for (const path of [one, other]) system.makeFifo(path);
    const program = fileURLToPath(new URL("./bare-wake-up.js", import.meta.url));
    const start = (...words: readonly string[]): ChildProcess =>
      spawn(process.execPath, [program, ...words, String(wakeUps), String(INTERVAL_MILLISECONDS)], {
        stdio: ["pipe", "pipe", "inherit"],
      });
    const answering = start("answer", other, one);
    const asking = start("ask", one, other);
    try {
      const times = JSON.parse(asking.stdout === null ? "[]" : await text(asking.stdout)) as readonly number[];
      return 1000 * median(times);
    } finally {
      answering.stdin?.end();
      asking.stdin?.end();
    }
  });
}
