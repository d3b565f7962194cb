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
} from "../../src/core/binding/bus.ts";
import { newChannel, openSession, type Closure } from "../../src/core/binding/channel.ts";
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
import { unreachable } from "../../src/core/wire/result.ts";
import { later, type Millis } from "../../src/core/wire/units.ts";
import { endSession, type HostConfig, type HostPhase, type HostPhaseName, type HostState } from "./state.ts";
import { move } from "./transitions.ts";

type HostProcedure<Result> = Procedure<Result, HostAccess>;
type PhaseNamed<Name extends HostPhaseName> = Extract<HostPhase, { readonly name: Name }>;

/** Start-ups that may fail one after the other before the host rests: a BMC that restarts again and again is not chased. */
export const ATTEMPTS_BEFORE_REST = 8;

const WRITE_INITIALISE = writeData(Command.INITIALISE);
const WRITE_FENCE = writeData(Command.DUMMY);

const AWAITING_BMC = { name: "awaitingBmc" } as const;

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
    awaitBmc(host);
    return more;
  }
  const idrEmpty = (status & Status.IBF) === 0;
  const { phase } = host;

  switch (phase.name) {
    case "awaitingBmc": {
      const region = yield* readRegion();
      // LPC-REG-2: without the magic nothing is written.
      if (region.magic !== MAGIC) {
        host.counters.magicMismatch++;
        move(host, phase, "H1.2", rest(host, config, now, "magicMismatch", region.hostVersions));
        return "waiting";
      }
      move(host, phase, "H1.2", { name: "closing", then: "open" });
      return "again";
    }

    case "closing":
      if (!idrEmpty) return more;
      yield writeWindow(Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE));
      yield WRITE_INITIALISE;
      afterClose(host, phase, config, now);
      return "waiting";

    case "fencingClose":
      if (!idrEmpty) return more;
      yield WRITE_FENCE;
      move(host, phase, "H1.4", { name: "opening" });
      return "waiting";

    case "opening": {
      // With the fence read and ODR empty, nothing of an older session is left anywhere.
      if (!idrEmpty || more === "again") return more;
      // LPC-HOST-13: a BMC that has handled the close has no channel. This one never saw it: a reset took it out of IDR.
      if ((status & Status.CHANNEL_ACTIVE) !== 0) {
        host.counters.closeLost++;
        move(host, phase, "H1.5", nextStartUp(host, config, now, CLOSING_RANGE));
        return "again";
      }
      const askedBytes = yield* propose(config);
      yield WRITE_INITIALISE;
      host.txBeginSeen = false;
      move(host, phase, "H1.5", { name: "fencingOpen", askedBytes });
      return "waiting";
    }

    case "fencingOpen":
      if (!idrEmpty) return more;
      yield WRITE_FENCE;
      move(host, phase, "H1.6", { name: "judging", askedBytes: phase.askedBytes });
      return "waiting";

    case "judging":
      if (!idrEmpty) return more;
      if ((status & Status.CHANNEL_ACTIVE) === 0) yield* judgeRefusal(host, phase, config, now);
      else yield* judgeSession(host, phase, config, now);
      return "again";

    case "resting": {
      // A BMC that restarts zeroes the host's version fields: the rest is over at once.
      const standing = yield* readHostVersions();
      const changed = !sameRange(standing, phase.hostVersions);
      if (!changed && now < phase.until) return more;
      move(host, phase, "H1.9", AWAITING_BMC);
      return "again";
    }

    case "active":
      return "waiting";

    default:
      return unreachable(phase);
  }
}

/** LPC-HOST-1: without BMC Active everything begins at H1.1, or is over if a stop was asked for. */
function awaitBmc(host: HostState): void {
  const { phase } = host;
  switch (phase.name) {
    case "closing":
      if (phase.then === "stop") move(host, phase, "H0.3", { name: "stopped" });
      else move(host, phase, "H0.3", AWAITING_BMC);
      return;
    case "fencingClose":
    case "opening":
    case "fencingOpen":
    case "judging":
    case "resting":
      move(host, phase, "H0.3", AWAITING_BMC);
      return;
    case "awaitingBmc":
    case "active":
    case "stopped":
      return;
    default:
      unreachable(phase);
  }
}

/** LPC-HOST-12: what this side may have opened is closed; what is already closed, or never was open, just ends. */
function headForStop(host: HostState): void {
  const { phase } = host;
  switch (phase.name) {
    case "active":
      endSession(host, "stopped");
      move(host, phase, "H4.2", { name: "closing", then: "stop" });
      return;
    case "closing":
      if (phase.then !== "stop") move(host, phase, "H4.2", { name: "closing", then: "stop" });
      return;
    case "fencingOpen":
    case "judging":
      move(host, phase, "H4.2", { name: "closing", then: "stop" });
      return;
    case "awaitingBmc":
    case "fencingClose":
    case "opening":
    case "resting":
      move(host, phase, "H4.1", { name: "stopped" });
      return;
    case "stopped":
      return;
    default:
      unreachable(phase);
  }
}

