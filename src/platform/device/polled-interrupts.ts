/**
 * Interrupts of a side that no device wakes: STR is looked at. The runner does that at each turn, for a while after each
 * event and then with growing sleeps (LPC-KCS-10), so that an idle agent sleeps.
 */
import { SESSION_BITS, Status } from "../../core/binding/registers.ts";
import type { Interrupts } from "../port.ts";

/** The bits of STR that are news. C/D and bits without meaning are none. */
const WATCHED = SESSION_BITS | Status.IBF | Status.OBF;

export class PolledInterrupts implements Interrupts {
  /** Never called. */
  onWake: (() => void) | undefined;
  readonly areLooksSlow = true;
  readonly #look: () => number;
  /** What this side knows of STR: its last read, and what its own accesses have changed since. */
  #known = -1;

  constructor(look: () => number) {
    this.#look = look;
  }

  /** Whether STR is other than this side knows it: the peer has changed it. */
  pending(): boolean {
    const status = this.#look() & WATCHED;
    const isNews = status !== this.#known;
    this.#known = status;
    return isNews;
  }

  /** This side has read STR. */
  saw(status: number): void {
    this.#known = status & WATCHED;
  }

  /** An access of this side sets and clears these bits of STR. */
  changed(set: number, clear: number): void {
    this.#known = ((this.#known & ~clear) | set) & WATCHED;
  }

  arm(): boolean {
    return false;
  }

  disarm(): void {
    // Nothing was armed.
  }

  peerRings(): boolean {
    return false;
  }
}
