/**
 * A deployed host on the bus. It starts when told to, and again whenever it sees BMC Active rise; everything else is done
 * by polls, each of which handles at most one byte of ODR.
 *
 * Not recorded, and so chosen here: when BMC Active falls, transmission ends and nothing else changes (F17); both bytes
 * that wait are tried in one poll.
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
} from "../../../src/core/binding/bus.ts";
import {
  CONTROL_FIELDS_BYTES,
  Field,
  decodeControlRegion,
  encodeU16,
  encodeU32,
  type ControlRegion,
} from "../../../src/core/binding/control-region.ts";
import { BTU, bufferBytes, judgeLayout, largestMtu } from "../../../src/core/binding/layout.ts";
import type { PacketBufferTools } from "../../../src/core/binding/packet-buffer.ts";
import { Command, Status } from "../../../src/core/binding/registers.ts";
import type { Role } from "../../../src/core/binding/side.ts";
import { framingOf, isVersion, negotiateVersion, type Version } from "../../../src/core/binding/versions.ts";
import { readU16be } from "../../../src/core/wire/bytes.ts";
import { millis } from "../../../src/core/wire/units.ts";
import {
  closeChannel,
  newDeployedState,
  openChannel,
  receive,
  sendWaiting,
  setReceiving,
  transmit,
  transmitted,
  type DeployedConfig,
  type DeployedState,
} from "./deployed-side.ts";

export interface DeployedHostConfig extends DeployedConfig {
  /** Its firmware empties ODR before it starts the binding, as hostboot and skiboot do; the binding itself does not (U2). */
  readonly emptiesOdr: boolean;
  /** Without F1: STR is read again after ODR. No deployed host does; it shows what is due to F1. */
  readonly looksAgain: boolean;
  /** Without F17: no Tx Begin is taken after the loss of the BMC. Likewise. */
  readonly forgetsAtLoss: boolean;
}

export interface DeployedHostState extends DeployedState {
  /** `refused` starts anew when it next runs; `resting` never asks (U3). */
  phase: { readonly name: "new" | "refused" | "resting" | "started" | "stopped" };
  /** STR as the last start or dummy found it. */
  status: number;
}

type HostProcedure<Result> = Procedure<Result>;

export const DEPLOYED_HOST: Role<DeployedHostState, DeployedHostConfig, HostAccess> = {
  name: "host",
  sends: "hostToBmc",
  newState: () => ({ ...newDeployedState(), phase: { name: "new" }, status: 0 }),
  service: service as Role<DeployedHostState, DeployedHostConfig, HostAccess>["service"],
  // Whoever was refused is told to start again some time later.
  nextDeadline: ({ phase }) => (phase.name === "refused" ? millis(1) : undefined),
};

function* service(
  host: DeployedHostState,
  config: DeployedHostConfig,
  tools: PacketBufferTools,
): HostProcedure<Progress> {
  // Nothing is said to the BMC.
  if (host.stopping) {
    closeChannel(host, config);
    host.phase = { name: "stopped" };
  }
  switch (host.phase.name) {
    case "stopped":
      return "waiting";
    case "new":
    case "refused":
      if (config.emptiesOdr && ((yield READ_STATUS) & Status.OBF) !== 0) {
        yield READ_DATA;
        return "again";
      }
      yield* start(host, config);
      return host.phase.name === "refused" ? "waiting" : "again";
    case "resting":
    case "started":
      if (host.channel?.outgoing !== undefined && host.channel.transmit === "idle") {
        yield* transmit(host, "hostToBmc", Status.IBF, tools);
        return "again";
      }
      return yield* poll(host, config, tools);
  }
}

/* ---- Start ---- */

