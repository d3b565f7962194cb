/** The registry of the control protocol's commands. */
import { completionName } from "./codec.ts";
import { AllocateEndpointIds } from "./commands/allocate-endpoint-ids.ts";
import { DiscoveryNotify } from "./commands/discovery-notify.ts";
import { EndpointDiscovery } from "./commands/endpoint-discovery.ts";
import { GetEndpointId } from "./commands/get-endpoint-id.ts";
import { GetEndpointUuid } from "./commands/get-endpoint-uuid.ts";
import { GetMessageTypeSupport } from "./commands/get-message-type-support.ts";
import { GetNetworkId } from "./commands/get-network-id.ts";
import { GetRoutingTableEntries } from "./commands/get-routing-table-entries.ts";
import { GetVendorSupport } from "./commands/get-vendor-support.ts";
import { GetVersionSupport } from "./commands/get-version-support.ts";
import { PrepareForDiscovery } from "./commands/prepare-for-discovery.ts";
import { QueryHop } from "./commands/query-hop.ts";
import { QueryInterfaces } from "./commands/query-interfaces.ts";
import { QueryRateLimit } from "./commands/query-rate-limit.ts";
import { RequestRateLimit } from "./commands/request-rate-limit.ts";
import { ResolveEndpointId } from "./commands/resolve-endpoint-id.ts";
import { ResolveUuid } from "./commands/resolve-uuid.ts";
import { RoutingInformationUpdate } from "./commands/routing-information-update.ts";
import { SetEndpointId } from "./commands/set-endpoint-id.ts";
import { UpdateRateLimit } from "./commands/update-rate-limit.ts";
import type { AnyControlCommand } from "./data.ts";

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

/** The command with this code; undefined where DSP0236 defines none, or leaves it to the transport binding. */
export function controlCommand(code: number): AnyControlCommand | undefined {
  return BY_CODE.get(code);
}

/** "Get Endpoint ID", or "command 0x15". */
export function controlCommandName(code: number): string {
  return BY_CODE.get(code)?.name ?? `command 0x${code.toString(16).padStart(2, "0")}`;
}

/** The name of a completion code, as the command defines it from 0x80 on. */
export function completionOf(code: number, completion: number): string {
  return BY_CODE.get(code)?.completions[completion] ?? completionName(completion);
}
