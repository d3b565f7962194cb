/** A capture of a whole trace with what a judge says of it: each finding behind the row at which it was known. */
import type { BusFacts } from "../judge/report.ts";
import { TraceJudge } from "../judge/report.ts";
import { RowsOfAccesses } from "../judge/rows-of-accesses.ts";
import type { TraceEntry } from "../trace/format.ts";
import { TraceCapture, type CaptureOptions, type FoundAt } from "./trace-capture.ts";

export class JudgedCapture {
  readonly #capture: TraceCapture;
  /** Undefined once nothing is judged any more. */
  #judge: TraceJudge | undefined;
  readonly #rows = new RowsOfAccesses();
  #found: FoundAt[] = [];
  #last = 0;

  /** `facts` undefined: too little is known of the bus for a judgement. */
  constructor(options: CaptureOptions, facts: BusFacts | undefined) {
    this.#capture = new TraceCapture(options);
    if (facts === undefined) return;
    this.#judge = new TraceJudge(facts, {
      onFinding: (finding) => {
        // An access that is too far back has no number any more; the row that showed it has.
        this.#found.push({ finding, row: this.#rows.of(finding.access)?.n ?? this.#last });
      },
    });
  }

  head(): readonly Uint8Array[] {
    return this.#capture.head();
  }

  row(row: TraceEntry): readonly Uint8Array[] {
    if (this.#judge !== undefined) {
      this.#rows.push(row, this.#judge.accesses);
      this.#last = row.n;
      this.#judge.push(row);
    }
    return this.#capture.row(row, this.#take());
  }

  /** What only the end of a judgement tells; rows that follow are captured, and judged no more. */
  endJudgement(): readonly Uint8Array[] {
    this.#judge?.verdict();
    this.#judge = undefined;
    return this.#take().flatMap(({ finding, row }) => this.#capture.finding(finding, row));
  }

  #take(): readonly FoundAt[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }
}
