/** All commands of the control protocol, for whoever reads or makes any of them. */
import { AllocateEndpointIds } from "./allocate.ts";
import type { AnyControlCommand } from "./data.ts";
import { DiscoveryNotify, EndpointDiscovery, PrepareForDiscovery } from "./discovery.ts";
import { GetEndpointId } from "./get-endpoint-id.ts";
import { GetEndpointUuid, GetNetworkId } from "./identifiers.ts";
import { QueryInterfaces } from "./interfaces.ts";
import { GetMessageTypeSupport } from "./message-types.ts";
import { QueryHop } from "./query-hop.ts";
import { QueryRateLimit, RequestRateLimit, UpdateRateLimit } from "./rate-limit.ts";
import { ResolveEndpointId, ResolveUuid } from "./resolve.ts";
import { GetRoutingTableEntries, RoutingInformationUpdate } from "./routing.ts";
import { SetEndpointId } from "./set-endpoint-id.ts";
import { FIRST_TRANSPORT_SPECIFIC, transportSpecific } from "./transport-specific.ts";
import { GetVendorSupport } from "./vendor-support.ts";
import { GetVersionSupport } from "./version-support.ts";

/** Commands 0x01 to 0x14, in their order; the routing update as on a bus without physical addresses. */
export const CONTROL_COMMANDS: readonly AnyControlCommand[] = [
  SetEndpointId,
  GetEndpointId,
  GetEndpointUuid,
  GetVersionSupport,
  GetMessageTypeSupport,
  GetVendorSupport,
  ResolveEndpointId,
  AllocateEndpointIds,
  RoutingInformationUpdate,
  GetRoutingTableEntries,
  PrepareForDiscovery,
  EndpointDiscovery,
  DiscoveryNotify,
  GetNetworkId,
  QueryHop,
  ResolveUuid,
  QueryRateLimit,
  RequestRateLimit,
  UpdateRateLimit,
  QueryInterfaces,
];

const BY_CODE: ReadonlyMap<number, AnyControlCommand> = new Map(
  CONTROL_COMMANDS.map((command) => [command.code, command] as const),
);

/** The command with this code, undefined where the specification defines none. */
export function controlCommand(code: number): AnyControlCommand | undefined {
  return BY_CODE.get(code) ?? (code >= FIRST_TRANSPORT_SPECIFIC ? transportSpecific(code) : undefined);
}
