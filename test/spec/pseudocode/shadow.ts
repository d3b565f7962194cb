/**
 * Sides that are run twice: a round of annex M's listing makes the accesses, and then the program's own role has to make
 * the same ones, given what they answered. What differs, be it an access or what a side remembers, is thrown.
 */
import { shippedMoves } from "./shipped-moves.ts";
import { BMC_ROLE, type BmcSide } from "../../../bmc/role/side.ts";
import { BMC_DEFAULTS, type BmcConfig, type BmcState } from "../../../bmc/role/state.ts";
import { HOST_ROLE, type HostSide } from "../../../host/role/side.ts";
import { HOST_DEFAULTS, type HostConfig, type HostState } from "../../../host/role/state.ts";
import {
  AccessBus,
  makeForBmc,
  makeForHost,
  type AnyBus,
  type MakeAccess,
} from "../../../src/core/binding/access-bus.ts";
import type { BusAccess } from "../../../src/core/binding/access.ts";
import type { OpenChannel } from "../../../src/core/binding/channel.ts";
import type { PacketMemory } from "../../../src/core/binding/packet-buffer.ts";
import { Side, type Role, type RoleState } from "../../../src/core/binding/side.ts";
import { writeU32be } from "../../../src/core/wire/bytes.ts";
import type { PacketParts } from "../../../src/core/wire/packet-parts.ts";
import { PACKET_HEADER_BYTES } from "../../../src/core/wire/packet-parts.ts";
import { begunMachine } from "./listings.ts";
import type { Machine, Move } from "./machine.ts";
import { camelCase } from "./names.ts";
import { Replies, type Made } from "./replies.ts";
import type { Program } from "./syntax.ts";
import { textOf, type Value } from "./values.ts";

/** The listing and the program do not do the same. */
export class Difference extends Error {
  override name = "Difference";
}

/** The listings to run, and the lines of the page that were run so far. */
export interface Listings {
  readonly program: Program;
  readonly visited: Set<number>;
}

/** One side, and what makes its accesses. */
interface Run {
  readonly machine: Machine;
  make: MakeAccess;
}

interface Kind<State extends RoleState, Config, Bus extends object> {
  readonly role: Role<State, Config, Bus>;
  readonly makeOn: (bus: Bus, access: BusAccess) => number;
}

function shadowRole<State extends RoleState, Config extends object, Bus extends object>(
  { role, makeOn }: Kind<State, Config, Bus>,
  { program, visited }: Listings,
): Role<State, Config, Bus> {
  const runs = new WeakMap<State, Run>();
  const runOf = (state: State, config: Config): Run => {
    let run = runs.get(state);
    if (run === undefined) {
      const bus = new AccessBus((access) => runs.get(state)!.make(access));
      run = { machine: begunMachine(program, role.name, config, bus), make: () => 0 };
      run.machine.visited = visited;
      runs.set(state, run);
    }
    return run;
  };
  return {
    ...role,
    service: (bus, state, config, tools, now) => {
      const run = runOf(state, config);
      const { machine } = run;
      const made: Made[] = [];
      run.make = (access) => {
        const answer = makeOn(bus, access);
        made.push({ access, answer });
        return answer;
      };
      machine.now = now;
      if (state.stopping) machine.state.set("stop_asked", true);
      const outgoing = state.channel?.outgoing;
      if (outgoing !== undefined) machine.state.set("packet", packetBytes(outgoing));
      machine.moves.length = 0;
      machine.delivered.length = 0;
      const result = machine.call(`${role.name}_round`);

      const replies = new Replies(made);
      shippedMoves.length = 0;
      const progress = role.service(
        new AccessBus((access) => replies.answer(access)) as AnyBus as unknown as Bus,
        state,
        config,
        tools,
        now,
      );
      replies.end();
      const received = tools.takeReceived();
      if (received !== undefined) {
        tools.keepReceived(received.bytes, received.start, received.end, 0);
      }
      compare("the round ends with", result, progress === "again" ? "again" : "wait");
      compareMoves(machine.moves, shippedMoves);
      compareState(machine, state);
      const delivered = received === undefined ? [] : [received.bytes.slice(received.start, received.end)];
      compare("packets delivered", hexOf(machine.delivered), hexOf(delivered));
      const due = machine.call(`${role.name}_deadline`);
      compare("the deadline is", due, role.nextDeadline(state, config) ?? Number.POSITIVE_INFINITY);
      return progress;
    },
  };
}

