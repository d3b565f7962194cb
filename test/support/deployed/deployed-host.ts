/**
 * A deployed host on the bus. It starts when told to, and again whenever it sees BMC Active rise; everything else is done
 * by polls, each of which handles at most one byte of ODR.
 *
 * Not recorded, and so chosen here: when BMC Active falls, transmission ends and nothing else changes (F17); both bytes
 * that wait are tried in one poll.
 */
import type { HostBus, Progress } from "../../../src/core/binding/bus.ts";
import { Field, encodeU16, encodeU32 } from "../../../src/core/binding/control-region.ts";
import { BTU, bufferBytes, judgeLayout, largestMtu } from "../../../src/core/binding/layout.ts";
import type { PacketBufferTools } from "../../../src/core/binding/packet-buffer.ts";
import { Command, Status } from "../../../src/core/binding/registers.ts";
import type { Role } from "../../../src/core/binding/side.ts";
import { framingOf, isVersion, negotiateVersion, type Version } from "../../../src/core/binding/versions.ts";
import { readU16be } from "../../../src/core/wire/bytes.ts";
import { millis } from "../../../src/core/wire/units.ts";
import {
  HOST_END,
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

const VERSION_BYTES = 2;
const SIZE_BYTES = 4;

export const DEPLOYED_HOST: Role<DeployedHostState, DeployedHostConfig, HostBus> = {
  name: "host",
  sends: "hostToBmc",
  newState: () => ({ ...newDeployedState(), phase: { name: "new" }, status: 0 }),
  service,
  // Whoever was refused is told to start again some time later.
  nextDeadline: ({ phase }) => (phase.name === "refused" ? millis(1) : undefined),
};

function service(
  bus: HostBus,
  host: DeployedHostState,
  config: DeployedHostConfig,
  tools: PacketBufferTools,
): Progress {
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
      if (config.emptiesOdr && (bus.readStatus("empty STR") & Status.OBF) !== 0) {
        bus.readOdr("empty ODR");
        return "again";
      }
      start(bus, host, config);
      return phaseOf(host) === "refused" ? "waiting" : "again";
    case "resting":
    case "started":
      if (host.channel?.outgoing !== undefined && host.channel.transmit === "idle") {
        transmit(bus, HOST_END, host, tools);
        return "again";
      }
      return poll(bus, host, config, tools);
  }
}

/** The phase as it is by now. */
function phaseOf({ phase }: DeployedHostState): DeployedHostState["phase"]["name"] {
  return phase.name;
}

/* ---- Start ---- */

/** U1: Initialise is written whatever IDR holds. F12: the magic is not looked at. */
function start(bus: HostBus, host: DeployedHostState, config: DeployedHostConfig): void {
  closeChannel(host, config);
  host.phase = { name: "refused" };
  host.status = bus.readStatus("start STR");
  if ((host.status & Status.BMC_ACTIVE) === 0) return;
  const offered = readRegion(bus, "start versions");
  const version = negotiateVersion(offered.bmcVersions, config.versions);
  if (version === 0) return;
  host.version = version;
  if (!framingOf(version).fixedMtu) {
    const { layout } = readRegion(bus, "start layout");
    const size = bufferBytes(version, ownMtu(config, version));
    const proposal = { bmcToHost: { offset: layout.bmcToHost.offset, size }, hostToBmc: layout.hostToBmc };
    // U3: what does not fit in front of the other buffer is not even asked for.
    if (!judgeLayout(proposal, version, config.windowBytes).ok) {
      host.phase = { name: "resting" };
      return;
    }
    bus.writeWindow("start rx_size", Field.rxSize, encodeU32(size), 0, SIZE_BYTES);
  }
  bus.writeWindow("start min", Field.hostVersionMin, encodeU16(config.versions.min), 0, VERSION_BYTES);
  bus.writeWindow("start cur", Field.hostVersionCur, encodeU16(config.versions.cur), 0, VERSION_BYTES);
  bus.writeIdr("start Initialise", Command.INITIALISE);
  host.version = 0;
  host.phase = { name: "started" };
}

function ownMtu(config: DeployedHostConfig, version: Version): number {
  if (framingOf(version).fixedMtu) return BTU;
  return config.mtu ?? largestMtu(version, config.windowBytes);
}

/* ---- Poll ---- */

/** F1, F24: STR is read before ODR and not after it, and only a dummy makes the host heed it. */
function poll(bus: HostBus, host: DeployedHostState, config: DeployedHostConfig, tools: PacketBufferTools): Progress {
  sendWaiting(bus, HOST_END, host);
  let status = bus.readStatus("poll STR");
  if ((status & Status.OBF) === 0) return "waiting";
  const command = bus.readOdr("poll ODR");
  if (config.looksAgain) status = bus.readStatus("poll STR again");
  switch (command) {
    case Command.INITIALISE:
      host.mistake = "the host acts as a BMC (F11)";
      break;
    case Command.TX_BEGIN:
      receive(bus, HOST_END, host, tools);
      break;
    case Command.RX_COMPLETE:
      transmitted(bus, HOST_END, host, tools);
      break;
    case Command.DUMMY:
      if (host.phase.name === "started") heedStatus(bus, host, config, status, tools);
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
function heedStatus(
  bus: HostBus,
  host: DeployedHostState,
  config: DeployedHostConfig,
  status: number,
  tools: PacketBufferTools,
): void {
  const changed = host.status ^ status;
  host.status = status;
  if ((changed & Status.BMC_ACTIVE) !== 0) {
    if ((status & Status.BMC_ACTIVE) !== 0) start(bus, host, config);
    else loseBmc(host, config);
    return;
  }
  if (host.version !== 0 && (changed & Status.CHANNEL_ACTIVE) === 0) return;
  closeChannel(host, config);
  setReceiving(host, "idle");
  const field = new Uint8Array(VERSION_BYTES);
  bus.readWindow("heed version", Field.negotiatedVersion, field, 0, VERSION_BYTES);
  const negotiated = readU16be(field, 0);
  if (!isVersion(negotiated) || negotiated < config.versions.min || negotiated > config.versions.cur) return;
  const { layout } = readRegion(bus, "heed layout");
  if (!judgeLayout(layout, negotiated, config.windowBytes).ok) return;
  host.version = negotiated;
  if ((status & Status.CHANNEL_ACTIVE) === 0) return;
  // F4, F5: packets are cut for tx_size, into memory of the size that was asked for.
  if (!framingOf(negotiated).fixedMtu && layout.hostToBmc.size > bufferBytes(negotiated, ownMtu(config, negotiated))) {
    host.mistake = "the host's packets overflow its memory (F4, F5)";
  }
  openChannel(host, config, negotiated, layout);
  transmit(bus, HOST_END, host, tools);
}
