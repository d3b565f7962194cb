/** The control commands as the command line names them: arguments to the data of a request. */
import type { Command } from "commander";
import { parseEid } from "../../agent/run-options.ts";
import { uuidOf } from "../../agent/identity.ts";
import { parseHex } from "../../core/decode/input.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import { Failure } from "../../platform/failure.ts";
import { numberUpTo } from "./asking.ts";

/** A command of the group. */
export interface NamedCommand {
  readonly name: string;
  readonly command: number;
  readonly summary: string;
  /** Arguments and options, as commander takes them. */
  readonly declare: (command: Command) => Command;
  /** The request's data, from the arguments in their order and the options. */
  readonly data: (words: readonly unknown[], options: Readonly<Record<string, unknown>>) => readonly number[];
  /** Asks on with what the response names as next; gives the place of that byte in a request's data. */
  readonly continues?: (options: Readonly<Record<string, unknown>>) => number | undefined;
  readonly example: string;
  /** Who answers it with more than that it is unsupported. */
  readonly by: "all" | "busOwner" | "bridge" | "others";
}

const byte = (what: string): ((text: string) => number) => numberUpTo(0xff, what);

const none = (command: Command): Command => command;
const noData = (): readonly number[] => [];

function u24(value: number): readonly number[] {
  return [value >>> 16, (value >>> 8) & 0xff, value & 0xff];
}

function u32(value: number): readonly number[] {
  return [value >>> 24, ...u24(value & 0xffffff)];
}

function simple(name: string, command: number, summary: string, by: NamedCommand["by"]): NamedCommand {
  return { name, command, summary, declare: none, data: noData, example: name, by };
}

const setEid: NamedCommand = {
  name: "set-eid",
  command: Control.SET_ENDPOINT_ID,
  summary: "Set Endpoint ID: give the endpoint an EID",
  declare: (command) =>
    command
      .argument("[new]", "the new EID", parseEid)
      .option("--force", "even over the EID of another bus owner")
      .option("--reset", "back to its static EID instead")
      .option("--set-discovered", "mark it as discovered instead"),
  data: ([eid], options) => {
    const modes = ["force", "reset", "setDiscovered"].filter((mode) => options[mode] === true);
    if (modes.length > 1) throw new Failure("arguments", "give one of --force, --reset and --set-discovered");
    const needsEid = modes[0] === undefined || modes[0] === "force";
    if (needsEid !== (eid !== undefined)) {
      throw new Failure(
        "arguments",
        needsEid ? "set-eid needs the new EID" : "--reset and --set-discovered take no EID",
      );
    }
    const operation = ["", "force", "reset", "setDiscovered"].indexOf(modes[0] ?? "");
    return [operation, (eid as number | undefined) ?? 0];
  },
  example: "set-eid 20 --eid 0",
  by: "all",
};

const getVersion: NamedCommand = {
  name: "get-version",
  command: Control.GET_VERSION_SUPPORT,
  summary: "Get MCTP Version Support: versions of a message type",
  declare: (command) =>
    command.argument("[type]", "message type, 0xff for the base specification", byte("A message type"), 0xff),
  data: ([type]) => [type as number],
  example: "get-version 0x7f",
  by: "all",
};

const getVendor: NamedCommand = {
  name: "get-vendor",
  command: Control.GET_VENDOR_SUPPORT,
  summary: "Get Vendor Defined Message Support: all sets, or one",
  declare: (command) => command.option("--selector <number>", "only the set with this selector", byte("A selector")),
  data: (_words, { selector }) => [(selector as number | undefined) ?? 0],
  continues: ({ selector }) => (selector === undefined ? 0 : undefined),
  example: "get-vendor",
  by: "all",
};

const resolveEid: NamedCommand = {
  name: "resolve-eid",
  command: Control.RESOLVE_ENDPOINT_ID,
  summary: "Resolve Endpoint ID: the bridge that leads to an EID",
  declare: (command) => command.argument("<target>", "the EID", parseEid),
  data: ([target]) => [target as number],
  example: "resolve-eid 9",
  by: "busOwner",
};

const allocate: NamedCommand = {
  name: "allocate",
  command: Control.ALLOCATE_ENDPOINT_IDS,
  summary: "Allocate Endpoint IDs: give a bridge its pool",
  declare: (command) =>
    command
      .argument("[count]", "EIDs in the pool", byte("A count"))
      .argument("[first]", "the lowest of them", parseEid)
      .option("--force", "in place of the pool of another bus owner")
      .option("--get", "only ask what is allocated"),
  data: ([count, first], { force, get }) => {
    const onlyAsks = get === true;
    if (onlyAsks && (force === true || count !== undefined)) {
      throw new Failure("arguments", "--get takes no numbers and no --force");
    }
    if (!onlyAsks && first === undefined)
      throw new Failure("arguments", "allocate needs count and first EID, or --get");
    const operation = onlyAsks ? 2 : force === true ? 1 : 0;
    return [operation, (count as number | undefined) ?? 0, (first as number | undefined) ?? 0];
  },
  example: "allocate 8 40",
  by: "bridge",
};

const ENTRY_KINDS: Readonly<Record<string, number>> = { endpoint: 0, "bridge-and-range": 1, bridge: 2, range: 3 };

