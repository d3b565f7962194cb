/** What a router forwards, and what it drops instead. */

export const BRIDGE_COUNTERS = {
  packetsForwarded: { clause: "DSP0236 8.2", text: "packets forwarded to another link" },
  bytesForwarded: { clause: "DSP0236 8.2", text: "payload bytes of the packets forwarded" },
  unroutable: { clause: "LPC-MCTP-16", text: "packets dropped: for an EID that no route leads to" },
  loops: { clause: "LPC-MCTP-15", text: "packets dropped: the route leads back to where they came from" },
  badBridgedSource: { clause: "DSP0236 8.2", text: "packets dropped: from an EID that no far endpoint may have" },
  sourceElsewhere: { clause: "DSP0236 8.2", text: "packets dropped: their source is known to be on another link" },
  unitTooLarge: { clause: "LPC-MCTP-15", text: "packets dropped: larger than the next link carries" },
  bridgedVersion: { clause: "LPC-MCTP-1", text: "packets for others dropped: unsupported header version" },
  outgoingLinkDown: { clause: "LPC-MCTP-16", text: "packets dropped: the link that they were to go out of was down" },
  transitFull: { clause: "LPC-MCTP-16", text: "packets dropped: more to be forwarded than memory is kept for" },
} as const;

export type BridgeCounter = keyof typeof BRIDGE_COUNTERS;
export type BridgeCounters = Record<BridgeCounter, number>;
