/** A monitor's rows for people: the ladder as it grows, and the judge's findings in it. */
import { packetText } from "../../core/trace/describe.ts";
import { PacketFilter } from "../../core/trace/packet-filter.ts";
import { PacketTap, type TappedPacket } from "../../core/capture/packet-tap.ts";
import { findingTitle } from "../../core/judge/report.ts";
import type { TraceEntry, TraceTime } from "../../core/trace/format.ts";
import type { LadderEvent } from "../../core/trace/ladder-events.ts";
import { Ladder } from "../../core/trace/ladder.ts";
import { TraceInterpreter } from "../../core/trace/trace-interpreter.ts";
import { print } from "../output.ts";
import { wrap } from "../spec/pieces.ts";
import { bold, plain } from "../styled.ts";
import { columnsOf } from "../terminal.ts";
import type { MonitorOutput, PlacedFinding } from "./monitor-output.ts";
import type { Selection } from "./selection.ts";

/** Milliseconds without a drawn access that are told as a pause. */
const PAUSE = 100;
/** Before a finding, and before its further lines. */
const [MARK, MARGIN] = ["▸ ", "  "];
const SHOWN_WITH_KCS: ReadonlySet<LadderEvent["kind"]> = new Set([
  "byte",
  "taken",
  "statusWritten",
  "statusSeen",
  "pause",
  "mark",
] as const);

export class LadderOutput implements MonitorOutput {
  readonly #selection: Selection | undefined;
  readonly #interpreter = new TraceInterpreter({ pause: PAUSE });
  readonly #tap = new PacketTap();
  readonly #filter: PacketFilter;
  readonly #width = columnsOf("stdout");
  #ladder: Ladder | undefined;
  #isAgain = false;

  constructor(selection: Selection | undefined) {
    this.#selection = selection;
    this.#filter = new PacketFilter(selection?.choice ?? {});
  }

  begin(): void {
    // The header stands above the first line.
  }

  row(row: TraceEntry): void {
    this.#isAgain = row.again === true;
    if (this.#selection?.packets === true) this.#packet(this.#tap.take(row), row);
    this.#draw(this.#interpreter.push(row), row.t);
  }

  finding({ finding, row }: PlacedFinding): void {
    if (this.#selection?.findings === false) return;
    this.#settle();
    const { seen, expected, cause, step } = finding;
    const where = [
      ...(row === undefined ? [] : [`row ${String(row)}`]),
      ...(step === undefined ? [] : [`step ${step}`]),
    ];
    const guess = cause === undefined ? "" : ` (${cause.text})`;
    const place = where.length === 0 ? "" : `, ${where.join(", ")}`;
    const text = [bold(findingTitle(finding)), plain(`${place}: ${seen}, expected ${expected}${guess}`)];
    wrap(text, this.#width - MARGIN.length).forEach((line, index) => {
      print([bold(index === 0 ? MARK : MARGIN), ...line]);
    });
  }

  lost(): void {
    // The row behind them says how many are missing.
  }

  settle(isIdle: boolean): void {
    if (isIdle) this.#settle();
  }

  end(): void {
    this.#settle();
  }

  /** What waits for the accesses that belong to it is drawn as it is. */
  #settle(): void {
    this.#draw(this.#interpreter.flush(), undefined);
  }

  #packet(packet: TappedPacket | undefined, { n, t }: TraceEntry): void {
    if (packet === undefined) return;
    const { bytes, direction, length } = packet;
    const { isChosen } = this.#filter.take(bytes);
    if (!isChosen) return;
    const side = direction === "hostToBmc" ? "host" : "bmc";
    const items = packetText(bytes, length);
    this.#print([{ kind: "window", side, verb: "writes", area: direction, first: n, last: n, t, steps: [], items }], t);
  }

  #draw(events: readonly LadderEvent[], t: TraceTime | undefined): void {
    const selection = this.#selection;
    if (selection === undefined) this.#print(events, t);
    else {
      // Whatever is chosen: which accesses are missing.
      const shown = events.filter(({ kind, side }) =>
        selection.kcs ? SHOWN_WITH_KCS.has(kind) : kind === "mark" && side === "lab",
      );
      this.#print(shown, t);
    }
  }

  #print(told: readonly LadderEvent[], t: TraceTime | undefined): void {
    // Before the first line nothing is later than anything.
    const events = this.#ladder === undefined ? told.filter(({ kind }) => kind !== "pause") : told;
    if (this.#isAgain || events.length === 0) return;
    if (this.#ladder === undefined) {
      this.#ladder = new Ladder({ width: this.#width, since: events[0]?.t ?? t });
      print([bold(this.#ladder.header)]);
    }
    for (const { side, text } of this.#ladder.draw(events)) print([{ text, style: side }]);
  }
}
