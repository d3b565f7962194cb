/** What the control socket refuses its clients, each with what was too much. */

export const CONTROL_COUNTERS = {
  callsInvalid: {
    clause: "JSON-RPC 2.0",
    text: "lines of the control socket that are no call: answered with an error",
  },
  batchesRefused: { clause: "JSON-RPC 2.0", text: "batches of more calls than one client may have under way: refused" },
  clientsRefused: {
    clause: "LPC-SEC-8",
    text: "connections to the control socket by other users, who are not in its group: hung up on",
  },
  clientsHungUp: {
    clause: "JSON-RPC 2.0",
    text: "clients of the control socket hung up on: no JSON, too long a line, too much that waits or is not read",
  },
  clientsFull: {
    clause: "LPC-SEC-8",
    text: "clients of the control socket told that the agent holds too much for all of them together, and hung up on",
  },
  clientsTooMany: {
    clause: "LPC-SEC-8",
    text: "connections to the control socket beyond as many as it serves at once: hung up on",
  },
} as const;

export type ControlCounter = keyof typeof CONTROL_COUNTERS;
export type ControlCounters = Record<ControlCounter, number>;
