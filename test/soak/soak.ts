/**
 * Two agents on a board, traffic both ways, and one fault after the other. Each ends with a channel that carries traffic
 * again, and with a quiet stretch in which nothing may be lost at all.
 */
import { rmSync, truncateSync } from "node:fs";
import type { AgentStatus } from "../../src/agent/status.ts";
import type { RoleName } from "../../src/core/binding/side.ts";
import { Failure } from "../../src/platform/failure.ts";
import { SeededRandom } from "../../src/platform/faulty.ts";
import { makeBoard } from "../../src/platform/shared-file/board-file.ts";
import { bellPath } from "../../src/platform/shared-file/layout.ts";
import { abuse } from "./abuse.ts";
import { pause, type SoakAgent } from "./agent.ts";
import { FAULTS, Figures, type Fault } from "./figures.ts";
import { flipInBuffers, flipInRegion } from "./flips.ts";
import { Rig } from "./rig.ts";
import { Traffic } from "./traffic.ts";

const SIDES: readonly RoleName[] = ["host", "bmc"];
/** From the end of a fault to an answer both ways; longer is stuck. */
const RECOVERY_LIMIT_MILLISECONDS = 15_000;
/** After the control region was damaged; then the BMC is started again. */
const REGION_LIMIT_MILLISECONDS = 4000;
/** A request is lost when its answer never comes: a busy machine may keep an agent from running for half a second. */
const QUIET_ANSWER_MILLISECONDS = 5000;
const QUIET_EXCHANGES = 10;
/** A third hand in the window: what it does looks like a mistake of the peer. */
const EXPLAIN_FINDINGS: ReadonlySet<Fault> = new Set<Fault>(["flipPackets", "flipRegion"]);
const AGREE_LIMIT_MILLISECONDS = 5000;
const SETTLED_MILLISECONDS = 500;
const ANSWER_LIMIT_MILLISECONDS = 3000;
const END_LIMIT_MILLISECONDS = 10_000;

export interface SoakOptions {
  readonly main: string;
  readonly seed: number;
  readonly seconds: number;
  readonly onRound: (line: string) => void;
  /** Ends the soak behind the round under way. */
  readonly signal: AbortSignal;
}

export async function soak(options: SoakOptions): Promise<Figures> {
  const figures = new Figures();
  const rig = new Rig(options.main);
  try {
    await new Soak(rig, options, figures).all();
  } catch (error) {
    figures.failures.push(error instanceof Error ? error.message : String(error));
  } finally {
    await rig.dispose();
  }
  if (!rig.isGone) figures.failures.push(`${rig.folder} was left behind`);
  return figures;
}

class Soak {
  readonly #rig: Rig;
  readonly #options: SoakOptions;
  readonly #figures: Figures;
  readonly #random: SeededRandom;
  readonly #traffic: Traffic;

  constructor(rig: Rig, options: SoakOptions, figures: Figures) {
    this.#rig = rig;
    this.#options = options;
    this.#figures = figures;
    this.#random = new SeededRandom(options.seed);
    this.#traffic = new Traffic((side) => rig.agent(side), new SeededRandom(options.seed ^ 0x5bd1), figures);
    if (!rig.isSmall) figures.skipped.push("fillUp: no right to mount a small file system");
  }

  async all(): Promise<void> {
    const { seconds, onRound, signal } = this.#options;
    const end = performance.now() + seconds * 1000;
    await this.#rig.start();
    await this.#recovered(RECOVERY_LIMIT_MILLISECONDS);
    this.#figures.recoveries.length = 0;
    // Every kind comes once before chance has its way.
    const queue = this.#shuffled(FAULTS.filter((fault) => fault !== "fillUp" || this.#rig.isSmall));
    for (let round = 1; performance.now() < end && !signal.aborted; round++) {
      const fault = queue.pop() ?? this.#pick(FAULTS.filter((one) => one !== "fillUp" || this.#rig.isSmall));
      await this.#round(fault, round);
      const { recoveries } = this.#figures;
      onRound(`${String(round)} ${fault}: recovered in ${String(Math.round(recoveries.at(-1) ?? 0))} ms`);
    }
  }

  async #round(fault: Fault, round: number): Promise<void> {
    const figures = this.#figures;
    try {
      this.#traffic.start();
      await pause(this.#random.below(150));
      await this.#strike(fault);
      figures.faults[fault] = (figures.faults[fault] ?? 0) + 1;
      await this.#recovered(RECOVERY_LIMIT_MILLISECONDS, fault === "flipRegion");
      await this.#traffic.stop();
      await this.#quiet();
      await this.#judged(fault);
    } catch (error) {
      await this.#traffic.stop();
      const said = SIDES.map((side) => `${side}: ${this.#rig.agent(side).output}`).join("\n");
      const why = error instanceof Error ? error.message : String(error);
      const what = `seed ${String(this.#options.seed)}, round ${String(round)}, ${fault}: ${why}`;
      throw new Error(`${what}\n${said}`, { cause: error });
    }
  }

