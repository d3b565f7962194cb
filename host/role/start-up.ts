/**
 * How the host comes to a session: every round outside one. Specification: clause 10, tables H0 and H1
 * (LPC-HOST-1 to -8, -13 to -15).
 */
import type { HostBus, Progress } from "../../src/core/binding/bus.ts";
import { newChannel, openSession, type CloseReason } from "../../src/core/binding/channel.ts";
import {
  CONTROL_FIELDS_BYTES,
  Field,
  MAGIC,
  decodeControlRegion,
  decodeHostVersions,
  encodeU32,
  encodeVersionRange,
  type ControlRegion,
} from "../../src/core/binding/control-region.ts";
import { askedSize, judgeLayout } from "../../src/core/binding/layout.ts";
import { Command, SESSION_BITS, Status } from "../../src/core/binding/registers.ts";
import {
  CLOSING_RANGE,
  framingOf,
  isVersion,
  negotiateVersion,
  type VersionRange,
} from "../../src/core/binding/versions.ts";
import { readU32be } from "../../src/core/wire/bytes.ts";
import { unreachable } from "../../src/core/wire/result.ts";
import { later, type Millis } from "../../src/core/wire/units.ts";
import type { HostConfig, HostPhase, HostState } from "./state.ts";
import type { HostStep } from "./steps.ts";
import { move } from "./transitions.ts";

type Bus = HostBus<HostStep>;
type PhaseNamed<Name extends HostPhase["name"]> = Extract<HostPhase, { readonly name: Name }>;

/** Start-ups that may fail one after the other before the host rests: a BMC that restarts again and again is not chased. */
export const ATTEMPTS_BEFORE_REST = 8;

const AWAITING_BMC = { name: "awaitingBmc" } as const;

/** One round outside a session. */
export function startUp(bus: Bus, host: HostState, config: HostConfig, now: Millis): Progress {
  let status = bus.readStatus("H0.1");
  if (host.phase.name === "awaitingBmc" && !findsMagic(bus, host, status)) return "waiting";
  if ((status & Status.OBF) !== 0) {
    const command = bus.readOdr("H0.3");
    host.txBeginSeen ||= command === Command.TX_BEGIN;
    // LPC-KCS-1: the status that counts is the last one read.
    status = bus.readStatus("H0.4");
  }
  const more: Progress = (status & Status.OBF) !== 0 ? "again" : "waiting";
  if ((status & Status.BMC_ACTIVE) === 0) {
    awaitBmc(host);
    return more;
  }
  const idrEmpty = (status & Status.IBF) === 0;
  if (host.phase.name === "awaitingBmc") move(host, "H1.1", { name: "closing" });
  const { phase } = host;

  switch (phase.name) {
    case "closing":
    case "declining":
    case "stopping":
      if (!idrEmpty) return more;
      writeClose(bus);
      afterClose(host, phase, config, now);
      return "waiting";

    case "fencingClose":
      if (!idrEmpty) return more;
      if (phase.fences === 0) {
        bus.writeIdr("H1.7", Command.DUMMY);
        move(host, "H1.7", { name: "fencingClose", fences: 1 });
      } else {
        bus.writeIdr("H1.8", Command.DUMMY);
        move(host, "H1.8", { name: "opening" });
      }
      return "waiting";

    case "opening": {
      // The fences were read, and ODR is empty: nothing of an older session is left anywhere.
      if (!idrEmpty || more === "again") return more;
      // LPC-HOST-13: a BMC that has handled the close has no channel. A reset took the close away from this one.
      if ((status & Status.CHANNEL_ACTIVE) !== 0) {
        host.counters.closeLost++;
        beginAgain(host, "H1.9", config, now, CLOSING_RANGE);
        return "again";
      }
      const askedBytes = writeProposal(bus, config);
      host.txBeginSeen = false;
      move(host, "H1.13", { name: "fencingOpen", fences: 0, askedBytes });
      return "waiting";
    }

    case "fencingOpen":
      if (!idrEmpty) return more;
      if (phase.fences === 0) {
        bus.writeIdr("H1.14", Command.DUMMY);
        move(host, "H1.14", { name: "fencingOpen", fences: 1, askedBytes: phase.askedBytes });
      } else {
        bus.writeIdr("H1.15", Command.DUMMY);
        move(host, "H1.15", { name: "judging", askedBytes: phase.askedBytes });
      }
      return "waiting";

    case "judging":
      if (!idrEmpty) return more;
      if ((status & Status.CHANNEL_ACTIVE) === 0) judgeRefusal(bus, host, config, now);
      else judgeSession(bus, host, phase, config, now);
      return "again";

    case "resting": {
      const standing = readHostVersions(bus, "H1.30");
      // A BMC that restarts zeroes the host's version fields: the rest is over at once.
      if (sameRange(standing, phase.hostVersions) && now < phase.until) return more;
      move(host, "H1.31", AWAITING_BMC);
      return "again";
    }

    case "awaitingBmc":
    case "active":
    case "stopped":
      return "waiting";

    default:
      return unreachable(phase);
  }
}

