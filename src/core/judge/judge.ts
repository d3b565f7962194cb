/** The judge of a bus: says of a stream of accesses which requirements were kept, which were broken, and by whom. */
import type { RoleName } from "../binding/side.ts";
import { BmcWatch } from "./bmc-watch.ts";
import { Context, type Times } from "./context.ts";
import { Docket } from "./docket.ts";
import type { Finding, OlderPeer, Verdict } from "./finding.ts";
import { HostWatch } from "./host-watch.ts";
import type { BusListener, SideListener } from "./listener.ts";
import { ToldSide } from "./told-side.ts";

export interface JudgeOptions {
  /** The sides whose accesses are told; what the other one wrote is inferred from what was read. Default: both. */
  readonly recorded?: readonly RoleName[];
  /** Bytes of the window, undefined where unknown. */
  readonly windowBytes?: number | undefined;
  /** Depth of the path into the BMC: 0, 1, or undefined where unknown. */
  readonly depth?: number | undefined;
  /** The recorded sides say when a life of theirs begins and ends: what looks like a new one without a word is none. */
  readonly livesTold?: boolean;
  /** Moments are judged: only where the recorded sides are never late by more than a moment. */
  readonly timed?: boolean;
  /** Milliseconds, where they are configured otherwise than clause 13.2 has them. */
  readonly times?: Partial<Times>;
  readonly onFinding?: (finding: Finding) => void;
  /** Told of each break that is like one found before: the same requirement, side and cause. */
  readonly onRepeat?: (finding: Finding) => void;
  readonly onOlderPeer?: (note: OlderPeer) => void;
}

const DEFAULT_TIMES: Times = { announce: 500, refused: 1000, stop: 500 };

/** Takes any accesses, and throws at none. Its memory does not grow with their number. */
export class Judge implements BusListener {
  readonly host: SideListener;
  readonly bmc: SideListener;
  readonly #context: Context;
  readonly #docket: Docket;
  readonly #hostWatch: HostWatch;
  readonly #bmcWatch: BmcWatch;

  constructor(options: JudgeOptions = {}) {
    this.#docket = new Docket(options);
    this.#context = new Context(this.#docket, {
      recorded: options.recorded ?? ["host", "bmc"],
      windowBytes: options.windowBytes,
      depth: options.depth,
      livesTold: options.livesTold ?? false,
      timed: options.timed ?? false,
      times: { ...DEFAULT_TIMES, ...options.times },
    });
    this.#hostWatch = new HostWatch(this.#context);
    this.#bmcWatch = new BmcWatch(this.#context);
    this.#hostWatch.peer = this.#bmcWatch;
    this.#bmcWatch.peer = this.#hostWatch;
    this.host = new ToldSide(this.#hostWatch, this.#docket, this.#context);
    this.bmc = new ToldSide(this.#bmcWatch, this.#docket, this.#context);
  }

  get time(): number {
    return this.#context.time;
  }

  set time(milliseconds: number) {
    this.#context.time = milliseconds;
    if (!(this.#context.moment >= 0)) return;
    this.#hostWatch.messages.at(milliseconds);
    this.#bmcWatch.messages.at(milliseconds);
  }

  /** Accesses told so far. */
  get accesses(): number {
    return this.#docket.access + 1;
  }

  registerPoked(_register: "STR" | "IDR" | "ODR", _value: number): void {
    this.#docket.access++;
    this.#context.unread.idr = 0;
    this.#context.unread.odr = 0;
  }

  windowPoked(offset: number, length: number): void {
    this.#docket.access++;
    this.#hostWatch.windowPoked(offset, length);
    this.#bmcWatch.windowPoked(offset, length);
  }

  /**
   * A new part of what is told begins: what was found before is told again where it is found again, and the verdict has the
   * findings of the part alone. What is known of both sides, and how often each requirement was exercised, stays.
   */
  beginPart(): void {
    this.#docket.beginPart();
  }

  /** What has become of each requirement, at the end of what is told: nothing waits for more. */
  verdict(): Verdict {
    this.#hostWatch.conclude();
    this.#bmcWatch.conclude();
    this.#docket.flush();
    return this.#docket.verdict(this.accesses);
  }

  /** The same so far: what waits for the accesses that follow is left out. */
  interim(): Verdict {
    return this.#docket.verdict(this.accesses);
  }
}
