/**
 * A deployed BMC on the bus. Its start waits for nobody (U9); everything else is done by polls, each of which handles at
 * most one byte of IDR.
 *
 * Not recorded, and so an option here: whether a refused version has the layout written back. Not recorded, and so chosen
 * here: a refused layout is not written back; both bytes that wait are tried in one poll.
 */
import type { BmcBus, Progress } from "../../../src/core/binding/bus.ts";
import { openSession } from "../../../src/core/binding/channel.ts";
import {
  CONTROL_FIELDS_BYTES,
  Field,
  MAGIC,
  encodeControlRegion,
  encodeLayout,
  encodeU16,
  type Layout,
} from "../../../src/core/binding/control-region.ts";
import {
  BTU,
  bufferBytes,
  judgeLayout,
  largestMtu,
  mtuOfBuffer,
  offeredLayout,
  resizedLayout,
} from "../../../src/core/binding/layout.ts";
import type { PacketBufferTools } from "../../../src/core/binding/packet-buffer.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import type { Role } from "../../../src/core/binding/side.ts";
import {
  CLOSING_RANGE,
  framingOf,
  isVersion,
  negotiateVersion,
  type Version,
} from "../../../src/core/binding/versions.ts";
import {
  BMC_END,
  closeChannel,
  newDeployedState,
  openChannel,
  readRegion,
  receive,
  sendWaiting,
  setReceiving,
  transmit,
  transmitted,
  type DeployedConfig,
  type DeployedState,
} from "./deployed-side.ts";

const LAYOUT_BYTES = 16;
const VERSION_BYTES = 2;

export interface DeployedBmcConfig extends DeployedConfig {
  /** U10: while a byte waits for OBF = 0, IDR is not looked at. */
  readonly waitsForRoom: boolean;
  /** The layout is written back on a refused version, too. */
  readonly rewritesRefused: boolean;
}

export interface DeployedBmcState extends DeployedState {
  phase: { readonly name: "new" | "started" | "stopped" };
}

export const DEPLOYED_BMC: Role<DeployedBmcState, DeployedBmcConfig, BmcBus> = {
  name: "bmc",
  sends: "bmcToHost",
  newState: () => ({ ...newDeployedState(), phase: { name: "new" } }),
  service,
  nextDeadline: () => undefined,
};

function service(bus: BmcBus, bmc: DeployedBmcState, config: DeployedBmcConfig, tools: PacketBufferTools): Progress {
  if (bmc.stopping) return stop(bus, bmc, config);
  if (bmc.phase.name === "new") {
    start(bus, config);
    bmc.phase = { name: "started" };
    return "waiting";
  }
  if (bmc.channel?.outgoing !== undefined && bmc.channel.transmit === "idle") {
    transmit(bus, BMC_END, bmc, tools);
    return "again";
  }
  return poll(bus, bmc, config, tools);
}

/* ---- Start and stop ---- */

/** U9, F22: OBF is cleared with STR, and the dummy overwrites what nobody has read. */
function start(bus: BmcBus, config: DeployedBmcConfig): void {
  const version = newestVersion(config);
  const region = encodeControlRegion({
    magic: MAGIC,
    bmcVersions: config.versions,
    hostVersions: CLOSING_RANGE,
    negotiatedVersion: 0,
    layout: offeredLayout(version, ownMtu(config, version)),
  });
  bus.writeWindow("start region", 0, region, 0, CONTROL_FIELDS_BYTES);
  bus.writeStatus("start STR", Status.BMC_ACTIVE);
  bus.writeOdr("start dummy", Command.DUMMY);
}

function stop(bus: BmcBus, bmc: DeployedBmcState, config: DeployedBmcConfig): Progress {
  if (bmc.phase.name === "stopped") return "waiting";
  bus.writeStatus("stop STR", 0);
  bus.writeOdr("stop dummy", Command.DUMMY);
  closeChannel(bmc, config);
  bmc.phase = { name: "stopped" };
  return "waiting";
}

function newestVersion({ versions }: DeployedBmcConfig): Version {
  return isVersion(versions.cur) ? versions.cur : 1;
}

function ownMtu(config: DeployedBmcConfig, version: Version): number {
  if (framingOf(version).fixedMtu) return BTU;
  return config.mtu ?? largestMtu(version, config.windowBytes);
}

/* ---- Poll ---- */

/** U12: what waits for ODR comes before what stands in IDR. Bytes without a meaning are passed over, the fence with them. */
function poll(bus: BmcBus, bmc: DeployedBmcState, config: DeployedBmcConfig, tools: PacketBufferTools): Progress {
  const isWaiting = sendWaiting(bus, BMC_END, bmc);
  if (isWaiting && config.waitsForRoom) return "waiting";
  if ((bus.readStatus("poll STR") & Status.IBF) === 0) return "waiting";
  switch (bus.readIdr("poll IDR")) {
    case Command.INITIALISE:
      initialise(bus, bmc, config, tools);
      break;
    case Command.TX_BEGIN:
      receive(bus, BMC_END, bmc, tools);
      break;
    case Command.RX_COMPLETE:
      transmitted(bus, BMC_END, bmc, tools);
      break;
  }
  return "waiting";
}

/* ---- Initialise ---- */

/**
 * F21: sizes are read, and the whole layout is written back. F10: after a refused layout packets are still taken. F22:
 * the dummy overwrites what nobody has read. F16: fields that its own start has just zeroed are a refused version.
 */
function initialise(bus: BmcBus, bmc: DeployedBmcState, config: DeployedBmcConfig, tools: PacketBufferTools): void {
  const { hostVersions } = readRegion(bus, "answer versions");
  const version = negotiateVersion(config.versions, hostVersions);
  let layout: Layout | undefined;
  if (version !== 0 || config.rewritesRefused) {
    const proposed = readRegion(bus, "answer sizes").layout;
    layout = version === 0 ? proposed : answer(proposed, version, config);
    if (layout !== undefined) bus.writeWindow("answer layout", Field.rxOffset, encodeLayout(layout), 0, LAYOUT_BYTES);
  }
  const isAccepted = version !== 0 && layout !== undefined;
  bus.writeWindow("answer version", Field.negotiatedVersion, encodeU16(isAccepted ? version : 0), 0, VERSION_BYTES);
  bus.writeStatus("answer STR", (isAccepted ? SESSION_BITS : Status.BMC_ACTIVE) | KEEP_OBF);
  closeChannel(bmc, config);
  bmc.version = version;
  if (version === 0) {
    bmc.closeReason = "versionRefused";
    setReceiving(bmc, "idle");
  } else if (layout !== undefined) {
    openChannel(bmc, config, version, layout);
  } else {
    bmc.terms = openSession(version, offeredLayout(version, ownMtu(config, version)), config.windowBytes);
    setReceiving(bmc, "released");
  }
  bus.writeOdr("answer dummy", Command.DUMMY);
  transmit(bus, BMC_END, bmc, tools);
}

/** Both sizes for the smaller MTU; undefined for a proposal that is too small, or overlaps. */
function answer(proposed: Layout, version: Version, config: DeployedBmcConfig): Layout | undefined {
  if (framingOf(version).fixedMtu) return resizedLayout(proposed, version, BTU);
  if (proposed.bmcToHost.size < bufferBytes(version, BTU)) return undefined;
  if (!judgeLayout(proposed, version, config.windowBytes).ok) return undefined;
  const mtu = Math.min(mtuOfBuffer(version, proposed.bmcToHost.size), ownMtu(config, newestVersion(config)));
  return resizedLayout(proposed, version, mtu);
}
