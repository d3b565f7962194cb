/** What an agent could not write of its side outputs, and went on without; and the files of incidents that it wrote. */

export const OUTPUT_COUNTERS = {
  logLinesLost: { clause: "guide, Side outputs", text: "lines of the log that could not be written" },
  debugLinesLost: {
    clause: "guide, Side outputs",
    text: "lines of DEBUG output that could not be written, or were beyond its rate",
  },
  tracesEnded: { clause: "guide, Side outputs", text: "traces that ended early: their disk hung, was full or failed" },
  traceRowsLost: { clause: "guide, Side outputs", text: "rows of the trace that could not be written" },
  capturesEnded: {
    clause: "guide, Side outputs",
    text: "captures that ended early: their disk or reader hung, was full, gone or failed",
  },
  captureRecordsLost: { clause: "guide, Side outputs", text: "records of the capture that could not be written" },
  stateWritesFailed: { clause: "guide, Side outputs", text: "writes of the state file that failed, or took over 5 s" },
  incidentsRecorded: { clause: "guide, Side outputs", text: "incidents whose last accesses were written to a file" },
  incidentsPassedOver: {
    clause: "guide, Side outputs",
    text: "incidents that came too soon behind others for a file of their own",
  },
  incidentsLost: { clause: "guide, Side outputs", text: "incidents whose file could not be written" },
} as const;

export type OutputCounter = keyof typeof OUTPUT_COUNTERS;
export type OutputCounters = Record<OutputCounter, number>;
/** Of standard output and standard error. */
export type LineLosses = Pick<OutputCounters, "logLinesLost" | "debugLinesLost">;
/** Of the records of incidents. */
export type IncidentLosses = Pick<OutputCounters, "incidentsRecorded" | "incidentsPassedOver" | "incidentsLost">;
/** Of the trace. */
export type TraceLosses = Pick<OutputCounters, "tracesEnded" | "traceRowsLost">;
/** Of the capture. */
export type CaptureLosses = Pick<OutputCounters, "capturesEnded" | "captureRecordsLost">;
