/** A run told again as what ladders draw: rows of accesses, and marks for the moves that no access shows. */
import type { TraceRow } from "../trace/format.ts";
import type { LadderMark } from "../trace/ladder-events.ts";
import { Move } from "./moves.ts";
import type { ToldRun } from "./run-trace.ts";

export interface DrawnRun {
  readonly rows: readonly TraceRow[];
  /** In the order of the rows that they stand before. */
  readonly marks: readonly LadderMark[];
}

type MarkOf = Omit<LadderMark, "before">;

/** A reset of STR is a row, too; the others are no access at all. What the driver takes is told with its value. */
const MARKS: Readonly<Partial<Record<Move, MarkOf>>> = {
  [Move.hostOffer]: { side: "host", what: "happens", text: "is handed a packet" },
  [Move.bmcOffer]: { side: "bmc", what: "happens", text: "is handed a packet" },
  [Move.hostStart]: { side: "host", what: "starts", text: "starts again" },
  [Move.bmcStart]: { side: "bmc", what: "starts", text: "starts again" },
  [Move.hostKilled]: { side: "host", what: "ends", text: "is killed" },
  [Move.bmcKilled]: { side: "bmc", what: "ends", text: "is killed" },
  [Move.hostReset]: { side: "host", what: "ends", text: "is reset, and STR with it" },
  [Move.bmcReset]: { side: "bmc", what: "ends", text: "is reset, and STR with it" },
  [Move.hostStop]: { side: "host", what: "happens", text: "is asked to stop" },
  [Move.bmcStop]: { side: "bmc", what: "happens", text: "is asked to stop" },
  [Move.hostInterruptLost]: { side: "host", what: "happens", text: "is not told of an interrupt" },
  [Move.bmcDriverReset]: { side: "bmc", what: "ends", text: "is reset, and its driver's byte with it" },
  [Move.bmcInterruptLost]: { side: "bmc", what: "happens", text: "is not told of an interrupt" },
};

/** The rows and marks of a run; what it broke, and `outcome` at its end, are marks of neither side. */
export function drawnRun({ moves }: ToldRun, outcome?: string): DrawnRun {
  const rows: TraceRow[] = [];
  const marks: LadderMark[] = [];
  const note = (mark: MarkOf): void => {
    marks.push({ ...mark, before: rows.length });
  };
  let heldBefore: number | undefined;
  for (const { move, row, violation, held } of moves) {
    const mark = MARKS[move];
    if (mark !== undefined) note(mark);
    if (move === Move.driverTakes && held !== undefined) {
      const lost = heldBefore === undefined ? "" : `, ${byteText(heldBefore)} is lost`;
      note({ side: "bmc", what: "happens", text: `driver takes ${byteText(held)} from IDR${lost}` });
    }
    heldBefore = held;
    if (row !== undefined) rows.push(withoutStep(row));
    if (violation !== undefined) note({ side: "lab", what: "happens", text: violation });
  }
  if (outcome !== undefined) note({ side: "lab", what: "happens", text: outcome });
  return { rows, marks };
}

function byteText(value: number): string {
  return value.toString(16).padStart(2, "0");
}

/** Whose move a row is, its place in the drawing says already. */
function withoutStep({ step: _step, ...row }: TraceRow): TraceRow {
  return row;
}
