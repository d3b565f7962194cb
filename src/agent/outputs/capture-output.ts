/**
 * The capture of an agent as it runs: the accesses of its bus, the MCTP packets in them and on its further links, and what
 * the judge of its log finds (src/core/capture). It is a recording (recording.ts): it ends, and has no gaps.
 */
import type { RoleName } from "../../core/binding/side.ts";
import { isCapture } from "../../core/capture/capture-reader.ts";
import type { PacketWay } from "../../core/capture/link-types.ts";
import { TraceCapture } from "../../core/capture/trace-capture.ts";
import type { Finding } from "../../core/judge/finding.ts";
import type { TraceEntry } from "../../core/trace/format.ts";
import type { TraceHead } from "../../core/trace/head.ts";
import { monotonicNanoseconds } from "../../platform/tracing.ts";
import type { CaptureLosses } from "./output-counters.ts";
import { Recording, recordingFile, type RecordingPlace } from "./recording.ts";
import { standardOutputAsFile, standardOutputPlace } from "./standard-outputs.ts";
import type { Tell } from "../../platform/log-events.ts";

export interface CaptureTarget {
  /** Undefined: standard output. */
  readonly path: string | undefined;
  /** Bytes after which the capture ends; undefined: DEFAULT_CAPTURE_BYTES of a file, no limit of a pipe. */
  readonly limit: number | undefined;
}

/** Of the board and its agent, for the descriptions in the capture. */
export interface CaptureSource {
  readonly side: RoleName;
  /** For people: "shm:/dev/shm/board". */
  readonly name: string;
  readonly head: TraceHead;
  /** Names of the further links. */
  readonly links: readonly string[];
}

/** Bytes of a capture in a file without another limit. */
export const DEFAULT_CAPTURE_BYTES: number = 1024 * 1024 * 1024;
/** Bytes of a packet that are captured; of longer ones the capture has the beginning. */
export const CAPTURED_PACKET_BYTES: number = 64 * 1024;
/** Places at which the numbers of rows and those of the judge's accesses drift apart that are remembered. */
const DRIFTS_KEPT = 64;

export class CaptureOutput {
  /** Told so far to whom findings count by: the access of the row that comes next. */
  accessNumber: (() => number) | undefined;
  readonly #capture: TraceCapture;
  readonly #recording: Recording;
  /** From this access on rows are numbered higher by so much, newest last. */
  readonly #drifts: { readonly from: number; readonly drift: number }[] = [];

  /** `tell`: one line for people when the capture ends before its agent. Throws a Failure. */
  constructor({ path, limit }: CaptureTarget, { side, name, head, links }: CaptureSource, tell: Tell) {
    this.#capture = new TraceCapture({
      application: "mctp-lpc",
      source: name,
      side,
      head,
      links,
      packetBytes: CAPTURED_PACKET_BYTES,
    });
    const isPipe = path === undefined && !standardOutputAsFile();
    this.#recording = new Recording({
      name: path === undefined ? "the capture on standard output" : `the capture ${path}`,
      unit: "record",
      place: path === undefined ? standardOutputPlace() : captureFile(path),
      largestBytes: limit ?? (isPipe ? Number.POSITIVE_INFINITY : DEFAULT_CAPTURE_BYTES),
      whyLargest: "it has reached its largest size; --pcap-limit sets another limit",
      tell,
    });
    this.#write(this.#capture.head());
  }

  get counts(): CaptureLosses {
    const { ended, lost } = this.#recording.counts;
    return { capturesEnded: ended, captureRecordsLost: lost };
  }

  /** Why the capture has ended before its agent, a sentence for people. */
  get note(): string | undefined {
    return this.#recording.note;
  }

  /** False once the capture has ended. `whole`: all bytes of a window access, however few the row shows. */
  row(row: TraceEntry, whole?: Uint8Array): boolean {
    if (!this.#recording.isOpen) return false;
    this.#follow(row.n);
    return this.#write(this.#capture.row(row, [], whole));
  }

  /** `access`: its number as `accessNumber` counts. */
  finding(finding: Finding, access: number): void {
    if (!this.#recording.isOpen) return;
    const drift = this.#drifts.findLast(({ from }) => from <= access)?.drift ?? 0;
    this.#write(this.#capture.finding(finding, Math.max(0, access + drift)));
  }

  /** A packet on a further link, by its place among them; `bytes` are copied. */
  linkPacket(link: number, way: PacketWay, bytes: Uint8Array): void {
    if (!this.#recording.isOpen) return;
    this.#write([this.#capture.linkPacket(link, way, bytes, monotonicNanoseconds())]);
  }

  /** Nothing comes any more. What waits is still written: see `written`. */
  close(): void {
    this.#recording.close();
  }

  /** As close, for a capture of nothing. */
  abandon(): void {
    this.#recording.abandon();
  }

  /** Waits until a capture that was closed is written, no longer than the limit in milliseconds. Never rejects. */
  written(limit?: number): Promise<void> {
    return this.#recording.written(limit);
  }

  #write(blocks: readonly Uint8Array[]): boolean {
    return this.#recording.add(blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks));
  }

  /** Some accesses have rows, and are told to no judge. */
  #follow(n: number): void {
    if (this.accessNumber === undefined) return;
    const from = this.accessNumber();
    const drift = n - from;
    if (drift === (this.#drifts.at(-1)?.drift ?? 0)) return;
    this.#drifts.push({ from, drift });
    if (this.#drifts.length > DRIFTS_KEPT) this.#drifts.shift();
  }
}

function captureFile(path: string): RecordingPlace {
  return recordingFile("capture", "the capture", path, (start) => start.length === 0 || isCapture(start));
}