/** LPC-HOST-14: ODR and IDR may belong to another service until the window has shown the magic. */
function findsMagic(bus: Bus, host: HostState, status: number): boolean {
  const isActive = (status & Status.BMC_ACTIVE) !== 0;
  host.closeReason = "bmcInactive";
  if (!isActive && (status & Status.OBF) === 0) return false;
  const magic = new Uint8Array(4);
  bus.readWindow("H0.2", Field.magic, magic, 0, magic.length);
  if (readU32be(magic, 0) === MAGIC) return true;
  if (isActive) {
    host.counters.magicMismatch++;
    host.closeReason = "magicMismatch";
  }
  return false;
}

/** LPC-HOST-1: without BMC Active everything begins at H1.1, or is over if a stop was asked for. */
function awaitBmc(host: HostState): void {
  host.closeReason = "bmcInactive";
  if (host.phase.name === "awaitingBmc") return;
  if (host.phase.name !== "stopping") move(host, "H0.5", AWAITING_BMC);
  else move(host, "H0.6", { name: "stopped" });
}

/* ---- Close ---- */

function writeClose(bus: Bus): void {
  bus.writeWindow("H1.2", Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE), 0, 4);
  bus.writeIdr("H1.3", Command.INITIALISE);
}

function afterClose(
  host: HostState,
  phase: PhaseNamed<"closing" | "declining" | "stopping">,
  config: HostConfig,
  now: Millis,
): void {
  switch (phase.name) {
    case "closing":
      move(host, "H1.4", { name: "fencingClose", fences: 0 });
      return;
    case "declining":
      move(host, "H1.5", resting(config, now, CLOSING_RANGE));
      return;
    case "stopping":
      move(host, "H1.6", { name: "stopped" });
      return;
    default:
      unreachable(phase);
  }
}

/* ---- Open ---- */

/** Writes the proposal, rx_size last (LPC-HOST-5), and no other field (LPC-REG-3). Returns the rx_size asked for, 0 for none. */
function writeProposal(bus: Bus, config: HostConfig): number {
  const region = readRegion(bus, "H1.10");
  const version = negotiateVersion(region.bmcVersions, config.versions);
  bus.writeWindow("H1.11", Field.hostVersionMin, encodeVersionRange(config.versions), 0, 4);
  let asked = 0;
  if (version !== 0 && !framingOf(version).fixedMtu) {
    asked = askedSize(region.layout, version, config.mtu, config.windowBytes);
    bus.writeWindow("H1.12", Field.rxSize, encodeU32(asked), 0, 4);
  }
  bus.writeIdr("H1.13", Command.INITIALISE);
  return asked;
}

/* ---- Judge ---- */

/** Channel Active is clear behind the fences: refused, unless the BMC restarted and zeroed the fields. */
function judgeRefusal(bus: Bus, host: HostState, config: HostConfig, now: Millis): void {
  const standing = readHostVersions(bus, "H1.16");
  if (sameRange(standing, config.versions)) {
    // LPC-HOST-15: a reset of the driver may have taken Initialise and fences away; a second refusal is an answer.
    if (!host.refusedBefore) {
      host.refusedBefore = true;
      beginAgain(host, "H1.17", config, now, standing);
    } else {
      host.counters.versionRefused++;
      move(host, "H1.18", rest(host, config, now, "versionRefused", standing));
    }
  } else {
    host.counters.bmcRestartSeen++;
    beginAgain(host, "H1.19", config, now, standing);
  }
}

