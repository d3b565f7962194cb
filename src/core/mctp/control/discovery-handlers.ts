/** The commands of discovery, for bindings that use it. Where an endpoint is not discoverable they are unsupported. */
import { DiscoveryNotify } from "./commands/discovery-notify.ts";
import { EndpointDiscovery } from "./commands/endpoint-discovery.ts";
import { PrepareForDiscovery } from "./commands/prepare-for-discovery.ts";
import { serviceHandler, type ControlHandler } from "./handler.ts";

export const DISCOVERY_HANDLERS: readonly ControlHandler[] = [
  serviceHandler("discovery", PrepareForDiscovery, (discovery) => {
    discovery.discovered = false;
    return { response: undefined };
  }),

  // Who was discovered keeps quiet, so that the bus owner hears those that were not.
  serviceHandler("discovery", EndpointDiscovery, (discovery) =>
    discovery.discovered ? "silence" : { response: undefined },
  ),

  serviceHandler("onDiscoveryNotify", DiscoveryNotify, (notify, _, { source }) => {
    notify(source);
    return { response: undefined };
  }),
];
