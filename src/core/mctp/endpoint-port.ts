/**
 * One way in and out of an endpoint: what it has half received there, and what waits to be sent there. An endpoint on
 * one link has one; on a router it has one for each port, so that a slow or lost link holds up no other.
 */
import { Assembler, type AssemblyLimits } from "./assembly.ts";
import { RepeatMemory } from "./control/repeats.ts";
import type { ControlServices, EndpointIdentity } from "./control/services.ts";
import type { Eid, Millis } from "../wire/units.ts";
import type { MctpCounters } from "./counters.ts";
import { TransmitQueue, type QueueLimits } from "./transmit-queue.ts";

export interface EndpointPortConfig {
  readonly identity: EndpointIdentity;
  readonly assembly: AssemblyLimits;
  readonly queue: QueueLimits;
  readonly timing: { readonly tagHoldOff: Millis };
  readonly services?: ControlServices;
}

/** What is refused to the peers of a port because they have had their share of it. */
export type ShareRefusal = "assemblyEvicted" | "answersNotFetched";

export class EndpointPort {
  readonly assembler: Assembler;
  readonly queue: TransmitQueue;
  /** Requests from here that changed something, for those that come again. */
  readonly repeats: RepeatMemory;
  /** What control requests from here are answered from beside the identity. */
  services: ControlServices;
  /** What the endpoint is to those who ask from here: a bridge is an endpoint on one bus and bus owner of another. */
  identity: EndpointIdentity;
  isUp = false;
  /** Packets for the endpoint that came in here and were not dropped for their header. */
  packetsReceived = 0;
  /** The source of the last of them. */
  lastSource: Eid | undefined;
  /** Packets with payload that no handler took, or whose response found no room. */
  uselessPackets = 0;
  /** Packets with payload of messages that a service took and keeps nothing of. */
  unkeptPackets = 0;
  /** Told when there is something to send here. */
  onWork: (() => void) | undefined;
  /** Told of the first refusal of each kind, after it was counted. */
  onFirstRefusal: ((what: ShareRefusal) => void) | undefined;
  readonly #refused = new Set<ShareRefusal>();

  constructor({ identity, assembly, queue, timing, services = {} }: EndpointPortConfig, counters: MctpCounters) {
    this.assembler = new Assembler(assembly, counters, this);
    this.assembler.onEvicted = () => {
      this.refused("assemblyEvicted");
    };
    this.queue = new TransmitQueue(queue, counters);
    this.repeats = new RepeatMemory(timing.tagHoldOff);
    this.services = services;
    this.identity = identity;
  }

  /** Something was refused here, and counted. */
  refused(what: ShareRefusal): void {
    if (this.#refused.has(what)) return;
    this.#refused.add(what);
    this.onFirstRefusal?.(what);
  }

  /** Packets with payload that were taken, here and by the peer: what these cost is no flood. */
  get payloadPackets(): number {
    return this.assembler.payloadPackets + this.queue.payloadPackets - this.uselessPackets;
  }

  /** Of these, those of exchanges of which nothing is kept. */
  get answeredPackets(): number {
    return this.unkeptPackets + this.queue.unkeptPackets;
  }
}
