/**
 * A board on which directed runs take place: the project's own sides, or scripted peers, on a virtual clock. Every access
 * of either side becomes a row, with the clock as its time, and so does what happens to the sides.
 */
import type { BmcConfig } from "../../../bmc/role/state.ts";
import type { HostConfig } from "../../../host/role/state.ts";
import { hostStatusOf, type Depth } from "../../../src/core/binding/kcs-word.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { traceTime, type LifeEvent, type TraceEntry, type TraceRow } from "../../../src/core/trace/format.ts";
import { TraceRecorder } from "../../../src/platform/tracing.ts";
import { afterReset, Pair, type Member, type PairOptions, type Reset } from "../../support/pair.ts";

const NANOSECONDS = 1e6;
/** No run needs more; a mistaken side may never come to an end. */
const ROW_LIMIT = 40_000;
const ROLES: readonly RoleName[] = ["bmc", "host"];

export interface StageOptions extends Pick<PairOptions, "misbehaviours" | "host" | "bmc"> {
  readonly windowBytes?: number;
  readonly depth?: Depth;
  /** Both sides look at their status this often, in milliseconds, while time passes. */
  readonly poll?: number;
}

export class Stage extends Pair {
  readonly rows: TraceEntry[] = [];
  /** Called behind each access: the hand of a peer between two accesses of a side. */
  afterRow: ((row: TraceRow) => void) | undefined;

  constructor({ windowBytes = 16 * 1024, depth = 0, poll = 100, ...others }: StageOptions = {}) {
    const hooks = { tell: (_row: TraceRow): void => undefined, time: (): bigint => 0n };
    const tell = (row: TraceRow): void => {
      hooks.tell(row);
    };
    const recorder = new TraceRecorder(tell, { clock: () => hooks.time() });
    super({
      ...others,
      windowBytes,
      depth,
      poll,
      starts: [],
      wrapHost: (platform) => recorder.traceHost(platform),
      wrapBmc: (platform) => recorder.traceBmc(platform),
    });
    hooks.time = () => this.#time;
    hooks.tell = (row) => {
      this.#tell({ ...row, n: this.rows.length });
      this.afterRow?.(row);
    };
  }

  get #time(): bigint {
    return BigInt(Math.round(this.now * NANOSECONDS));
  }

  #tell(row: TraceEntry): void {
    if (this.rows.length >= ROW_LIMIT) throw new Error("more rows than any run needs");
    this.rows.push(row);
  }

  tellLife(side: RoleName, event: LifeEvent): void {
    this.#tell({ n: this.rows.length, t: traceTime(this.#time), side, op: "life", event });
  }

  override start(role: RoleName, config?: Partial<HostConfig & BmcConfig>): Member {
    const member = super.start(role, config);
    this.tellLife(role, "started");
    return member;
  }

  startHost(config?: Partial<HostConfig>): Member {
    return this.start("host", config);
  }

  startBmc(config?: Partial<BmcConfig>): Member {
    return this.start("bmc", config);
  }

  /** Gone in an instant; the registers stay as they are. */
  kill(role: RoleName): void {
    this.end(role, "killed");
  }

  /** Asks for an orderly stop; it is carried out as the sides run, see `settle` and `pass`. */
  askToStop(role: RoleName): void {
    const member = this.member(role);
    if (member === undefined) return;
    this.tellLife(role, "stopAsked");
    member.side.stop();
    member.wanted = true;
  }

  /** An orderly stop from its beginning to its end. */
  stop(role: RoleName): void {
    this.askToStop(role);
    this.settle();
    if (this.member(role) !== undefined) this.pass(2000);
    this.kill(role);
  }

  /** A side that has stopped is gone. */
  override turn(role: RoleName): boolean {
    const ran = super.turn(role);
    if (this.member(role)?.side.stopped === true) {
      this.tellLife(role, "ended");
      this.kill(role);
    }
    return ran;
  }

  /** STR is cleared from outside, and what else the reset takes. Nothing rings. */
  reset(reset: Reset): void {
    this.board.word = afterReset(this.board.word, reset);
    const value = hostStatusOf(this.board.word).toString(16).padStart(2, "0");
    this.#tell({ n: this.rows.length, t: traceTime(this.#time), side: "lab", op: "poke", reg: "STR", value });
  }

  /** Has both sides look at their status, and settles. */
  look(): void {
    for (const role of ROLES) {
      const member = this.member(role);
      if (member !== undefined) member.wanted = true;
    }
    this.settle();
  }
}
