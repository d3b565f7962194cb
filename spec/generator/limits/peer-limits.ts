/** Limits of what peers send: messages, processor time, log, EIDs. */
import { BYTES_OF_KIND, LOG_BYTES_A_MINUTE, LONGEST_LOG_LINE } from "../../../src/agent/log-limiter.ts";
import { LARGEST_CONTROL_MESSAGE } from "../../../src/core/mctp/assembly.ts";
import { TRANSIT_LIMITS, TRANSIT_OF_PORT } from "../../../src/core/mctp/bridge/router.ts";
import { MOST_FAR_ENDPOINTS } from "../../../src/core/mctp/bus-owner/far-endpoints.ts";
import { MOST_ROUTE_PARTS } from "../../../src/core/mctp/bus-owner/surveying.ts";
import { ENDPOINT_DEFAULTS } from "../../../src/core/mctp/endpoint-defaults.ts";
import { TAGS } from "../../../src/core/mctp/packet.ts";
import { DUTY_MESSAGES, PART_OF_PEER } from "../../../src/core/mctp/transmit-queue.ts";
import { WAITING_PLACES } from "../../../src/core/mctp/tag-queue.ts";
import { COMMON_TAGS } from "../../../src/core/mctp/tags.ts";
import { PROBE_PAUSE, READ_PAUSE } from "../../../src/node/bridge-survey.ts";
import { NOTIFY_PAUSE } from "../../../src/node/port-owner.ts";
import { SAVE_INTERVAL_MILLISECONDS } from "../../../src/node/kept-assignments.ts";
import { ALL_LINKS_SHARE, ANSWER_BURST, DEFAULT_FLOOD_SHARE, FLOOD_BURST } from "../../../src/node/processor-share.ts";
import { WAITING_PACKETS } from "../../../src/platform/tun/tun-device.ts";
import { percentText, sizeText, timeText, type LimitGroup } from "./limit.ts";

const { assembly, queue, timing } = ENDPOINT_DEFAULTS;
const PORT = "each port";
const SOURCE = "each source EID of a port";
const ASSEMBLY_TESTS = "test/core/mctp/assembly.test.ts";
const SURVEY_TESTS = "test/node/bridge-survey.test.ts";
const OWNER_TESTS = "test/core/mctp/bus-owner/port-shares.test.ts";

