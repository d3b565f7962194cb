/** What follows the command of a control request, and the completion code of a response, command by command. */
import { Control } from "../mctp/control/codec.ts";
import { uuidText } from "../mctp/control/identifiers.ts";
import { BROADCAST_EID, NULL_EID } from "../mctp/message.ts";
import { ADDED_LATER, bindingField, eidField, judgeVersion, messageTypeMeaning, versionMeaning } from "./meanings.ts";
import {
  bits,
  bytesOf,
  choose,
  list,
  oneOf,
  reserved,
  u16,
  u24,
  u32,
  u8,
  unusual,
  wrong,
  type Field,
  type Finding,
  type NumberField,
  type Seen,
} from "./table.ts";

export interface CommandData {
  readonly request: readonly Field[];
  readonly response: readonly Field[];
  /** Completion codes from 0x80 on that the command defines. */
  readonly completions?: Readonly<Record<number, string>>;
}

const NO_MORE = 0xff;

function handle(name: string, more: Pick<NumberField, "reference"> = {}): NumberField {
  return u8(name, { ...more, show: "hex" });
}

function nextHandle(name: string): NumberField {
  return u8(name, { show: "hex", meaning: (value) => (value === NO_MORE ? "no more follow" : undefined) });
}

const countOf =
  (name: string) =>
  ({ value }: Seen): number =>
    value(name);

/** A field of bits whose values above `most` mean nothing. */
function upTo(
  most: number,
  names: readonly string[],
  name: string,
  shift: number,
  count: number,
): ReturnType<typeof bits> {
  const judge = (value: number): Finding | undefined =>
    value > most ? wrong("a value that is not defined") : undefined;
  return { ...bits(name, shift, count, names), judge };
}

/* ---- 12.3 to 12.8: who an endpoint is ---- */

const setEndpointId: CommandData = {
  request: [
    u8("operation", {
      reference: "DSP0236 12.3",
      bitFields: [
        reserved(2, 6),
        bits("operation code", 0, 2, ["set the EID", "force the EID", "reset to the static EID", "set discovered"]),
      ],
    }),
    u8("EID", {
      judge: (value, { value: of }) =>
        of("operation code") < 2 && (value === NULL_EID || value === BROADCAST_EID)
          ? wrong("neither 0 nor 0xff can be assigned: answered with 0x02, invalid data")
          : undefined,
    }),
  ],
  response: [
    u8("status", {
      reference: "DSP0236 12.3",
      bitFields: [
        reserved(6, 2),
        upTo(1, ["EID accepted", "EID rejected: the endpoint keeps its own"], "assignment status", 4, 2),
        reserved(2, 2),
        upTo(2, ["needs no pool of EIDs", "wants a pool", "has its pool already"], "allocation status", 0, 2),
      ],
    }),
    eidField("EID"),
    u8("pool size"),
    ADDED_LATER,
  ],
};

const getEndpointId: CommandData = {
  request: [],
  response: [
    eidField("EID", { reference: "DSP0236 12.4" }),
    u8("endpoint type byte", {
      bitFields: [
        reserved(6, 2),
        upTo(1, ["simple endpoint", "bus owner or bridge"], "endpoint type", 4, 2),
        reserved(2, 2),
        bits("EID type", 0, 2, [
          "dynamic",
          "static, none was assigned",
          "static, and the present EID is it",
          "static, and the present EID is another",
        ]),
      ],
    }),
    u8("medium-specific", { show: "hex" }),
    ADDED_LATER,
  ],
};

const getEndpointUuid: CommandData = {
  request: [],
  response: [bytesOf("UUID", 16, { meaning: uuidText, reference: "DSP0236 12.5" })],
};

const getVersionSupport: CommandData = {
  request: [
    u8("message type asked for", {
      show: "hex",
      reference: "DSP0236 12.6",
      meaning: (value) => (value === 0xff ? "the base specification" : messageTypeMeaning(value)),
    }),
  ],
  response: [
    u8("count", {
      reference: "DSP0236 12.6",
      judge: (value) => (value === 0 ? wrong("no version at all: there is at least one") : undefined),
    }),
    list("version", countOf("count"), [u32("version", { show: "hex", meaning: versionMeaning, judge: judgeVersion })]),
    ADDED_LATER,
  ],
  completions: { 0x80: "message type not supported" },
};

