/** One round of a BMC of version 4 whose host speaks version 4. Specification: Annex C, tables P and S; B1 and B6 as ever. */
import type { BmcBus, Progress } from "../../binding/bus.ts";
import {
  CONTROL_REGION_BYTES,
  Field,
  MAGIC,
  decodeHostVersions,
  encodeU16,
  encodeVersionRange,
} from "../../binding/control-region.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../../binding/registers.ts";
import { readU32be, writeU16be, writeU32be } from "../../wire/bytes.ts";
import { Field4, Reason, VERSION_4, Wish, encodeIndices, grantedSlots } from "./region.ts";
import { SLOT_BYTES } from "./host.ts";
import { serveRing, type WordPlaces } from "./ring.ts";
import {
  newRing,
  readBytes,
  readU16,
  writeBytes,
  type BmcState4,
  type Config4,
  type Rules4,
  type Tally,
} from "./sides.ts";

const PLACES: WordPlaces = { own: Field4.bmcWord, peer: Field4.hostWord };

const ANNOUNCEMENTS = 2;
/** Room for the slots of a direction. */
const ROOM = 2 * SLOT_BYTES;
const OFFSETS = { bmcToHost: CONTROL_REGION_BYTES, hostToBmc: CONTROL_REGION_BYTES + ROOM };
/** Bytes of the window that the model uses. */
export const WINDOW_BYTES_4: number = OFFSETS.hostToBmc + ROOM;

export function newBmc(): BmcState4 {
  return {
    phase: "starting",
    announcements: 0,
    dummyPending: false,
    reason: Reason.none,
    ring: undefined,
    stopping: false,
  };
}

/** `due`: the deadline of its phase is over. */
export function serviceBmc(
  bus: BmcBus,
  bmc: BmcState4,
  config: Config4,
  rules: Rules4,
  tally: Tally,
  due: boolean,
): Progress {
  switch (bmc.phase) {
    case "stopped":
      return "waiting";
    case "starting":
    case "announcing":
      return bmc.stopping ? stop(bus, bmc, tally) : start(bus, bmc, config, rules, due);
    case "inactive":
    case "older":
    case "active":
      return bmc.stopping ? stop(bus, bmc, tally) : serve(bus, bmc, config, rules, tally);
  }
}

/* ---- B1, B6 ---- */

function start(bus: BmcBus, bmc: BmcState4, { versions }: Config4, rules: Rules4, due: boolean): Progress {
  if (bmc.phase === "starting") {
    bus.writeStatus("B1.1", KEEP_OBF);
    bmc.phase = "announcing";
    bmc.announcements = 0;
    const magic = new Uint8Array(4);
    writeU32be(magic, 0, MAGIC);
    writeBytes(bus, "B1.2", Field.magic, magic);
  }
  const isFull = (bus.readStatus("B1.3") & Status.OBF) !== 0;
  if (isFull && !due) return "waiting";
  if (!isFull && bmc.announcements < ANNOUNCEMENTS) {
    bus.writeOdr("B1.4", Command.DUMMY);
    bmc.announcements++;
    return "waiting";
  }
  writeBytes(bus, "B1.5", Field.bmcVersionMin, encodeVersionRange(versions));
  writeBytes(bus, "B1.6", Field.negotiatedVersion, new Uint8Array(4));
  writeBytes(bus, "B1.6", Field.rxOffset, layoutBytes());
  if (versions.cur >= VERSION_4) {
    writeBytes(bus, "P0", Field4.slots, new Uint8Array(4));
    // The nonce alone: a word with new indices and the old nonce would be taken for one of the old session.
    writeBytes(bus, "P0", Field4.bmcWord + 2, new Uint8Array(2));
  }
  if (rules.zeroesVersions) writeBytes(bus, "B1.7", Field.hostVersionMin, new Uint8Array(4));
  bus.writeStatus("B1.8", Status.BMC_ACTIVE | KEEP_OBF);
  bmc.phase = "inactive";
  bmc.dummyPending = true;
  return "again";
}

function layoutBytes(): Uint8Array {
  const bytes = new Uint8Array(16);
  writeU32be(bytes, 0, OFFSETS.bmcToHost);
  writeU32be(bytes, 4, SLOT_BYTES);
  writeU32be(bytes, 8, OFFSETS.hostToBmc);
  writeU32be(bytes, 12, SLOT_BYTES);
  return bytes;
}

function stop(bus: BmcBus, bmc: BmcState4, tally: Tally): Progress {
  const wasStarting = bmc.phase === "starting";
  bus.writeStatus("B6.1", KEEP_OBF);
  end(bmc, tally);
  const isFull = (bus.readStatus("B6.2") & Status.OBF) !== 0;
  if (!isFull && !wasStarting) bus.writeOdr("B6.3", Command.DUMMY);
  bmc.phase = "stopped";
  return "waiting";
}

function end(bmc: BmcState4, tally: Tally): void {
  if (bmc.ring !== undefined) tally.closed++;
  bmc.ring = undefined;
}

/* ---- P: service ---- */

