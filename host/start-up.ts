/**
 * How the host comes to a session, and how it ends one: the start-up table of the specification, LPC-HOST-1 to -8, and
 * the orderly stop, LPC-HOST-12.
 */
import {
  READ_DATA,
  READ_STATUS,
  readWindow,
  writeData,
  writeWindow,
  type HostAccess,
  type Procedure,
  type Progress,
} from "../src/binding/bus.ts";
import { newChannel, openSession, type Closure } from "../src/binding/channel.ts";
import {
  CONTROL_FIELDS_BYTES,
  Field,
  MAGIC,
  decodeControlRegion,
  decodeHostVersions,
  encodeU32,
  encodeVersionRange,
  type ControlRegion,
} from "../src/binding/control-region.ts";
import { askedSize, judgeLayout } from "../src/binding/layout.ts";
import { Command, SESSION_BITS, Status } from "../src/binding/registers.ts";
import { CLOSING_RANGE, framingOf, isVersion, negotiateVersion, type VersionRange } from "../src/binding/versions.ts";
import { unreachable } from "../src/wire/result.ts";
import { later, type Millis } from "../src/wire/units.ts";
import { endSession, type AfterClose, type HostConfig, type HostState } from "./state.ts";

type HostProcedure<Result> = Procedure<Result, HostAccess>;

/** Start-ups that may fail one after the other before the host rests: a BMC that restarts again and again is not chased. */
const ATTEMPTS_BEFORE_REST = 8;

const WRITE_INITIALISE = writeData(Command.INITIALISE);
const WRITE_FENCE = writeData(Command.DUMMY);

/** One round outside a session. */
export function* startUp(host: HostState, config: HostConfig, now: Millis): HostProcedure<Progress> {
  if (host.stopping) headForStop(host);
  if (host.phase.name === "stopped") return "waiting";
  // LPC-KCS-1: the status that counts is the last one read, after any byte was taken from ODR.
  let status = yield READ_STATUS;
  if ((status & Status.OBF) !== 0) {
    const command = yield READ_DATA;
    host.txBeginSeen ||= command === Command.TX_BEGIN;
    status = yield READ_STATUS;
  }
  const more: Progress = (status & Status.OBF) !== 0 ? "again" : "waiting";

  if ((status & Status.BMC_ACTIVE) === 0) {
    host.closure = "bmcInactive";
    host.phase = host.stopping ? { name: "stopped" } : { name: "awaitingBmc" };
    return more;
  }
  const idrEmpty = (status & Status.IBF) === 0;

  switch (host.phase.name) {
    case "awaitingBmc": {
      const region = yield* readRegion();
      if (region.magic !== MAGIC) {
        host.counters.magicMismatch++;
        return rest(host, config, now, "magicMismatch", region.hostVersions);
      }
      host.phase = { name: "closing", then: "open" };
      return "again";
    }

    case "closing":
      if (!idrEmpty) return more;
      yield writeWindow(Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE));
      yield WRITE_INITIALISE;
      afterClose(host, config, now, host.phase.then);
      return "waiting";

    case "fencingClose":
      if (!idrEmpty) return more;
      yield WRITE_FENCE;
      host.phase = { name: "opening" };
      return "waiting";

    case "opening": {
      // With the fence read and ODR empty, nothing of an older session is left anywhere.
      if (!idrEmpty || more === "again") return more;
      // LPC-HOST-13: a BMC that has handled the close has no channel; this one never saw it, for a reset took it out of IDR.
      if ((status & Status.CHANNEL_ACTIVE) !== 0) {
        host.counters.closeLost++;
        beginAgain(host, config, now, CLOSING_RANGE);
        return "again";
      }
      const askedBytes = yield* propose(config);
      yield WRITE_INITIALISE;
      host.txBeginSeen = false;
      host.phase = { name: "fencingOpen", askedBytes };
      return "waiting";
    }

    case "fencingOpen":
      if (!idrEmpty) return more;
      yield WRITE_FENCE;
      host.phase = { ...host.phase, name: "judging" };
      return "waiting";

    case "judging":
      if (!idrEmpty) return more;
      if ((status & Status.CHANNEL_ACTIVE) === 0) yield* judgeRefusal(host, config, now);
      else yield* judgeSession(host, config, now, host.phase.askedBytes);
      return "again";

    case "resting": {
      // A BMC that restarts zeroes the host's version fields: the rest is over at once.
      const standing = yield* readHostVersions();
      const changed = !sameRange(standing, host.phase.hostVersions);
      if (!changed && now < host.phase.until) return more;
      host.phase = { name: "awaitingBmc" };
      return "again";
    }

    case "active":
      return "waiting";

    default:
      return unreachable(host.phase);
  }
}

