/**
 * Messages a second each way while both sides send without a pause and the peer polls slowly: a side of this program
 * with its runner, in real time and in each polling mode, and a scripted peer in another process on a virtual board.
 *
 * The peer takes no interrupts. Its accesses ring this side as hardware does. It polls at fixed times, which a process
 * of its own that does nothing else can keep.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BTU } from "../../core/binding/layout.ts";
import { peerOf, type RoleName } from "../../core/binding/side.ts";
import type { EndpointCore } from "../../core/mctp/endpoint.ts";
import { MessageType } from "../../core/mctp/message.ts";
import { NEWEST_VERSION } from "../../core/binding/versions.ts";
import type { Eid } from "../../core/wire/units.ts";
import { monotonicClock } from "../../node/clock.ts";
import { POLL_MODES, Runner, type PollMode } from "../../node/runner.ts";
import { Failure } from "../../platform/failure.ts";
import type { HostPlatform } from "../../platform/port.ts";
import { attachBmc, attachHost } from "../../platform/shared-file/shared-file.ts";
import { describeMachine, machineText, table, type Machine } from "./machine.ts";
import { BMC_EID, HOST_EID, openBmc, openHost, type BenchSide } from "./pair.ts";
import { withBoard } from "./processes.ts";
import { SLOW_PEER_MESSAGE_BYTES, SlowBmc, SlowHost } from "./slow-peer.ts";

export interface FairnessReport {
  readonly machine: Machine;
  readonly messageBytes: number;
  readonly rows: readonly FairnessFigures[];
}

interface Case {
  /** Which side is this program's. */
  readonly side: RoleName;
  readonly pollMilliseconds: number;
  readonly mode: PollMode;
}

interface Rates {
  /** Messages that this side sent and the peer took, and the other way round. */
  readonly ownPerSecond: number;
  readonly peerPerSecond: number;
  /** Polls that the peer made: fewer than it should on a busy machine, and then fewer messages too. */
  readonly pollsPerSecond: number;
}

export interface FairnessFigures extends Case, Rates {
  /** Own messages for each of the peer's. */
  readonly ratio: number;
  readonly goal: Goal;
  readonly met: boolean;
}

interface Goal {
  readonly ratio: number;
  /** Messages a second, each way. */
  readonly perSecond: number;
}

/** The peer takes one byte a poll and a message is one byte each way, so both directions together get one message a poll. */
const CASES: readonly { readonly pollMilliseconds: number; readonly goal: Goal }[] = [
  { pollMilliseconds: 5, goal: { ratio: 0.9, perSecond: 90 } },
  { pollMilliseconds: 1, goal: { ratio: 0.9, perSecond: 0 } },
];

const SECONDS = 3;
const QUICK_SECONDS = 0.2;
/** From the open channel to the first message that counts. */
const SETTLE_MILLISECONDS = 300;
const LINK_LIMIT_MILLISECONDS = 10_000;
/** The peer ends by itself after this time, even if the process that started it was killed. */
const PEER_LIFE_MILLISECONDS = 20_000;
/** Time between reports of the peer. */
const TELL_MILLISECONDS = 50;
const LOOK_MILLISECONDS = 10;
/** Messages that this side keeps queued. */
const QUEUED = 8;

/** Measures every case, if `quick` the last one only, for a moment; `tell` is called with a line when one begins. */
export async function measureFairness(quick: boolean, tell: (line: string) => void): Promise<FairnessReport> {
  const machine = describeMachine();
  const rows: FairnessFigures[] = [];
  for (const { pollMilliseconds, goal } of quick ? CASES.slice(-1) : CASES) {
    for (const side of ["host", "bmc"] as const) {
      for (const mode of POLL_MODES) {
        tell(`${sideText(side)}, ${mode}, beside a peer that polls every ${String(pollMilliseconds)} ms`);
        rows.push(await measureCase({ side, pollMilliseconds, mode }, goal, quick ? QUICK_SECONDS : SECONDS));
      }
    }
  }
  return { machine, messageBytes: SLOW_PEER_MESSAGE_BYTES, rows };
}

async function measureCase(measured: Case, goal: Goal, seconds: number): Promise<FairnessFigures> {
  const rates = await withBoard(async (board) => await streamBothWays(measured, board, seconds));
  const { ownPerSecond, peerPerSecond } = rates;
  const ratio = ownPerSecond / peerPerSecond;
  const met = ratio >= goal.ratio && Math.min(ownPerSecond, peerPerSecond) >= goal.perSecond;
  return { ...measured, ...rates, ratio, goal, met };
}

async function streamBothWays({ side, pollMilliseconds, mode }: Case, board: string, seconds: number): Promise<Rates> {
  const { platform, endpoint, driver } = openOwn(side, board, mode !== "busy");
  const runner = new Runner(driver, platform.interrupts, monotonicClock, mode);
  const peer = startPeer({ side: peerOf(side), board, pollMilliseconds });
  try {
    const stream = startStream(endpoint, side === "host" ? BMC_EID : HOST_EID, runner);
    runner.start();
    return await Promise.race([count(endpoint, stream, peer, seconds), peer.ended]);
  } finally {
    runner.stop();
    await peer.stop();
    platform.close();
  }
}

/* ---- This side ---- */

function openOwn(side: RoleName, board: string, doorbell: boolean): BenchSide & { readonly platform: HostPlatform } {
  if (side === "host") {
    const platform = attachHost(board, { doorbell });
    return { platform, ...openHost(platform, NEWEST_VERSION, BTU) };
  }
  const platform = attachBmc(board, { doorbell });
  return { platform, ...openBmc(platform, NEWEST_VERSION, BTU) };
}

