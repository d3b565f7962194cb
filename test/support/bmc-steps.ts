/** The BMC's procedures row by row, for tests that begin at one of their steps. */
import { createBmcSide, type BmcSide } from "../../bmc/role/side.ts";
import type { BmcConfig } from "../../bmc/role/state.ts";
import { encodeU32, encodeVersionRange, Field } from "../../src/core/binding/control-region.ts";
import { SESSION_BITS, Status } from "../../src/core/binding/registers.ts";
import type { VersionRange } from "../../src/core/binding/versions.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { unreachable } from "../../src/core/wire/result.ts";
import { millis } from "../../src/core/wire/units.ts";
import { AccessBus } from "../../src/core/binding/access-bus.ts";
import { Bench, bmcRows, get, put, setStr, str, type Row } from "./bench.ts";

const { idr, odr } = bmcRows;

export const WINDOW = 4096;
export const READ_REGION: Row = get(0, 0x20);
export const WRITE_MAGIC: Row = put(0x00, "4d435450");
export const ANNOUNCE: Row = odr(0xff);

/** The layout of an offer with MTU 64 in version 3, and the region writes of a start, in order. */
export const OFFER = "000001000000004c0000014c0000004c";
export const WRITE_REGION: readonly Row[] = [
  put(0x00, "4d43545000010003"),
  put(0x0c, `00000000${OFFER}`),
  put(0x08, "00000000"),
];

/** Where the packets of a session with MTU 64 lie: written by the BMC, written by the host. */
export const TO_HOST_AT = 0x100;
export const TO_BMC_AT = 0x14c;

export class BmcBench extends Bench {
  readonly bmc: BmcSide;
  now = millis(0);

  /** A BMC before its first step; MTU 64 unless configured otherwise. */
  constructor(config: Partial<BmcConfig> = {}) {
    super(config.windowBytes ?? WINDOW);
    this.bmc = createBmcSide({ windowBytes: WINDOW, mtu: 64, ...config }, createPacketMemory());
  }

  get phase(): string {
    return this.bmc.state.phase.name;
  }

  /** Plays one round of service. */
  round(...rows: readonly Row[]): string {
    return this.play((bus) => this.bmc.service(bus, this.now), rows);
  }

  /** The start with a host that reads at once, without comparing; the dummy is out and read. */
  started(): this {
    const registers = { odrFull: false };
    for (let round = 0; round < 10 && !(this.phase === "inactive" && !this.bmc.state.dummyPending); round++) {
      this.run(registers);
    }
    return this;
  }

  /** Has the BMC read an Initialise that proposes these versions and rx_size; the dummy is out and read. */
  initialised(versions: VersionRange, rxSize: number | undefined): this {
    this.propose(versions, rxSize);
    this.run({ odrFull: false, command: 0x00 });
    return this.dummyOut();
  }

  /** In session: version 3 and MTU 64. */
  active(): this {
    return this.started().initialised({ min: 1, cur: 3 }, 76);
  }

  dummyOut(): this {
    this.run({ odrFull: false });
    return this;
  }

  /** What a host writes before Initialise. */
  propose(versions: VersionRange, rxSize: number | undefined): void {
    this.set(Field.hostVersionMin, encodeVersionRange(versions));
    if (rxSize !== undefined) this.set(Field.rxSize, encodeU32(rxSize));
  }

  /** One round with registers that answer of themselves. */
  run(registers: { odrFull: boolean; command?: number | undefined }): void {
    const bus = new AccessBus((access) => {
      switch (access.kind) {
        case "readStatus": {
          const full = (registers.command === undefined ? 0 : Status.IBF) | (registers.odrFull ? Status.OBF : 0);
          return (this.statusWritten & SESSION_BITS) | full;
        }
        case "writeStatus":
          this.statusWritten = access.value;
          return 0;
        case "readData": {
          const command = registers.command ?? 0;
          registers.command = undefined;
          return command;
        }
        case "readWindow":
          access.into.set(this.window.subarray(access.offset, access.offset + access.length), access.at);
          return 0;
        case "writeWindow":
          this.window.set(access.bytes.subarray(access.start, access.end), access.offset);
          return 0;
        case "writeData":
          return 0;
        default:
          return unreachable(access);
      }
    });
    this.bmc.service(bus, this.now);
  }
}

/** The rows of an answered Initialise; `before`: what STR holds when it comes. */
export function initialiseRows(layout: string, version: string, status: number, before = 0x80): Row[] {
  return [str(before), READ_REGION, put(Field.rxOffset, layout), put(Field.negotiatedVersion, version), setStr(status)];
}

export const READ_INITIALISE: readonly Row[] = [str(0x82), idr(0x00)];