/** LPC-HOST-12: what this side may have opened is closed; what is already closed, or never was open, just ends. */
function headForStop(host: HostState): void {
  switch (host.phase.name) {
    case "active":
      endSession(host, "stopped");
      host.phase = { name: "closing", then: "stop" };
      return;
    case "closing":
    case "fencingOpen":
    case "judging":
      host.phase = { name: "closing", then: "stop" };
      return;
    case "awaitingBmc":
    case "fencingClose":
    case "opening":
    case "resting":
    case "stopped":
      host.phase = { name: "stopped" };
      return;
    default:
      unreachable(host.phase);
  }
}

function afterClose(host: HostState, config: HostConfig, now: Millis, then: AfterClose): void {
  switch (then) {
    case "open":
      host.phase = { name: "fencingClose" };
      return;
    case "rest":
      host.phase = { name: "resting", until: later(now, config.refusedDelay), hostVersions: CLOSING_RANGE };
      return;
    case "stop":
      host.phase = { name: "stopped" };
      return;
    default:
      unreachable(then);
  }
}

function rest(
  host: HostState,
  config: HostConfig,
  now: Millis,
  closure: Closure,
  hostVersions: VersionRange,
): Progress {
  host.closure = closure;
  host.attempts = 0;
  host.phase = { name: "resting", until: later(now, config.refusedDelay), hostVersions };
  return "waiting";
}

/** Writes the proposal, rx_size last (LPC-HOST-5). Returns the rx_size that the BMC may answer with at most. */
function* propose(config: HostConfig): HostProcedure<number> {
  const region = yield* readRegion();
  const version = negotiateVersion(region.bmcVersions, config.versions);
  yield writeWindow(Field.hostVersionMin, encodeVersionRange(config.versions));
  if (version === 0 || framingOf(version).fixedMtu) return Number.POSITIVE_INFINITY;
  const asked = askedSize(region.layout, version, config.mtu, config.windowBytes);
  yield writeWindow(Field.rxSize, encodeU32(asked));
  return asked;
}

/** Channel Active is clear behind the second fence: refused, unless the BMC restarted and zeroed the fields. */
function* judgeRefusal(host: HostState, config: HostConfig, now: Millis): HostProcedure<void> {
  const standing = yield* readHostVersions();
  if (sameRange(standing, config.versions)) {
    host.counters.versionRefused++;
    rest(host, config, now, "versionRefused", standing);
  } else {
    host.counters.bmcRestartSeen++;
    beginAgain(host, config, now, standing);
  }
}

/** Channel Active is set behind the second fence: the session is up if its terms are usable and still stand. */
function* judgeSession(host: HostState, config: HostConfig, now: Millis, askedBytes: number): HostProcedure<void> {
  const region = yield* readRegion();
  const status = yield READ_STATUS;
  if ((status & SESSION_BITS) !== SESSION_BITS) {
    host.counters.startupRestarted++;
    beginAgain(host, config, now, region.hostVersions);
    return;
  }
  const version = region.negotiatedVersion;
  if (!isVersion(version) || version < config.versions.min || version > config.versions.cur) {
    // A deployed BMC that restarts writes the region before STR: what stands there then is no answer to this host.
    const standing = yield* readHostVersions();
    if (!sameRange(standing, config.versions)) {
      host.counters.bmcRestartSeen++;
      beginAgain(host, config, now, standing);
      return;
    }
    host.counters.negotiatedVersionInvalid++;
    decline(host, "versionRefused");
    return;
  }
  if (region.layout.bmcToHost.size > askedBytes) {
    host.counters.rxSizeAboveAsked++;
    beginAgain(host, config, now, region.hostVersions);
    return;
  }
  const layout = judgeLayout(region.layout, version, config.windowBytes);
  if (!layout.ok) {
    host.counters.layoutInvalid++;
    decline(host, "layoutInvalid");
    return;
  }
  host.attempts = 0;
  host.counters.sessionsOpened++;
  host.channel = newChannel(openSession(version, layout.value), now);
  host.phase = { name: "active" };
}

/** Back to the first step at once, unless that has led nowhere too often. */
function beginAgain(host: HostState, config: HostConfig, now: Millis, standing: VersionRange): void {
  host.attempts++;
  if (host.attempts > ATTEMPTS_BEFORE_REST) rest(host, config, now, "declined", standing);
  else host.phase = { name: "awaitingBmc" };
}

/** The BMC's terms are unusable: tell it so, that it does not take the channel for open. */
function decline(host: HostState, closure: Closure): void {
  host.closure = closure;
  host.phase = { name: "closing", then: "rest" };
}

function* readRegion(): HostProcedure<ControlRegion> {
  const bytes = new Uint8Array(CONTROL_FIELDS_BYTES);
  yield readWindow(0, bytes);
  return decodeControlRegion(bytes);
}

function* readHostVersions(): HostProcedure<VersionRange> {
  const bytes = new Uint8Array(4);
  yield readWindow(Field.hostVersionMin, bytes);
  return decodeHostVersions(bytes);
}

function sameRange(one: VersionRange, other: VersionRange): boolean {
  return one.min === other.min && one.cur === other.cur;
}
