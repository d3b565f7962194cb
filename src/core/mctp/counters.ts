/** What the MCTP layer drops, retries and times out, each with the clause that says so. */

export const MCTP_COUNTERS = {
  messagesSent: { clause: "DSP0236 8.1", text: "messages whose last packet was taken by the peer" },
  messagesReceived: { clause: "DSP0236 8.1", text: "messages assembled and delivered" },
  bytesSent: { clause: "DSP0236 8.1", text: "message bytes sent" },
  bytesReceived: { clause: "DSP0236 8.1", text: "message bytes received" },
  sendAborted: { clause: "LPC-MCTP-6", text: "messages given up, wholly or half sent, because the channel was lost" },
  queueFull: { clause: "LPC-MCTP-7", text: "messages given up unsent: more at once than memory is kept for" },
  answersNotFetched: {
    clause: "LPC-MCTP-7",
    text: "answers given up unsent: their peer asks for more than it fetches",
  },
  headerVersion: { clause: "LPC-MCTP-1", text: "packets dropped: unsupported header version" },
  foreignDestination: { clause: "LPC-MCTP-10", text: "packets dropped: for another endpoint" },
  forgedSource: { clause: "LPC-MCTP-21", text: "packets dropped: their source is known to be on another link" },
  badSource: { clause: "DSP0236 8.6", text: "packets dropped: the broadcast EID as source" },
  emptyPayload: { clause: "DSP0236 8.6", text: "packets dropped: no payload" },
  noStart: { clause: "DSP0236 8.6", text: "packets dropped: middle or end of a message that never started" },
  unitBelowBaseline: {
    clause: "LPC-MCTP-18",
    text: "messages begun in packets below the baseline unit of 64 bytes, accepted",
  },
  unexpectedTag: { clause: "DSP0236 8.6", text: "packets dropped: a response to no request" },
  outOfSequence: { clause: "DSP0236 8.8", text: "assemblies ended: a packet out of sequence" },
  unequalSize: { clause: "DSP0236 8.8", text: "assemblies ended: a packet of another size" },
  restarted: { clause: "DSP0236 8.8", text: "assemblies ended: a new start with the same tag" },
  assemblyTimeout: { clause: "DSP0236 8.8", text: "assemblies ended: no packet in time" },
  assemblyEvicted: {
    clause: "LPC-MCTP-7",
    text: "assemblies ended: their source had more unfinished than its share of the memory",
  },
  messageTooLong: {
    clause: "LPC-MCTP-7",
    text: "messages dropped: longer than the largest accepted, in one packet or in several",
  },
  controlTooLong: { clause: "LPC-MCTP-7", text: "control messages dropped: longer than 64 bytes" },
  channelLost: { clause: "LPC-MCTP-6", text: "assemblies ended: the channel was lost" },
  packetLost: {
    clause: "LPC-ERR-5",
    text: "assemblies ended: a packet, perhaps theirs, was dropped for its length or CRC-32",
  },
  unsupportedType: { clause: "DSP0236 8.6", text: "messages dropped: no one takes the message type" },
  controlDiscarded: {
    clause: "LPC-MCTP-13",
    text: "control messages discarded: malformed, or flags that fit no kind",
  },
  requestsRepeated: {
    clause: "LPC-MCTP-14",
    text: "control requests that came again and were answered as before, without being carried out twice",
  },
  requestsRetried: { clause: "LPC-MCTP-5", text: "requests sent again after MT2" },
  requestsTimedOut: { clause: "LPC-MCTP-5", text: "requests given up without a response" },
  requestsNotAsked: {
    clause: "LPC-MCTP-4",
    text: "requests given up unsent: tags in use or in reuse hold-off, too many that wait, or the link down",
  },
  handlerFailed: { clause: "LPC-BUF-8", text: "messages whose handler threw an error" },
} as const;

export type MctpCounter = keyof typeof MCTP_COUNTERS;
export type MctpCounters = Record<MctpCounter, number>;