function afterClose(host: HostState, closing: PhaseNamed<"closing">, config: HostConfig, now: Millis): void {
  switch (closing.then) {
    case "open":
      move(host, closing, "H1.3", { name: "fencingClose" });
      return;
    case "rest":
      move(host, closing, "H1.3", resting(config, now, CLOSING_RANGE));
      return;
    case "stop":
      move(host, closing, "H1.3", { name: "stopped" });
      return;
    default:
      unreachable(closing.then);
  }
}

function resting(config: HostConfig, now: Millis, hostVersions: VersionRange): PhaseNamed<"resting"> {
  return { name: "resting", until: later(now, config.refusedDelay), hostVersions };
}

/** The phase of a rest that says why; the start-ups that led to it are forgotten. */
function rest(
  host: HostState,
  config: HostConfig,
  now: Millis,
  closure: Closure,
  hostVersions: VersionRange,
): PhaseNamed<"resting"> {
  host.closure = closure;
  host.attempts = 0;
  return resting(config, now, hostVersions);
}

/** Writes the proposal, rx_size last (LPC-HOST-5), and no other field (LPC-REG-3). Returns the rx_size asked for, 0 for none. */
function* propose(config: HostConfig): HostProcedure<number> {
  const region = yield* readRegion();
  const version = negotiateVersion(region.bmcVersions, config.versions);
  yield writeWindow(Field.hostVersionMin, encodeVersionRange(config.versions));
  if (version === 0 || framingOf(version).fixedMtu) return 0;
  const asked = askedSize(region.layout, version, config.mtu, config.windowBytes);
  yield writeWindow(Field.rxSize, encodeU32(asked));
  return asked;
}

/** Channel Active is clear behind the second fence: refused, unless the BMC restarted and zeroed the fields. */
function* judgeRefusal(
  host: HostState,
  judging: PhaseNamed<"judging">,
  config: HostConfig,
  now: Millis,
): HostProcedure<void> {
  const standing = yield* readHostVersions();
  if (sameRange(standing, config.versions)) {
    host.counters.versionRefused++;
    move(host, judging, "H1.7", rest(host, config, now, "versionRefused", standing));
  } else {
    host.counters.bmcRestartSeen++;
    move(host, judging, "H1.7", nextStartUp(host, config, now, standing));
  }
}

/** Channel Active is set behind the second fence: the session is up if its terms are usable and still stand. */
function* judgeSession(
  host: HostState,
  judging: PhaseNamed<"judging">,
  config: HostConfig,
  now: Millis,
): HostProcedure<void> {
  const region = yield* readRegion();
  const status = yield READ_STATUS;
  if ((status & SESSION_BITS) !== SESSION_BITS) {
    host.counters.startupRestarted++;
    move(host, judging, "H1.7", nextStartUp(host, config, now, region.hostVersions));
    return;
  }
  const version = region.negotiatedVersion;
  if (!isVersion(version) || version < config.versions.min || version > config.versions.cur) {
    // A deployed BMC that restarts writes the region before STR: what stands there then is no answer to this host. Read
    // anew, for the read above may have met such a BMC between two of its writes.
    const standing = yield* readHostVersions();
    if (!sameRange(standing, config.versions)) {
      host.counters.bmcRestartSeen++;
      move(host, judging, "H1.7", nextStartUp(host, config, now, standing));
      return;
    }
    host.counters.negotiatedVersionInvalid++;
    decline(host, judging, "versionRefused");
    return;
  }
  // LPC-MTU-6: more than was asked, or a size where none was asked for, is the answer to another proposal.
  const asked = framingOf(version).fixedMtu ? Number.POSITIVE_INFINITY : judging.askedBytes;
  if (region.layout.bmcToHost.size > asked) {
    host.counters.rxSizeAboveAsked++;
    move(host, judging, "H1.7", nextStartUp(host, config, now, region.hostVersions));
    return;
  }
  const layout = judgeLayout(region.layout, version, config.windowBytes);
  if (!layout.ok) {
    host.counters.layoutInvalid++;
    decline(host, judging, "layoutInvalid");
    return;
  }
  host.attempts = 0;
  host.counters.sessionsOpened++;
  host.channel = newChannel(openSession(version, layout.value), now);
  move(host, judging, "H1.7", { name: "active" });
}

/** The first step at once, unless that has led nowhere too often. */
function nextStartUp(
  host: HostState,
  config: HostConfig,
  now: Millis,
  standing: VersionRange,
): PhaseNamed<"awaitingBmc" | "resting"> {
  host.attempts++;
  return host.attempts <= ATTEMPTS_BEFORE_REST ? AWAITING_BMC : rest(host, config, now, "declined", standing);
}

/** The BMC's terms are unusable (LPC-VER-3, LPC-MTU-5): tell it so, that it does not take the channel for open. */
function decline(host: HostState, judging: PhaseNamed<"judging">, closure: Closure): void {
  host.closure = closure;
  move(host, judging, "H1.7", { name: "closing", then: "rest" });
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
