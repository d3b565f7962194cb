/** What a soak has seen, as numbers. */

export const FAULTS = [
  "killHost",
  "killBmc",
  "killBoth",
  "stop",
  "stopAndKill",
  "flipPackets",
  "flipRegion",
  "removeBell",
  "shorten",
  "abuseSocket",
  "fillUp",
] as const;
export type Fault = (typeof FAULTS)[number];

export class Figures {
  readonly faults: Record<string, number> = {};
  readonly skipped: string[] = [];
  messagesSent = 0;
  messagesAcknowledged = 0;
  /** Requests that failed with a reason told, by its code. */
  readonly lostWithNotice: Record<string, number> = {};
  lostWithoutNotice = 0;
  damagedDeliveries = 0;
  bitsFlipped = 0;
  /** Packets that CRC-32 or the length's bounds kept from being delivered. */
  packetsDropped = 0;
  killsSurvived = 0;
  /** Breaks of requirements that a judge saw while bits flipped. */
  explainedBreaks = 0;
  /** The control region was damaged in the BMC's own fields: only its restart mends that. */
  regionRestarts = 0;
  /** Milliseconds from the end of a fault to an answer both ways. */
  readonly recoveries: number[] = [];
  readonly failures: string[] = [];

  get summary(): Readonly<Record<string, unknown>> {
    const { recoveries, failures, ...counted } = this;
    const sorted = recoveries.toSorted((one, other) => one - other);
    return {
      ...counted,
      recoveries: recoveries.length,
      medianRecoveryMilliseconds: round(sorted[Math.floor(sorted.length / 2)]),
      worstRecoveryMilliseconds: round(sorted.at(-1)),
      failures,
    };
  }

  get isGood(): boolean {
    return (
      this.lostWithoutNotice === 0 &&
      this.damagedDeliveries === 0 &&
      this.failures.length === 0 &&
      this.recoveries.length > 0
    );
  }
}

function round(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 10) / 10;
}