  /* ---- Faults ---- */

  async #strike(fault: Fault): Promise<void> {
    const { board } = this.#rig;
    const side = this.#pick(SIDES);
    switch (fault) {
      case "killHost":
        return this.#killAndStart(["host"]);
      case "killBmc":
        return this.#killAndStart(["bmc"]);
      case "killBoth":
        return this.#killAndStart(SIDES);
      case "stop":
        return this.#stop(side);
      case "stopAndKill":
        this.#rig.agent(side).signal("SIGSTOP");
        await pause(this.#random.below(500));
        return this.#killAndStart([side]);
      case "flipPackets":
        this.#figures.bitsFlipped += await flipInBuffers(board, this.#random, 50 + this.#random.below(300));
        return;
      case "flipRegion":
        flipInRegion(board, this.#random, 1 + this.#random.below(4));
        return this.#killAndStart([side]);
      case "removeBell":
        rmSync(bellPath(board, side), { force: true });
        return this.#random.chance(0.5) ? this.#killAndStart([this.#pick(SIDES)]) : undefined;
      case "shorten":
        return this.#shorten();
      case "abuseSocket":
        return this.#abuse(this.#rig.agent(side));
      case "fillUp":
        return this.#fillUp(side);
    }
  }

  async #killAndStart(sides: readonly RoleName[]): Promise<void> {
    for (const side of sides) {
      const { code, signal } = await this.#rig.kill(side);
      if (signal !== "SIGKILL") throw new Error(`the ${side} agent had ended already: ${String(code ?? signal)}`);
      this.#figures.killsSurvived++;
    }
    await pause(this.#random.below(200));
    await this.#rig.start(sides);
  }

  async #stop(side: RoleName): Promise<void> {
    const agent = this.#rig.agent(side);
    agent.signal("SIGSTOP");
    await pause(20 + this.#random.below(1500));
    agent.signal("SIGCONT");
  }

  /** Both agents end, with a reason unless an access came before the look; the next ones begin on a new board. */
  async #shorten(): Promise<void> {
    const { board } = this.#rig;
    truncateSync(board, this.#random.chance(0.5) ? 0 : this.#random.below(1024 * 1024));
    for (const side of SIDES) {
      const agent = this.#rig.agent(side);
      const exit = await Promise.race([agent.exited, pause(END_LIMIT_MILLISECONDS)]);
      if (exit !== undefined && "signal" in exit && exit.signal === "SIGBUS") continue;
      if (exit?.code !== 1) throw new Error(`the ${side} agent ended by ${JSON.stringify(exit)}`);
      if (!agent.output.includes("was made shorter")) throw new Error(`the ${side} agent did not say why it ended`);
    }
    rmSync(board, { force: true });
    await this.#rig.start();
  }

  async #abuse(agent: SoakAgent): Promise<void> {
    const { control } = agent;
    const abused = abuse(control, this.#random, 300);
    await abused;
    const asked = performance.now();
    await agent.status();
    const took = performance.now() - asked;
    if (took > ANSWER_LIMIT_MILLISECONDS) throw new Error(`the ${agent.side} agent answered after ${String(took)} ms`);
  }

  async #fillUp(side: RoleName): Promise<void> {
    const { board } = this.#rig;
    this.#rig.fill();
    try {
      await this.#killAndStart([side]);
      expectNoRoom(`${board}-2`);
      await pause(100);
    } finally {
      this.#rig.unfill();
    }
  }

  /* ---- Recovery ---- */

