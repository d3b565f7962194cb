/** The host's start-up as the specification tables it, row by row, for tests that begin at one of its steps. */
import { createHostSide, type HostSide } from "../../host/role/side.ts";
import type { HostConfig, HostPhase } from "../../host/role/state.ts";
import {
  encodeControlRegion,
  encodeLayout,
  encodeU16,
  Field,
  MAGIC,
  type Layout,
} from "../../src/core/binding/control-region.ts";
import { bufferBytes } from "../../src/core/binding/layout.ts";
import type { Version } from "../../src/core/binding/versions.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { millis } from "../../src/core/wire/units.ts";
import { Bench, get, hostRows, put, str, type Row } from "./bench.ts";

const { idr } = hostRows;

export const WINDOW = 4096;
export const RX_AT = 0x100;
export const TX_AT = 0x800;

/** STR outside a session: BMC Active alone, and with the one or the other register full. */
export const IDLE = 0x80;
export const IDLE_OBF = 0x81;
export const IDLE_IBF = 0x82;
export const IDLE_BOTH = 0x83;
export const DOWN = 0x00;
export const DOWN_OBF = 0x01;

export const READ_MAGIC: Row = get(Field.magic, 4);
export const READ_REGION: Row = get(0, 0x20);
export const READ_HOST_VERSIONS: Row = get(Field.hostVersionMin, 4);
export const CLOSE: readonly Row[] = [put(Field.hostVersionMin, "00000000"), idr(0x00)];
export const FENCE: Row = idr(0xff);

export type StartUpPhase = Exclude<HostPhase["name"], "resting" | "stopping" | "stopped">;

export class HostBench extends Bench {
  readonly host: HostSide;
  now = millis(0);

  /** A host before its first step, in front of a BMC that offers room for 1012 bytes of packet each way. */
  constructor(config: Partial<HostConfig> = {}) {
    super(WINDOW);
    this.host = createHostSide({ windowBytes: WINDOW, mtu: 64, ...config }, createPacketMemory());
    this.offerRegion();
  }

  /** The control region as a BMC of versions 1 to 3 writes it at its start. */
  offerRegion(bmcVersions = { min: 1, cur: 3 }): void {
    const layout = { bmcToHost: { offset: RX_AT, size: 1024 }, hostToBmc: { offset: TX_AT, size: 1024 } };
    const hostVersions = { min: 0, cur: 0 };
    this.set(0, encodeControlRegion({ magic: MAGIC, bmcVersions, hostVersions, negotiatedVersion: 0, layout }));
  }

  /** What a BMC writes when it accepts. */
  answer(version: number, layout: Layout = this.layoutFor(3, 64)): void {
    this.set(Field.rxOffset, encodeLayout(layout));
    this.set(Field.negotiatedVersion, encodeU16(version));
  }

  layoutFor(version: Version, mtu: number): Layout {
    const size = bufferBytes(version, mtu);
    return { bmcToHost: { offset: RX_AT, size }, hostToBmc: { offset: TX_AT, size } };
  }

  get phase(): HostPhase["name"] {
    return this.host.state.phase.name;
  }

  /** Plays one round of service. */
  round(...rows: readonly Row[]): string {
    return this.play((bus) => this.host.service(bus, this.now), rows);
  }

  /** Plays the start-up up to this phase. */
  to(phase: StartUpPhase): this {
    const { versions } = this.host.config;
    const closing = phase === "closing" ? [] : CLOSE;
    const proposed = toHex(Uint8Array.of(0, versions.min, 0, versions.cur));
    const steps: readonly (readonly [StartUpPhase, () => void])[] = [
      // With a byte in IDR the close cannot be written in the round that finds the magic.
      ["awaitingBmc", () => this.round(str(phase === "closing" ? IDLE_IBF : IDLE), READ_MAGIC, ...closing)],
      ["closing", () => this.round(str(IDLE), ...CLOSE)],
      ["fencingClose", () => this.round(str(IDLE), FENCE)],
      ["fencingClose", () => this.round(str(IDLE), FENCE)],
      ["opening", () => this.round(str(IDLE), READ_REGION, put(8, proposed), ...this.#asked(versions.cur), idr(0x00))],
      ["fencingOpen", () => this.round(str(IDLE), FENCE)],
      ["fencingOpen", () => this.round(str(IDLE), FENCE)],
      [
        "judging",
        () => {
          this.answer(versions.cur, this.layoutFor(versions.cur as Version, 64));
          this.round(str(0xc0), READ_REGION, str(0xc0));
        },
      ],
    ];
    for (const [name, play] of steps) {
      if (this.phase === phase) return this;
      if (this.phase === name) play();
    }
    return this;
  }

  #asked(version: number): Row[] {
    return version === 1 ? [] : [put(Field.rxSize, version === 3 ? "0000004c" : "00000048")];
  }
}