const MESSAGES: LimitGroup = {
  title: "Messages and memory",
  text: "Judged before anything is kept. What one source leaves unfinished takes room from its own messages alone.",
  limits: [
    {
      what: "a message, in one packet or in several",
      figure: sizeText(assembly.messageBytes),
      of: "each message",
      beyond: "dropped",
      counters: ["messageTooLong"],
      proof: { test: ASSEMBLY_TESTS, title: "LPC-MCTP-7: a message may be as long as the limit, not a byte longer" },
    },
    {
      what: "a control message",
      figure: sizeText(LARGEST_CONTROL_MESSAGE),
      of: "each message",
      beyond: "dropped",
      counters: ["controlTooLong"],
      proof: { attack: "large-control" },
    },
    {
      what: "unfinished messages",
      figure: `${String(assembly.assemblies)}, each for ${timeText(assembly.timeout)} from its last packet`,
      of: SOURCE,
      beyond: "the oldest of the same source ends",
      counters: ["assemblyEvicted", "assemblyTimeout"],
      proof: { attack: "unfinished" },
    },
    {
      what: "bytes of unfinished messages",
      figure: `${sizeText(assembly.totalBytes)}; a source as much as it leaves to others`,
      of: PORT,
      beyond: "the oldest of the same source ends",
      counters: ["assemblyEvicted"],
      proof: {
        test: ASSEMBLY_TESTS,
        title: "LPC-MCTP-7: a source that is the only one may use half of the memory, and all of that",
      },
    },
    {
      what: "messages that wait to go out",
      figure: `${String(queue.messages)}, ${sizeText(queue.bytes)}; ${String(DUTY_MESSAGES)} more for the agent's own duties`,
      of: PORT,
      beyond: "given up unsent",
      counters: ["queueFull"],
      proof: {
        test: "test/core/mctp/transmit-queue.test.ts",
        title:
          "answers that are not fetched have a quarter of it, the agent's own messages all, and duties 16 places more",
      },
    },
    {
      what: "of these, answers that peers have not fetched",
      figure: `${String(PART_OF_PEER * queue.messages)}, ${sizeText(PART_OF_PEER * queue.bytes)}`,
      of: PORT,
      beyond: "given up unsent",
      counters: ["answersNotFetched"],
      proof: { attack: "never-fetched" },
    },
    {
      what: "packets that wait to be forwarded",
      figure: `${String(TRANSIT_LIMITS.packets)}, ${sizeText(TRANSIT_LIMITS.bytes)}`,
      of: "each pair of ports",
      beyond: "dropped",
      counters: ["transitFull"],
      proof: {
        test: "test/core/mctp/bridge/router.test.ts",
        title: "more packets than there is room for are dropped, of one port only",
      },
    },
    {
      what: "the same, whichever ports they are to go out of",
      figure: `${String(TRANSIT_OF_PORT.packets)}, ${sizeText(TRANSIT_OF_PORT.bytes)}`,
      of: PORT,
      beyond: "dropped",
      counters: ["transitFull"],
      proof: {
        test: "test/agent/port-memory.test.ts",
        title:
          "LPC-MCTP-7: peers of one port that fill all that there is at once have the agent hold no more than the sum",
      },
    },
    {
      what: "packets of the kernel that wait in its interface (`tun:`)",
      figure: `${String(WAITING_PACKETS)}; the agent takes none while those to be forwarded have no room`,
      of: "each interface",
      beyond: "the kernel drops them",
      proof: {
        test: "test/node/tun-driver.test.ts",
        title: "packets stay in the kernel while the next link is full",
      },
    },
    {
      what: "answers kept for repeated requests",
      figure: `one of ${sizeText(LARGEST_CONTROL_MESSAGE)}, with its request, for ${timeText(timing.tagHoldOff)}`,
      of: SOURCE,
      beyond: "the former one is forgotten; a refused request is not kept",
      proof: {
        test: "test/core/mctp/endpoint-control.test.ts",
        title: "LPC-MCTP-7: what is kept of requests is forgotten after MT4, though no other request comes",
      },
    },
    {
      what: "requests to one peer under way",
      figure: `${String(COMMON_TAGS)} and ${String(TAGS - COMMON_TAGS)} for the agent's own duties; ${String(WAITING_PLACES)} wait`,
      of: "each peer",
      beyond: 'not asked: "not-asked"',
      counters: ["requestsNotAsked"],
      proof: {
        test: "test/core/mctp/requests.test.ts",
        title: "places to wait are counted for each peer: one more is refused at once, another peer's is not",
      },
    },
  ],
};

const SPENDING: LimitGroup = {
  title: "Processor, log and state",
  text: `Charged by the time that it takes, whatever is sent; payload is not charged. Each kind of link has the same budget. While all
links together have spent more than theirs, those rest that have spent more than an equal part of it, and no other.`,
  limits: [
    {
      what: "processor time, payload left out",
      figure: `${percentText(DEFAULT_FLOOD_SHARE)} of one processor in the long run; ${timeText(FLOOD_BURST)} at once, ${timeText(ANSWER_BURST)} of requests that are answered`,
      of: PORT,
      beyond: "the link rests, which the log tells once",
      counters: ["floodPaced"],
      option: "--flood-share",
      proof: { attack: "get-eid" },
    },
    {
      what: "the same of all links together",
      figure: `${percentText(ALL_LINKS_SHARE)} of one processor, or the share of one link where that is more`,
      of: "the agent",
      beyond: "links beyond an equal part of it rest",
      counters: ["floodPaced"],
      proof: {
        test: "test/node/pacer.test.ts",
        title: "four hostile ports cost 60 % of a processor together, an equal part each",
      },
    },
    {
      what: "lines of the log",
      figure:
        `${sizeText(LOG_BYTES_A_MINUTE)} a minute: ${sizeText(BYTES_OF_KIND.link)} about the link, ` +
        `${sizeText(BYTES_OF_KIND.endpoint)} about the endpoint, ${sizeText(BYTES_OF_KIND.files)} about files, ` +
        "the rest to tell what is left out",
      of: PORT,
      beyond: "left out, which one line for the port tells",
      counters: ["linesLeftOut"],
      proof: { attack: "log-storm" },
    },
    {
      what: "a line of the log",
      figure: `${String(LONGEST_LOG_LINE)} characters`,
      of: "each line",
      beyond: 'cut, ends in "…"',
      proof: { test: "test/agent/log-limiter.test.ts", title: "a line of a name without end is cut" },
    },
    {
      what: "writes of the state file that peers bring about",
      figure: `one in ${timeText(SAVE_INTERVAL_MILLISECONDS)}`,
      of: "the agent",
      beyond: "the next write has all changes; `assign` and a stop write at once",
      proof: { attack: "rotating-uuids" },
    },
  ],
};

