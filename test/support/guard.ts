/**
 * Watches the accesses of a side whose peer does as it likes: whatever the window and the registers hold, a side keeps to
 * its own fields and buffers, to the commands it may send, and to a bounded number of accesses a round.
 */
import type { BmcSide } from "../../bmc/role/side.ts";
import type { HostSide } from "../../host/role/side.ts";
import type { BusAccess } from "../../src/core/binding/access.ts";
import { judgeAccess } from "../../src/core/explore/rules.ts";

/** More than the longest round of either side takes. */
const ACCESSES_PER_ROUND = 40;

export class AccessGuard {
  readonly #side: HostSide | BmcSide;
  readonly #windowBytes: number;
  /** Whether the last STR read showed the outbound register empty, and nothing was written since. */
  #mayWrite = false;
  #accesses = 0;

  constructor(side: HostSide | BmcSide, windowBytes: number) {
    this.#side = side;
    this.#windowBytes = windowBytes;
  }

  newRound(): void {
    this.#accesses = 0;
  }

  /** Before the access is made. */
  before(access: BusAccess): void {
    if (++this.#accesses > ACCESSES_PER_ROUND) throw new Error("LPC-SEC-2: a round without end");
    const wrong = judgeAccess(this.#side, access, this.#windowBytes);
    if (wrong !== undefined) throw new Error(wrong);
    if (access.kind !== "writeData") return;
    if (!this.#mayWrite) throw new Error(`LPC-KCS-1: ${this.#side.role.name} writes a command without looking`);
    this.#mayWrite = false;
  }

  /** What an STR read returned. */
  status(value: number): void {
    this.#mayWrite = (value & (this.#side.role.name === "host" ? 0x02 : 0x01)) === 0;
  }

  /** The packet that a round received. */
  received(bytes: number): void {
    const { session } = this.#side;
    if (session === undefined) throw new Error("a packet without a session");
    const limit = session.receiveLimit[this.#side.role.name === "host" ? "bmcToHost" : "hostToBmc"];
    if (bytes < 4 || bytes > 4 + limit) throw new Error(`a packet of ${String(bytes)} bytes, at most ${String(limit)}`);
  }
}
