/**
 * Who may use a control socket: the agent's user, root, and members of one group where the agent was told of it. The mode
 * of the socket and its folder keep others from it; the kernel's word of who has connected is asked beside that, for modes
 * are changed, and folders shared.
 */
import type { Socket } from "node:net";
import { createJSONRPCErrorResponse } from "json-rpc-2.0";
import type { Group } from "../../platform/accounts.ts";
import { ownUser } from "../../platform/opening.ts";
import { FAILURE_CODE } from "./control-connection.ts";
import { canTellPeers, peerCredentials, type PeerCredentials } from "../../platform/peer-credentials.ts";

const ROOT = 0;

/** Code of the error that a client is refused with. */
export const NO_PERMISSION = "no-permission";

/** Clients that were refused and may still read why; further ones are hung up on at once. */
export const REFUSALS_HELD = 8;
/** Milliseconds that such a client has for that. */
export const REFUSAL_MILLISECONDS = 1000;

/** For the log, where the kernel cannot be asked who has connected; undefined where it can. */
export function accessNote(): string | undefined {
  if (canTellPeers()) return undefined;
  return "the modes of the control socket and its folder alone say who may use it: to ask the kernel who has connected takes Linux and the package koffi";
}

/** Why the process at the other end may not use the socket, for its user; undefined where it may. */
export function whyNoClient(socket: Socket, group: Group | undefined): string | undefined {
  // The modes alone protect then (accessNote), and no group can be let in.
  if (!canTellPeers()) return undefined;
  const peer = peerCredentials(socket);
  if (peer === undefined) return "the kernel does not tell whose process this is";
  if (isServed(peer, ownUser(), group)) return undefined;
  const others = group === undefined ? " and root" : `, root and members of group ${group.name}`;
  return `user ${String(peer.uid)} may not use this agent; user ${String(ownUser())}${others} may`;
}

/**
 * Whether the process at the other end is of this process's user, or root: what such a one has the agent write, it could
 * write itself. Where the kernel does not tell, no other is let in.
 */
export function isOwner(socket: Socket): boolean {
  if (!canTellPeers()) return true;
  const peer = peerCredentials(socket);
  return peer !== undefined && isServed(peer, ownUser(), undefined);
}

/** `own`: the agent's user. */
export function isServed(peer: Omit<PeerCredentials, "pid">, own: number, group: Group | undefined): boolean {
  if (peer.uid === own || peer.uid === ROOT) return true;
  return group !== undefined && (peer.gid === group.gid || peer.groups.includes(group.gid));
}

/**
 * Clients that are not served: each gets one line that says who is. What it sends is not read. A connection that ended at
 * once would fail the client's first call before it has read the line.
 */
export class RefusedClients {
  readonly #held = new Set<Socket>();

  refuse(socket: Socket, why: string): void {
    socket.on("error", () => undefined);
    socket.end(`${JSON.stringify(createJSONRPCErrorResponse(null, FAILURE_CODE, why, { code: NO_PERMISSION }))}\n`);
    if (this.#held.size >= REFUSALS_HELD) {
      socket.destroySoon();
      return;
    }
    this.#held.add(socket);
    const timer = setTimeout(() => {
      socket.destroy();
    }, REFUSAL_MILLISECONDS);
    socket.on("close", () => {
      clearTimeout(timer);
      this.#held.delete(socket);
    });
  }

  close(): void {
    for (const socket of this.#held) socket.destroy();
  }
}

/** The reason in the line of an agent that does not serve this client; undefined for any other line. */
export function refusalIn(payload: unknown): string | undefined {
  if (typeof payload !== "object" || payload === null || !("id" in payload) || payload.id !== null) return undefined;
  const { error } = payload as { error?: { message?: unknown; data?: { code?: unknown } } };
  const { data, message } = error ?? {};
  return data?.code === NO_PERMISSION && typeof message === "string" ? message : undefined;
}
