/** Limits of what an agent writes beside its work, which may fail, stall or fill up: log, DEBUG output, trace, the last save. */
import { WAITING_LINE_BYTES } from "../../../src/agent/outputs/line-output.ts";
import {
  DEBUG_BURST_BYTES,
  DEBUG_BYTES_A_SECOND,
  DEBUG_SHOWN_BYTES,
} from "../../../src/agent/outputs/standard-outputs.ts";
import { LOG_FLUSH_LIMIT, STOP_LIMIT, TRACE_FLUSH_LIMIT } from "../../../src/agent/outputs/stop-limits.ts";
import { DEFAULT_TRACE_BYTES } from "../../../src/agent/outputs/trace-file.ts";
import { CAPTURED_PACKET_BYTES, DEFAULT_CAPTURE_BYTES } from "../../../src/agent/outputs/capture-output.ts";
import { WAITING_RECORDING_BYTES } from "../../../src/agent/outputs/recording.ts";
import { LAST_SAVE_LIMIT } from "../../../src/node/last-save.ts";
import { sizeText, timeText, type LimitGroup } from "./limit.ts";

const LINE_TESTS = "test/agent/outputs/line-output.test.ts";
const CAPTURE_TESTS = "test/agent/outputs/capture-output.test.ts";
const TRACE_TESTS = "test/agent/outputs/trace-file.test.ts";

export const OUTPUT_LIMITS: LimitGroup = {
  title: "Side outputs",
  text: "They are written in the background. Nothing of the channel, and no stop, waits for them.",
  limits: [
    {
      what: "lines of the log that its reader or disk has not taken",
      figure: sizeText(WAITING_LINE_BYTES),
      of: "the agent",
      beyond: "lost, which the log tells when it works again",
      counters: ["logLinesLost"],
      proof: { attack: "log-on-full-disk" },
    },
    {
      what: "`DEBUG` output",
      figure: `${sizeText(DEBUG_BURST_BYTES)} at once, ${sizeText(DEBUG_BYTES_A_SECOND)} a second; ${sizeText(DEBUG_SHOWN_BYTES)} of a message`,
      of: "the agent",
      beyond: "left out, which one line a second tells",
      counters: ["debugLinesLost"],
      proof: {
        test: LINE_TESTS,
        title: "of four seconds has less than 1 MB, whatever is printed; one line a second tells of the rest",
      },
    },
    {
      what: "rows of a trace that its disk has not taken",
      figure: sizeText(WAITING_RECORDING_BYTES),
      of: "the agent",
      beyond: "the trace ends, and says so",
      counters: ["tracesEnded", "traceRowsLost"],
      proof: {
        test: TRACE_TESTS,
        title: "holds up no access; the trace ends when 8 MiB wait, says so once, and what waited is written",
      },
    },
    {
      what: "a trace",
      figure: `${sizeText(DEFAULT_TRACE_BYTES)}, or so many accesses`,
      of: "the agent",
      beyond: "it ends, and says so",
      option: "--trace-limit",
      proof: { test: TRACE_TESTS, title: "a trace without a limit of its own ends by its size, 1 GiB by default" },
    },
    {
      what: "records of a capture that its disk or reader has not taken",
      figure: sizeText(WAITING_RECORDING_BYTES),
      of: "the agent",
      beyond: "the capture ends, and says so",
      counters: ["capturesEnded", "captureRecordsLost"],
      proof: {
        test: CAPTURE_TESTS,
        title: "a capture of it ends when 8 MiB wait, says so once, and what waited is written",
      },
    },
    {
      what: "a capture in a file",
      figure: sizeText(DEFAULT_CAPTURE_BYTES),
      of: "the agent",
      beyond: "it ends, and says so",
      option: "--pcap-limit",
      proof: {
        test: CAPTURE_TESTS,
        title: "a capture ends at its largest size, 1 GiB or --pcap-limit, which is no loss",
      },
    },
    {
      what: "a packet in an agent's capture",
      figure: sizeText(CAPTURED_PACKET_BYTES),
      of: "each packet",
      beyond: "the capture has its beginning and its length",
      proof: {
        test: CAPTURE_TESTS,
        title: "packets of the bus are whole where rows of a trace are not, and of long ones the capture has 64 KiB",
      },
    },
    {
      what: "the last save of the state at a stop",
      figure: timeText(LAST_SAVE_LIMIT),
      of: "the agent",
      beyond: "the stop goes on; the log says what may be lost",
      proof: {
        test: "test/node/last-save.test.ts",
        title: "a disk that hangs holds the stop up no longer than the limit, and the log says what may be lost",
      },
    },
    {
      what: "from SIGTERM to the end of the process",
      figure: `${timeText(STOP_LIMIT)}; ${timeText(TRACE_FLUSH_LIMIT)} of them for trace and capture, ${timeText(LOG_FLUSH_LIMIT)} or what is left for the log`,
      of: "the agent",
      beyond: "it ends itself, and says what hung",
      proof: {
        test: "test/interop/side-outputs.test.ts",
        title: "the channel goes on, the losses are counted, and SIGTERM ends the agent in order and in time",
      },
    },
  ],
};