const EIDS: LimitGroup = {
  title: "EIDs and routes",
  text: "Of a bus owner, and of a bridge that gives EIDs on its further links.",
  limits: [
    {
      what: "EIDs of the pool, and endpoints remembered",
      figure: "the pool divided by the ports",
      of: PORT,
      beyond:
        "a bridge gets fewer than it wants; the endpoint of the same port that has been gone for longest is forgotten",
      counters: ["poolsCut", "endpointsForgotten", "eidsExhausted"],
      option: "--eid-pool",
      proof: { attack: "greedy-bridge" },
    },
    {
      what: "endpoints behind a bridge that are listed",
      figure: `${String(MOST_FAR_ENDPOINTS)}, of EIDs that the bridge was given`,
      of: PORT,
      beyond: "not listed",
      counters: ["farLeftOut"],
      proof: {
        test: SURVEY_TESTS,
        title: "as many endpoints as are listed of one port, and no more, whatever it lists",
      },
    },
    {
      what: "questions to endpoints behind a bridge",
      figure: `one endpoint in ${timeText(PROBE_PAUSE)}; the routes, of at most ${String(MOST_ROUTE_PARTS)} parts, once in ${timeText(READ_PAUSE)}`,
      of: PORT,
      beyond: "asked later; the answers of one that names another EID are not believed",
      counters: ["farEidsRefused", "farUuidsElsewhere"],
      option: "--poll-bridged",
      proof: { attack: "crowded-bridge" },
    },
    {
      what: "discoveries that Discovery Notify brings about",
      figure: `one in ${timeText(NOTIFY_PAUSE)}`,
      of: PORT,
      beyond: "one more, later, for all of them",
      proof: {
        test: SURVEY_TESTS,
        title: "LPC-SEC-3: a flood of them from %s costs a bounded number of requests",
      },
    },
    {
      what: "an EID that another has, or that is kept for another",
      figure: "none",
      of: PORT,
      beyond: "the endpoint that insists on it does not join; `--static` and `assign` give it to another",
      counters: ["eidsRefused"],
      proof: { attack: "insists-on-eid" },
    },
    {
      what: "the EID of a UUID, shown at another port",
      figure: "none",
      of: PORT,
      beyond: "it gets an EID of its own port",
      counters: ["uuidsElsewhere"],
      proof: { attack: "other-uuid" },
    },
    {
      what: "packets from an EID that is elsewhere",
      figure: "none",
      of: PORT,
      beyond: "dropped",
      counters: ["forgedSource", "sourceElsewhere"],
      proof: { attack: "forged-answers" },
    },
    {
      what: "ranges of a Routing Information Update",
      figure: `those of ${sizeText(LARGEST_CONTROL_MESSAGE)}; ranges that overlap or join are one route`,
      of: "each message",
      beyond: "dropped",
      counters: ["controlTooLong"],
      proof: { attack: "routes" },
    },
    {
      what: "EIDs that an endpoint gets by rotating its UUID",
      figure: "the share of its port",
      of: PORT,
      beyond: "its port's own endpoints that have gone are forgotten",
      counters: ["endpointsForgotten"],
      proof: {
        test: OWNER_TESTS,
        title: "UUIDs that rotate use up the share of their port: an absent endpoint of another port keeps its EID",
      },
    },
  ],
};

export const PEER_LIMITS: readonly LimitGroup[] = [MESSAGES, SPENDING, EIDS];
