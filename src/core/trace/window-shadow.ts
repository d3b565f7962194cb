/** The window as far as a trace has shown it. */
import {
  CONTROL_FIELDS_BYTES,
  decodeControlRegion,
  type BufferRange,
  type ControlRegion,
} from "../binding/control-region.ts";
import { LARGEST_WINDOW_BYTES } from "../binding/layout.ts";
import { isVersion, negotiateVersion, type Version } from "../binding/versions.ts";
import type { Direction } from "../binding/side.ts";
import { bytesOf, type WindowRow } from "./format.ts";

/** Where in the window an access begins. */
export type Area = "controlRegion" | Direction | "elsewhere";

const FIRST_SIZE = 0x1000;

export class WindowShadow {
  #bytes: Uint8Array = new Uint8Array(FIRST_SIZE);

  /** Takes over what an access showed, be it read or written. `shown`: where more is known than the row shows. */
  apply(row: WindowRow, shown: Uint8Array = bytesOf(row)): void {
    const end = row.offset + shown.length;
    if (end > LARGEST_WINDOW_BYTES) return;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(LARGEST_WINDOW_BYTES, Math.max(end, 2 * this.#bytes.length)));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(shown, row.offset);
  }

  /** Bytes as last shown, zeros where nothing was; shorter where no window reaches. */
  bytes(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  get region(): ControlRegion {
    return decodeControlRegion(this.bytes(0, CONTROL_FIELDS_BYTES));
  }

  /** The version of the session that the region tells of, undefined without one. */
  get sessionVersion(): Version | undefined {
    const { negotiatedVersion } = this.region;
    return isVersion(negotiatedVersion) ? negotiatedVersion : undefined;
  }

  /** The version by whose framing the sizes in the region are meant: negotiated, foreseeable or the BMC's newest. */
  get framingVersion(): Version | undefined {
    const { bmcVersions, hostVersions } = this.region;
    if (this.sessionVersion !== undefined) return this.sessionVersion;
    const foreseen = negotiateVersion(bmcVersions, hostVersions);
    if (foreseen !== 0) return foreseen;
    return isVersion(bmcVersions.cur) ? bmcVersions.cur : undefined;
  }

  bufferOf(direction: Direction): BufferRange {
    return this.region.layout[direction];
  }

  areaOf(offset: number): Area {
    if (offset < CONTROL_FIELDS_BYTES) return "controlRegion";
    if (this.sessionVersion === undefined) return "elsewhere";
    if (isInside(offset, this.bufferOf("hostToBmc"))) return "hostToBmc";
    return isInside(offset, this.bufferOf("bmcToHost")) ? "bmcToHost" : "elsewhere";
  }
}

function isInside(offset: number, buffer: BufferRange): boolean {
  return offset >= buffer.offset && offset < buffer.offset + buffer.size;
}
