/** Limits of files of peers, of clients of the control socket, and of what commands read. */
import {
  MONITOR_PIECE_ENTRIES,
  MONITOR_SHARE,
  MONITOR_UNREAD_BYTES,
  MOST_MONITORS,
} from "../../../src/agent/bus/monitors.ts";
import {
  CALLS_UNDER_WAY,
  LONGEST_LINE,
  UNREAD_LIMIT,
  UNREAD_PAUSE,
  WAITING_LIMIT,
} from "../../../src/agent/control/control-connection.ts";
import { BYTES_OF_ALL_CLIENTS, BYTES_OF_CLIENT } from "../../../src/agent/control/clients-memory.ts";
import { SEND_TIMEOUT } from "../../../src/agent/control/control-methods.ts";
import { REFUSALS_HELD, REFUSAL_MILLISECONDS } from "../../../src/agent/control/control-access.ts";
import { CLIENT_LIMIT } from "../../../src/agent/control/control-socket.ts";
import {
  DEFAULT_QUOTA_BYTES,
  FILE_SHARES,
  FREE_PARTS,
  IDLE_MILLISECONDS,
  MOST_FREE_BYTES,
  OPENING_SHARES,
  OPEN_SHARES,
  PARTIAL_LIFE_MILLISECONDS,
  PARTIAL_SHARES,
  QUOTA_SHARES,
  STORING_SHARES,
} from "../../../src/agent/files/limits.ts";
import { DEFAULT_FILE_LIMIT } from "../../../src/agent/run-options.ts";
import { LONGEST_COMPLAINT } from "../../../src/cli/output.ts";
import { LONGEST_INPUT_BYTES } from "../../../src/core/decode/text-input.ts";
import { LARGEST_WINDOW_BYTES } from "../../../src/core/binding/layout.ts";
import { LONGEST_TRACE_LINE } from "../../../src/core/trace/format.ts";
import { LONGEST_FILE_NAME_BYTES } from "../../../src/core/vendor-messages/file-names.ts";
import { LARGEST_STATE_BYTES } from "../../../src/node/state-file.ts";
import { LEAST_DESCRIPTORS } from "../../../src/platform/descriptors.ts";
import { LARGEST_WINDOW_OFFSET_BYTES } from "../../../src/platform/shared-file/board-file.ts";
import { percentText, sizeText, timeText, type LimitGroup, type Proof } from "./limit.ts";

const PEER = "each peer; its port";
const CLIENT = "each client";
const shares = ({ peer, port }: { readonly peer: number; readonly port: number }): string =>
  `${String(peer)}; ${String(port)}`;
const inboxTest = (title: string): Proof => ({ test: "test/agent/file-inbox.test.ts", title });
const monitorTest = (title: string): Proof => ({ test: "test/agent/monitors.test.ts", title });
const socketTest = (title: string): Proof => ({ test: "test/agent/control-socket.test.ts", title });

