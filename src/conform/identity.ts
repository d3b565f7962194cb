/** What a conformance run answers control requests from. */
import type { RoleName } from "../core/binding/side.ts";
import type { EndpointIdentity } from "../core/mctp/control/services.ts";
import type { Eid } from "../core/wire/units.ts";

/** Version 5 of RFC 9562 has names; these bytes are the run's own, the same every time. */
const UUID = Uint8Array.from([0x6c, 0x70, 0x63, 0x2d, 0x63, 0x6f, 0x5e, 0x66, 0x8f, 0x72, 0x6d, 0, 0, 0, 0, 0]);

export function identityOf(role: RoleName, eid: Eid): EndpointIdentity {
  const uuid = Uint8Array.from(UUID);
  uuid[15] = role === "host" ? 1 : 2;
  const kind = role === "host" ? "endpoint" : "busOwner";
  return { eid, uuid, kind, staticEid: eid, assigned: false, messageTypes: new Map() };
}
