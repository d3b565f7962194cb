/** EIDs that the configuration keeps for endpoints with certain UUIDs, each at every port or at one alone. */
import type { Eid } from "../../wire/units.ts";
import type { BusOwnerConfig } from "./config.ts";

const NO_PORTS: ReadonlyMap<string, number> = new Map();

export class StaticEids {
  readonly #eids: ReadonlyMap<string, Eid>;
  readonly #ports: ReadonlyMap<string, number>;

  constructor({ statics, staticPorts = NO_PORTS }: Pick<BusOwnerConfig, "statics" | "staticPorts">) {
    this.#eids = statics;
    this.#ports = staticPorts;
  }

  /** The EID that is kept for a UUID at a port; `port` undefined: wherever it is. */
  eidOf(uuid: string | undefined, port: number | undefined): Eid | undefined {
    return uuid === undefined || this.isElsewhere(uuid, port) ? undefined : this.#eids.get(uuid);
  }

  /** Whether the EID of a UUID is kept for another port than this one. */
  isElsewhere(uuid: string | undefined, port: number | undefined): boolean {
    const pinnedTo = uuid === undefined ? undefined : this.#ports.get(uuid);
    return pinnedTo !== undefined && port !== undefined && pinnedTo !== port;
  }

  has(eid: Eid): boolean {
    return this.#ownerOf(eid) !== undefined;
  }

  /** Whether an EID is kept, and not for the endpoint with this UUID at this port. */
  isKeptFrom(eid: Eid, uuid: string | undefined, port: number | undefined): boolean {
    return this.has(eid) && this.eidOf(uuid, port) !== eid;
  }

  /** Who an EID is kept for, in words for people: "UUID 7d3c…", "UUID 7d3c… at port 1". */
  ownerText(eid: Eid): string | undefined {
    const uuid = this.#ownerOf(eid);
    const port = uuid === undefined ? undefined : this.#ports.get(uuid);
    return uuid === undefined ? undefined : `UUID ${uuid}${port === undefined ? "" : ` at port ${String(port)}`}`;
  }

  #ownerOf(eid: Eid): string | undefined {
    for (const [uuid, kept] of this.#eids) if (kept === eid) return uuid;
    return undefined;
  }
}
