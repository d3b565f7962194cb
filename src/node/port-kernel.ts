/**
 * A bus owner's life on a port whose endpoint is the kernel of this machine: it gives the kernel an EID by setting up the
 * interface, for without mctpd no program there answers control messages.
 */
import type { Bridge } from "../core/mctp/bridge/bridge.ts";
import type { RouterPort } from "../core/mctp/bridge/router-port.ts";
import type { BusOwner } from "../core/mctp/bus-owner/bus-owner.ts";
import type { DiscoveredEndpoint } from "../core/mctp/bus-owner/discovery.ts";
import { reject, type Result } from "../core/wire/result.ts";
import type { Eid } from "../core/wire/units.ts";
import type { Tell } from "../platform/log-events.ts";

export interface PortKernelOptions {
  readonly bridge: Bridge;
  readonly port: RouterPort;
  /** The EID that the kernel is to have; undefined: one of the pool. */
  readonly eid: Eid | undefined;
  /** Gives the kernel an EID, or takes it away; gives why not, in words for people. */
  readonly setEid: (eid: Eid | undefined) => string | undefined;
  /** One line for people. */
  readonly tell: Tell;
  /** Told after the kernel got an EID or lost it: routes have changed. */
  readonly changed: () => void;
}

export class PortKernel {
  readonly #options: PortKernelOptions;
  #eid: Eid | undefined;
  /** Why the kernel has no EID. */
  #trouble: string | undefined;

  constructor(options: PortKernelOptions) {
    this.#options = options;
  }

  linkChanged(up: boolean): void {
    this.#leave();
    this.#trouble = undefined;
    if (up) this.#join();
  }

  /** EIDs are to be given anew. */
  restart(): void {
    this.linkChanged(this.#options.port.isUp);
  }

  /** Why the kernel has no EID, a sentence for people. */
  get notes(): readonly string[] {
    return this.#trouble === undefined ? [] : [`${this.#trouble}.`];
  }

  #join(): void {
    const { bridge, changed, port, setEid, tell } = this.#options;
    const { owner } = bridge;
    // The bus owner above begins it anew when it gives some.
    if (bridge.pool.count === 0) return;
    const settled = this.#settle(owner);
    if (!settled.ok) {
      this.#fails(settled.reject);
      return;
    }
    const eid = settled.value;
    const why = setEid(eid);
    if (why !== undefined) {
      this.#fails(`EID ${String(eid)} cannot be set: ${why}`);
      return;
    }
    owner.joined(port.number, this.#found(eid), eid, undefined);
    bridge.updateRoutes();
    changed();
    if (eid === this.#eid) return;
    this.#eid = eid;
    tell(`EID ${String(eid)} is this machine's kernel, on ${port.name}`, "kernel");
  }

  #settle(owner: BusOwner): Result<Eid, string> {
    const { bridge, eid, port } = this.#options;
    if (eid === undefined) {
      const next = owner.provisional(port.number);
      return next === undefined ? reject(owner.exhausted) : owner.settle(port.number, this.#found(next));
    }
    const { first, count } = bridge.pool;
    // What the bus owner above did not give, it sends no packets for.
    const isOurs = !bridge.isUpstream(0) || (eid >= first && eid < first + count);
    if (isOurs) return owner.settle(port.number, this.#found(eid));
    const given = `${String(first)} to ${String(first + count - 1)}`;
    return reject(
      `EID ${String(eid)} is none of those that the bus owner gave this agent, ${given}; choose one of them with eid=, or leave eid= out`,
    );
  }

  #found(eid: Eid): DiscoveredEndpoint {
    return {
      eid,
      accepted: this.#options.eid === undefined,
      pool: "none",
      poolSize: 0,
      controlVersions: [],
      messageTypes: [],
      uuid: undefined,
    };
  }

  #fails(why: string): void {
    const text = `The kernel has no EID on ${this.#options.port.name}: ${why}`;
    if (text !== this.#trouble) this.#options.tell(text, "kernel-trouble");
    this.#trouble = text;
  }

  /** The kernel keeps its EID while the link is down: its programs may have it in use. */
  #leave(): void {
    const { bridge, changed, port } = this.#options;
    if (bridge.owner.at(port.number) === undefined) return;
    bridge.owner.left(port.number);
    bridge.updateRoutes();
    changed();
  }
}
