/** What an agent could not write of its side outputs, and went on without. */

export const OUTPUT_COUNTERS = {
  logLinesLost: { clause: "guide, Side outputs", text: "lines of the log that could not be written" },
  debugLinesLost: {
    clause: "guide, Side outputs",
    text: "lines of DEBUG output that could not be written, or were beyond its rate",
  },
} as const;

export type OutputCounter = keyof typeof OUTPUT_COUNTERS;
export type OutputCounters = Record<OutputCounter, number>;
