/** A link of the API as the link of a node's port. */
import type { PacketExchange } from "../core/mctp/link.ts";
import { UNKNOWN_KIND, type LinkPlan, type PortLink } from "../node/link.ts";
import type { Link, RunningLink } from "./link.ts";

/** `isDuty`: what is at its other end is looked for. `lost` is called when the link can never work again. */
export function nodeLink(link: Link, number: number, isDuty: boolean, lost: (why: Error) => void): LinkPlan {
  return {
    name: link.name ?? `link ${String(number)}`,
    kind: link.kind ?? UNKNOWN_KIND,
    showsPresence: isDuty && link.hasSessions === true,
    open: (port) => new NodeLink(link, port, lost),
  };
}

class NodeLink implements PortLink {
  readonly #link: Link;
  readonly #exchange: PacketExchange;
  readonly #lost: (why: Error) => void;
  #running: RunningLink | undefined;

  constructor(link: Link, exchange: PacketExchange, lost: (why: Error) => void) {
    this.#link = link;
    this.#exchange = exchange;
    this.#lost = lost;
  }

  get unit(): number {
    return this.#running?.unit ?? 0;
  }

  kick(): void {
    this.#running?.kick();
  }

  endTurn(): void {
    this.#running?.endTurn?.();
  }

  start(): Promise<void> {
    this.#running = this.#link.start(this.#exchange, this.#lost);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    await this.#running?.close();
  }
}
