/** Limits of what an agent writes beside its work, which may fail, stall or fill up: log, DEBUG output, traces, incidents, the last save. */
import { LIVE_RECORDER } from "../../../src/agent/bus/bus-watch.ts";
import {
  INCIDENT_BURST,
  INCIDENT_MILLISECONDS,
  INCIDENTS_WAITING,
  SAME_INCIDENT_MILLISECONDS,
} from "../../../src/agent/outputs/incident-files.ts";
import { MOST_INCIDENT_BYTES, MOST_INCIDENT_FILES } from "../../../src/agent/outputs/incident-folder.ts";
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
import { DEFAULT_ENTRIES, DEFAULT_SHOWN_BYTES, Recorder } from "../../../src/core/judge/recorder.ts";
import { LAST_SAVE_LIMIT } from "../../../src/node/last-save.ts";
import { sizeText, timeText, type LimitGroup } from "./limit.ts";

const LINE_TESTS = "test/agent/outputs/line-output.test.ts";
const INCIDENT_TESTS = "test/agent/outputs/incident-files.test.ts";
const RECORDER_BYTES = new Recorder().memoryBytes;
const LIVE_BYTES = new Recorder(LIVE_RECORDER).memoryBytes;
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
      what: "the last accesses in memory",
      figure: `${String(DEFAULT_ENTRIES)}, equal polls as one, the first ${sizeText(DEFAULT_SHOWN_BYTES)} of each; ${sizeText(RECORDER_BYTES)}, with \`--judge live\` ${sizeText(LIVE_BYTES)}`,
      of: "each board",
      beyond: "the oldest go",
      proof: { test: "test/core/judge/recorder.test.ts", title: "4096 accesses are held, however large they are" },
    },
    {
      what: "files of incidents, and their bytes",
      figure: `${String(MOST_INCIDENT_FILES)}; ${sizeText(MOST_INCIDENT_BYTES)}`,
      of: "the folder",
      beyond: "the oldest go",
      option: "--record-incidents",
      proof: {
        test: INCIDENT_TESTS,
        title: "has 16 files at most: the oldest go, files of other names and kinds stay",
      },
    },
    {
      what: "files of incidents at once, then one more; one of the same kind",
      figure: `${String(INCIDENT_BURST)}, each ${timeText(INCIDENT_MILLISECONDS)}; each ${timeText(SAME_INCIDENT_MILLISECONDS)}`,
      of: "the agent",
      beyond: "counted, not written",
      counters: ["incidentsPassedOver"],
      option: "--record-incidents",
      proof: { test: INCIDENT_TESTS, title: "get 4 files at once, then one each 10 s; of one kind one in 10 minutes" },
    },
    {
      what: "copies of the last accesses that their disk has not taken",
      figure: `${String(INCIDENTS_WAITING)} of as many bytes`,
      of: "the agent",
      beyond: "counted, not written",
      counters: ["incidentsPassedOver", "incidentsLost"],
      option: "--record-incidents",
      proof: { test: INCIDENT_TESTS, title: "while the disk hangs are copied twice at most, and a stop does not wait" },
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
