/** What became of the messages of other programs: those that serve a message type, and the clients of the demux socket. */

export const SERVICE_COUNTERS = {
  programRequests: {
    clause: "DSP0236 12.7",
    text: "requests of peers handed to a program that serves their message type",
  },
  programsRefused: {
    clause: "LPC-SEC-8",
    text: "programs refused: another one serves the message type, or there are too many",
  },
  programUnanswered: {
    clause: "LPC-MCTP-5",
    text: "requests dropped: the program that serves their type did not answer in time, or ended",
  },
  programBusy: {
    clause: "LPC-MCTP-7",
    text: "requests dropped: the program that serves their type has too many unanswered, or does not read",
  },
  demuxRefused: { clause: "LPC-SEC-8", text: "connections to the demux socket by other users: hung up on" },
  demuxTooMany: {
    clause: "LPC-SEC-8",
    text: "connections to the demux socket beyond as many as it serves at once: hung up on",
  },
  demuxHungUp: {
    clause: "LPC-SEC-8",
    text: "clients of the demux socket hung up on: the first packet is not one message type from 0x01 to 0x7f, or does not come",
  },
  demuxInvalid: {
    clause: "DSP0236 8.1",
    text: "packets of demux clients dropped: too short, too long, of another message type, to no EID, or a response to no request",
  },
  demuxUnread: { clause: "LPC-MCTP-7", text: "messages for demux clients dropped: the client does not read" },
  demuxTooLong: {
    clause: "LPC-MCTP-7",
    text: "messages for demux clients dropped: longer than a packet to them may be",
  },
  demuxUnanswered: {
    clause: "LPC-MCTP-5",
    text: "requests of demux clients that were not answered in time, or could not be sent",
  },
} as const;

export type ServiceCounter = keyof typeof SERVICE_COUNTERS;
export type ServiceCounters = Record<ServiceCounter, number>;