interface Stream {
  /** Messages taken by the peer, and taken from it. */
  sent: number;
  received: number;
}

/** Keeps messages queued as long as the link is up, and counts both ways. */
function startStream(endpoint: EndpointCore, destination: Eid, runner: Runner): Stream {
  const stream = { sent: 0, received: 0 };
  const message = new Uint8Array(SLOW_PEER_MESSAGE_BYTES);
  message[0] = MessageType.VENDOR_IANA;
  const sendNext = (): void => {
    endpoint.send(destination, message, monotonicClock.now(), (outcome) => {
      if (outcome !== "sent") return;
      stream.sent++;
      sendNext();
    });
  };
  endpoint.handle(MessageType.VENDOR_IANA, () => {
    stream.received++;
  });
  endpoint.onLinkChange = (up) => {
    if (up) for (let message = 0; message < QUEUED; message++) sendNext();
  };
  endpoint.onWork = () => {
    runner.kick();
  };
  return stream;
}

async function count(endpoint: EndpointCore, stream: Stream, peer: PeerProcess, seconds: number): Promise<Rates> {
  const limit = performance.now() + LINK_LIMIT_MILLISECONDS;
  const isUp = (): boolean => endpoint.isUp;
  while (!isUp()) {
    if (performance.now() > limit) throw givenUp(`No channel in ${String(LINK_LIMIT_MILLISECONDS / 1000)} s`);
    await pause(LOOK_MILLISECONDS);
  }
  await pause(SETTLE_MILLISECONDS);
  const started = performance.now();
  const before = { ...stream };
  const first = peer.polled;
  await pause(seconds * 1000);
  if (!isUp()) throw givenUp("The channel was lost");
  const passed = (performance.now() - started) / 1000;
  return {
    ownPerSecond: (stream.sent - before.sent) / passed,
    peerPerSecond: (stream.received - before.received) / passed,
    pollsPerSecond: (1000 * (peer.polled.polls - first.polls)) / (peer.polled.at - first.at),
  };
}

function givenUp(what: string): Failure {
  return new Failure("bench-peer", `${what} beside the slow peer: the measurement was given up. Run it again.`);
}

/* ---- The peer's process ---- */

interface PeerTask {
  readonly side: RoleName;
  readonly board: string;
  readonly pollMilliseconds: number;
}

/** How many polls the peer had made, and the time by its own clock in milliseconds. */
interface Polled {
  readonly polls: number;
  readonly at: number;
}

interface PeerProcess {
  /** As the peer reported last. */
  readonly polled: Polled;
  /** Rejects when the process ends unasked. */
  readonly ended: Promise<never>;
  stop(): Promise<void>;
}

function startPeer(task: PeerTask): PeerProcess {
  const args = [fileURLToPath(import.meta.url), JSON.stringify(task)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let polled: Polled = { polls: 0, at: 0 };
  createInterface({ input: child.stdout }).on("line", (line) => {
    polled = JSON.parse(line) as Polled;
  });
  const closed = once(child, "close");
  const ended = closed.then(() => {
    throw givenUp("The peer's process ended, as it says above,");
  });
  // After `stop` it rejects with no one to handle it.
  ended.catch(() => undefined);
  return {
    get polled() {
      return polled;
    },
    ended,
    stop: async () => {
      child.kill("SIGKILL");
      await closed;
    },
  };
}

/** Polls at fixed times; a late poll delays those that follow rather than have them follow at once. */
function runPeer({ side, board, pollMilliseconds }: PeerTask): void {
  const options = { doorbell: false };
  const peer =
    side === "host"
      ? new SlowHost(attachHost(board, options), HOST_EID, BMC_EID)
      : new SlowBmc(attachBmc(board, options), BMC_EID, HOST_EID);
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + PEER_LIFE_MILLISECONDS;
  let due = performance.now();
  let tell = due;
  for (let polls = 1; due < end; polls++) {
    peer.poll();
    const now = performance.now();
    if (now >= tell) {
      writeSync(1, `${JSON.stringify({ polls, at: now } satisfies Polled)}\n`);
      tell = now + TELL_MILLISECONDS;
    }
    due = Math.max(due + pollMilliseconds, now);
    Atomics.wait(sleeper, 0, 0, due - now);
  }
}

const [, program, task] = process.argv;
if (program === fileURLToPath(import.meta.url) && task !== undefined) runPeer(JSON.parse(task) as PeerTask);

/* ---- For people ---- */

export function fairnessLines({ machine, messageBytes, rows }: FairnessReport): readonly string[] {
  return [
    `on ${machineText(machine)}`,
    "",
    `${String(messageBytes)} B messages both ways beside a peer that polls, messages a second`,
    ...table(
      ["this side", "polling", "peer polls every", "polls/s", "sent", "received", "ratio", "goal", ""],
      rows.map(({ side, mode, pollMilliseconds, pollsPerSecond, ownPerSecond, peerPerSecond, ratio, goal, met }) => [
        sideText(side),
        mode,
        `${String(pollMilliseconds)} ms`,
        pollsPerSecond.toFixed(0),
        ownPerSecond.toFixed(1),
        peerPerSecond.toFixed(1),
        ratio.toFixed(2),
        goalText(goal),
        met ? "met" : "missed",
      ]),
    ),
  ];
}

function sideText(side: RoleName): string {
  return side === "host" ? "host" : "BMC";
}

function goalText({ ratio, perSecond }: Goal): string {
  return perSecond === 0 ? ratio.toFixed(2) : `${ratio.toFixed(2)}, ${String(perSecond)}/s`;
}
