/** Mistakes above the binding, in what deployed endpoints are known to do wrong with its packets. */
import { replaced, without, type Mistake } from "../mistake.ts";

const ASSEMBLY = "src/core/mctp/assembly.ts";
const ENDPOINT = "src/core/mctp/endpoint.ts";
const QUEUE = "src/core/mctp/transmit-queue.ts";

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
    noticedBy: [
      {
        test: "test/core/mctp/assembly.test.ts",
        title: "LPC-MCTP-7: one assembly too many ends the one that has waited longest",
      },
    ],
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
    noticedBy: [
      {
        test: "test/core/mctp/assembly.test.ts",
        title: "DSP0236 8.8: timeout: each packet gives the next one its time",
      },
    ],
  },
  {
    name: "assemblies-outlive-session",
    text: "a message half received goes on in the next session",
    breaks: ["LPC-MCTP-6", "F19"],
    file: ENDPOINT,
    edits: without('    port.assembler.clear("channelLost");\n'),
    noticedBy: [
      {
        test: "test/core/mctp/endpoint.test.ts",
        title: "LPC-MCTP-6: a lost link ends what was under way; nothing of it goes on in the next session",
      },
    ],
  },
  {
    name: "assemblies-outlive-lost-packet",
    text: "a packet dropped for its CRC-32 leaves the messages under way open: parts of two may join",
    breaks: ["LPC-ERR-5"],
    file: ENDPOINT,
    edits: without('    this.#assembler.clear("packetLost");\n'),
    noticedBy: [
      {
        test: "test/core/mctp/endpoint.test.ts",
        title: "LPC-ERR-5: every message under way ends, whatever its tag and source; what begins afterwards is whole",
      },
    ],
  },
  {
    name: "messages-outlive-session",
    text: "a message half sent goes on in the next session",
    breaks: ["LPC-MCTP-6", "F19"],
    file: QUEUE,
    edits: replaced("...this.#control.splice(0), ...this.#others.splice(0)]", "...this.#control.splice(0)]"),
    noticedBy: [
      {
        test: "test/core/mctp/transmit-queue.test.ts",
        title: "LPC-MCTP-6: everything queued, half sent or on its way ends, each once, and nothing of it goes on",
      },
    ],
  },
  {
    name: "requests-never-time-out",
    text: "a request whose response never comes is neither sent again nor given up",
    breaks: ["LPC-MCTP-5", "F15"],
    file: ENDPOINT,
    edits: without("    this.#requests.expire(now);\n"),
    noticedBy: [
      {
        test: "test/core/mctp/endpoint-requests.test.ts",
        title: "LPC-MCTP-5: retries carry the same bytes, instance id included; MT2 and MN1 are the endpoint's",
      },
    ],
  },
];
