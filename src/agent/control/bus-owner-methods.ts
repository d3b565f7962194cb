/** What the tools may ask of an agent that is bus owner, and what an agent that is none says to it. */
import type { EndpointRecord } from "../../core/mctp/bus-owner/endpoint-record.ts";
import type { FarEndpoint } from "../../core/mctp/bus-owner/far-endpoints.ts";
import { isIdentity, parseUuid, uuidText } from "../../core/mctp/control/identifiers.ts";
import type { EidRange, RoutingTableEntry } from "../../core/mctp/control/routing.ts";
import { versionText } from "../../core/mctp/control/version-number.ts";
import { Failure } from "../../platform/failure.ts";
import { eid as asEid, type Eid } from "../../core/wire/units.ts";
import type { ForgetTarget, ForgottenEndpoint } from "../../node/forgetting.ts";
import type { ControlMethod } from "./call.ts";
import { refusing, served, type EndpointEntry, type RouteEntry } from "./methods.ts";

/** A bus owner as its methods need it. */
export interface BusOwnerMethods {
  readonly endpoints: readonly EndpointRecord[];
  /** Endpoints behind bridges. */
  readonly farEndpoints: readonly FarEndpoint[];
  /** Whether the pool of a bridge is kept for its UUID. */
  isStaticPool(pool: EidRange): boolean;
  readonly routes: readonly RoutingTableEntry[];
  /** What is waited for, and why no endpoint is known, a sentence for people each. */
  readonly notes: readonly string[];
  /** `here`: the endpoint has taken the EID; otherwise it gets it when it comes. Rejects with a Failure. */
  assign(eid: Eid, target: { readonly uuid?: string; readonly current?: Eid }): Promise<{ readonly here: boolean }>;
  /** Rejects with a Failure. */
  forget(target: ForgetTarget): Promise<readonly ForgottenEndpoint[]>;
}

/** `owner`: undefined for an agent that owns no link; it refuses all of them. */
export function busOwnerMethods(owner: BusOwnerMethods | undefined): Readonly<Record<string, ControlMethod>> {
  if (owner === undefined) {
    const why = "the host's agent is no bus owner: ask the BMC's, with --agent bmc";
    return refusing(["endpoints", "endpointNotes", "routes", "assign", "forget"], new Failure("no-bus-owner", why));
  }
  return served({
    endpoints: () =>
      [...owner.endpoints.map((record) => endpointEntry(owner, record)), ...owner.farEndpoints.map(farEntry)].sort(
        (one, other) => one.eid - other.eid,
      ),
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

    forget: ({ eid, uuid }) => {
      const bytes = uuid === undefined ? undefined : parseUuid(uuid);
      if (eid !== undefined && bytes === undefined) return owner.forget({ eid: asEid(eid) });
      if (eid === undefined && bytes !== undefined) return owner.forget({ uuid: uuidText(bytes) });
      throw new Failure("parameters", "forget: name the endpoint by its EID or by its UUID, and not by both");
    },
  });
}

function endpointEntry(owner: BusOwnerMethods, record: EndpointRecord): EndpointEntry {
  const { eid, presence, uuid, port, fixed, pool, controlVersions, messageTypes } = record;
  return {
    eid,
    presence,
    uuid,
    port,
    fixed,
    pool: pool && { first: pool.first, last: pool.first + pool.count - 1, static: owner.isStaticPool(pool) },
    controlVersions: controlVersions.map(versionText),
    messageTypes,
    bridge: undefined,
    kind: undefined,
  };
}

function farEntry(record: FarEndpoint): EndpointEntry {
  const { eid, presence, uuid, port, bridge, endpointType, controlVersions, messageTypes } = record;
  return {
    eid,
    presence,
    uuid,
    port,
    fixed: undefined,
    pool: undefined,
    controlVersions: controlVersions.map(versionText),
    messageTypes,
    bridge,
    kind: endpointType,
  };
}

function routeEntry({ first, count, kind, port, isStatic, binding, medium }: RoutingTableEntry): RouteEntry {
  return { first, last: first + count - 1, kind, port, static: isStatic, binding, medium };
}
