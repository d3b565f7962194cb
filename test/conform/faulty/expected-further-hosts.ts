/** What further faulty hosts break: how they put messages together, when they copy, and what they do unasked. */
import { program, type Entry, type FaultyProgram } from "./program.ts";

const ENTRIES: readonly Entry[] = [
  [
    "sequence-unchecked",
    "puts packets together whatever their sequence numbers are",
    "DSP0236",
    "A packet with another number ends the message. No requirement of this specification repeats that.",
  ],
  [
    "tag-unchecked",
    "puts packets of one source together whatever their tags are",
    "DSP0236",
    "A message is known by tag, TO and source. No requirement of this specification repeats that.",
  ],
  [
    "copy-behind-rx-complete",
    "copies packet and trailer 60 ms after the Rx Complete",
    "LPC-BUF-6",
    "Behind Rx Complete the buffer is the sender's. The tables put H2.6 before H2.14.",
    { or: ["LPC-HOST-16"] },
  ],
  [
    "response-tag-0",
    "answers control requests with tag 0",
    "LPC-MCTP-8",
    "A response repeats the tag (DSP0236), so the request is not answered within MT1.",
    { or: ["DSP0236"] },
  ],
  [
    "third-fence",
    "writes three fences behind the close",
    "LPC-HOST-16",
    "H1.7 and H1.8 are two fences, and no other access is made; LPC-HOST-4 says two, too.",
    { or: ["LPC-HOST-4"] },
  ],
  [
    "idle-restart",
    "leaves its session after 1500 ms in which it read no byte",
    "LPC-HOST-16",
    "H2 has no such end; LPC-HOST-9 says what ends a session.",
    { or: ["LPC-HOST-9"] },
  ],
  [
    "rx-buffer-cleared",
    "writes 0 over the length field of a packet that it has read",
    "LPC-SEC-1",
    "A side writes only the fields and the buffer that are its own.",
  ],
  [
    "rx-size-before-versions",
    "writes rx_size 20 ms before its versions",
    "LPC-HOST-5",
    "Versions, then rx_size, then Initialise.",
  ],
  [
    "eid-forgotten-with-session",
    "has EID 9 again when a session ends in which another was assigned",
    "LPC-MCTP-2",
    "It has EID 9 until it is assigned another; by 14.3 an EID once assigned outlives its session.",
  ],
  [
    "restart-as-refusal",
    "takes zeroed host version fields behind its proposal for a refusal",
    "LPC-HOST-7",
    "They are a sign that the BMC restarted: it begins again at once. LPC-HOST-15 says what counts as a refusal.",
    { or: ["LPC-HOST-15"] },
  ],
];

export const FURTHER_HOST_PROGRAMS: readonly FaultyProgram[] = ENTRIES.map((entry) => program("host", ...entry));