  /** Waits for an answer both ways; when that takes a BMC that starts again, it gets one. */
  async #recovered(limit: number, regionDamaged = false): Promise<void> {
    const began = performance.now();
    this.#traffic.mark();
    const wasRunning = this.#figures.recoveries.length > 0 || this.#figures.messagesSent > 0;
    if (!wasRunning) this.#traffic.start();
    let restarted = false;
    for (;;) {
      const { host, bmc } = this.#traffic.answeredSince;
      if (host !== undefined && bmc !== undefined) {
        this.#figures.recoveries.push(Math.max(host, bmc) - began);
        break;
      }
      const passed = performance.now() - began;
      if (regionDamaged && !restarted && passed > REGION_LIMIT_MILLISECONDS) {
        restarted = true;
        this.#figures.regionRestarts++;
        await this.#killAndStart(["bmc"]);
      }
      if (passed > limit) throw new Error(`no traffic ${String(limit)} ms after the fault`);
      await pause(5);
    }
    if (!wasRunning) await this.#traffic.stop();
  }

  /** Without a fault nothing is lost: every request is answered, and either side got what the other sent. */
  async #quiet(): Promise<void> {
    const before = await this.#counts();
    for (let count = 0; count < QUIET_EXCHANGES; count++) {
      for (const side of SIDES) {
        if (await this.#traffic.exchange(side, QUIET_ANSWER_MILLISECONDS)) continue;
        throw new Error(`a request of the ${side} was lost without a fault`);
      }
    }
    const end = performance.now() + AGREE_LIMIT_MILLISECONDS;
    for (;;) {
      const after = await this.#counts();
      if (after.sessions !== before.sessions) throw new Error("the session was lost without a fault");
      const hostToBmc = missing(before.host, after.host, before.bmc, after.bmc);
      const bmcToHost = missing(before.bmc, after.bmc, before.host, after.host);
      if (hostToBmc === 0 && bmcToHost === 0) return;
      if (performance.now() > end) {
        this.#figures.lostWithoutNotice += Math.abs(hostToBmc) + Math.abs(bmcToHost);
        throw new Error(`${String(hostToBmc)} and ${String(bmcToHost)} messages were lost without notice`);
      }
      await pause(20);
    }
  }

  /**
   * Both agents judge every access of their own: nothing may be found, for whatever fault, but where bits flipped. Of an
   * agent that was killed there are its lines.
   */
  async #judged(fault: Fault): Promise<void> {
    const found: string[] = [];
    for (const agent of this.#rig.all) {
      const lines = agent.findings.splice(0);
      const breaks = agent.running ? (await agent.status()).bus.breaks : agent.explained + lines.length;
      const more = breaks - agent.explained;
      agent.explained = breaks;
      if (EXPLAIN_FINDINGS.has(fault)) this.#figures.explainedBreaks += more;
      else if (more > 0) found.push(`${String(more)} breaks seen by the ${agent.side}`, ...lines);
    }
    if (found.length > 0) throw new Error(found.join("\n"));
  }

  /** Once nothing is under way: no count has changed for longer than a side without a bell sleeps. */
  async #counts(): Promise<Record<RoleName, Counts> & { readonly sessions: number }> {
    const look = (): Promise<Counts[]> =>
      Promise.all(SIDES.map(async (side) => countsOf((await this.#rig.agent(side).status()).counters)));
    const end = performance.now() + AGREE_LIMIT_MILLISECONDS;
    let last = await look();
    for (let since = performance.now(); performance.now() < Math.min(since + SETTLED_MILLISECONDS, end);) {
      await pause(20);
      const now = await look();
      if (JSON.stringify(now) === JSON.stringify(last)) continue;
      last = now;
      since = performance.now();
    }
    const [host, bmc] = last as [Counts, Counts];
    this.#figures.packetsDropped = Math.max(this.#figures.packetsDropped, host.damaged + bmc.damaged);
    return { host, bmc, sessions: host.sessions + bmc.sessions };
  }

  #pick<Value>(values: readonly Value[]): Value {
    return values[this.#random.below(values.length)]!;
  }

  #shuffled<Value>(values: readonly Value[]): Value[] {
    const rest = [...values];
    return values.map(() => rest.splice(this.#random.below(rest.length), 1)[0]!);
  }
}

/** What one agent has counted. */
interface Counts {
  readonly sent: number;
  readonly received: number;
  /** Packets dropped by rule: late responses, and what came for an EID that the endpoint no longer has. */
  readonly late: number;
  readonly damaged: number;
  readonly sessions: number;
}

function countsOf({ mctp, binding }: AgentStatus["counters"]): Counts {
  return {
    sent: mctp["messagesSent"] ?? 0,
    received: mctp["messagesReceived"] ?? 0,
    late: (mctp["unexpectedTag"] ?? 0) + (mctp["foreignDestination"] ?? 0),
    damaged: (binding["crcMismatch"] ?? 0) + (binding["lengthOutOfBounds"] ?? 0),
    sessions: binding["sessionsOpened"] ?? 0,
  };
}

/**
 * Messages that one side sent and the other neither received nor counted as dropped. A duty's request is sent again
 * after MT2: on a loaded machine both are answered, and the second response comes to no request.
 */
function missing(sentBefore: Counts, sentAfter: Counts, before: Counts, after: Counts): number {
  const short = sentAfter.sent - sentBefore.sent - (after.received - before.received);
  return short > 0 ? Math.max(0, short - (after.late - before.late)) : short;
}

/** A board for which there is no room is not made, and nothing of it is left. */
function expectNoRoom(path: string): void {
  try {
    makeBoard(path, 4 * 1024 * 1024);
  } catch (error) {
    if (error instanceof Failure && /no space left/.test(error.message)) return;
    throw error;
  }
  throw new Error("a board was made where there is no room for it");
}
