/** Mistakes above the binding, in what deployed endpoints are known to do wrong with its packets. */
import { replaced, without, type Mistake } from "../mistake.ts";

const ASSEMBLY = "src/mctp/assembly.ts";
const ENDPOINT = "src/mctp/endpoint.ts";
const QUEUE = "src/mctp/transmit-queue.ts";

export const MCTP: readonly Mistake[] = [
  {
    name: "assemblies-exhausted",
    text: "with all assemblies in use no message can begin any more",
    breaks: ["LPC-MCTP-7", "F13"],
    file: ASSEMBLY,
    edits: replaced(
      "if (this.#assemblies.size >= this.#limits.assemblies) this.#endOldest();",
      "if (this.#assemblies.size >= this.#limits.assemblies) return;",
    ),
    noticedBy: [],
  },
  {
    name: "assemblies-never-expire",
    text: "an unfinished message waits for its next packet for ever",
    breaks: ["LPC-MCTP-7", "F13", "F15"],
    file: ASSEMBLY,
    edits: replaced(
      'if (assembly.deadline <= now) this.#end(key, "assemblyTimeout");',
      'if (assembly.deadline < 0) this.#end(key, "assemblyTimeout");',
    ),
    noticedBy: [],
  },
  {
    name: "assemblies-outlive-session",
    text: "a message half received goes on in the next session",
    breaks: ["LPC-MCTP-6", "F19"],
    file: ENDPOINT,
    edits: without('    this.#assembler.clear("channelLost");\n'),
    noticedBy: [],
  },
  {
    name: "assemblies-outlive-lost-packet",
    text: "a packet dropped for its CRC-32 leaves the messages under way open: parts of two may join",
    breaks: ["LPC-ERR-5"],
    file: ENDPOINT,
    edits: without('    this.#assembler.clear("packetLost");\n'),
    noticedBy: [],
  },
  {
    name: "messages-outlive-session",
    text: "a message half sent goes on in the next session",
    breaks: ["LPC-MCTP-6", "F19"],
    file: QUEUE,
    edits: replaced("...this.#control.splice(0), ...this.#others.splice(0)]", "...this.#control.splice(0)]"),
    noticedBy: [],
  },
  {
    name: "requests-never-time-out",
    text: "a request whose response never comes is neither sent again nor given up",
    breaks: ["LPC-MCTP-5", "F15"],
    file: ENDPOINT,
    edits: without("    this.#requests.expire(now);\n"),
    noticedBy: [],
  },
];
