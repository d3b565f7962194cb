/** What a driver does against a peer that keeps it busy to no end, each with the requirement that it serves. */

export const DRIVE_COUNTERS = {
  floodPaced: {
    clause: "LPC-SEC-3",
    text: "rests given to a peer that keeps this side busy with what is neither kept nor forwarded",
  },
  linesLeftOut: { clause: "LPC-SEC-4", text: "lines of the log left out: the peer brought about too many" },
  bellsRefused: {
    clause: "LPC-SEC-8",
    text: "rings left out: the file at the peer's doorbell is no FIFO of this user",
  },
  busUnanswered: { clause: "LPC-HOST-14", text: "accesses to devices that no hardware answered" },
} as const;

export type DriveCounter = keyof typeof DRIVE_COUNTERS;
export type DriveCounters = Record<DriveCounter, number>;
