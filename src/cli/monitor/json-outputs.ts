/** A monitor's rows for programs: as a trace, or what was chosen as objects told apart by `kind`. Annex G.9. */
import { PacketFilter } from "../../core/trace/packet-filter.ts";
import { PacketTap, type TappedPacket } from "../../core/capture/packet-tap.ts";
import { decodeHeader } from "../../core/mctp/packet.ts";
import { encodeTraceRow, isLifeRow, isRegisterRow, type TraceEntry } from "../../core/trace/format.ts";
import { encodeTraceHead, type TraceHead } from "../../core/trace/head.ts";
import { readU32be, toHex } from "../../core/wire/bytes.ts";
import { harmlessJson } from "../../core/wire/harmless.ts";
import { printJsonLine, printText } from "../output.ts";
import type { MonitorOutput, PlacedFinding } from "./monitor-output.ts";
import type { Selection } from "./selection.ts";

/** The trace format has no room for findings: who reads the trace judges it. */
export class TraceOutput implements MonitorOutput {
  #waiting: string[] = [];

  begin(head: TraceHead): void {
    this.#waiting.push(encodeTraceHead(head));
  }

  row(row: TraceEntry): void {
    this.#waiting.push(encodeTraceRow(row));
  }

  finding(): void {
    // See above.
  }

  lost(): void {
    // The row behind them says how many are missing.
  }

  settle(): void {
    if (this.#waiting.length === 0) return;
    printText(harmlessJson(this.#waiting.map((line) => `${line}\n`).join("")));
    this.#waiting = [];
  }

  end(): void {
    this.settle();
  }
}

export class ObjectOutput implements MonitorOutput {
  readonly #selection: Selection;
  readonly #tap = new PacketTap();
  readonly #filter: PacketFilter;

  constructor(selection: Selection) {
    this.#selection = selection;
    this.#filter = new PacketFilter(selection.choice);
  }

  begin(): void {
    // Each object says what it is.
  }

  row(row: TraceEntry): void {
    const { packets, kcs } = this.#selection;
    const packet = packets ? this.#tap.take(row) : undefined;
    const isNews = row.again !== true;
    if (packet !== undefined) this.#packet(packet, row, isNews);
    if (kcs && isNews && (isLifeRow(row) || isRegisterRow(row))) printJsonLine({ kind: "kcs", ...row });
  }

  finding({ finding: { kind, bytes, access: _access, ...finding }, row }: PlacedFinding): void {
    if (!this.#selection.findings) return;
    const hex = bytes === undefined ? undefined : toHex(bytes);
    printJsonLine({ kind: "finding", ...finding, bytes: hex, rule: kind, row });
  }

  lost(accesses: number): void {
    printJsonLine({ kind: "lost", accesses });
  }

  settle(): void {
    // Every line is written as soon as it is known.
  }

  end(): void {
    // As above.
  }

  /** Packets that are told again count for the types of those behind them. */
  #packet({ bytes, direction, length }: TappedPacket, { n, t }: TraceEntry, isNews: boolean): void {
    const { isChosen, type } = this.#filter.take(bytes);
    if (!isChosen || !isNews) return;
    const header = decodeHeader(readU32be(bytes, 0));
    printJsonLine({ kind: "packet", n, t, direction, ...header, type, length, bytes: toHex(bytes) });
  }
}