const FILES: LimitGroup = {
  title: "Files of peers",
  text: `A peer is a source EID on a port. No peer's transfer or unfinished file makes room for another peer's. What is refused is
answered with a status of its own, and told once for each peer and kind.`,
  limits: [
    {
      what: "a file",
      figure: sizeText(DEFAULT_FILE_LIMIT),
      of: "each file",
      beyond: "refused",
      counters: ["filesTooLarge"],
      option: "--inbox-limit",
      proof: inboxTest("a file that is too large, and one for an agent without an inbox, are counted and told once"),
    },
    {
      what: "bytes in the inbox, unfinished files at their announced size",
      figure: `${sizeText(DEFAULT_QUOTA_BYTES)}; ${String(QUOTA_SHARES.port)} times that; all ports ${String(QUOTA_SHARES.inAll)} times`,
      of: PEER,
      beyond: "refused",
      counters: ["filesOverQuota", "filesOverPortQuota", "filesOverInboxQuota"],
      option: "--inbox-quota",
      proof: { attack: "fill-disk" },
    },
    {
      what: "files in the inbox, unfinished ones included",
      figure: `${shares(FILE_SHARES)}; all ports ${String(FILE_SHARES.inAll)}`,
      of: PEER,
      beyond: "refused",
      counters: ["filesOverQuota", "filesOverPortQuota", "filesOverInboxQuota"],
      proof: { attack: "many-files" },
    },
    {
      what: "unfinished files",
      figure: `${shares(PARTIAL_SHARES)}; each for ${timeText(PARTIAL_LIFE_MILLISECONDS)} from its last byte`,
      of: PEER,
      beyond: "the peer's own oldest makes room; beyond the port's share busy",
      counters: ["filesPortBusy"],
      proof: inboxTest("of Opens ends no transfer of another peer and removes none of its partial files"),
    },
    {
      what: "transfers open",
      figure: `${shares(OPEN_SHARES)}; each for ${timeText(IDLE_MILLISECONDS)} from its last use`,
      of: PEER,
      beyond: "the peer's own longest unused one makes room; beyond the port's share busy",
      counters: ["filesPortBusy"],
      proof: { attack: "open-files" },
    },
    {
      what: "File Opens under way",
      figure: shares(OPENING_SHARES),
      of: PEER,
      beyond: "busy",
      counters: ["filesBusy", "filesPortBusy"],
      proof: inboxTest("of Opens at once is answered with busy, and the other peer's is opened"),
    },
    {
      what: "files being hashed and made durable",
      figure: shares(STORING_SHARES),
      of: PEER,
      beyond: "busy",
      counters: ["filesBusy", "filesPortBusy"],
      proof: { attack: "many-files" },
    },
    {
      what: "bytes of a name, and its characters",
      figure: `${String(LONGEST_FILE_NAME_BYTES)}: letters, digits, \`.\`, \`_\`, \`-\`, single spaces inside`,
      of: "each file",
      beyond: "refused",
      counters: ["fileNamesRefused"],
      proof: { attack: "file-names" },
    },
    {
      what: "free space left on the file system",
      figure: `one part in ${String(FREE_PARTS)}, ${sizeText(MOST_FREE_BYTES)} at most`,
      of: "the agent",
      beyond: "refused",
      counters: ["filesOverDisk"],
      proof: inboxTest("the file system keeps a reserve, and what open transfers announced is taken as used"),
    },
  ],
};

