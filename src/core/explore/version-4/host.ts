/** One round of a host of version 4 whose BMC speaks version 4. Specification: Annex C, tables V and S. */
import type { HostBus, Progress } from "../../binding/bus.ts";
import {
  Field,
  MAGIC,
  decodeHostVersions,
  encodeU16,
  encodeU32,
  encodeVersionRange,
} from "../../binding/control-region.ts";
import { Command, SESSION_BITS, Status } from "../../binding/registers.ts";
import { readU16be, readU32be } from "../../wire/bytes.ts";
import { ANSWER_BYTES, Field4, Reason, VERSION_4, Wish, encodeIndices } from "./region.ts";
import { serveRing, type WordPlaces } from "./ring.ts";
import {
  newRing,
  readBytes,
  readU16,
  writeBytes,
  type Config4,
  type HostState4,
  type Rules4,
  type Tally,
} from "./sides.ts";

const PLACES: WordPlaces = { own: Field4.hostWord, peer: Field4.bmcWord };

/** What its own MTU of 64 needs in a slot: length, MCTP header, payload, CRC-32. */
export const SLOT_BYTES = 76;

export function newHost(): HostState4 {
  return { phase: "awaitingBmc", nonce: 0, ring: undefined, stopping: false };
}

/** `due`: the deadline of its phase is over. */
export function serviceHost(
  bus: HostBus,
  host: HostState4,
  config: Config4,
  rules: Rules4,
  tally: Tally,
  due: boolean,
): Progress {
  if (host.stopping && host.phase !== "stopping" && host.phase !== "stopped") {
    const isOpen = host.phase === "proposed" || host.phase === "active";
    if (host.ring !== undefined) tally.closed++;
    host.ring = undefined;
    host.phase = isOpen ? "stopping" : "stopped";
  }
  if (host.phase === "stopped") return "waiting";
  return host.ring === undefined
    ? startUp(bus, host, config, rules, tally, due)
    : serveSession(bus, host, config, rules, tally);
}

function startUp(bus: HostBus, host: HostState4, config: Config4, rules: Rules4, tally: Tally, due: boolean): Progress {
  let status = bus.readStatus("V1");
  if (host.phase === "awaitingBmc" && (status & (Status.BMC_ACTIVE | Status.OBF)) !== 0) {
    if (readU32be(readBytes(bus, "V2", Field.magic, 4), 0) !== MAGIC) return "waiting";
  }
  if ((status & Status.OBF) !== 0) {
    bus.readOdr("V3");
    status = bus.readStatus("V4");
  }
  const resting: Progress = (status & Status.OBF) !== 0 ? "again" : "waiting";
  if ((status & Status.BMC_ACTIVE) === 0) {
    host.phase = host.phase === "stopping" ? "stopped" : "awaitingBmc";
    return resting;
  }
  switch (host.phase) {
    case "stopping":
      if ((status & Status.IBF) === 0) {
        writeBytes(bus, "H1.2", Field.hostVersionMin, new Uint8Array(4));
        bus.writeIdr("H1.3", Command.INITIALISE);
      } else if (!due) return resting;
      host.phase = "stopped";
      return "waiting";
    case "resting":
      if (!due) return resting;
      host.phase = "awaitingBmc";
      return "again";
    case "proposed":
      return judge(bus, host, config, rules, tally, status, due) ?? resting;
    case "awaitingBmc":
      if ((status & Status.IBF) !== 0) return resting;
      propose(bus, host, config, rules);
      return resting;
    case "older":
    case "active":
    case "stopped":
      return resting;
  }
}

function propose(bus: HostBus, host: HostState4, { versions, slots, nonces }: Config4, rules: Rules4): void {
  const fields = readBytes(bus, "V5", 0, ANSWER_BYTES);
  if (readU16be(fields, Field.bmcVersionCur) < VERSION_4) {
    host.phase = "older";
    return;
  }
  host.nonce = (readU16be(fields, Field4.hostNonce) % nonces) + 1;
  const nonce = encodeU16(host.nonce);
  if (!rules.writesNonceLast) writeBytes(bus, "V10", Field4.hostNonce, nonce);
  if (rules.hostResetsOwnWord) {
    if (rules.resetsNonceFirst) writeBytes(bus, "V6", Field4.hostWord + 2, nonce);
    writeBytes(bus, "V7", Field4.hostWord, encodeIndices(0, 0, Wish.packets));
    if (!rules.resetsNonceFirst) writeBytes(bus, "V6", Field4.hostWord + 2, nonce);
  } else {
    writeBytes(bus, "V6", Field4.hostWord + 2, nonce);
  }
  writeBytes(bus, "V8", Field.hostVersionMin, encodeVersionRange(versions));
  writeBytes(bus, "V9", Field.rxSize, encodeU32(SLOT_BYTES));
  const proposal = Uint8Array.of(slots, 0, ...nonce);
  writeBytes(bus, "V10", Field4.hostSlots, rules.writesNonceLast ? proposal : proposal.subarray(0, 2));
  bus.writeIdr("V11", Command.INITIALISE);
  host.phase = "proposed";
}

