/** Plays the vectors of one step against the code of the roles. Each player gives the first vector that fails. */
import { BmcBench, HostBench } from "../../../spec/generator/vectors/bench.ts";
import { runEvents } from "../../../spec/generator/vectors/message-runs.ts";
import { CONTROL_FIELDS_BYTES, Field, decodeControlRegion } from "../../../src/core/binding/control-region.ts";
import { statusOf } from "../../../src/core/binding/kcs-word.ts";
import { SESSION_BITS } from "../../../src/core/binding/registers.ts";
import { LENGTH_BYTES } from "../../../src/core/binding/packet-buffer.ts";
import { sentBy, type RoleName } from "../../../src/core/binding/side.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import { readU32be, toHex } from "../../../src/core/wire/bytes.ts";
import { PACKET_HEADER_BYTES } from "../../../src/core/wire/packet-parts.ts";
import type { RoleCode } from "./code.ts";
import { bmcInSession, hostInSession, receiver } from "./receivers.ts";
import {
  bytesOf,
  type AnswerVector,
  type AskVector,
  type FoundVector,
  type JudgedVector,
  type LargestVector,
  type MeetingVector,
  type MessagesVector,
  type PacketVector,
  type RegionJson,
  type RejectedPacket,
  type SizeVector,
  type Terms,
  type VersionsVector,
} from "./vector-types.ts";

/** A part of a file of vectors. */
export type Part = (file: string, part: string) => unknown;

/** What was expected of the vector, and what came instead. */
export interface Failure {
  readonly vector: string;
  readonly found: string;
}

type Player = (part: Part, code: RoleCode) => Failure | undefined;

/** The first of the vectors that does not give what it says. `given` is what the code gives. */
function firstOf<Vector>(
  file: string,
  part: string,
  vectors: unknown,
  nameOf: (vector: Vector) => string,
  pair: (vector: Vector) => readonly [expected: unknown, given: unknown],
): Failure | undefined {
  for (const vector of vectors as readonly Vector[]) {
    const name = `${file}.json, ${part}: ${nameOf(vector)}`;
    try {
      const [expected, given] = pair(vector).map((value) => JSON.stringify(value));
      if (expected !== given) return { vector: name, found: given ?? "nothing" };
    } catch (error) {
      return { vector: name, found: `throws: ${(error as Error).message}` };
    }
  }
  return undefined;
}

function versionsOf({ min, cur }: Pick<Terms, "min" | "cur">): { readonly min: number; readonly cur: number } {
  return { min, cur };
}

function configOf(terms: Terms, windowBytes: number) {
  return { versions: versionsOf(terms), mtu: terms.mtu ?? undefined, windowBytes };
}

function isAccepting(bench: BmcBench): boolean {
  return (statusOf(bench.board.word) & SESSION_BITS) === SESSION_BITS;
}

/* ---- negotiation.json ---- */

const negotiation: Player = (part, code) => {
  const of = <Vector>(
    name: string,
    nameOf: (vector: Vector) => string,
    pair: (vector: Vector) => readonly [unknown, unknown],
  ): Failure | undefined => firstOf("negotiation", name, part("negotiation", name), nameOf, pair);
  const range = ([min = 0, cur = 0]: readonly number[]): { readonly min: number; readonly cur: number } => ({
    min,
    cur,
  });
  return (
    of<VersionsVector>(
      "versions",
      ({ bmc, host }) => `BMC ${bmc.join("-")}, host ${host.join("-")}`,
      ({ bmc, host, version }) => [version, code.negotiateVersion(range(bmc), range(host))],
    ) ??
    of<SizeVector>(
      "sizes",
      ({ version, mtu }) => `version ${String(version)}, MTU ${String(mtu)}`,
      ({ version, mtu, size }) => [size, code.bufferBytes(version, mtu)],
    ) ??
    of<LargestVector>(
      "largest",
      ({ version, windowBytes }) => `version ${String(version)}, window of ${String(windowBytes)} bytes`,
      ({ version, windowBytes, mtu }) => [mtu, code.largestMtu(version, windowBytes)],
    ) ??
    of<AskVector>(
      "asks",
      (one) =>
        `version ${String(one.version)}, ${String(one.rx_offset)} and ${String(one.tx_offset)}, MTU ${String(one.mtu)}`,
      ({ version, windowBytes, rx_offset: rx, tx_offset: tx, mtu, rx_size: size }) => {
        const offer = { bmcToHost: { offset: rx, size: 0 }, hostToBmc: { offset: tx, size: 0 } };
        return [size, code.askedSize(offer, version, mtu ?? undefined, windowBytes)];
      },
    ) ??
    of<AnswerVector>("answers", answerName, (vector) => {
      const { bmc, host, windowBytes, answer, channelActive, mtu } = vector;
      const bench = new BmcBench(configOf(bmc, windowBytes), code);
      bench.initialise(versionsOf(host), host.rx_size ?? undefined);
      const { negotiatedVersion, layout } = decodeControlRegion(bench.region);
      const found = {
        negotiated_ver: negotiatedVersion,
        rx_offset: layout.bmcToHost.offset,
        rx_size: layout.bmcToHost.size,
        tx_offset: layout.hostToBmc.offset,
        tx_size: layout.hostToBmc.size,
      };
      return [
        [answer, channelActive, mtu],
        [found, isAccepting(bench), bench.side.session?.mtu.bmcToHost ?? null],
      ];
    })
  );
};

function answerName({ bmc, host, windowBytes }: AnswerVector): string {
  const own = `BMC ${String(bmc.min)}-${String(bmc.cur)}, MTU ${String(bmc.mtu)}`;
  return `${own}, window of ${String(windowBytes)} bytes; host ${String(host.min)}-${String(host.cur)}, rx_size ${String(host.rx_size)}`;
}