const getMessageTypeSupport: CommandData = {
  request: [],
  response: [
    u8("count", { reference: "DSP0236 12.7" }),
    list("type", countOf("count"), [
      u8("type", {
        show: "hex",
        meaning: messageTypeMeaning,
        judge: (value) => (value === 0 ? unusual("control goes without saying and is not listed") : undefined),
      }),
    ]),
    ADDED_LATER,
  ],
};

const getVendorSupport: CommandData = {
  request: [handle("selector", { reference: "DSP0236 12.8" })],
  response: [
    nextHandle("next selector"),
    u8("format", { ...oneOf({ 0: "PCI vendor id", 1: "IANA enterprise number" }), reference: "DSP0236 12.8" }),
    choose(({ value }) => (value("format") === 0 ? [u16("vendor", { show: "hex" })] : [u32("vendor")])),
    u16("command set", { show: "hex" }),
    ADDED_LATER,
  ],
};

/* ---- 12.9 to 12.12: routing ---- */

const resolveEndpointId: CommandData = {
  request: [eidField("target EID", { reference: "DSP0236 12.9" })],
  response: [eidField("bridge EID", { reference: "DSP0236 12.9" }), bytesOf("physical address", "rest")],
};

const allocateEndpointIds: CommandData = {
  request: [
    u8("operation", {
      reference: "DSP0236 12.10",
      bitFields: [reserved(2, 6), upTo(2, ["allocate", "force", "get what is allocated"], "operation code", 0, 2)],
    }),
    u8("count"),
    eidField("first EID"),
  ],
  response: [
    u8("status", {
      reference: "DSP0236 12.10",
      bitFields: [
        reserved(2, 6),
        upTo(1, ["accepted", "rejected: the pool was allocated already"], "allocation", 0, 2),
      ],
    }),
    u8("pool size"),
    eidField("first EID"),
    ADDED_LATER,
  ],
};

const ENTRY_KINDS = [
  "one endpoint",
  "a bridge and the EIDs behind it",
  "a bridge by itself",
  "EIDs behind a bridge, without it",
] as const;

const routingInformationUpdate: CommandData = {
  request: [
    u8("count", { reference: "DSP0236 12.11" }),
    choose(({ value, left }) => {
      // The length of an address is the bus's: what there is, shared among the entries.
      const count = value("count");
      const head = 3;
      const address = count === 0 ? 0 : Math.max(0, Math.floor(left / count) - head);
      return [
        list("entry", countOf("count"), [
          u8("entry type byte", {
            bitFields: [reserved(4, 4), upTo(3, ENTRY_KINDS, "entry type", 0, 4)],
          }),
          u8("EIDs"),
          eidField("first EID"),
          ...(address === 0 ? [] : [bytesOf("physical address", address)]),
        ]),
      ];
    }),
  ],
  response: [ADDED_LATER],
  completions: { 0x80: "no room for the entries" },
};

const addressFields: readonly Field[] = [
  bindingField(),
  u8("medium type", { show: "hex", reference: "DSP0239" }),
  u8("address length"),
  bytesOf("physical address", countOf("address length")),
];

const getRoutingTable: CommandData = {
  request: [handle("entry handle", { reference: "DSP0236 12.12" })],
  response: [
    nextHandle("next entry handle"),
    u8("count", { reference: "DSP0236 12.12" }),
    list("entry", countOf("count"), [
      u8("EIDs"),
      eidField("first EID"),
      u8("entry type and port", {
        bitFields: [
          bits("entry type", 6, 2, ENTRY_KINDS),
          bits("static", 5, 1, ["learnt", "configured"]),
          bits("port", 0, 5),
        ],
      }),
      ...addressFields,
    ]),
    ADDED_LATER,
  ],
};

/* ---- 12.13 and after: discovery, networks, hops, rates, interfaces ---- */

const nothing: CommandData = { request: [], response: [ADDED_LATER] };