/** Undefined: no answer yet. */
function judge(
  bus: HostBus,
  host: HostState4,
  { versions }: Config4,
  rules: Rules4,
  tally: Tally,
  before: number,
  due: boolean,
): Progress | undefined {
  const early = rules.readsEchoFirst ? undefined : readBytes(bus, "V14", 0, ANSWER_BYTES);
  const echo = readU16(bus, "V12", Field4.echoNonce);
  if (echo !== host.nonce && (rules.comparesEcho || (before & Status.CHANNEL_ACTIVE) === 0)) {
    const both = readBytes(bus, "V13", Field.bmcVersionMin, 8);
    const isOlder = readU16be(both, 2) < VERSION_4;
    if ((isOlder || readU16be(both, 6) === 0) && rules.noticesZeroedVersions) return beginAgain(host);
    // An Initialise with the same nonce does no harm where the first one was read after all.
    if (due && (before & Status.IBF) === 0) bus.writeIdr("V11", Command.INITIALISE);
    return undefined;
  }
  const fields = early ?? readBytes(bus, "V14", 0, ANSWER_BYTES);
  const status = rules.readsStatusAgain ? bus.readStatus("V15") : before;
  if ((status & Status.BMC_ACTIVE) === 0) return beginAgain(host);
  if (readU16be(fields, Field.negotiatedVersion) !== VERSION_4) {
    // No reason, or other versions: the BMC has restarted since it wrote the echo, or while the host proposed.
    const reason = fields[Field4.reason]!;
    const { min, cur } = decodeHostVersions(fields.subarray(Field.hostVersionMin));
    const isAsWritten = min === versions.min && cur === versions.cur;
    if (!isAsWritten && rules.comparesVersions) return beginAgain(host);
    if (reason === Reason.closed || (reason === Reason.none && rules.wantsReason)) return beginAgain(host);
    host.phase = "resting";
    return "waiting";
  }
  if ((status & Status.CHANNEL_ACTIVE) === 0) return undefined;
  const terms = {
    nonce: host.nonce,
    slots: fields[Field4.slots]!,
    slotBytes: readU32be(fields, Field.rxSize),
    ownOffset: readU32be(fields, Field.txOffset),
    peerOffset: readU32be(fields, Field.rxOffset),
  };
  if (!rules.leavesPeerWord) writeBytes(bus, "no row", Field4.bmcWord, encodeIndices(0, 0, Wish.packets));
  host.ring = newRing(terms, Wish.packets);
  host.phase = "active";
  tally.opened++;
  return "again";
}

function beginAgain(host: HostState4): Progress {
  host.phase = "awaitingBmc";
  return "again";
}

/* ---- In a session ---- */

function serveSession(bus: HostBus, host: HostState4, config: Config4, rules: Rules4, tally: Tally): Progress {
  let status = bus.readStatus("S1");
  if (!isOpen(status)) return lose(host, tally);
  if ((status & Status.OBF) !== 0) {
    bus.readOdr("S2");
    if (rules.readsStatusAgain) {
      status = bus.readStatus("S2");
      if (!isOpen(status)) return lose(host, tally);
    }
  }
  const progress = serveRing(bus, host.ring!, PLACES, config, rules, tally, () => {
    const now = bus.readStatus("S12");
    if (!isOpen(now)) return false;
    if ((now & Status.IBF) === 0) bus.writeIdr("S13", Command.DUMMY);
    return true;
  });
  if (progress === "impossible") tally.impossible++;
  if (progress === "impossible" || progress === "over") return lose(host, tally);
  return (status & Status.OBF) !== 0 ? "again" : progress;
}

function isOpen(status: number): boolean {
  return (status & SESSION_BITS) === SESSION_BITS;
}

function lose(host: HostState4, tally: Tally): Progress {
  host.ring = undefined;
  tally.closed++;
  return beginAgain(host);
}
