/** The commands of the one binary, in the order of its help. Each is loaded when it is called. */
import type { Command } from "commander";

interface CommandEntry {
  /** Its line in the list of commands; of a command without a longer text also its description. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  demo: {
    summary: "both agents on a virtual board, a file there and back",
    load: async () => (await import("./demo/demo.ts")).demoCommand(),
  },
  host: {
    summary: "the host's side",
    load: async () => {
      const { hostCommand, secondBoard } = await import("./agent-commands.ts");
      return hostCommand(secondBoard);
    },
  },
  bmc: {
    summary: "the BMC's side",
    load: async () => (await import("./agent-commands.ts")).bmcCommand(),
  },
  endpoint: {
    summary: "an endpoint on a serial line",
    load: async () => (await import("./agent-commands.ts")).endpointCommand(),
  },
  status: {
    summary: "what running agents say of themselves",
    load: async () => (await import("./tool-commands.ts")).statusCommand(),
  },
  ping: {
    summary: "time echo messages between the agents",
    load: async () => (await import("./tool-commands.ts")).pingCommand(),
  },
  "send-file": {
    summary: "send a file to the other side",
    load: async () => (await import("./tool-commands.ts")).sendFileCommand(),
  },
  request: {
    summary: "send a request message, print the response",
    load: async () => (await import("./tool-commands.ts")).requestCommand(),
  },
  control: {
    summary: "any command of the MCTP control protocol",
    load: async () => (await import("./tool-commands.ts")).controlCommand(),
  },
  pldm: {
    summary: "questions to a PLDM terminus",
    load: async () => (await import("./tool-commands.ts")).pldmCommand(),
  },
  decode: {
    summary: "explain a packet or message byte by byte",
    load: async () => (await import("./decode.ts")).decodeCommand(),
  },
  endpoints: {
    summary: "who has which EID, and who had",
    load: async () => (await import("./tool-commands.ts")).endpointsCommand(),
  },
  routes: {
    summary: "which EIDs are reached where",
    load: async () => (await import("./tool-commands.ts")).routesCommand(),
  },
  assign: {
    summary: "give an endpoint another EID permanently",
    load: async () => (await import("./tool-commands.ts")).assignCommand(),
  },
  board: {
    summary: "virtual boards",
    load: async () => (await import("./agent-commands.ts")).boardCommand(),
  },
  trace: {
    summary: "draw a recorded trace as a ladder, judge it, or dump one of an agent",
    load: async () => (await import("./trace/trace.ts")).traceCommand(),
  },
  explore: {
    summary: "visit every interleaving of the two sides",
    load: async () => (await import("./explore/explore-command.ts")).exploreCommand(),
  },
  spec: {
    summary: "read the specification",
    load: async () => (await import("./spec/spec-command.ts")).specCommand(),
  },
};
