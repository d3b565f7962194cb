/**
 * What the lines of an agent's log tell of, each kind with its level: a name that stays the same for programs that read the
 * log, and what --log-level goes by. Who tells a line names its kind.
 */

/** From the gravest on, as --log-level takes them. */
export const LOG_LEVELS = ["error", "warning", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_EVENTS = {
  started: { level: "info", text: "the agent is on the bus and has a control socket" },
  stopping: { level: "info", text: "the agent was told to stop, and by what" },
  failed: { level: "error", text: "the agent cannot go on, or did not stop in time" },
  "channel-up": { level: "info", text: "a session is open" },
  "channel-closed": { level: "info", text: "the host closed the channel in order" },
  "channel-lost": { level: "warning", text: "a session has ended otherwise" },
  "channel-waiting": { level: "info", text: "there is no channel yet, and what the agent waits for" },
  "channel-refused": { level: "warning", text: "there is no channel, because one side refuses the other's terms" },
  "packet-stalled": { level: "warning", text: "the peer does not take a packet (LPC-TIME-3)" },
  "peer-came": { level: "info", text: "the other agent is on the board" },
  "peer-left": { level: "info", text: "the other agent has left the board" },
  finding: { level: "warning", text: "a side broke a requirement, or packets were dropped" },
  "peer-older": { level: "info", text: "the peer follows an earlier text of the binding" },
  incident: { level: "warning", text: "the accesses that led to an incident were written to a file" },
  misbehaviour: { level: "warning", text: "this agent breaks rules on purpose" },
  endpoint: { level: "info", text: "an endpoint was found, has another EID, or answers again" },
  "endpoint-silent": { level: "warning", text: "an endpoint does not answer, is gone, or was exchanged" },
  "endpoint-trouble": { level: "warning", text: "something of an endpoint could not be settled; tried again" },
  eids: { level: "info", text: "this agent was given an EID, or EIDs to give" },
  refused: { level: "warning", text: "a peer was refused what it has no right to, or too much of; once a kind" },
  "link-up": { level: "info", text: "a further link is open" },
  "link-lost": { level: "warning", text: "a further link, or its device, is lost or stuck" },
  flood: { level: "warning", text: "a peer costs more than its link's share (--flood-share)" },
  kernel: { level: "info", text: "the kernel has an EID" },
  "kernel-trouble": { level: "warning", text: "the kernel has none, and why" },
  file: { level: "info", text: "a file came, or was replaced" },
  "file-refused": { level: "warning", text: "a file was refused or not stored" },
  program: { level: "info", text: "a program serves a message type, or has gone" },
  recording: { level: "info", text: "a trace was started or stopped by a tool" },
  "recording-ended": { level: "warning", text: "a trace, capture or record of incidents is not whole" },
  "state-not-saved": { level: "error", text: "assignments of EIDs could not be written" },
  "handler-failed": { level: "error", text: "a defect of this program met a message" },
  device: { level: "info", text: "how a device was set up" },
  "device-trouble": { level: "warning", text: "something about a device or board that may be wrong" },
  user: { level: "info", text: "as whom the agent runs, and what that leaves it" },
  "service-manager": { level: "warning", text: "the service manager cannot be told" },
  "lines-lost": { level: "warning", text: "lines were left out or lost" },
  note: { level: "info", text: "anything else" },
  debug: { level: "debug", text: "what goes on inside, by DEBUG or --log-level debug" },
} as const;

export type LogEvent = keyof typeof LOG_EVENTS;

/** Takes a line of the log, with texts of peers as they came. A line without a kind is a note. */
export type Tell = (line: string, event?: LogEvent) => void;

/** Whether a level shows lines of a kind. */
export function shows(level: LogLevel, event: LogEvent): boolean {
  return LOG_LEVELS.indexOf(LOG_EVENTS[event].level) <= LOG_LEVELS.indexOf(level);
}
