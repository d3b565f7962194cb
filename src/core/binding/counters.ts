/**
 * Everything that goes otherwise than hoped has a counter (LPC-ERR-4): drops, refusals, violations and recoveries, each
 * with the requirement of the specification that says what to do then.
 */

/** Counter name, the requirement it cites and what is counted. */
export const BINDING_COUNTERS = {
  packetsSent: { clause: "LPC-BUF-7", text: "packets sent and acknowledged by Rx Complete" },
  packetsReceived: { clause: "LPC-BUF-6", text: "packets received, judged and passed to MCTP" },
  sessionsOpened: { clause: "LPC-HOST-7", text: "sessions opened" },
  sessionsLost: { clause: "LPC-HOST-9", text: "sessions that ended other than by this side's wish" },
  packetsGivenUp: { clause: "LPC-HOST-9", text: "packets in flight when their session ended: arrived or not, unknown" },
  lengthOutOfBounds: { clause: "LPC-BUF-4", text: "packets dropped for a length the buffer cannot hold" },
  crcMismatch: { clause: "LPC-BUF-5", text: "packets dropped for a wrong CRC-32" },
  receivedAtSessionEnd: { clause: "LPC-BMC-6", text: "packets dropped because the session ended while they were read" },
  txBeginUnexpected: { clause: "LPC-ERR-1", text: "Tx Begin ignored: no session, or Rx Complete still owed" },
  rxCompleteUnexpected: { clause: "LPC-ERR-2", text: "Rx Complete ignored: no packet was outstanding" },
  initialiseAtHost: { clause: "LPC-KCS-5", text: "Initialise ignored: only the BMC can receive it" },
  unknownCommand: { clause: "LPC-KCS-4", text: "unknown command bytes ignored" },
  fencesReceived: { clause: "LPC-BMC-3", text: "fences (0xff in IDR) read and passed over" },
  closingInitialises: {
    clause: "LPC-HOST-3",
    text: "Initialise with versions 0/0: the host closed or cleaned the channel",
  },
  reinitialised: { clause: "LPC-BMC-4", text: "Initialise received in a session, which ended by it" },
  versionRefused: { clause: "LPC-VER-2", text: "negotiations refused: no common version" },
  mtuRefused: { clause: "LPC-MTU-7", text: "negotiations refused: the host's buffer is smaller than the BTU needs" },
  magicMismatch: { clause: "LPC-REG-2", text: "control regions without the magic found behind BMC Active" },
  negotiatedVersionInvalid: {
    clause: "LPC-VER-3",
    text: "sessions declined: negotiated_ver is not a version this side offered",
  },
  layoutInvalid: { clause: "LPC-MTU-5", text: "sessions declined: unusable packet buffers" },
  rxSizeAboveAsked: {
    clause: "LPC-MTU-6",
    text: "sessions declined: rx_size above what was asked, so the BMC restarted meanwhile",
  },
  bmcRestartSeen: { clause: "LPC-HOST-7", text: "BMC restarts noticed during start-up" },
  startupRestarted: {
    clause: "LPC-HOST-7",
    text: "start-ups begun again because the status changed while it was judged",
  },
  statusResetSeen: {
    clause: "LPC-BMC-9",
    text: "starts begun again because STR held other session bits than the BMC wrote",
  },
  closeLost: { clause: "LPC-HOST-13", text: "start-ups begun again because the BMC never saw the close" },
  announceTimeout: { clause: "LPC-BMC-1", text: "announcements that the host did not read before T_ann" },
  transmitStalled: { clause: "LPC-TIME-3", text: "packets without Rx Complete for T_stall, reported upwards" },
} as const;

export type BindingCounter = keyof typeof BINDING_COUNTERS;
export type BindingCounters = Record<BindingCounter, number>;
