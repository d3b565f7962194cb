/** Every attack of a peer over the bus or a line, and of a program on the control socket, with what may never come of it. */
import { DEBUG_BURST_BYTES, DEBUG_BYTES_A_SECOND } from "../../src/agent/outputs/standard-outputs.ts";
import { FILE_SHARES, QUOTA_SHARES } from "../../src/agent/files/limits.ts";
import { MOST_FAR_ENDPOINTS } from "../../src/core/mctp/bus-owner/far-endpoints.ts";
import { isFileName } from "../../src/core/vendor-messages/file-names.ts";
import type { AgentStatus } from "../../src/agent/status.ts";
import type { Attack } from "./attack.ts";
import { POOL, QUOTA_BYTES, type Stage } from "./stage.ts";

type Judge = NonNullable<Attack["gotThrough"]>;

/** Files that the attacker has put into the inbox. */
function hostileFiles(stage: Stage): readonly (readonly [path: string, bytes: number])[] {
  return [...stage.received()].filter(([path]) => !path.includes("honest-"));
}

/** The port of the attacker and that of the honest endpoint. */
const ATTACKED_PORT = 0;

const withinPlaces: Judge = (stage) =>
  hostileFiles(stage).flatMap(([path]) => {
    const [folder = "", name = "", ...more] = path.split("/");
    if (folder === ".partial" && more.length === 0) return [];
    const isPlace = folder.startsWith(`port-${String(ATTACKED_PORT)}-eid-`) && more.length === 0 && isFileName(name);
    return isPlace ? [] : [`a file of the attacker was stored as ${JSON.stringify(path)}`];
  });

const withinShares: Judge = (stage) => {
  const files = hostileFiles(stage);
  const bytes = files.reduce((sum, [, size]) => sum + size, 0);
  const room = QUOTA_SHARES.port * QUOTA_BYTES;
  return [
    ...(files.length > FILE_SHARES.port ? [`the attacker has ${String(files.length)} files in the inbox`] : []),
    ...(bytes > room ? [`the attacker has ${String(bytes)} bytes in the inbox, more than ${String(room)}`] : []),
  ];
};

const nothingReceived: Judge = (stage) =>
  hostileFiles(stage).map(([path]) => `a file of the attacker was stored as ${JSON.stringify(path)}`);

const eidsKept: Judge = (stage, { endpoints, bridge }: AgentStatus) => {
  const near = endpoints.filter(({ bridge: behind }) => behind === undefined);
  const given = new Set<number>(near.map(({ eid }) => eid));
  const attackers = (bridge?.routes ?? []).filter(({ port }) => port === ATTACKED_PORT);
  const taken = attackers.reduce((sum, { count }) => sum + count, 0);
  return [
    ...(given.has(stage.honestEid) ? [] : ["the honest endpoint is not known any more"]),
    ...(taken > POOL.ofPort ? [`the attacker's port has ${String(taken)} EIDs, more than its share`] : []),
  ];
};

const crowdBounded: Judge = (stage, status) => {
  const far = status.endpoints.filter(({ bridge }) => bridge !== undefined);
  const given = (status.bridge?.routes ?? []).filter(({ port }) => port === ATTACKED_PORT);
  const isGiven = (eid: number): boolean => given.some(({ first, count }) => eid >= first && eid < first + count);
  const others = far.filter(({ eid }) => !isGiven(eid));
  return [
    ...eidsKept(stage, status),
    ...(far.length > MOST_FAR_ENDPOINTS ? [`${String(far.length)} endpoints behind the attacker are listed`] : []),
    ...others.map(({ eid }) => `EID ${String(eid)} is listed behind the attacker, which was not given it`),
  ];
};

/** More than any attack takes here; the lines that tell of what was left out are few. */
const DEBUG_SECONDS = 60;

const debugBounded: Judge = ({ victim }) => {
  const bytes = Buffer.byteLength(victim.errors);
  const allowed = DEBUG_BURST_BYTES + DEBUG_SECONDS * DEBUG_BYTES_A_SECOND;
  return [
    ...(bytes > allowed ? [`the agent wrote ${String(bytes)} bytes of DEBUG output`] : []),
    ...(bytes === 0 ? ["the agent wrote no DEBUG output: the attack has not met the rule"] : []),
  ];
};

const flood = (name: string, protects: string, more: Partial<Attack> = {}): Attack => ({
  name,
  protects,
  place: "host",
  ...more,
});

const REGISTERS = "registers and commands cost the port its share, and nobody else anything";
const ANSWERS = "a response is taken only from the port that its request left by";
const LINES = "a serial line has the same budget as a board";
const MEMORY = "what is kept for peers is bounded for each port";

