/** The side under test as the program has it: driver, endpoint, and an agent's answers with files in a folder. */
import { createBmcSide, type BmcSide } from "../../bmc/role/side.ts";
import { createHostSide, type HostSide } from "../../host/role/side.ts";
import { ENDPOINT_DEFAULTS } from "../../src/core/mctp/endpoint-defaults.ts";
import { FileReceiver } from "../../src/agent/files/file-receiver.ts";
import { VENDOR_MESSAGE_TYPES } from "../../src/agent/identity.ts";
import { VendorResponder } from "../../src/agent/files/vendor-responder.ts";
import type { BusAccess } from "../../src/core/binding/access.ts";
import type { Progress } from "../../src/core/binding/bus.ts";
import type { RoleName } from "../../src/core/binding/side.ts";
import { AccessBus, makeForBmc, makeForHost, type AnyBus, type MakeAccess } from "../../src/core/binding/access-bus.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { BmcPortBus, HostPortBus } from "../../src/node/port-bus.ts";
import type { Pumped } from "../../src/node/runner.ts";
import { SideDriver } from "../../src/node/side-driver.ts";
import { discover } from "../../src/core/mctp/bus-owner/discovery.ts";
import type { SequenceTicket } from "../../src/core/mctp/control/request.ts";
import { EndpointCore } from "../../src/core/mctp/endpoint.ts";
import type { PacketExchange } from "../../src/core/mctp/link.ts";
import type { LoopbackBoard } from "../../src/platform/loopback.ts";
import { eid, type Eid, type Millis } from "../../src/core/wire/units.ts";
import { rethrowing } from "../support/endpoints.ts";
import type { Program } from "./program.ts";

export const EIDS: Readonly<Record<RoleName, Eid>> = { host: eid(9), bmc: eid(8) };
const UUID = Uint8Array.from({ length: 16 }, (_, index) => index);
/** Small enough that a flood of starts comes to every limit. */
export const ASSEMBLY = { ...ENDPOINT_DEFAULTS.assembly, messageBytes: 4096, assemblies: 8, totalBytes: 16 * 1024 };
export const QUEUE = { messages: 32, bytes: 64 * 1024 };
const LARGEST_FILE_BYTES = 8192;

export interface Subject {
  readonly side: HostSide | BmcSide;
  readonly driver: Pumped;
  readonly endpoint: EndpointCore;
  readonly receiver: FileReceiver;
}

export interface Watch {
  newRound(): void;
  before(access: BusAccess): void;
  after(access: BusAccess, value: number): void;
  received(bytes: Uint8Array, start: number, end: number): void;
}

/** Puts a side on the board, every access and every packet watched. */
export function createSubject(
  role: RoleName,
  board: LoopbackBoard,
  program: Pick<Program, "mtu" | "versions">,
  inbox: string | undefined,
  watch: Watch | undefined,
): Subject {
  const windowBytes = board.window.length;
  const config = { windowBytes, mtu: program.mtu ?? undefined, versions: program.versions };
  const endpoint = rethrowing(
    new EndpointCore({
      timing: ENDPOINT_DEFAULTS.timing,
      assembly: ASSEMBLY,
      queue: QUEUE,
      identity: {
        eid: EIDS[role],
        uuid: UUID,
        kind: role === "host" ? "endpoint" : "busOwner",
        staticEid: EIDS[role],
        assigned: false,
        messageTypes: VENDOR_MESSAGE_TYPES,
      },
    }),
  );
  // Handles that messages of a seed meet again each time.
  let handles = 0;
  const newHandle = (): number => ++handles;
  const limits = { inbox, largestFileBytes: LARGEST_FILE_BYTES };
  const receiver = new FileReceiver({ ...limits, newHandle, log: () => undefined });
  const responder = new VendorResponder(endpoint, receiver, role);
  let discovery: SequenceTicket | undefined;
  endpoint.onLinkChange = (up, now) => {
    responder.linkChanged();
    discovery?.cancel(now);
    discovery = up && role === "bmc" ? discover(endpoint, EIDS.host, now, () => undefined) : undefined;
  };
  const exchange = watch === undefined ? endpoint : watched(endpoint, watch);
  if (role === "host") {
    const side = createHostSide(config, createPacketMemory());
    const bus = new HostPortBus(board.host);
    tellRounds(side, watch);
    const driver = new SideDriver(
      side,
      watch === undefined ? bus : watchedBus((access) => makeForHost(bus, access), watch),
      exchange,
    );
    return { side, driver, endpoint, receiver };
  }
  const side = createBmcSide(config, createPacketMemory());
  const bus = new BmcPortBus(board.bmc);
  tellRounds(side, watch);
  const driver = new SideDriver(
    side,
    watch === undefined ? bus : watchedBus((access) => makeForBmc(bus, access), watch),
    exchange,
  );
  return { side, driver, endpoint, receiver };
}

function watchedBus(make: MakeAccess, watch: Watch): AccessBus {
  return new AccessBus((access) => {
    watch.before(access);
    const value = make(access);
    watch.after(access, value);
    return value;
  });
}

function tellRounds(side: HostSide | BmcSide, watch: Watch | undefined): void {
  if (watch === undefined) return;
  const round: (bus: AnyBus, now: Millis) => Progress = side.service.bind(side);
  side.service = (bus: AnyBus, now: Millis) => {
    watch.newRound();
    return round(bus, now);
  };
}

function watched(endpoint: EndpointCore, watch: Watch): PacketExchange {
  return {
    linkUp: (now) => {
      endpoint.linkUp(now);
    },
    linkDown: (now) => {
      endpoint.linkDown(now);
    },
    nextPacket: (unit) => endpoint.nextPacket(unit),
    packetDone: (now) => {
      endpoint.packetDone(now);
    },
    packetLost: () => {
      endpoint.packetLost();
    },
    receivePacket: (bytes, start, end, now) => {
      watch.received(bytes, start, end);
      return endpoint.receivePacket(bytes, start, end, now);
    },
    nextDeadline: () => endpoint.nextDeadline(),
    expire: (now) => {
      endpoint.expire(now);
    },
  };
}