/* ---- control-regions.json ---- */

const meetings: Player = (part, code) =>
  firstOf<MeetingVector>(
    "control-regions",
    "meetings",
    part("control-regions", "meetings"),
    ({ name }) => name,
    ({ bmc, host, windowBytes, offer, proposal, answer, session }) => {
      const bench = new BmcBench(configOf(bmc, windowBytes), code);
      const offered = toHex(bench.region);
      const asked = proposal.rxSizeWritten ? fieldOf(proposal, "rx_size") : undefined;
      bench.initialise(versionsOf(host), asked);
      const found = bench.side.session;
      const terms = found === undefined ? null : { version: found.version, mtu: found.mtu };
      const proposed = toHex(HostBench.propose(configOf(host, windowBytes), bytesOf(offer.bytes), code));
      return [
        [offer.bytes, proposal.bytes, answer.bytes, session],
        [offered, proposed, toHex(bench.region), terms],
      ];
    },
  );

const judged: Player = (part, code) =>
  firstOf<JudgedVector>(
    "control-regions",
    "judged",
    part("control-regions", "judged"),
    ({ name }) => name,
    ({ host, windowBytes, offer, proposal, asked, answer, verdict, reason, version, mtu }) => {
      const config = configOf(host, windowBytes);
      const proposed = toHex(HostBench.propose(config, bytesOf(offer.bytes), code));
      const side = HostBench.judge(config, asked ?? Number.POSITIVE_INFINITY, bytesOf(answer.bytes), code);
      const { session, state } = side;
      const counted = Object.entries(state.counters).filter(([, count]) => count > 0);
      const terms = session === undefined ? null : { version: session.version, mtu: session.mtu };
      const phases: Readonly<Record<string, string>> = { beginAgain: "awaitingBmc", closeAndRest: "declining" };
      return [
        [
          proposal.bytes,
          verdict === "session" ? { version, mtu } : null,
          [[reason ?? "sessionsOpened", 1]],
          phases[verdict] ?? "active",
        ],
        [proposed, terms, counted, state.phase.name],
      ];
    },
  );

const found: Player = (part, code) =>
  firstOf<FoundVector>(
    "control-regions",
    "found",
    part("control-regions", "found"),
    ({ name }) => name,
    ({ found: hex, windowBytes, reason }) => {
      const config = { versions: { min: 1, cur: 3 }, mtu: undefined, windowBytes };
      const { board, side } = HostBench.look(config, bytesOf(hex), code);
      const counted = Object.entries(side.state.counters).filter(([, count]) => count > 0);
      return [
        [hex, 0x80, [[reason, 1]]],
        [toHex(board.window.subarray(0, CONTROL_FIELDS_BYTES)), board.word, counted],
      ];
    },
  );

function fieldOf({ bytes }: RegionJson, name: "rx_size"): number {
  return readU32be(bytesOf(bytes), { rx_size: Field.rxSize }[name]);
}

/* ---- packets.json ---- */

const packets: Player = (part, code) =>
  firstOf<PacketVector>(
    "packets",
    "vectors",
    part("packets", "vectors"),
    ({ name }) => name,
    ({ version, mtu, receiveOnly, buffer, length }) => {
      const results = (["bmc", "host"] as const).map((role) => {
        const { packet, answer, counted } = receiver(role, version, mtu, code)(bytesOf(buffer));
        const sent = receiveOnly
          ? buffer
          : sentBuffer(role, version, mtu, bytesOf(buffer).subarray(4, 4 + length), code);
        return [packet, answer, counted, sent];
      });
      const expected = [buffer.slice(8, 8 + 2 * length), "02", ["packetsReceived"], buffer];
      return [[expected, expected], results];
    },
  );

/** The buffer at Tx Begin of a side that is given this packet, to the end of the packet's trailer. */
function sentBuffer(role: RoleName, version: Version, mtu: number, packet: Uint8Array, code: RoleCode): string {
  const bench = role === "bmc" ? bmcInSession(version, mtu, code) : hostInSession(version, mtu, code);
  const { board, side } = bench;
  side.offer({ header: readU32be(packet, 0), message: packet, start: PACKET_HEADER_BYTES, end: packet.length });
  bench.run();
  const { offset } = side.session!.layout[sentBy(role)];
  return toHex(board.window.subarray(offset, offset + LENGTH_BYTES + packet.length + (version === 3 ? 4 : 0)));
}

const rejected: Player = (part, code) =>
  firstOf<RejectedPacket>(
    "packets",
    "rejected",
    part("packets", "rejected"),
    ({ name }) => name,
    ({ version, mtu, buffer, reason, reads, answer }) => {
      const results = (["bmc", "host"] as const).map((role) => {
        const reception = receiver(role, version, mtu, code)(bytesOf(buffer));
        return [reception.reads, reception.answer, reception.counted];
      });
      const expected = [reads, answer, [reason === "headerVersion" ? "packetsReceived" : reason]];
      return [[expected, expected], results];
    },
  );

/* ---- messages.json ---- */

const messages: Player = (part, code) =>
  firstOf<MessagesVector>(
    "messages",
    "vectors",
    part("messages", "vectors"),
    ({ name }) => name,
    ({ events }) => [events, runEvents(events, code.EndpointCore)],
  );

const STEP_PLAYERS: readonly Player[] = [negotiation, meetings, judged, found, packets, rejected, messages];

export function playSteps(part: Part, code: RoleCode): Failure | undefined {
  for (const play of STEP_PLAYERS) {
    const failure = play(part, code);
    if (failure !== undefined) return failure;
  }
  return undefined;
}
