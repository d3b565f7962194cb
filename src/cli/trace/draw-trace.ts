/** What `mctp-lpc trace` makes of the rows of a trace as they come: a ladder, events for programs, or a drawing. */
import { basename } from "node:path";
import { isLifeRow, type TraceEntry, type TraceTime } from "../../core/trace/format.ts";
import type { LadderEvent } from "../../core/trace/ladder-events.ts";
import { PartInterpreter, type PartListener, type PartOptions } from "../../core/trace/ladder-part.ts";
import { eventItems } from "../../core/trace/ladder-words.ts";
import { Ladder } from "../../core/trace/ladder.ts";
import { svgOfPart } from "../../core/trace/svg-ladder.ts";
import { Failure } from "../../platform/failure.ts";
import { print, printJsonLine, printText, writeResult } from "../output.ts";
import { bold } from "../styled.ts";
import { columnsOf } from "../terminal.ts";
import type { CapturedMctp } from "../../core/capture/captured-trace.ts";
import { PacketOutput } from "./packet-output.ts";
import { STANDARD_STREAM, emptyTrace } from "./trace-files.ts";
import { forEachRow, openRows } from "./trace-source.ts";

export interface TraceArguments {
  readonly svg?: string;
  readonly json?: true;
  readonly follow?: true;
  readonly from?: number;
  readonly to?: number;
}

/** Milliseconds without a drawn access that are told as a pause. */
const PAUSE = 100;
/** A drawing of more events would be some hundred thousand pixels high. */
const MOST_DRAWN = 20_000;

/** Where the events of a trace go. */
interface TraceOutput extends PartListener {
  /** The trace's first row, before any event. */
  begin(row: TraceEntry): void;
  end(): void;
}

/** Draws what the files hold, in memory that does not grow with them. Throws a Failure for what is no trace. */
export async function drawTrace(files: readonly string[], given: TraceArguments): Promise<void> {
  const { from = 0, to = Number.POSITIVE_INFINITY } = given;
  if (from > to) throw new Failure("trace-part", `--from ${String(from)} is behind --to ${String(to)}`);
  const packets = new PacketOutput({ from, to, json: given.json === true });
  const onPacket = (packet: CapturedMctp): void => {
    if (given.svg !== undefined) throw noDrawingOfPackets();
    packets.take(packet);
  };
  const rows = openRows(files, { follow: given.follow === true, onPacket });
  const options: PartOptions = { from: given.from, to: given.to, pause: PAUSE };
  const output = outputOf(files, given, options);
  const part = new PartInterpreter(options, output);
  const seen = new SeenRows(from, to);
  const take = (row: TraceEntry): boolean => {
    if (seen.first === undefined) output.begin(row);
    seen.push(row);
    return part.push(row);
  };
  try {
    await forEachRow(rows, take, () => {
      part.flush();
    });
  } catch (error) {
    part.flush();
    throw error;
  }
  const { all, shown } = packets.counts;
  if (all > 0) {
    if (shown === 0)
      throw new Failure("trace-part", `the capture has packets 0 to ${String(all - 1)}: none is asked for`);
    return;
  }
  part.end();
  seen.check(files);
  output.end();
}

function noDrawingOfPackets(): Failure {
  return new Failure(
    "trace-packets",
    "--svg draws the accesses of a bus, and this is a capture of MCTP packets alone: leave --svg out for their ladder",
  );
}

/** What the trace has, to say why nothing of it was drawn. */
class SeenRows {
  readonly #from: number;
  readonly #to: number;
  first: number | undefined;
  #last = 0;
  #hasAccess = false;
  #hasPart = false;

  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  push(row: TraceEntry): void {
    this.first ??= row.n;
    this.#last = row.n;
    this.#hasAccess ||= !isLifeRow(row);
    this.#hasPart ||= row.n >= this.#from && row.n <= this.#to;
  }

  check(files: readonly string[]): void {
    if (!this.#hasAccess) throw emptyTrace(files);
    if (this.#hasPart) return;
    const rows = `rows ${String(this.first)} to ${String(this.#last)}`;
    throw new Failure("trace-part", `the trace has ${rows}: none of them is asked for`);
  }
}

function outputOf(files: readonly string[], given: TraceArguments, options: PartOptions): TraceOutput {
  if (given.svg !== undefined) return new Drawing(given.svg, titleOf(files), options);
  return given.json === true ? new EventOutput() : new LadderOutput();
}

function titleOf(files: readonly string[]): string {
  return files.map((file) => (file === STANDARD_STREAM ? "standard input" : basename(file))).join(" and ");
}

class LadderOutput implements TraceOutput {
  #ladder = new Ladder();
  #isHeaded = false;

  begin({ t }: TraceEntry): void {
    this.#ladder = new Ladder({ width: columnsOf("stdout"), since: t });
  }

  before(): void {
    // The terminal shows the part alone.
  }

  shown(events: readonly LadderEvent[]): void {
    for (const { side, text } of this.#ladder.draw(events)) {
      if (!this.#isHeaded) print([bold(this.#ladder.header)]);
      this.#isHeaded = true;
      print([{ text, style: side }]);
    }
  }

  end(): void {
    // Every line was printed as it came.
  }
}

class EventOutput implements TraceOutput {
  begin(): void {
    // An object has the time as the trace has it.
  }

  before(): void {
    // Programs get the part alone.
  }

  shown(events: readonly LadderEvent[]): void {
    for (const event of events) printJsonLine({ ...event, text: eventItems(event).join(" · ") });
  }

  end(): void {
    // Every line was printed as it came.
  }
}

/** An SVG file; the only output that has to hold what it draws. */
class Drawing implements TraceOutput {
  readonly #file: string;
  readonly #title: string;
  readonly #options: PartOptions;
  /** Of what led to the part only the last counts: how STR stood. */
  readonly #before: LadderEvent[] = [];
  readonly #shown: LadderEvent[] = [];
  #first = 0;
  #since: TraceTime | undefined;

  constructor(file: string, title: string, options: PartOptions) {
    this.#file = file;
    this.#title = title;
    this.#options = options;
  }

  begin({ n, t }: TraceEntry): void {
    this.#first = n;
    this.#since = t;
  }

  before(events: readonly LadderEvent[]): void {
    const telling = events.filter(({ kind }) => kind === "statusWritten" || kind === "statusSeen" || kind === "mark");
    this.#before.push(...(this.#before.length === 0 ? events : telling));
    if (this.#before.length > MOST_DRAWN) this.#before.splice(0, MOST_DRAWN / 2);
  }

  shown(events: readonly LadderEvent[]): void {
    this.#shown.push(...events);
    if (this.#shown.length <= MOST_DRAWN) return;
    throw new Failure(
      "trace-drawing",
      `the drawing has more than ${String(MOST_DRAWN)} events: choose a part of the trace with --from and --to`,
    );
  }

  end(): void {
    const part = { before: this.#before, shown: this.#shown };
    const drawing = svgOfPart(part, this.#first, { ...this.#options, title: this.#title, since: this.#since });
    if (this.#file === STANDARD_STREAM) {
      printText(drawing);
      return;
    }
    writeResult("trace-drawing", this.#file, drawing);
  }
}
