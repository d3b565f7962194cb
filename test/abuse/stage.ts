/**
 * The stage of one attack: a folder of its own, the attacked agent with an inbox and a state file, the attacker's place on one
 * of its ports, and an honest endpoint on another. All of it goes when the attack is over.
 */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, watch, type FSWatcher } from "node:fs";
import { dirname, join } from "node:path";
import { sharedMemory } from "../support/shared-memory.ts";
import { AbusedAgent } from "./agent.ts";
import { Attacker } from "./attacker.ts";
import { HonestTraffic } from "./honest-traffic.ts";

/**
 * Where the attacker is: a host on the board of a BMC's agent, a BMC on the board of a host's agent, a device on a serial line
 * of a BMC's agent, or a local program on the control socket or the demux socket of a BMC's agent.
 */
export type Place = "host" | "bmc" | "line" | "socket" | "demux";

const BMC_EID = 8;
const KEPT_UUID = "99999999-8888-4777-8666-555555555555";
export const HONEST_UUID = "11111111-2222-4333-8444-555555555555";
/** EIDs that the bus owner gives: half of them are each port's. */
export const POOL = { first: 20, last: 119, ofPort: 50 } as const;
const KEPT_EID = 100;
export const STATE_NAME = "eids.json";
const DEMUX_NAME = "demux.sock";
/** Sockets of the agent that are attacked, by the attacker's place. */
const SOCKETS: Readonly<Partial<Record<Place, string>>> = { socket: "victim.sock", demux: DEMUX_NAME };
/** Small, so that an attack comes to it in seconds. */
export const QUOTA_BYTES: number = 4 * 1024 * 1024;
const SETTLE_LIMIT_MILLISECONDS = 30_000;

export interface StagePlan {
  /** The built program. */
  readonly program: string;
  readonly place: Place;
  /** What the attacker plays. */
  readonly plays: string;
  /** Bytes of the attacked board's window, like "16M". */
  readonly window?: string | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

export class Stage {
  readonly folder: string;
  readonly #plan: StagePlan;
  readonly #agents: AbusedAgent[] = [];
  readonly #attackers: Attacker[] = [];
  #victim: AbusedAgent | undefined;
  #honest: AbusedAgent | undefined;
  #attacker: Attacker | undefined;
  #watcher: FSWatcher | undefined;
  honestEid = 0;
  victimEid = BMC_EID;
  /** Times that the state file was put in place. */
  stateWrites = 0;
  #honestStarts = 0;

  constructor(plan: StagePlan) {
    this.#plan = plan;
    this.folder = mkdtempSync(join(sharedMemory(), "mctp-lpc-abuse-"));
    for (const name of ["run", "tmp", "state", "victim-inbox", "honest-inbox"]) {
      mkdirSync(this.path(name), { mode: 0o700 });
    }
  }

