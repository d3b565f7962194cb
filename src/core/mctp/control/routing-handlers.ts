/** What a bus owner or bridge is asked about the ways to others, and what a bridge is given. */
import { Completion } from "./codec.ts";
import { AllocateEndpointIds } from "./commands/allocate-endpoint-ids.ts";
import { INVALID_DATA, entryPage, serviceHandler, type ControlHandler } from "./handler.ts";
import { QueryHop } from "./commands/query-hop.ts";
import { ResolveEndpointId } from "./commands/resolve-endpoint-id.ts";
import { ResolveUuid, uuidEntryBytes } from "./commands/resolve-uuid.ts";
import { GetRoutingTableEntries, routingTableEntryBytes } from "./commands/get-routing-table-entries.ts";
import { RoutingInformationUpdate } from "./commands/routing-information-update.ts";

export const ROUTING_HANDLERS: readonly ControlHandler[] = [
  serviceHandler("routing", ResolveEndpointId, (routing, { target }) => {
    const response = routing.resolve(target);
    return response === undefined ? INVALID_DATA : { response };
  }),

  serviceHandler("pool", AllocateEndpointIds, (pool, request, { source }) => {
    const response = pool.allocate(request, source);
    return response === undefined ? INVALID_DATA : { response };
  }),

  serviceHandler("routingUpdates", RoutingInformationUpdate, (updates, { entries }, { source }) =>
    updates.update(entries, source) ? { response: undefined } : { error: Completion.INSUFFICIENT_SPACE },
  ),

  serviceHandler("routing", GetRoutingTableEntries, (routing, { handle }) =>
    entryPage(routing.entries(), handle, routingTableEntryBytes),
  ),

  serviceHandler("routing", QueryHop, (routing, { target, messageType }) => {
    const hop = routing.hop(target, messageType);
    return hop === undefined ? INVALID_DATA : { response: { ...hop, messageType } };
  }),

  serviceHandler("routing", ResolveUuid, (routing, { uuid, handle }) =>
    entryPage(routing.resolveUuid(uuid), handle, uuidEntryBytes),
  ),
];
