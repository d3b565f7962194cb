/**
 * A platform that fails at random: bits flip in the window, interrupts get lost, come twice or come from nowhere.
 * Wraps any platform. All faults are drawn from a seed that the platform's name shows, so that a run can be repeated.
 */
import type { HostPort, Interrupts, Platform, Window } from "./port.ts";
import { optionalOf } from "./wrapping.ts";

/** Repeatable numbers for faults and schedules (xorshift, 32 bits); nothing that must not be guessed. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not give neighbouring numbers, and the state must never be 0.
    const mixed = Math.imul(seed ^ (seed >>> 16), 0x9e3779b1);
    this.#state = mixed ^ (mixed >>> 15) || 1;
    for (let warmUp = 0; warmUp < 4; warmUp++) this.next();
  }

  /** 0 to 0xffffffff. */
  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  /** 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * limit);
  }

  /** True with this probability, 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability * 0x1_0000_0000;
  }
}

export const FAULT_KINDS = [
  "flipOnRead",
  "flipOnWrite",
  "loseInterrupt",
  "repeatInterrupt",
  "inventInterrupt",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultPlan {
  readonly seed: number;
  /** How probable each fault is, 0 to 1, for one access or one interrupt; what is left out never happens. */
  readonly chances: Partial<Readonly<Record<FaultKind, number>>>;
  /** Bytes at the start of the window that no bit flips in: nothing protects the control region. */
  readonly soundBytes?: number;
}

/** The faults of one platform as they happen. */
export class Faults {
  readonly seed: number;
  /** How often each fault has struck. */
  readonly injected: Record<FaultKind, number> = {
    flipOnRead: 0,
    flipOnWrite: 0,
    loseInterrupt: 0,
    repeatInterrupt: 0,
    inventInterrupt: 0,
  };
  readonly #plan: FaultPlan;
  readonly #random: SeededRandom;
  #active = true;

  constructor(plan: FaultPlan) {
    this.seed = plan.seed;
    this.#plan = plan;
    this.#random = new SeededRandom(plan.seed);
  }

  /** From now on the platform is sound. */
  end(): void {
    this.#active = false;
  }

  /** Whether this fault strikes now; counted if it does. */
  strikes(kind: FaultKind): boolean {
    const probability = this.#plan.chances[kind] ?? 0;
    if (!this.#active || probability === 0 || !this.#random.chance(probability)) return false;
    this.injected[kind]++;
    return true;
  }

  /** Flips one bit among `bytes[start]` to `bytes[end]`, which came from, or go to, `offset` in the window. */
  flip(kind: "flipOnRead" | "flipOnWrite", offset: number, bytes: Uint8Array, start: number, end: number): void {
    const first = start + Math.max(0, (this.#plan.soundBytes ?? 0) - offset);
    if (first >= end || !this.strikes(kind)) return;
    const index = first + this.#random.below(end - first);
    bytes[index] = bytes[index]! ^ (1 << this.#random.below(8));
  }

  /** "seed 7: flipOnRead 3, loseInterrupt 1" */
  toString(): string {
    const struck = FAULT_KINDS.filter((kind) => this.injected[kind] > 0);
    const list = struck.map((kind) => `${kind} ${String(this.injected[kind])}`);
    return `seed ${String(this.seed)}: ${list.length === 0 ? "no fault yet" : list.join(", ")}`;
  }
}

/** `platform` with the faults of `plan`; `faults` tells what has happened and ends it. */
export function withFaults<Port extends HostPort>(
  platform: Platform<Port>,
  plan: FaultPlan,
): Platform<Port> & { readonly faults: Faults } {
  const faults = new Faults(plan);
  return {
    name: `${platform.name} with faults of seed ${String(plan.seed)}`,
    faults,
    depth: platform.depth,
    port: platform.port,
    window: faultyWindow(platform.window, faults),
    interrupts: new FaultyInterrupts(platform.interrupts, faults),
    ...optionalOf(platform),
    close: () => {
      platform.close();
    },
  };
}

function faultyWindow(window: Window, faults: Faults): Window {
  return {
    size: window.size,
    read: (offset, into, at, length) => {
      window.read(offset, into, at, length);
      faults.flip("flipOnRead", offset, into, at, at + length);
    },
    write: (offset, bytes, start, end) => {
      // The writer's bytes are not ours to change.
      const copy = bytes.slice(start, end);
      faults.flip("flipOnWrite", offset, copy, 0, copy.length);
      window.write(offset, copy, 0, copy.length);
    },
  };
}

class FaultyInterrupts implements Interrupts {
  onWake: (() => void) | undefined;
  readonly #inner: Interrupts;
  readonly #faults: Faults;
  #repeat = false;

  constructor(inner: Interrupts, faults: Faults) {
    this.#inner = inner;
    this.#faults = faults;
    inner.onWake = () => {
      this.#wake();
    };
  }

  get areLooksSlow(): boolean | undefined {
    return this.#inner.areLooksSlow;
  }

  pending(): boolean {
    const came = this.#inner.pending();
    if (this.#repeat) {
      this.#repeat = false;
      return true;
    }
    if (!came) return this.#faults.strikes("inventInterrupt");
    if (this.#faults.strikes("loseInterrupt")) return false;
    this.#repeat = this.#faults.strikes("repeatInterrupt");
    return true;
  }

  arm(owesByte?: boolean): boolean {
    return this.#inner.arm(owesByte);
  }

  disarm(): void {
    this.#inner.disarm();
  }

  peerRings(): boolean {
    return this.#inner.peerRings();
  }

  #wake(): void {
    if (this.#faults.strikes("loseInterrupt")) {
      // Lost: `pending` does not tell of it later either.
      this.#inner.pending();
      return;
    }
    this.onWake?.();
    if (this.#faults.strikes("repeatInterrupt")) this.onWake?.();
  }
}