  get victim(): AbusedAgent {
    return made(this.#victim);
  }

  get honest(): AbusedAgent {
    return made(this.#honest);
  }

  get attacker(): Attacker {
    return made(this.#attacker);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Starts everybody but the attack itself, and waits until the honest endpoint has its EID. */
  async open(): Promise<void> {
    const { place, plays } = this.#plan;
    const where = this.path(SOCKETS[place] ?? "attacked");
    this.#attacker = await this.startPeer(plays, where);
    const quota = ["--inbox", this.path("victim-inbox"), "--inbox-quota", String(QUOTA_BYTES)];
    switch (place) {
      case "host":
        this.#startBmc([this.#attackedBoard, "--link", this.#goodBoard, ...quota]);
        break;
      case "line":
        this.#startBmc([this.#goodBoard, "--link", `serial:${this.attacker.path},baud=4000000,unit=251`, ...quota]);
        break;
      case "socket":
        this.#startBmc([this.#goodBoard, ...quota]);
        break;
      case "demux":
        this.#startBmc([this.#goodBoard, "--demux", this.path(DEMUX_NAME), ...quota]);
        break;
      case "bmc":
        await this.#startHost(quota);
        break;
    }
    await this.victim.line(/control socket/);
    this.#watcher = watch(this.path("state"), (event, name) => {
      if (event === "rename" && name === STATE_NAME) this.stateWrites++;
    });
    this.honestEid = await this.startHonest();
    // What starts go through is no part of what is measured.
    await this.#settled();
  }

  /** Starts the honest endpoint, or starts it anew after its end; gives the EID that it gets. */
  async startHonest(): Promise<number> {
    await this.#honest?.stop();
    const from = this.victim.lines.length;
    const place = ["host", "run", "--platform", this.#goodBoard, "--uuid", HONEST_UUID];
    this.#honest = this.#start("honest endpoint", [...place, "--inbox", this.path("honest-inbox")], "honest");
    // Of the honest endpoint's port: the attacker may have been discovered on its own.
    const isOnLink = this.#plan.place === "host" || this.#plan.place === "bmc";
    const welcome = isOnLink ? /^EID \d+ is on shm:\S*good/ : /^discovered EID \d+/;
    const line = await this.victim.line(welcome, this.#honestStarts++ === 0 ? 0 : from);
    return Number(/EID (\d+)/.exec(line)?.[1]);
  }

  /** Any hostile program, by the name of what it plays. */
  async startPeer(plays: string, where = ""): Promise<Attacker> {
    const peer = join(dirname(this.#plan.program), "..", "test", "abuse", "peers", "peer.js");
    const attacker = await Attacker.start(peer, plays, where);
    this.#attackers.push(attacker);
    return attacker;
  }

  beginAttack(): void {
    this.attacker.begin({
      victim: this.victimEid,
      honest: this.honestEid,
      honestUuid: HONEST_UUID.replaceAll("-", ""),
      kept: KEPT_EID,
    });
  }

  traffic(): HonestTraffic {
    const { victim, victimEid, honest, honestEid } = this;
    const [victimInbox, honestInbox] = [this.path("victim-inbox"), this.path("honest-inbox")];
    return new HonestTraffic({
      victim,
      victimEid,
      honest,
      honestEid,
      folder: this.path("tmp"),
      victimInbox,
      honestInbox,
    });
  }

  /** Every file that the attacked agent has received, by its path in the inbox, with its bytes; partial files too. */
  received(): ReadonlyMap<string, number> {
    const inbox = this.path("victim-inbox");
    const paths = readdirSync(inbox, { recursive: true, encoding: "utf8" });
    const files = new Map<string, number>();
    for (const path of paths) {
      const stats = statSync(join(inbox, path), { throwIfNoEntry: false });
      if (stats?.isFile() === true) files.set(path, stats.size);
    }
    return files;
  }

  state(): string {
    return readFileSync(join(this.path("state"), STATE_NAME), "utf8");
  }

  async dispose(): Promise<void> {
    this.#watcher?.close();
    await Promise.all([
      ...this.#attackers.map((attacker) => attacker.kill()),
      ...this.#agents.map((agent) => agent.kill()),
    ]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #attackedBoard(): string {
    const { window } = this.#plan;
    return `shm:${this.path("attacked")}${window === undefined ? "" : `,window=${window}`}`;
  }

  get #goodBoard(): string {
    return `shm:${this.path("good")}`;
  }

  #startBmc(args: readonly string[]): void {
    this.#victim = this.#start(
      "attacked agent",
      ["bmc", "run", "--platform", ...args, ...this.#owning],
      "victim",
      true,
    );
  }

  get #owning(): readonly string[] {
    const pool = ["--eid-pool", `${String(POOL.first)}-${String(POOL.last)}`];
    const kept = ["--static", `${KEPT_UUID}=${String(KEPT_EID)}`];
    return [...pool, ...kept, "--state", join(this.path("state"), STATE_NAME), "--discover", "always"];
  }

  /** A host's agent has EIDs to give from a BMC that is what it should be; the attacker takes its place. */
  async #startHost(quota: readonly string[]): Promise<void> {
    const real = this.#start("BMC", ["bmc", "run", "--platform", this.#attackedBoard, ...this.#owning], "bmc");
    await real.line(/control socket/);
    const args = ["host", "run", "--platform", this.#attackedBoard, "--link", this.#goodBoard, ...quota];
    this.#victim = this.#start("attacked agent", args, "victim", true);
    await this.victim.line(/to give on the other links/);
    this.victimEid = (await this.victim.status()).eid;
    await this.startHonest();
    await real.kill();
    await this.victim.line(/has left the board/);
  }

  #start(name: string, args: readonly string[], id: string, isWatched = false): AbusedAgent {
    const { program, environment } = this.#plan;
    const agent = new AbusedAgent({
      name,
      program,
      inside: isWatched ? join(dirname(program), "..", "test", "abuse", "inside.js") : undefined,
      args,
      control: this.path(`${id}.sock`),
      environment: { XDG_RUNTIME_DIR: this.path("run"), TMPDIR: this.path("tmp"), ...(isWatched ? environment : {}) },
    });
    this.#agents.push(agent);
    return agent;
  }

  /** Echoes go through both ways. */
  async #settled(): Promise<void> {
    const end = performance.now() + SETTLE_LIMIT_MILLISECONDS;
    for (const [agent, eid] of [
      [this.honest, this.victimEid],
      [this.victim, this.honestEid],
    ] as const) {
      const client = await agent.client();
      try {
        for (;;) {
          const { answered } = await client.call("ping", { eid, count: 5, interval: 0 });
          if (answered === 5) break;
          if (performance.now() > end) throw new Error(`no echo comes back from EID ${String(eid)}`);
        }
      } finally {
        client.close();
      }
    }
  }
}

function made<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error("the stage is not open yet");
  return thing;
}