const CONTROL_SOCKET: LimitGroup = {
  title: "The control socket",
  text: "Clients have turns: each begins one call, then the bus and everything else are served.",
  limits: [
    {
      what: "clients",
      figure: String(CLIENT_LIMIT),
      of: "the agent",
      beyond: "one more is turned away",
      counters: ["clientsTooMany"],
      proof: { attack: "many-clients" },
    },
    {
      what: "calls under way, and calls of a batch",
      figure: String(CALLS_UNDER_WAY),
      of: CLIENT,
      beyond: "further ones wait; a larger batch is refused",
      counters: ["batchesRefused"],
      proof: { attack: "large-batches" },
    },
    {
      what: "a line",
      figure: sizeText(LONGEST_LINE),
      of: CLIENT,
      beyond: "hung up on",
      counters: ["clientsHungUp"],
      proof: { attack: "endless-line" },
    },
    {
      what: "lines that wait",
      figure: sizeText(WAITING_LIMIT),
      of: CLIENT,
      beyond: "hung up on",
      counters: ["clientsHungUp"],
      proof: { attack: "status-lines" },
    },
    {
      what: "answers that are not read",
      figure: `${sizeText(UNREAD_PAUSE)}; ${sizeText(UNREAD_LIMIT)}`,
      of: CLIENT,
      beyond: "no further call begins; hung up on",
      counters: ["clientsHungUp"],
      proof: { attack: "unread-answers" },
    },
    {
      what: "lines that wait or are in work, and answers that are not read",
      figure: `${sizeText(BYTES_OF_CLIENT)} of each client's own, and ${sizeText(BYTES_OF_ALL_CLIENTS)} that all share`,
      of: "all clients",
      beyond: "the client that has most is told so and hung up on",
      counters: ["clientsFull"],
      proof: socketTest(
        "lines of all clients together are bounded: the client that has most is told so and hung up on; others are served on",
      ),
    },
    {
      what: "clients of users who may not use the socket",
      figure: `${String(REFUSALS_HELD)} for ${timeText(REFUSAL_MILLISECONDS)}, to read why`,
      of: "the agent",
      beyond: "hung up on at once",
      counters: ["clientsRefused"],
      option: "--control-group",
      proof: { attack: "socket-of-another" },
    },
    {
      what: "calls of a client that has gone",
      figure: "none",
      of: CLIENT,
      beyond: "they end with it",
      proof: socketTest("40,000 calls of a client that has gone are not carried out, and those under way end"),
    },
    {
      what: "tools that follow the bus (`monitor`)",
      figure: String(MOST_MONITORS),
      of: "the agent",
      beyond: "one more is refused, and says so",
      proof: monitorTest("are 8 at most; one that leaves makes room, and without any nothing is listened to"),
    },
    {
      what: "rows that such a tool has not read",
      figure: `${sizeText(MONITOR_UNREAD_BYTES)}, and those of ${String(MONITOR_PIECE_ENTRIES)} accesses`,
      of: "each monitor",
      beyond: "it is given no more: it loses accesses, and is told how many",
      proof: monitorTest(
        "that reads nothing is given no more than its share, and is told how many accesses it has lost",
      ),
    },
    {
      what: "processor time for such tools",
      figure: percentText(MONITOR_SHARE),
      of: "all monitors",
      beyond: "the same",
      proof: monitorTest("cost a fifth of a processor at most, whatever the bus does"),
    },
    {
      what: "a message without response that the peer does not take (`send`)",
      figure: `${timeText(SEND_TIMEOUT)}, or its \`timeout\``,
      of: "each call",
      beyond: "it fails with `send-timeout`; the message stays queued",
      proof: {
        test: "test/agent/messenger.test.ts",
        title: "is waited for within its limit where the peer does not take it, and stays queued",
      },
    },
  ],
};

const READ_FILES: LimitGroup = {
  title: "Files that are read",
  text: "Numbers and lengths out of a file are judged before anything is allocated. What is refused ends the command with a sentence.",
  limits: [
    {
      what: "where a board's window begins, and its size",
      figure: `${sizeText(LARGEST_WINDOW_OFFSET_BYTES)} behind the start; ${sizeText(LARGEST_WINDOW_BYTES)}`,
      of: "each board",
      beyond: "refused as damaged",
      proof: { attack: "board-with-huge-offset" },
    },
    {
      what: "a state file",
      figure: sizeText(LARGEST_STATE_BYTES),
      of: "the agent",
      beyond: "refused",
      proof: { test: "test/node/state-file.test.ts", title: "that is a folder, or far too large, is refused" },
    },
    {
      what: "a line of a trace",
      figure: sizeText(LONGEST_TRACE_LINE),
      of: "each trace",
      beyond: "refused",
      proof: {
        test: "test/cli/trace-source.test.ts",
        title: "a row of the largest window is read; a longer line is refused",
      },
    },
    {
      what: "an input of `decode`",
      figure: sizeText(LONGEST_INPUT_BYTES),
      of: "each input",
      beyond: "refused",
      proof: { attack: "decode-endless-file" },
    },
    {
      what: "a line of a command on standard error",
      figure: `${String(LONGEST_COMPLAINT)} characters`,
      of: "each line",
      beyond: 'cut, ends in "…"',
      proof: {
        test: "test/cli/hostile-text.test.ts",
        title: "half a character, marks without end, a word without end",
      },
    },
    {
      what: "open files that an agent needs",
      figure: String(LEAST_DESCRIPTORS),
      of: "the agent",
      beyond: "with fewer it does not start (`ulimit -n`)",
      proof: { attack: "few-descriptors" },
    },
  ],
};

export const LOCAL_LIMITS: readonly LimitGroup[] = [FILES, CONTROL_SOCKET, READ_FILES];