function serve(bus: BmcBus, bmc: BmcState4, config: Config4, rules: Rules4, tally: Tally): Progress {
  const status = bus.readStatus("P1");
  if (isReset(bmc, status)) return startAgain(bmc, tally);
  const hasByte = (status & Status.IBF) !== 0;
  if (hasByte && bus.readIdr("P2") === Command.INITIALISE) return initialise(bus, bmc, config, rules, tally);
  if (!hasByte && bmc.dummyPending && (status & Status.OBF) === 0) {
    bus.writeOdr("B4.1", Command.DUMMY);
    bmc.dummyPending = false;
    return "waiting";
  }
  if (bmc.ring === undefined) return hasByte ? "again" : "waiting";
  const progress = serveRing(bus, bmc.ring, PLACES, config, rules, tally, () => {
    const now = bus.readStatus("S12");
    if (isReset(bmc, now)) return false;
    if ((now & Status.OBF) === 0) bus.writeOdr("S13", Command.DUMMY);
    return true;
  });
  if (progress === "over") return startAgain(bmc, tally);
  if (progress === "impossible") {
    tally.impossible++;
    end(bmc, tally);
    bmc.phase = "inactive";
    bmc.reason = Reason.impossibleLevel;
    writeBytes(bus, "S5", Field4.reason, Uint8Array.of(bmc.reason));
    bus.writeStatus("S5", Status.BMC_ACTIVE | KEEP_OBF);
    ring(bus);
    return "again";
  }
  return hasByte ? "again" : progress;
}

function isReset({ ring: open, phase }: BmcState4, status: number): boolean {
  const isOpen = open !== undefined || phase === "older";
  return (status & SESSION_BITS) !== (isOpen ? SESSION_BITS : Status.BMC_ACTIVE);
}

function startAgain(bmc: BmcState4, tally: Tally): Progress {
  end(bmc, tally);
  bmc.phase = "starting";
  bmc.dummyPending = false;
  return "again";
}

/** A dummy that finds ODR full is not needed: the host looks behind the byte that is there. */
function ring(bus: BmcBus): void {
  if ((bus.readStatus("P12") & Status.OBF) === 0) bus.writeOdr("P13", Command.DUMMY);
}

function initialise(bus: BmcBus, bmc: BmcState4, config: Config4, rules: Rules4, tally: Tally): Progress {
  if (rules.looksForReset && isReset(bmc, bus.readStatus("P3"))) return startAgain(bmc, tally);
  if (config.versions.cur < VERSION_4) return answerAsOlder(bus, bmc, config);
  const early = rules.readsNonceFirst ? undefined : readBytes(bus, "P5", 0, Field4.hostNonce);
  const nonce = readU16(bus, "P4", Field4.hostNonce);
  const fields = early ?? readBytes(bus, "P5", 0, Field4.hostNonce);
  const versions = decodeHostVersions(fields.subarray(Field.hostVersionMin));
  const isRepeated = bmc.ring?.nonce === nonce && versions.cur >= VERSION_4;
  if (isRepeated && rules.passesOverRepeated) {
    ring(bus);
    return "again";
  }
  end(bmc, tally);
  bmc.phase = "inactive";
  const asked = fields[Field4.hostSlots]!;
  bmc.reason = judgeProposal(versions, config, readU32be(fields, Field.rxSize), asked);
  const isAccepted = bmc.reason === Reason.none;
  const slots = isAccepted ? grantedSlots(Math.min(asked, config.slots), ROOM, SLOT_BYTES) : 0;
  if (isAccepted) {
    writeBytes(bus, "P6", Field4.bmcWord + 2, encodeU16(nonce));
    if (rules.bmcResetsOwnWord) writeBytes(bus, "P7", Field4.bmcWord, encodeIndices(0, 0, Wish.packets));
  }
  writeBytes(bus, "P8", Field.rxOffset, layoutBytes());
  writeBytes(bus, "P9", Field.negotiatedVersion, encodeU16(isAccepted ? VERSION_4 : 0));
  const answer = Uint8Array.of(slots, bmc.reason, 0, 0);
  writeU16be(answer, 2, nonce);
  writeBytes(bus, "P10", Field4.slots, answer);
  if (isAccepted) {
    const terms = {
      nonce,
      slots,
      slotBytes: SLOT_BYTES,
      ownOffset: OFFSETS.bmcToHost,
      peerOffset: OFFSETS.hostToBmc,
    };
    bmc.ring = newRing(terms, Wish.packets);
    bmc.phase = "active";
    tally.opened++;
  }
  bus.writeStatus("P11", (isAccepted ? SESSION_BITS : Status.BMC_ACTIVE) | KEEP_OBF);
  bmc.dummyPending = false;
  ring(bus);
  return "again";
}

/** A BMC of versions 1 to 3 (B3): it knows none of the new fields. */
function answerAsOlder(bus: BmcBus, bmc: BmcState4, { versions }: Config4): Progress {
  const fields = readBytes(bus, "B3.4", 0, 0x20);
  const { min, cur } = decodeHostVersions(fields.subarray(Field.hostVersionMin));
  const isAccepted = min > 0 && min <= versions.cur && cur >= versions.min;
  writeBytes(bus, "B3.5", Field.rxOffset, layoutBytes());
  writeBytes(bus, "B3.6", Field.negotiatedVersion, encodeU16(isAccepted ? versions.cur : 0));
  bmc.phase = isAccepted ? "older" : "inactive";
  bus.writeStatus(isAccepted ? "B3.7" : "B3.8", (isAccepted ? SESSION_BITS : Status.BMC_ACTIVE) | KEEP_OBF);
  bmc.dummyPending = true;
  return "again";
}

function judgeProposal(
  host: { readonly min: number; readonly cur: number },
  { versions }: Config4,
  rxSize: number,
  slots: number,
): number {
  if (host.min === 0 && host.cur === 0) return Reason.closed;
  if (
    host.min < 1 ||
    host.cur < VERSION_4 ||
    versions.cur < VERSION_4 ||
    versions.min > host.cur ||
    host.min > versions.cur
  )
    return Reason.noCommonVersion;
  if (rxSize < SLOT_BYTES) return Reason.rxSizeTooSmall;
  return slots === 0 ? Reason.slotsUnusable : Reason.none;
}
