/**
 * One way in and out of an endpoint: what it has half received there, and what waits to be sent there. An endpoint on
 * one link has one; on a router it has one for each port, so that a slow or lost link holds up nobody else.
 */
import { Assembler, type AssemblyLimits } from "./assembly.ts";
import type { MctpCounters } from "./counters.ts";
import { TransmitQueue, type QueueLimits } from "./transmit-queue.ts";

export class EndpointPort {
  readonly assembler: Assembler;
  readonly queue: TransmitQueue;
  isUp = false;
  /** Told when there is something to send here. */
  onWork: (() => void) | undefined;

  constructor(assembly: AssemblyLimits, queue: QueueLimits, counters: MctpCounters) {
    this.assembler = new Assembler(assembly, counters, this);
    this.queue = new TransmitQueue(queue, counters);
  }
}
