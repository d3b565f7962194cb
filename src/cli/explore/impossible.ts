/**
 * What no procedures can give on the wire of versions 1 to 3. Each demands it of ours nevertheless; what the search finds
 * is the shortest run that shows why it cannot be had. Annex A.4 of the specification says the same in words.
 */
import { configuration, type Configuration } from "./configuration.ts";

export interface Impossible extends Configuration {
  /** Of the figure that draws its counter-example. */
  readonly title: string;
  /** Subclause of the specification. */
  readonly clause: string;
}

const ONE_DOWN = [1, 0] as const;

export const IMPOSSIBLE: readonly Impossible[] = [
  {
    ...configuration("fate-received", "a packet that was received is not given up, though its receiver may be killed", {
      packets: ONE_DOWN,
      faults: { kills: 1 },
      victim: "bmc",
      demand: "receivedIsNotGivenUp",
    }),
    title: "A packet that was received, and that its sender gives up",
    clause: "A.4.1",
  },
  {
    ...configuration("fate-not-received", "a packet that is given up was received, though its receiver may be killed", {
      packets: ONE_DOWN,
      faults: { kills: 1 },
      victim: "bmc",
      demand: "givenUpWasReceived",
    }),
    title: "The same to its sender: a packet that was not received",
    clause: "A.4.1",
  },
  {
    ...configuration("dead-peer", "a side that dies and stays so is noticed without a clock", {
      packets: ONE_DOWN,
      faults: { kills: 1 },
      victim: "bmc",
      staysGone: true,
      faultsInSession: true,
    }),
    title: "A BMC that is dead, or slow",
    clause: "A.4.2",
  },
  {
    ...configuration("unseen-reset", "a reset of STR under both sides is noticed without a clock", {
      packets: 0,
      faults: { platformResets: 1 },
      isQuiet: true,
      faultsInSession: true,
    }),
    title: "A reset of STR that neither side looks at",
    clause: "A.4.2",
  },
  {
    ...configuration("missed-interrupt", "an interrupt that never arrives is made up for without a clock", {
      packets: ONE_DOWN,
      faults: { lostInterrupts: 1 },
      isQuiet: true,
      faultsInSession: true,
    }),
    title: "An interrupt that never arrives",
    clause: "A.4.2",
  },
  {
    ...configuration("loss-at-stop", "a side that stops in order knows what became of its last packet", {
      packets: ONE_DOWN,
      faults: { stops: 1 },
      victim: "host",
      demand: "receivedIsNotGivenUp",
    }),
    title: "A host that stops while its packet is under way",
    clause: "A.4.5",
  },
];
