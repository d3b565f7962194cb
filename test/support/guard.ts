/**
 * Watches the accesses of a side whose peer does as it likes: whatever the window and the registers hold, a side keeps to
 * its own fields and buffers, to the commands it may send, and to a bounded number of accesses a round.
 */
import type { BmcSide } from "../../bmc/side.ts";
import type { HostSide } from "../../host/side.ts";
import type { BusAccess } from "../../src/binding/bus.ts";
import type { BufferRange } from "../../src/binding/control-region.ts";

interface Range {
  readonly from: number;
  readonly to: number;
}

/** More than the longest round of either side takes. */
const ACCESSES_PER_ROUND = 40;

const HOST_READS: readonly Range[] = [
  { from: 0x00, to: 0x20 },
  { from: 0x08, to: 0x0c },
];
const HOST_WRITES: readonly Range[] = [
  { from: 0x08, to: 0x0c },
  { from: 0x14, to: 0x18 },
];
/** At its start the BMC writes the whole region, on Initialise what answers it. */
const BMC_START_WRITES: readonly Range[] = [
  { from: 0x00, to: 0x08 },
  { from: 0x08, to: 0x0c },
  { from: 0x0c, to: 0x20 },
];
const BMC_ANSWER_WRITES: readonly Range[] = [
  { from: 0x0c, to: 0x0e },
  { from: 0x10, to: 0x20 },
];

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
    if (++this.#accesses > ACCESSES_PER_ROUND) throw new Error("a round without end");
    const isHost = this.#side.role.name === "host";
    switch (access.kind) {
      case "readWindow":
        this.#judge(
          "reads",
          access.offset,
          access.length,
          isHost ? HOST_READS : [{ from: 0, to: 0x20 }],
          this.#inbound,
        );
        if (access.at < 0 || access.at + access.length > access.into.length)
          throw new Error("reads past its own memory");
        return;
      case "writeWindow": {
        const fields = isHost ? HOST_WRITES : this.#starting ? BMC_START_WRITES : BMC_ANSWER_WRITES;
        const length = access.end - access.start;
        this.#judge("writes", access.offset, length, fields, this.#outbound);
        if (
          access.offset === 0x08 &&
          !isHost &&
          access.bytes.subarray(access.start, access.end).some((byte) => byte > 0)
        ) {
          throw new Error("the BMC invents host versions");
        }
        return;
      }
      case "writeData":
        if (!this.#mayWrite) throw new Error(`${this.#side.role.name} writes a command without looking`);
        this.#mayWrite = false;
        if (![0x00, 0x01, 0x02, 0xff].includes(access.value) || (!isHost && access.value === 0x00)) {
          throw new Error(`command ${String(access.value)} is not for ${this.#side.role.name}`);
        }
        return;
      case "writeStatus":
        if (isHost || ![0x01, 0x81, 0xc1].includes(access.value)) throw new Error(`STR = ${String(access.value)}`);
        return;
      default:
    }
  }

  /** What an STR read returned. */
  status(value: number): void {
    this.#mayWrite = (value & (this.#side.role.name === "host" ? 0x02 : 0x01)) === 0;
  }

  /** The packet that a round received. */
  received(bytes: number): void {
    const { session } = this.#side;
    if (session === undefined) throw new Error("a packet without a session");
    const mtu = this.#side.role.name === "host" ? session.mtu.bmcToHost : session.mtu.hostToBmc;
    if (bytes < 4 || bytes > 4 + mtu) throw new Error(`a packet of ${String(bytes)} bytes, MTU ${String(mtu)}`);
  }

  get #starting(): boolean {
    return this.#side.state.phase.name === "announcing";
  }

  get #inbound(): BufferRange | undefined {
    const layout = this.#side.session?.layout;
    return this.#side.role.name === "host" ? layout?.bmcToHost : layout?.hostToBmc;
  }

  get #outbound(): BufferRange | undefined {
    const layout = this.#side.session?.layout;
    return this.#side.role.name === "host" ? layout?.hostToBmc : layout?.bmcToHost;
  }

  #judge(
    verb: string,
    offset: number,
    length: number,
    fields: readonly Range[],
    buffer: BufferRange | undefined,
  ): void {
    const to = offset + length;
    const inWindow = offset >= 0 && length >= 0 && to <= this.#windowBytes;
    const isField = fields.some((range) => range.from === offset && range.to === to);
    const inBuffer = buffer !== undefined && offset >= buffer.offset && to <= buffer.offset + buffer.size;
    if (inWindow && (isField || inBuffer)) return;
    throw new Error(`${this.#side.role.name} ${verb} ${String(length)} bytes at ${String(offset)}`);
  }
}