const getNetworkId: CommandData = {
  request: [],
  response: [bytesOf("network id", 16, { meaning: uuidText, reference: "DSP0236, Get Network ID" })],
};

function unitField(name: string): NumberField {
  return u16(name, { meaning: (value) => `${String(64 + 16 * value)} bytes of payload` });
}

const queryHop: CommandData = {
  request: [
    eidField("target EID", { reference: "DSP0236, Query Hop" }),
    u8("message type asked for", { show: "hex", meaning: messageTypeMeaning }),
  ],
  response: [
    eidField("next bridge EID", { reference: "DSP0236, Query Hop" }),
    u8("message type asked for", { show: "hex", meaning: messageTypeMeaning }),
    unitField("incoming unit"),
    unitField("outgoing unit"),
    ADDED_LATER,
  ],
};

const resolveUuid: CommandData = {
  request: [bytesOf("UUID", 16, { meaning: uuidText, reference: "DSP0236, Resolve UUID" }), handle("entry handle")],
  response: [
    nextHandle("next entry handle"),
    u8("count", { reference: "DSP0236, Resolve UUID" }),
    list("entry", countOf("count"), [eidField("EID"), ...addressFields]),
    ADDED_LATER,
  ],
};

const RATE = "packets of 64 bytes a second";

const queryRateLimit: CommandData = {
  request: [],
  response: [
    u32("receive buffer", { meaning: () => "bytes", reference: "DSP0236, Query Rate Limit" }),
    u32("receive rate", { meaning: () => RATE }),
    u32("largest transmit rate", { meaning: () => RATE }),
    u32("smallest transmit rate", { meaning: () => RATE }),
    u24("largest transmit burst"),
    u24("transmit burst"),
    u32("transmit rate", { meaning: () => RATE }),
    u8("capabilities", { bitFields: [reserved(1, 7), bits("limits its rate", 0, 1, ["no", "yes"])] }),
    ADDED_LATER,
  ],
};

const rateRequest: readonly Field[] = [u24("burst"), u32("rate", { meaning: () => RATE })];

const requestRateLimit: CommandData = {
  request: rateRequest,
  response: [u32("burst"), u32("rate", { meaning: () => RATE }), ADDED_LATER],
};

const queryInterfaces: CommandData = {
  request: [],
  response: [
    u8("count", { reference: "DSP0236, Query Supported Interfaces" }),
    list("interface", countOf("count"), [bindingField("interface type"), eidField("EID")]),
    ADDED_LATER,
  ],
};

export const CONTROL_DATA: ReadonlyMap<number, CommandData> = new Map([
  [Control.SET_ENDPOINT_ID, setEndpointId],
  [Control.GET_ENDPOINT_ID, getEndpointId],
  [Control.GET_ENDPOINT_UUID, getEndpointUuid],
  [Control.GET_VERSION_SUPPORT, getVersionSupport],
  [Control.GET_MESSAGE_TYPE_SUPPORT, getMessageTypeSupport],
  [Control.GET_VENDOR_SUPPORT, getVendorSupport],
  [Control.RESOLVE_ENDPOINT_ID, resolveEndpointId],
  [Control.ALLOCATE_ENDPOINT_IDS, allocateEndpointIds],
  [Control.ROUTING_INFORMATION_UPDATE, routingInformationUpdate],
  [Control.GET_ROUTING_TABLE_ENTRIES, getRoutingTable],
  [Control.PREPARE_FOR_DISCOVERY, nothing],
  [Control.ENDPOINT_DISCOVERY, nothing],
  [Control.DISCOVERY_NOTIFY, nothing],
  [Control.GET_NETWORK_ID, getNetworkId],
  [Control.QUERY_HOP, queryHop],
  [Control.RESOLVE_UUID, resolveUuid],
  [Control.QUERY_RATE_LIMIT, queryRateLimit],
  [Control.REQUEST_RATE_LIMIT, requestRateLimit],
  [Control.UPDATE_RATE_LIMIT, { request: rateRequest, response: [ADDED_LATER] }],
  [Control.QUERY_INTERFACES, queryInterfaces],
]);