function routingEntry(text: string): readonly number[] {
  const match = /^([a-z-]+):(\w+):(\w+)(?::([0-9a-f]+))?$/i.exec(text);
  const kind = ENTRY_KINDS[match?.[1] ?? ""];
  const [first, count] = [Number(match?.[2]), Number(match?.[3])];
  const address = parseHex(match?.[4] ?? "");
  const fits = [first, count].every((value) => Number.isInteger(value) && value >= 0 && value <= 0xff);
  if (kind !== undefined && fits && address.ok) return [kind, count, first, ...address.value];
  const kinds = Object.keys(ENTRY_KINDS).join(", ");
  throw new Failure(
    "arguments",
    `"${text}" is no routing entry: write KIND:FIRST:COUNT or KIND:FIRST:COUNT:ADDRESS, KIND one of ${kinds}`,
  );
}

const routingUpdate: NamedCommand = {
  name: "routing-update",
  command: Control.ROUTING_INFORMATION_UPDATE,
  summary: "Routing Information Update: tell of EIDs and bridges",
  declare: (command) => command.argument("<entry...>", "KIND:FIRST:COUNT[:ADDRESS], like range:40:8"),
  data: ([words]) => {
    const entries = words as readonly string[];
    return [entries.length, ...entries.flatMap(routingEntry)];
  },
  example: "routing-update bridge:20:1 range:40:8",
  by: "bridge",
};

const routingTable: NamedCommand = {
  name: "routing-table",
  command: Control.GET_ROUTING_TABLE_ENTRIES,
  summary: "Get Routing Table Entries: the whole table, or a part",
  declare: (command) => command.option("--handle <number>", "only the entries with this handle", byte("A handle")),
  data: (_words, { handle }) => [(handle as number | undefined) ?? 0],
  continues: ({ handle }) => (handle === undefined ? 0 : undefined),
  example: "routing-table",
  by: "busOwner",
};

const queryHop: NamedCommand = {
  name: "query-hop",
  command: Control.QUERY_HOP,
  summary: "Query Hop: next bridge and packet sizes on the way",
  declare: (command) =>
    command.argument("<target>", "the EID", parseEid).argument("[type]", "message type", byte("A message type"), 0),
  data: ([target, type]) => [target as number, type as number],
  example: "query-hop 9",
  by: "busOwner",
};

const resolveUuid: NamedCommand = {
  name: "resolve-uuid",
  command: Control.RESOLVE_UUID,
  summary: "Resolve UUID: the EIDs that a UUID has",
  declare: (command) =>
    command
      .argument("<uuid>", "the UUID")
      .option("--handle <number>", "only the entries with this handle", byte("A handle")),
  data: ([uuid], { handle }) => [...uuidOf(uuid as string), (handle as number | undefined) ?? 0],
  continues: ({ handle }) => (handle === undefined ? 16 : undefined),
  example: "resolve-uuid 75f58618-52ab-4348-9f4c-821cf24f8b90",
  by: "busOwner",
};

function rateCommand(name: string, command: number, summary: string): NamedCommand {
  return {
    name,
    command,
    summary,
    declare: (declared) =>
      declared
        .argument("<burst>", "packets at once", numberUpTo(0xffffff, "A burst"))
        .argument("<rate>", "packets of 64 bytes a second", numberUpTo(0xffffffff, "A rate")),
    data: ([burst, rate]) => [...u24(burst as number), ...u32(rate as number)],
    example: `${name} 4 1000`,
    by: "others",
  };
}

/** In the order of their codes, 0x01 to 0x14. */
export const NAMED_COMMANDS: readonly NamedCommand[] = [
  setEid,
  simple("get-eid", Control.GET_ENDPOINT_ID, "Get Endpoint ID: EID and kind of endpoint", "all"),
  simple("get-uuid", Control.GET_ENDPOINT_UUID, "Get Endpoint UUID", "all"),
  getVersion,
  simple("get-types", Control.GET_MESSAGE_TYPE_SUPPORT, "Get Message Type Support: message types it takes", "all"),
  getVendor,
  resolveEid,
  allocate,
  routingUpdate,
  routingTable,
  simple("prepare-discovery", Control.PREPARE_FOR_DISCOVERY, "Prepare for Endpoint Discovery", "others"),
  simple("endpoint-discovery", Control.ENDPOINT_DISCOVERY, "Endpoint Discovery", "others"),
  simple("discovery-notify", Control.DISCOVERY_NOTIFY, "Discovery Notify: ask a bus owner to discover", "others"),
  simple("network-id", Control.GET_NETWORK_ID, "Get Network ID", "others"),
  queryHop,
  resolveUuid,
  simple("rate-limit", Control.QUERY_RATE_LIMIT, "Query Rate Limit: how fast it may be sent to", "others"),
  rateCommand("request-rate", Control.REQUEST_RATE_LIMIT, "Request TX Rate Limit: ask it to send no faster"),
  rateCommand("update-rate", Control.UPDATE_RATE_LIMIT, "Update Rate Limit: tell it of a changed limit"),
  simple("interfaces", Control.QUERY_INTERFACES, "Query Supported Interfaces", "others"),
];
