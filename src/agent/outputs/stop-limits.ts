/**
 * What a stop may take. An agent first leaves its boards and lines, which takes at most 1000 ms, and saves its state
 * beside that; then the trace and the log get what they still hold to their disk or reader.
 */

/** Milliseconds from a signal, the end of input or the loss of the board until the process has ended, whatever hangs. */
export const STOP_LIMIT = 2000;
/** Of these: after so many a process that is still there ends itself. */
export const LAST_RESORT = 1800;
/** For the rows of the trace that wait. */
export const TRACE_FLUSH_LIMIT = 400;
/** For the lines of the log that wait; more where the steps before took less. */
export const LOG_FLUSH_LIMIT = 200;
/** For those of standard error. */
export const LAST_LINE_LIMIT = 50;
