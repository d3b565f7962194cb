/** The judge of a bus: says of a stream of accesses which requirements were kept, which were broken, and by whom. */
import type { RoleName } from "../binding/side.ts";
import type { Finding, OlderPeer, Verdict } from "./finding.ts";
import type { BusListener, SideListener } from "./listener.ts";

export interface JudgeOptions {
  /** The sides whose accesses are told; what the other one wrote is inferred from what was read. Default: both. */
  readonly recorded?: readonly RoleName[];
  /** Bytes of the window, undefined where nobody knows. */
  readonly windowBytes?: number | undefined;
  /** Depth of the path into the BMC: 0, 1, or undefined where nobody knows. */
  readonly depth?: number | undefined;
  /** The recorded sides say when a life of theirs begins and ends: what looks like a new one without a word is none. */
  readonly livesTold?: boolean;
  /** Moments are judged: only where the recorded sides are never late by more than a moment. */
  readonly timed?: boolean;
  /** Milliseconds, where they are configured otherwise than clause 13.2 has them. */
  readonly times?: { readonly announce?: number; readonly refused?: number; readonly stop?: number };
  readonly onFinding?: (finding: Finding) => void;
  readonly onOlderPeer?: (note: OlderPeer) => void;
}

export declare class Judge implements BusListener {
  readonly host: SideListener;
  readonly bmc: SideListener;
  time: number;
  /** Accesses told so far. */
  readonly accesses: number;
  constructor(options?: JudgeOptions);
  registerPoked(register: "STR" | "IDR" | "ODR", value: number): void;
  windowPoked(offset: number, length: number): void;
  verdict(): Verdict;
}