export const PEER_ATTACKS: readonly Attack[] = [
  flood("forged-answers", ANSWERS, { counters: ["forgedSource"] }),
  flood("forged-requests", "a packet whose source is elsewhere is dropped", {
    counters: ["forgedSource"],
    gotThrough: nothingReceived,
  }),
  flood("forged-transit", "a packet whose source is elsewhere is not forwarded", {
    counters: ["sourceElsewhere", "badBridgedSource"],
  }),
  { name: "line-forged", protects: ANSWERS, place: "line", counters: ["forgedSource"] },
  flood("large-control", MEMORY, { counters: ["controlTooLong"] }),
  flood("large-packets", MEMORY, { counters: ["messageTooLong"], window: "16M" }),
  flood("unfinished", MEMORY, { counters: ["assemblyEvicted", "assemblyTimeout"] }),
  flood("repeats", MEMORY, { spends: "answers" }),
  flood("file-names", "names of a peer are judged, and live in its folder", {
    spends: "payload",
    counters: ["fileNamesRefused"],
    gotThrough: withinPlaces,
  }),
  flood("many-files", "a port has a share of files", { spends: "payload", gotThrough: withinShares }),
  flood("fill-disk", "a port has a share of bytes", {
    spends: "payload",
    counters: ["filesOverQuota", "filesOverPortQuota", "filesPortBusy"],
    gotThrough: withinShares,
  }),
  flood("open-files", "nobody's transfer makes room for another's", { spends: "payload", gotThrough: withinShares }),
  flood("open-again", "what is unfinished is not read again at each question", { spends: "payload" }),
  flood("other-handles", "a transfer is its peer's alone", { spends: "payload", gotThrough: nothingReceived }),
  flood("greedy-bridge", "a port has a share of the EIDs", { gotThrough: eidsKept, honestReturns: true }),
  flood("crowded-bridge", "who is behind a bridge is asked at a bounded rate, and takes nothing from others", {
    counters: ["farEidsRefused", "farUuidsElsewhere"],
    spends: "answers",
    gotThrough: crowdBounded,
    honestReturns: true,
  }),
  flood("other-uuid", "an EID that is kept is refused to others", { gotThrough: eidsKept, honestReturns: true }),
  flood("rotating-uuids", "UUIDs remembered and writes of the state are bounded", {
    gotThrough: eidsKept,
    honestReturns: true,
  }),
  flood("insists-on-eid", "an EID that is kept is refused to others", { gotThrough: eidsKept, honestReturns: true }),
  ...["initialise", "tx-begin", "garbage", "fences", "events", "starts", "lengths", "sessions", "bell"].map((name) =>
    flood(name, REGISTERS),
  ),
  ...["bmc-status", "bmc-bytes"].map((name) => flood(name, REGISTERS, { place: "bmc" })),
  flood("never-fetched", "answers that are never fetched are paid for", { spends: "answers" }),
  flood("get-eid", "control requests are paid for", { spends: "answers" }),
  flood("no-packets", "packets that lead to nothing are paid for", { spends: "answers" }),
  flood("routes", "routes that are told are bounded and paid for", { spends: "answers" }),
  flood("transit", "forwarding takes turns", { spends: "payload" }),
  flood("echo", "services take turns, and echoes are paid for", { spends: "answers" }),
  ...["line-noise", "line-flags", "line-starts"].map((name) => flood(name, LINES, { place: "line" })),
  flood("line-control", LINES, { place: "line", spends: "answers" }),
  flood("debug-flood", "DEBUG output has a rate, whatever messages hold", {
    plays: "unhandled",
    environment: { DEBUG: "mctp-lpc:*" },
    gotThrough: debugBounded,
  }),
  flood("log-storm", "lines about one port are bounded, and keep no line of another away", { honestReturns: true }),
  ...[
    "status-lines",
    "large-batches",
    "small-batches",
    "ping-and-go",
    "unread-answers",
    "endless-line",
    "many-clients",
    "odd-calls",
    "waiting-sends",
  ].map((name): Attack => ({
    name,
    protects: "clients of the control socket have turns, and what they ask ends with them",
    place: "socket",
    spends: "payload",
  })),
  ...["demux-requests", "demux-unread", "demux-long", "demux-notices", "demux-and-go", "demux-odd"].map(
    (name): Attack => ({
      name,
      protects: "clients of the demux socket wait for their own answers, and nobody waits for them",
      place: "demux",
      spends: "payload",
    }),
  ),
];
