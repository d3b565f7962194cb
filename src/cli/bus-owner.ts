/** The tools for the bus owner: who has which EID, where packets go, and an operator's own assignments. */
import { Command, InvalidArgumentError } from "commander";
import type { AgentClient, EndpointEntry, ForgottenEntry, RouteEntry } from "../agent/control/methods.ts";
import { parseEid } from "../agent/run-options.ts";
import { parseUuid, uuidText } from "../core/mctp/control/identifiers.ts";
import { messageTypeName } from "../core/mctp/message.ts";
import { Failure } from "../platform/failure.ts";
import { print, printJson } from "./output.ts";
import type { AgentChoice } from "../agent/control/choose-agent.ts";
import { addAgentOptions, withAgent } from "./agent-choice.ts";
import { watchMilliseconds, watchOption, watchStatus, type Look } from "./status-watch.ts";
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
      "Shows the endpoints that the BMC's bus owner knows, those behind bridges too: their EIDs and UUIDs, and whether they are present. The bus owner remembers an absent endpoint until it gives that EID to another.",
    )
    .option("--json", "as JSON, an array of objects; with --watch an array a line")
    .addOption(watchOption())
    .addHelpText(
      "after",
      `
On a terminal, --watch redraws the list, changed lines in bold. In a pipe it
prints the list, then each line that has changed.

Examples:
  mctp-lpc endpoints
  mctp-lpc endpoints --json
  mctp-lpc endpoints --watch 5`,
    )
    .action(async (given: AgentChoice & { json?: true; watch?: number | true }) => {
      if (given.watch !== undefined) {
        const look = endpointLooks(given);
        await watchStatus(look, watchMilliseconds(given.watch), given.json === true, ([one]) => one?.json ?? []);
        return;
      }
      const { endpoints, lines } = await askEndpoints(given);
      if (given.json === true) printJson(endpoints);
      else for (const line of lines) print(line);
    });
}

interface EndpointsAnswer {
  readonly endpoints: readonly EndpointEntry[];
  readonly lines: readonly string[];
}

async function askEndpoints(choice: AgentChoice): Promise<EndpointsAnswer> {
  const [endpoints, notes] = await withBusOwner(choice, async (client) => [
    await client.call("endpoints", {}),
    await client.call("endpointNotes", {}).catch(noNotes),
  ]);
  const none = notes.length === 0 ? "no endpoint has been here yet" : "no endpoint has been discovered yet";
  return { endpoints, lines: [...(endpoints.length === 0 ? [none] : endpoints.map(endpointText)), ...notes] };
}

/** Looks for --watch: an endpoint that is not listed any more has a line in the first look without it. */
function endpointLooks(choice: AgentChoice): () => Promise<readonly Look[]> {
  let before: readonly EndpointEntry[] = [];
  return async () => {
    const { endpoints, lines } = await askEndpoints(choice);
    const isLeft = ({ eid }: EndpointEntry): boolean => endpoints.every((one) => one.eid !== eid);
    const left = before.filter(isLeft).map(({ eid }) => `EID ${String(eid).padEnd(3)}  not listed any more`);
    before = endpoints;
    return [{ name: "endpoints", lines: ["endpoints:", ...lines, ...left], counts: new Map(), json: endpoints }];
  };
}

/** An agent of an older version names no bridge. */
function endpointText(entry: EndpointEntry): string {
  const { eid, presence, uuid, pool, controlVersions, messageTypes, fixed, bridge, kind } = entry;
  const facts = [
    ...(controlVersions.length === 0 ? [] : [`MCTP ${controlVersions.join(", ")}`]),
    ...(presence === "gone" ? [] : [messageTypes.map(messageTypeName).join(", ") || "control only"]),
    ...(pool === undefined
      ? []
      : [`bridge with EIDs ${eidsText(pool.first, pool.last)}${pool.static ? " by --static-pool" : ""}`]),
    ...(bridge === undefined ? [] : [`${kind === "bridge" ? "bridge " : ""}behind EID ${String(bridge)}`]),
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

/* ---- forget ---- */

type ForgetArgument = { readonly eid: number } | { readonly uuid: string };

export function forgetCommand(): Command {
  return addAgentOptions(new Command("forget"), BUS_OWNERS)
    .description(
      "Has the BMC's bus owner forget an endpoint: the EID that it has or had, an assignment by the operator, the EIDs of a bridge and the routes there. That EID is free again. An endpoint that is present is discovered anew; what --static, --static-pool and --assign say holds.",
    )
    .argument("<endpoint>", "its EID, 8 to 254, or its UUID", parseForgotten)
    .option("--json", "what was forgotten as JSON, an array of objects")
    .addHelpText("after", "\nExamples:\n  mctp-lpc forget 20\n  mctp-lpc forget 01234567-89ab-cdef-0123-456789abcdef")
    .action(async (target: ForgetArgument, given: AgentChoice & { json?: true }) => {
      const forgotten = await withBusOwner(given, (client) => client.call("forget", target));
      if (given.json === true) printJson(forgotten);
      else for (const one of forgotten) print(forgottenText(one));
    });
}

function parseForgotten(text: string): ForgetArgument {
  if (/^(0x[0-9a-f]+|\d{1,3})$/i.test(text)) return { eid: parseEid(text) };
  const uuid = parseUuid(text);
  if (uuid !== undefined) return { uuid: uuidText(uuid) };
  throw new InvalidArgumentError("Give an EID, 8 to 254, or a UUID of 32 hexadecimal digits.");
}

function forgottenText({ eid, uuid, here, bridge }: ForgottenEntry): string {
  const what = `EID ${String(eid)}, UUID ${uuid ?? "none"}, is forgotten`;
  if (bridge !== undefined) return `${what}; it is listed again when it answers behind EID ${String(bridge)}`;
  return here ? `${what}; it is present, and is discovered anew` : what;
}
