/** What the tools may ask of an agent that is bus owner, and what an agent that is none says to it. */
import type { EndpointRecord } from "../../core/mctp/bus-owner/endpoint-record.ts";
import { isIdentity, parseUuid, uuidText } from "../../core/mctp/control/identifiers.ts";
import type { RoutingTableEntry } from "../../core/mctp/control/routing.ts";
import { versionText } from "../../core/mctp/control/version-number.ts";
import { Failure } from "../../platform/failure.ts";
import { eid as asEid, type Eid } from "../../core/wire/units.ts";
import type { ControlMethod } from "./call.ts";
import { refusing, served, type EndpointEntry, type RouteEntry } from "./methods.ts";

/** A bus owner as its methods need it. */
export interface BusOwnerMethods {
  readonly endpoints: readonly EndpointRecord[];
  readonly routes: readonly RoutingTableEntry[];
  /** What is waited for, and why no endpoint is known, a sentence for people each. */
  readonly notes: readonly string[];
  /** `here`: the endpoint has taken the EID; otherwise it gets it when it comes. Rejects with a Failure. */
  assign(eid: Eid, target: { readonly uuid?: string; readonly current?: Eid }): Promise<{ readonly here: boolean }>;
}

/** `owner`: undefined for an agent that owns no link; it refuses all of them. */
export function busOwnerMethods(owner: BusOwnerMethods | undefined): Readonly<Record<string, ControlMethod>> {
  if (owner === undefined) {
    const why = "the host's agent is no bus owner: ask the BMC's, with --agent bmc";
    return refusing(["endpoints", "endpointNotes", "routes", "assign"], new Failure("no-bus-owner", why));
  }
  return served({
    endpoints: () => owner.endpoints.map(endpointEntry),
    endpointNotes: () => owner.notes,
    routes: () => owner.routes.map(routeEntry),

    assign: async ({ eid, uuid: text, current }) => {
      const uuid = text === undefined ? undefined : parseUuid(text);
      if (uuid !== undefined && !isIdentity(uuid)) {
        throw new Failure("parameters", `UUID ${uuidText(uuid)} tells no endpoint apart: name it by its present EID`);
      }
      if (uuid !== undefined && current !== undefined) {
        throw new Failure("parameters", "name the endpoint by its UUID or by its present EID, not by both");
      }
      const { here } = await owner.assign(asEid(eid), {
        ...(uuid === undefined ? {} : { uuid: uuidText(uuid) }),
        ...(current === undefined ? {} : { current: asEid(current) }),
      });
      return { eid, here };
    },
  });
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