function packetBytes({ header, message, start, end }: PacketParts): Uint8Array {
  const bytes = new Uint8Array(PACKET_HEADER_BYTES + end - start);
  writeU32be(bytes, 0, header);
  bytes.set(message.subarray(start, end), PACKET_HEADER_BYTES);
  return bytes;
}

/* ---- What is compared ---- */

function compare(what: string, listing: Value, program: Value): void {
  if (listing !== program) throw new Difference(`${what} ${textOf(listing)}, in the program ${textOf(program)}`);
}

function compareMoves(listing: readonly Move[], program: readonly Move[]): void {
  const text = (moves: readonly Move[]): string =>
    moves
      .filter(({ from, to }) => from !== to)
      .map(({ step, from, to }) => `${camelCase(from)} ${step} ${camelCase(to)}`)
      .join(", ");
  compare("the phases:", text(listing), text(program));
}

function compareState(machine: Machine, state: RoleState): void {
  const value = (name: string): Value => {
    const found = machine.state.get(name) ?? "none";
    return typeof found === "string" ? camelCase(found) : found;
  };
  compare("the phase is", value("phase"), state.phase.name);
  for (const [name, count] of Object.entries(state.counters)) {
    const listing = [...machine.counters].find(([counter]) => camelCase(counter) === name)?.[1] ?? 0;
    compare(`${name} is`, listing, count);
  }
  if (state.dummyPending !== undefined) compare("dummy_waits is", value("dummy_waits"), state.dummyPending);
  const { channel } = state;
  if (channel !== undefined) compareChannel(value, channel, machine);
}

function compareChannel(value: (name: string) => Value, channel: OpenChannel, machine: Machine): void {
  const { session } = channel;
  const sends = machine.state.get("send_at") === session.layout.hostToBmc.offset ? "hostToBmc" : "bmcToHost";
  const receives = sends === "hostToBmc" ? "bmcToHost" : "hostToBmc";
  compare("the version is", value("version"), session.version);
  compare("the buffer sent from is at", value("send_at"), session.layout[sends].offset);
  compare("the buffer received in is at", value("receive_at"), session.layout[receives].offset);
  compare("the MTU is", value("mtu"), session.mtu[sends]);
  compare("payload is received up to", value("receive_limit"), session.receiveLimit[receives]);
  compare("the sender is", value("sender"), channel.transmit);
  compare("a packet waits:", machine.state.get("packet") !== "none", channel.outgoing !== undefined);
  compare("rx_complete_owed is", value("rx_complete_owed"), channel.rxCompleteOwed);
  compare("begin_is_next is", value("begin_is_next"), channel.beginIsNext);
}

function hexOf(packets: readonly Uint8Array[]): string {
  return packets.map((packet) => Buffer.from(packet).toString("hex")).join(" ");
}

/* ---- Sides ---- */

export function shadowHost(listings: Listings, config: Partial<HostConfig>, memory: PacketMemory): HostSide {
  const role = shadowRole<HostState, HostConfig, Parameters<typeof makeForHost>[0]>(
    { role: HOST_ROLE, makeOn: makeForHost },
    listings,
  );
  return new Side(role, { ...HOST_DEFAULTS, ...config }, memory);
}

export function shadowBmc(listings: Listings, config: Partial<BmcConfig>, memory: PacketMemory): BmcSide {
  const role = shadowRole<BmcState, BmcConfig, Parameters<typeof makeForBmc>[0]>(
    { role: BMC_ROLE, makeOn: makeForBmc },
    listings,
  );
  return new Side(role, { ...BMC_DEFAULTS, ...config }, memory);
}
