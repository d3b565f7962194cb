/** The rows of a trace in a capture, or its MCTP packets where it has no accesses. */
import { CapturedTrace, type CapturedMctp } from "../../core/capture/captured-trace.ts";
import type { TraceEntry } from "../../core/trace/format.ts";
import type { TraceHead } from "../../core/trace/head.ts";
import type { FileRows } from "./file-rows.ts";
import { cutCaptureText, damagedCapture, emptyCapture, packetsAlone } from "./trace-files.ts";

/** Takes the packets of a capture without accesses. */
export type PacketSink = (packet: CapturedMctp) => void;

export class CaptureRows implements FileRows {
  readonly #file: string;
  readonly #warn: (text: string) => void;
  readonly #onPacket: PacketSink | undefined;
  readonly #capture = new CapturedTrace();
  #rows: readonly TraceEntry[] = [];
  #next = 0;
  #hasItems = false;

  /** Without `onPacket` a capture of packets alone is refused. */
  constructor(file: string, warn: (text: string) => void, onPacket: PacketSink | undefined) {
    this.#file = file;
    this.#warn = warn;
    this.#onPacket = onPacket;
  }

  get head(): TraceHead | undefined {
    return this.#capture.head;
  }

  get hasMore(): boolean {
    return this.#next < this.#rows.length;
  }

  push(bytes: Uint8Array): void {
    const items = this.#capture.push(bytes);
    if (!items.ok) throw damagedCapture(this.#file, items.reject);
    const rows = this.#rows.slice(this.#next);
    for (const item of items.value) {
      this.#hasItems = true;
      if (item.kind === "row") rows.push(item.row);
      else if (item.kind === "packet") {
        if (this.#onPacket === undefined) throw packetsAlone(this.#file);
        this.#onPacket(item.packet);
      }
    }
    this.#rows = rows;
    this.#next = 0;
  }

  end(isWhole: boolean): void {
    if (!isWhole) return;
    const end = this.#capture.end();
    if (!end.ok && !end.reject.isCut) throw damagedCapture(this.#file, end.reject.text);
    if (!end.ok) this.#warn(cutCaptureText(this.#file));
    if (!this.#hasItems && !this.#capture.hasBus) throw emptyCapture(this.#file, this.#capture.others);
  }

  take(): TraceEntry | undefined {
    return this.hasMore ? this.#rows[this.#next++] : undefined;
  }
}
