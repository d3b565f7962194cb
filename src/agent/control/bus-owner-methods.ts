/** What the tools may ask of an agent that is bus owner, and what an agent that is none says to it. */
import type { EndpointRecord } from "../../core/mctp/bus-owner/bus-owner.ts";
import { isIdentity, parseUuid, uuidText } from "../../core/mctp/control/identifiers.ts";
import type { RoutingTableEntry } from "../../core/mctp/control/routing.ts";
import { versionText } from "../../core/mctp/control/version-support.ts";
import { Failure } from "../../platform/failure.ts";
import type { Eid } from "../../core/wire/units.ts";
import { Parameters } from "./control-methods.ts";
import type { ControlMethod } from "./control-socket.ts";

/** A bus owner as its methods need it. */
export interface BusOwnerMethods {
  readonly endpoints: readonly EndpointRecord[];
  readonly routes: readonly RoutingTableEntry[];
  /** What is waited for, and why nobody is known, a sentence for people each. */
  readonly notes: readonly string[];
  /** `here`: the endpoint has taken the EID; otherwise it gets it when it comes. Rejects with a Failure. */
  assign(eid: Eid, target: { readonly uuid?: string; readonly current?: Eid }): Promise<{ readonly here: boolean }>;
}

/** As `mctp-lpc endpoints --json` prints it. */
export interface EndpointEntry {
  readonly eid: number;
  readonly presence: EndpointRecord["presence"];
  readonly uuid: string | undefined;
  readonly port: number | undefined;
  /** Why it has this EID rather than one that just came next. */
  readonly fixed: EndpointRecord["fixed"];
  readonly pool: { readonly first: number; readonly last: number } | undefined;
  readonly controlVersions: readonly string[];
  readonly messageTypes: readonly number[];
}

/** As `mctp-lpc routes --json` prints it. */
export interface RouteEntry {
  readonly first: number;
  readonly last: number;
  readonly kind: RoutingTableEntry["kind"];
  readonly port: number;
  readonly static: boolean;
  readonly binding: number;
  readonly medium: number;
}

export interface AssignAnswer {
  readonly eid: number;
  readonly here: boolean;
}

/** `owner`: undefined for an agent that owns no link; it refuses all of them. */
export function busOwnerMethods(owner: BusOwnerMethods | undefined): Readonly<Record<string, ControlMethod>> {
  if (owner === undefined) {
    const refuse: ControlMethod = () => {
      throw new Failure("no-bus-owner", "the host's agent is no bus owner: ask the BMC's, with --agent bmc");
    };
    return { endpoints: refuse, endpointNotes: refuse, routes: refuse, assign: refuse };
  }
  return {
    endpoints: () => owner.endpoints.map(endpointEntry),

    endpointNotes: () => owner.notes,

    routes: () => owner.routes.map(routeEntry),

    assign: async (parameters): Promise<AssignAnswer> => {
      const given = new Parameters(parameters);
      const eid = given.eid("eid");
      if (eid === undefined) throw new Failure("parameters", "assign needs an EID");
      const current = given.eid("current");
      const text = given.text("uuid");
      const uuid = text === undefined ? undefined : parseUuid(text);
      if (text !== undefined && uuid === undefined) throw new Failure("parameters", `"${text}" is no UUID`);
      if (uuid !== undefined && !isIdentity(uuid)) {
        throw new Failure("parameters", `UUID ${uuidText(uuid)} tells no endpoint apart: name it by its present EID`);
      }
      if (uuid !== undefined && current !== undefined) {
        throw new Failure("parameters", "name the endpoint by its UUID or by its present EID, not by both");
      }
      const { here } = await owner.assign(eid, {
        ...(uuid === undefined ? {} : { uuid: uuidText(uuid) }),
        ...(current === undefined ? {} : { current }),
      });
      return { eid, here };
    },
  };
}

function endpointEntry(record: EndpointRecord): EndpointEntry {
  const { eid, presence, uuid, port, fixed, pool, controlVersions, messageTypes } = record;
  return {
    eid,
    presence,
    uuid,
    port,
    fixed,
    pool: pool && { first: pool.first, last: pool.first + pool.count - 1 },
    controlVersions: controlVersions.map(versionText),
    messageTypes,
  };
}

function routeEntry({ first, count, kind, port, isStatic, binding, medium }: RoutingTableEntry): RouteEntry {
  return { first, last: first + count - 1, kind, port, static: isStatic, binding, medium };
}