/** U1: Initialise is written whatever IDR holds. */
function* start(host: DeployedHostState, config: DeployedHostConfig): HostProcedure<void> {
  closeChannel(host, config);
  host.phase = { name: "refused" };
  host.status = yield READ_STATUS;
  if ((host.status & Status.BMC_ACTIVE) === 0) return;
  const offered = yield* readRegion();
  const version = negotiateVersion(offered.bmcVersions, config.versions);
  if (version === 0) return;
  host.version = version;
  if (!framingOf(version).fixedMtu) {
    const { layout } = yield* readRegion();
    const size = bufferBytes(version, ownMtu(config, version));
    const proposal = { bmcToHost: { offset: layout.bmcToHost.offset, size }, hostToBmc: layout.hostToBmc };
    // U3: what does not fit in front of the other buffer is not even asked for.
    if (!judgeLayout(proposal, version, config.windowBytes).ok) {
      host.phase = { name: "resting" };
      return;
    }
    yield writeWindow(Field.rxSize, encodeU32(size));
  }
  yield writeWindow(Field.hostVersionMin, encodeU16(config.versions.min));
  yield writeWindow(Field.hostVersionCur, encodeU16(config.versions.cur));
  yield writeData(Command.INITIALISE);
  host.version = 0;
  host.phase = { name: "started" };
}

function ownMtu(config: DeployedHostConfig, version: Version): number {
  if (framingOf(version).fixedMtu) return BTU;
  return config.mtu ?? largestMtu(version, config.windowBytes);
}

/** F12: the magic is not looked at. */
function* readRegion(): HostProcedure<ControlRegion> {
  const bytes = new Uint8Array(CONTROL_FIELDS_BYTES);
  yield readWindow(0, bytes);
  return decodeControlRegion(bytes);
}

/* ---- Poll ---- */

/** F1, F24: STR is read before ODR and not after it, and only a dummy makes the host heed it. */
function* poll(host: DeployedHostState, config: DeployedHostConfig, tools: PacketBufferTools): HostProcedure<Progress> {
  yield* sendWaiting(host, Status.IBF);
  let status = yield READ_STATUS;
  if ((status & Status.OBF) === 0) return "waiting";
  const command = yield READ_DATA;
  if (config.looksAgain) status = yield READ_STATUS;
  switch (command) {
    case Command.INITIALISE:
      host.mistake = "the host acts as a BMC (F11)";
      break;
    case Command.TX_BEGIN:
      yield* receive(host, "bmcToHost", Status.IBF, tools);
      break;
    case Command.RX_COMPLETE:
      yield* transmitted(host, "hostToBmc", Status.IBF, tools);
      break;
    case Command.DUMMY:
      if (host.phase.name === "started") yield* heedStatus(host, config, status, tools);
      break;
  }
  return "waiting";
}

function loseBmc(host: DeployedHostState, config: DeployedHostConfig): void {
  closeChannel(host, config);
  if (config.forgetsAtLoss) setReceiving(host, "idle");
}

/**
 * F2: a fall of Channel Active while BMC Active stands leads to no new start. U2: with no channel yet, any dummy is taken
 * for the answer to Initialise.
 */
function* heedStatus(
  host: DeployedHostState,
  config: DeployedHostConfig,
  status: number,
  tools: PacketBufferTools,
): HostProcedure<void> {
  const changed = host.status ^ status;
  host.status = status;
  if ((changed & Status.BMC_ACTIVE) !== 0) {
    if ((status & Status.BMC_ACTIVE) !== 0) yield* start(host, config);
    else loseBmc(host, config);
    return;
  }
  if (host.version !== 0 && (changed & Status.CHANNEL_ACTIVE) === 0) return;
  closeChannel(host, config);
  setReceiving(host, "idle");
  const field = new Uint8Array(2);
  yield readWindow(Field.negotiatedVersion, field);
  const negotiated = readU16be(field, 0);
  if (!isVersion(negotiated) || negotiated < config.versions.min || negotiated > config.versions.cur) return;
  const { layout } = yield* readRegion();
  if (!judgeLayout(layout, negotiated, config.windowBytes).ok) return;
  host.version = negotiated;
  if ((status & Status.CHANNEL_ACTIVE) === 0) return;
  // F4, F5: packets are cut for tx_size, into memory of the size that was asked for.
  if (!framingOf(negotiated).fixedMtu && layout.hostToBmc.size > bufferBytes(negotiated, ownMtu(config, negotiated))) {
    host.mistake = "the host's packets overflow its memory (F4, F5)";
  }
  openChannel(host, negotiated, layout);
  yield* transmit(host, "hostToBmc", Status.IBF, tools);
}
