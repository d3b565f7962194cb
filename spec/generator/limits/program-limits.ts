/** Limits of other programs: those that serve message types, and the clients of the demux socket. */
import { UNREAD_PAUSE } from "../../../src/agent/control/control-connection.ts";
import {
  BYTES_OF_REQUESTS,
  FIRST_PACKET_LIMIT,
  LONGEST_PACKET,
  REQUESTS_OF_CLIENT,
} from "../../../src/agent/services/demux-client.ts";
import { DEMUX_CLIENTS } from "../../../src/agent/services/demux-server.ts";
import { WAITING_BYTES, WAITING_PACKETS } from "../../../src/agent/services/packet-writer.ts";
import { ANSWER_LIMIT, MOST_PROGRAMS, UNANSWERED_REQUESTS } from "../../../src/agent/services/service-table.ts";
import { LONGEST_OUTPUT, SHOWN_ERRORS } from "../../../src/cli/serve/program-run.ts";
import { sizeText, timeText, type LimitGroup, type Proof } from "./limit.ts";

const PROGRAM = "each program";
const CLIENT = "each demux client";
const tableTest = (title: string): Proof => ({ test: "test/agent/services/service-table.test.ts", title });
const demuxTest = (title: string): Proof => ({ test: "test/interop/demux.test.ts", title });
const serveTest = (title: string): Proof => ({ test: "test/cli/serve.test.ts", title });

export const PROGRAM_LIMITS: LimitGroup = {
  title: "Services of other programs",
  text: `Programs that serve message types, on the control socket or the [demux socket](guides/services.md). The agent waits for none of
them.`,
  limits: [
    {
      what: "programs that serve a message type, or wait to",
      figure: String(MOST_PROGRAMS),
      of: "the agent",
      beyond: "refused",
      counters: ["programsRefused"],
      proof: tableTest("more programs than there may be"),
    },
    {
      what: "requests that a program has not answered",
      figure: String(UNANSWERED_REQUESTS),
      of: PROGRAM,
      beyond: "dropped",
      counters: ["programBusy"],
      proof: tableTest("are bounded, and one that takes no more gets no more: dropped and counted"),
    },
    {
      what: "time to answer a request",
      figure: timeText(ANSWER_LIMIT),
      of: "each request",
      beyond: "dropped, and the answer refused",
      counters: ["programUnanswered"],
      proof: tableTest("in time are dropped and counted, and the answer comes too late"),
    },
    {
      what: "requests that a program on the control socket has not read",
      figure: sizeText(UNREAD_PAUSE),
      of: PROGRAM,
      beyond: "dropped",
      counters: ["programBusy"],
      proof: {
        test: "test/agent/services/serve-methods.test.ts",
        title: "that does not read loses requests with a count, and is served on when it reads",
      },
    },
    {
      what: "clients of the demux socket",
      figure: String(DEMUX_CLIENTS),
      of: "the agent",
      beyond: "one more is hung up on",
      counters: ["demuxTooMany"],
      option: "--demux",
      proof: demuxTest("more than there are places for are hung up on; a place that comes free is given"),
    },
    {
      what: "demux clients of users who may not use the socket",
      figure: "none",
      of: "the agent",
      beyond: "hung up on",
      counters: ["demuxRefused"],
      option: "--demux-group",
      proof: demuxTest("another user is hung up on, whatever the mode of the socket is, and by a name, too"),
    },
    {
      what: "the first packet: one message type",
      figure: `within ${timeText(FIRST_PACKET_LIMIT)}`,
      of: CLIENT,
      beyond: "hung up on",
      counters: ["demuxHungUp"],
      proof: demuxTest("bad packets are dropped and counted, a bad first packet is hung up on; others go on"),
    },
    {
      what: "a packet, either way",
      figure: `${String(LONGEST_PACKET)} bytes`,
      of: CLIENT,
      beyond: "dropped",
      counters: ["demuxInvalid", "demuxTooLong"],
      proof: demuxTest("bad packets are dropped and counted, a bad first packet is hung up on; others go on"),
    },
    {
      what: "requests without a response",
      figure: `${String(REQUESTS_OF_CLIENT)}, ${sizeText(BYTES_OF_REQUESTS)} and a packet; each for ${timeText(ANSWER_LIMIT)}, and as long for a tag`,
      of: CLIENT,
      beyond: "nothing more is read from it until one has ended",
      counters: ["demuxUnanswered"],
      proof: demuxTest("a client that asks without end waits itself; one that vanishes leaves nothing"),
    },
    {
      what: "messages that a client has not read",
      figure: `${String(WAITING_PACKETS)}, ${sizeText(WAITING_BYTES)}, and what its socket holds`,
      of: CLIENT,
      beyond: "dropped",
      counters: ["demuxUnread"],
      proof: demuxTest("a client that does not read loses messages with a count, and holds up nobody"),
    },
    {
      what: "runs of the program of `serve --exec`",
      figure: "4 at once (`--at-once`), each for 2 s (`--timeout`)",
      of: "each `serve`",
      beyond: "further ones wait; the run is ended",
      proof: serveTest("a bounded number at once; what it started ends with it"),
    },
    {
      what: "output of such a run, and what is shown of its standard error",
      figure: `${sizeText(LONGEST_OUTPUT)}; ${sizeText(SHOWN_ERRORS)}`,
      of: "each run",
      beyond: "no response; left out",
      proof: serveTest("an answer that is none is told and not sent; requests after it are answered"),
    },
  ],
};