/** Channel Active is set behind the fences: the session is up if its terms are usable and still stand. */
function judgeSession(
  bus: Bus,
  host: HostState,
  judging: PhaseNamed<"judging">,
  config: HostConfig,
  now: Millis,
): void {
  const region = readRegion(bus, "H1.20");
  const status = bus.readStatus("H1.21");
  if ((status & SESSION_BITS) !== SESSION_BITS) {
    host.counters.startupRestarted++;
    beginAgain(host, "H1.22", config, now, region.hostVersions);
    return;
  }
  const version = region.negotiatedVersion;
  if (!isVersion(version) || version < config.versions.min || version > config.versions.cur) {
    // A deployed BMC that restarts writes the region before STR: what stands there then is no answer to this host. Read
    // anew, for the read above may have met such a BMC between two of its writes.
    const standing = readHostVersions(bus, "H1.23");
    if (!sameRange(standing, config.versions)) {
      host.counters.bmcRestartSeen++;
      beginAgain(host, "H1.24", config, now, standing);
      return;
    }
    host.counters.negotiatedVersionInvalid++;
    host.closeReason = "versionRefused";
    move(host, "H1.25", { name: "declining" });
    return;
  }
  // LPC-MTU-6: more than was asked, or a size where none was asked for, is the answer to another proposal.
  const asked = framingOf(version).fixedMtu ? Number.POSITIVE_INFINITY : judging.askedBytes;
  if (region.layout.bmcToHost.size > asked) {
    host.counters.rxSizeAboveAsked++;
    beginAgain(host, "H1.26", config, now, region.hostVersions);
    return;
  }
  const layout = judgeLayout(region.layout, version, config.windowBytes);
  if (!layout.ok) {
    host.counters.layoutInvalid++;
    host.closeReason = "layoutInvalid";
    move(host, "H1.27", { name: "declining" });
    return;
  }
  host.attempts = 0;
  host.refusedBefore = false;
  host.counters.sessionsOpened++;
  host.channel = newChannel(openSession(version, layout.value, config.windowBytes), now);
  move(host, "H1.28", { name: "active" });
}

/* ---- Begin again, and rest ---- */

/** The first step at once, unless that has led nowhere too often. */
function beginAgain(
  host: HostState,
  step: "H1.9" | "H1.17" | "H1.19" | "H1.22" | "H1.24" | "H1.26",
  config: HostConfig,
  now: Millis,
  standing: VersionRange,
): void {
  host.attempts++;
  if (host.attempts <= ATTEMPTS_BEFORE_REST) move(host, step, AWAITING_BMC);
  else move(host, "H1.29", rest(host, config, now, "declined", standing));
}

/** The phase of a rest that says why; the start-ups that led to it are forgotten. */
function rest(
  host: HostState,
  config: HostConfig,
  now: Millis,
  closeReason: CloseReason,
  hostVersions: VersionRange,
): PhaseNamed<"resting"> {
  host.closeReason = closeReason;
  host.attempts = 0;
  return resting(config, now, hostVersions);
}

function resting(config: HostConfig, now: Millis, hostVersions: VersionRange): PhaseNamed<"resting"> {
  return { name: "resting", until: later(now, config.refusedDelay), hostVersions };
}

function readRegion(bus: Bus, step: "H1.10" | "H1.20"): ControlRegion {
  const bytes = new Uint8Array(CONTROL_FIELDS_BYTES);
  bus.readWindow(step, 0, bytes, 0, bytes.length);
  return decodeControlRegion(bytes);
}

function readHostVersions(bus: Bus, step: "H1.16" | "H1.23" | "H1.30"): VersionRange {
  const bytes = new Uint8Array(4);
  bus.readWindow(step, Field.hostVersionMin, bytes, 0, bytes.length);
  return decodeHostVersions(bytes);
}

function sameRange(one: VersionRange, other: VersionRange): boolean {
  return one.min === other.min && one.cur === other.cur;
}
