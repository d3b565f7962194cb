/** How the BMC starts and how it stops. Specification: clause 11, tables B1 and B6 (LPC-BMC-1, -2, -7, -10, -11). */
import type { BmcBus, Progress } from "../../src/core/binding/bus.ts";
import {
  CONTROL_FIELDS_BYTES,
  Field,
  MAGIC,
  encodeControlRegion,
  encodeVersionRange,
} from "../../src/core/binding/control-region.ts";
import { Command, KEEP_OBF, Status } from "../../src/core/binding/registers.ts";
import { amendPhase } from "../../src/core/binding/transitions.ts";
import { CLOSING_RANGE } from "../../src/core/binding/versions.ts";
import { earliest, later, type Millis } from "../../src/core/wire/units.ts";
import { offer } from "./negotiation.ts";
import { endSession, type BmcConfig, type BmcState } from "./state.ts";
import type { BmcStep } from "./steps.ts";
import { move } from "./transitions.ts";

type Bus = BmcBus<BmcStep>;

/** A host may have read STR just before it was cleared and take the first announcement with the old value. */
export const ANNOUNCEMENTS = 2;

/** One round before the start is done: the old session is ended where any host can see it, then the region is written afresh. */
export function start(bus: Bus, bmc: BmcState, config: BmcConfig, now: Millis): Progress {
  const region = encodeControlRegion({
    magic: MAGIC,
    bmcVersions: config.versions,
    hostVersions: CLOSING_RANGE,
    negotiatedVersion: 0,
    layout: offer(config),
  });
  if (bmc.phase.name === "starting") {
    bus.writeStatus("B1.1", KEEP_OBF);
    move(bmc, "B1.1", {
      name: "announcing",
      written: 0,
      until: later(now, config.announceLimit),
      lookAt: later(now, config.announcePoll),
    });
    // LPC-BMC-11: a waiting host reads no announcement before it has seen the magic.
    bus.writeWindow("B1.2", Field.magic, region, Field.magic, Field.bmcVersionMin);
  }
  const { phase } = bmc;
  if (phase.name !== "announcing") return "waiting";
  const odrEmpty = (bus.readStatus("B1.3") & Status.OBF) === 0;
  const lookAt = later(now, config.announcePoll);
  if (odrEmpty && phase.written < ANNOUNCEMENTS) {
    bus.writeOdr("B1.4", Command.DUMMY);
    move(bmc, "B1.4", { ...phase, written: phase.written + 1, lookAt });
    return "waiting";
  }
  if (!odrEmpty && now < phase.until) {
    amendPhase(bmc, { ...phase, lookAt });
    return "waiting";
  }
  if (!odrEmpty) bmc.counters.announceTimeout++;
  // LPC-BMC-2: the host's version fields last, so that a proposal seen whole was written after them.
  bus.writeWindow("B1.5", Field.magic, region, Field.magic, Field.hostVersionMin);
  bus.writeWindow("B1.6", Field.negotiatedVersion, region, Field.negotiatedVersion, CONTROL_FIELDS_BYTES);
  bus.writeWindow("B1.7", Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE), 0, 4);
  bus.writeStatus("B1.8", Status.BMC_ACTIVE | KEEP_OBF);
  bmc.dummyPending = true;
  move(bmc, "B1.8", { name: "inactive" });
  bmc.closeReason = "notStarted";
  return "again";
}

/** The moment at which a start wants to look again. */
export function startDeadline(bmc: BmcState): Millis | undefined {
  const { phase } = bmc;
  return phase.name === "announcing" ? earliest(phase.until, phase.lookAt) : undefined;
}

/**
 * LPC-BMC-7: BMC Active is cleared, and the host told so if ODR has room. Before the magic is written no host would read
 * the dummy (LPC-BMC-11).
 */
export function stop(bus: Bus, bmc: BmcState): Progress {
  const { name } = bmc.phase;
  if (name === "stopped") return "waiting";
  bus.writeStatus("B6.1", KEEP_OBF);
  endSession(bmc, "stopped");
  const odrEmpty = (bus.readStatus("B6.2") & Status.OBF) === 0;
  if (odrEmpty && name !== "starting") bus.writeOdr("B6.3", Command.DUMMY);
  move(bmc, "B6.4", { name: "stopped" });
  return "waiting";
}
