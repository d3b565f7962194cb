/** What a serial link takes, and why it drops bytes. */

export const SERIAL_COUNTERS = {
  framesSent: { clause: "DSP0253", text: "frames written to the line" },
  framesReceived: { clause: "DSP0253", text: "frames received whole, with the right check sequence" },
  strayBytes: { clause: "DSP0253", text: "bytes outside frames" },
  revisionUnknown: { clause: "DSP0253", text: "frames dropped: of another revision of the binding" },
  frameTooShort: { clause: "DSP0253", text: "frames dropped: a byte count below that of the shortest packet" },
  frameTooLong: { clause: "DSP0253", text: "frames dropped: a byte count above the largest packet taken" },
  frameTruncated: { clause: "DSP0253", text: "frames dropped: cut short by another flag" },
  fcsMismatch: { clause: "DSP0253", text: "frames dropped: the check sequence, or the flag after it, is not right" },
  lineOpened: { clause: "DSP0253", text: "times the line was opened" },
  lineLost: { clause: "DSP0253", text: "times the line failed or went away" },
} as const;

export type SerialCounter = keyof typeof SERIAL_COUNTERS;
export type SerialCounters = Record<SerialCounter, number>;
