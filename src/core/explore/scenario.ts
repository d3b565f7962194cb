/** What a search explores: two sides, what they send, and what may befall them. */
import type { RoleName } from "../binding/side.ts";
import type { PacketParts } from "../wire/packet-parts.ts";
import type { SideModel } from "./side-machine.ts";

/** How often each thing may happen, over a whole run; 0 to 3. */
export interface Faults {
  /** A side is gone in the middle of anything; registers stay as they are. */
  readonly kills: number;
  /** A side is gone and STR is cleared with it, without an interrupt. */
  readonly resets: number;
  /** A side stops in an orderly way. */
  readonly stops: number;
  /** STR is cleared under both sides, without an interrupt. */
  readonly platformResets: number;
  /** All registers are: what stood in IDR and ODR is gone with STR. */
  readonly registerResets: number;
  /** An interrupt that was raised never arrives. */
  readonly lostInterrupts: number;
  /** The BMC is gone with a reset that takes what its driver held, and leaves STR as it is. Depth 1 only. */
  readonly driverResets: number;
}

export const NO_FAULTS: Faults = {
  kills: 0,
  resets: 0,
  stops: 0,
  platformResets: 0,
  registerResets: 0,
  lostInterrupts: 0,
  driverResets: 0,
};

/**
 * What the wire cannot give: demanded, a search finds the shortest run that shows so. Of senders in their first life,
 * whose packet is outstanding when their session ends.
 */
export type Demand =
  /** A packet that was received is not given up. */
  | "receivedIsNotGivenUp"
  /** A packet that is given up was received. */
  | "givenUpWasReceived";

export interface Scenario {
  readonly name: string;
  /** One line for people. */
  readonly text: string;
  readonly host: SideModel;
  readonly bmc: SideModel;
  /**
   * Bytes that the path into the BMC holds beside IDR: 0, registers alone; 1, a driver whose interrupt handler takes a
   * byte at any moment while it holds none and the BMC is there. A BMC that starts while the driver holds a byte opens it
   * with its interrupt unmasked: until the BMC has read, the driver may take one byte over that one, which is lost.
   */
  readonly depth: 0 | 1;
  /** A reset of registers takes the byte that the driver held, too. */
  readonly resetsTakeShadow: boolean;
  /** Packets that may pass the other way while a side's packet waits for its Tx Begin (LPC-KCS-12); undefined: any. */
  readonly patience: { readonly host: number | undefined; readonly bmc: number | undefined };
  /** Packets that each life of a side has to bring across, 0 to 7. */
  readonly packets: { readonly hostToBmc: number; readonly bmcToHost: number };
  /** Payload bytes of a packet, by its number in its direction, counted from 1. */
  readonly payloadBytes: (number: number) => number;
  readonly faults: Faults;
  /** The only side that kills, resets, stops and lost interrupts befall; undefined: either. */
  readonly victim: RoleName | undefined;
  /** Any side may run a round at any time without reason, as after a spurious interrupt. */
  readonly spuriousRounds: boolean;
  /** An interrupt for a byte outlasts the byte, and brings a round more; else reading the byte takes it back. */
  readonly latchedInterrupts: boolean;
  /**
   * Where a run may end: with every packet across, in a refusal that both sides know of, or in either; `stopped`: with
   * the host gone, or not asked to go.
   */
  readonly ends: "delivered" | "refused" | "either" | "stopped";
  /** Deadlines and polls may be needed to get there; else a run that cannot go on without them is a violation. */
  readonly needsTime: boolean;
  /** A deadline passes only while neither side has anything to do, or one is gone: no delay is shorter than a side is slow. */
  readonly patient: boolean;
  /** This side's deadlines are the shorter ones: the other's pass only where one of this side would change nothing. */
  readonly shorter?: RoleName;
  /** Window accesses in pieces of so many bytes; undefined: each is one step. */
  readonly pieceBytes: number | undefined;
  readonly demand?: Demand;
  /** Nothing befalls the sides but in a session of both. */
  readonly faultsInSession?: true;
  /** A side that goes does not come back. */
  readonly staysGone?: true;
}

/** First bytes of a payload: the direction, the packet's number there and the session it was handed over in. */
const MARKS = { hostToBmc: 0xa0, bmcToHost: 0xb0 } as const;

const HEADERS = { hostToBmc: 0x010809c8, bmcToHost: 0x010908c8 } as const;

/** The packet of a number; its bytes tell it from every other. */
export function packetOf(
  scenario: Scenario,
  direction: "hostToBmc" | "bmcToHost",
  number: number,
  session: number,
): PacketParts {
  const message = new Uint8Array(Math.max(3, scenario.payloadBytes(number)));
  message.set([MARKS[direction], number, session]);
  message.fill(number, 3);
  return { header: HEADERS[direction], message, start: 0, end: message.length };
}

/** Number and session of a packet as received; undefined when the bytes are not exactly those that were sent. */
export function identityOf(
  scenario: Scenario,
  direction: "hostToBmc" | "bmcToHost",
  packet: Uint8Array,
): { readonly number: number; readonly session: number } | undefined {
  const number = packet[5] ?? 0;
  const session = packet[6] ?? 0;
  const { header, message } = packetOf(scenario, direction, number, session);
  const wanted = Uint8Array.from([
    header >>> 24,
    (header >>> 16) & 0xff,
    (header >>> 8) & 0xff,
    header & 0xff,
    ...message,
  ]);
  const same = wanted.length === packet.length && wanted.every((byte, index) => packet[index] === byte);
  return same ? { number, session } : undefined;
}
