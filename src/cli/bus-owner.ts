/** The tools for the bus owner: who has which EID, where packets go, and an operator's own assignments. */
import { Command } from "commander";
import type { AgentClient, EndpointEntry, RouteEntry } from "../agent/control/methods.ts";
import { parseEid } from "../agent/run-options.ts";
import { messageTypeName } from "../core/mctp/message.ts";
import { Failure } from "../platform/failure.ts";
import { print, printJson } from "./output.ts";
import type { AgentChoice } from "../agent/control/choose-agent.ts";
import { addAgentOptions, withAgent } from "./agent-choice.ts";
import { eidsText, hexByte } from "./terminal.ts";

/** Whose agent is a bus owner. */
const BUS_OWNERS = ["bmc"] as const;

/** Lends a connection to the bus owner, which is the BMC's agent unless another is named. */
async function withBusOwner<Value>(choice: AgentChoice, use: (client: AgentClient) => Promise<Value>): Promise<Value> {
  const isNamed = choice.agent !== undefined || choice.control !== undefined;
  return await withAgent(isNamed ? choice : { ...choice, agent: "bmc" }, use);
}

/** An agent of an older version tells no notes. */
function noNotes(error: unknown): readonly string[] {
  if (error instanceof Failure && error.code === "agent-old") return [];
  throw error;
}

/* ---- endpoints ---- */

export function endpointsCommand(): Command {
  return addAgentOptions(new Command("endpoints"), BUS_OWNERS)
    .description(
      "Shows the endpoints that the BMC's bus owner knows: their EIDs and UUIDs, and whether they are present. The bus owner remembers an absent endpoint until it gives that EID to another.",
    )
    .option("--json", "as JSON, an array of objects")
    .addHelpText("after", "\nExamples:\n  mctp-lpc endpoints\n  mctp-lpc endpoints --json")
    .action(async (given: AgentChoice & { json?: true }) => {
      const [endpoints, notes] = await withBusOwner(given, async (client) => [
        await client.call("endpoints", {}),
        await client.call("endpointNotes", {}).catch(noNotes),
      ]);
      if (given.json === true) {
        printJson(endpoints);
        return;
      }
      if (endpoints.length === 0) {
        print(notes.length === 0 ? "no endpoint has been here yet" : "no endpoint has been discovered yet");
      }
      for (const one of endpoints) print(endpointText(one));
      for (const note of notes) print(note);
    });
}

function endpointText(entry: EndpointEntry): string {
  const { eid, presence, uuid, pool, controlVersions, messageTypes, fixed } = entry;
  const facts = [
    ...(controlVersions.length === 0 ? [] : [`MCTP ${controlVersions.join(", ")}`]),
    ...(presence === "gone" ? [] : [messageTypes.map(messageTypeName).join(", ") || "control only"]),
    ...(pool === undefined ? [] : [`bridge with EIDs ${eidsText(pool.first, pool.last)}`]),
    ...(fixed === undefined ? [] : [FIXED_TEXTS[fixed]]),
  ];
  const rest = facts.length === 0 ? "" : `; ${facts.join("; ")}`;
  return `EID ${String(eid).padEnd(3)}  ${presence.padEnd(7)}  UUID ${uuid ?? "none"}${rest}`;
}

const FIXED_TEXTS: Readonly<Record<NonNullable<EndpointEntry["fixed"]>, string>> = {
  static: "EID by --static",
  port: "EID by --assign",
  pinned: "EID by the operator",
  own: "EID its own",
};

/* ---- routes ---- */

export function routesCommand(): Command {
  return addAgentOptions(new Command("routes"), BUS_OWNERS)
    .description("Shows the route table of the BMC's bus owner: the EIDs that it can reach, and through which port.")
    .option("--json", "as JSON, an array of objects")
    .addHelpText("after", "\nExamples:\n  mctp-lpc routes\n  mctp-lpc routes --json")
    .action(async (given: AgentChoice & { json?: true }) => {
      const routes = await withBusOwner(given, (client) => client.call("routes", {}));
      if (given.json === true) printJson(routes);
      else if (routes.length === 0) print("no routes: no endpoint is here");
      else for (const route of routes) print(routeText(route));
    });
}

function routeText(route: RouteEntry): string {
  const { first, last, kind, port, binding, medium } = route;
  const where = `port ${String(port)}, binding ${hexByte(binding)}, medium ${hexByte(medium)}`;
  return `EID ${eidsText(first, last).padEnd(10)}  ${ROUTE_TEXTS[kind].padEnd(24)}  ${where}, ${route.static ? "static" : "dynamic"}`;
}

const ROUTE_TEXTS: Readonly<Record<RouteEntry["kind"], string>> = {
  endpoint: "endpoint",
  bridge: "bridge",
  bridgeAndRange: "bridge, with its range",
  range: "behind a bridge",
};

/* ---- assign ---- */

export function assignCommand(): Command {
  return addAgentOptions(new Command("assign"), BUS_OWNERS)
    .description(
      "Has the BMC's bus owner give an endpoint another EID, now if it is present and each time it comes back. A BMC's agent that runs with --state keeps the assignment across restarts.",
    )
    .argument("<eid>", "the new EID, 8 to 254", parseEid)
    .argument("[current]", "its present EID (default: that of the only endpoint)", parseEid)
    .option("--uuid <uuid>", "the endpoint with this UUID, present or not")
    .option("--json", "the outcome as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  mctp-lpc assign 20\n  mctp-lpc assign 20 9\n  mctp-lpc assign 20 --uuid 01234567-89ab-cdef-0123-456789abcdef",
    )
    .action(async (eid: number, current: number | undefined, given: AgentChoice & { uuid?: string; json?: true }) => {
      const target = {
        ...(current === undefined ? {} : { current }),
        ...(given.uuid === undefined ? {} : { uuid: given.uuid }),
      };
      const answer = await withBusOwner(given, (client) => client.call("assign", { eid, ...target }));
      if (given.json === true) printJson(answer);
      else if (answer.here) print(`the endpoint has EID ${String(answer.eid)}`);
      else print(`EID ${String(answer.eid)} is kept for the endpoint; it gets it when it comes`);
    });
}
