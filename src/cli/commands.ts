/** The commands of the one binary, in the order of its help. Each is loaded when it is called. */
import type { Command } from "commander";

interface CommandEntry {
  /** Its line in the list of commands; of a command without a longer text also its description. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  demo: {
    summary: "run both agents on a virtual board, send a file there and back",
    load: async () => (await import("./demo/demo.ts")).demoCommand(),
  },
  host: {
    summary: "run the host's side, or look where its channel is",
    load: async () => {
      const { findCommand, hostCommand, secondBoard } = await import("./agent-commands.ts");
      return hostCommand(secondBoard).addCommand(findCommand());
    },
  },
  bmc: {
    summary: "run the BMC's side, or check what else its chip leaves open",
    load: async () => {
      const { bmcCommand, isolationCommand } = await import("./agent-commands.ts");
      return bmcCommand().addCommand(isolationCommand());
    },
  },
  endpoint: {
    summary: "run an endpoint on a serial line",
    load: async () => (await import("./agent-commands.ts")).endpointCommand(),
  },
  status: {
    summary: "show channel, traffic and incidents of running agents",
    load: async () => (await import("./tool-commands.ts")).statusCommand(),
  },
  monitor: {
    summary: "show an agent's bus accesses and findings as they happen",
    load: async () => (await import("./monitor/monitor.ts")).monitorCommand(),
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
  serve: {
    summary: "answer the requests of a message type by a program",
    load: async () => (await import("./tool-commands.ts")).serveCommand(),
  },
  control: {
    summary: "send a command of the MCTP control protocol",
    load: async () => (await import("./tool-commands.ts")).controlCommand(),
  },
  pldm: {
    summary: "ask a PLDM terminus for its types and commands",
    load: async () => (await import("./tool-commands.ts")).pldmCommand(),
  },
  decode: {
    summary: "explain a packet or message byte by byte",
    load: async () => (await import("./decode.ts")).decodeCommand(),
  },
  endpoints: {
    summary: "list endpoints and the EIDs they were given",
    load: async () => (await import("./tool-commands.ts")).endpointsCommand(),
  },
  routes: {
    summary: "list which EIDs are reached through which port",
    load: async () => (await import("./tool-commands.ts")).routesCommand(),
  },
  assign: {
    summary: "give an endpoint another EID permanently",
    load: async () => (await import("./tool-commands.ts")).assignCommand(),
  },
  forget: {
    summary: "forget an endpoint, and free its EID",
    load: async () => (await import("./tool-commands.ts")).forgetCommand(),
  },
  board: {
    summary: "make a virtual board, or look at one",
    load: async () => (await import("./agent-commands.ts")).boardCommand(),
  },
  qemu: {
    summary: "start an emulated machine for both agents",
    load: async () => (await import("./qemu/qemu-command.ts")).qemuCommand(),
  },
  trace: {
    summary: "draw or judge a trace; start, stop or dump that of an agent",
    load: async () => (await import("./trace/trace.ts")).traceCommand(),
  },
  conform: {
    summary: "test somebody's host or BMC by playing the other side",
    load: async () => (await import("./conform/conform-command.ts")).conformCommand(),
  },
  explore: {
    summary: "explore every interleaving of the two sides",
    load: async () => (await import("./explore/explore-command.ts")).exploreCommand(),
  },
  spec: {
    summary: "read the specification",
    load: async () => (await import("./spec/spec-command.ts")).specCommand(),
  },
};
