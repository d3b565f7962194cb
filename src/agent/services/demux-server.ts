/**
 * The demux socket of an agent: what libpldm's mctp-demux transport and programs for mctp-demux-daemon connect to, as a path
 * or as a name in no file system.
 */
import type { Socket } from "node:net";
import type { EndpointCore } from "../../core/mctp/endpoint.ts";
import type { Group } from "../../platform/accounts.ts";
import { ownUser } from "../../platform/opening.ts";
import { listenForPackets, needPacketSockets, type PacketServer } from "../../platform/packet-socket.ts";
import { peerCredentials } from "../../platform/peer-credentials.ts";
import { isAbstract } from "../../platform/unix-address.ts";
import { isServed } from "../control/control-access.ts";
import { checkControlPath } from "../control/control-folder.ts";
import { setAccess } from "../control/socket-access.ts";
import { opening } from "../../platform/scope.ts";
import { DemuxClient } from "./demux-client.ts";
import { SERVICE_COUNTERS, type ServiceCounter } from "./service-counters.ts";
import type { ServiceTable } from "./service-table.ts";
import type { Tell } from "../../platform/log-events.ts";

/** Clients at once. */
export const DEMUX_CLIENTS = 16;

/** Where the socket is, and who may use it beside the agent's user and root. */
export interface DemuxOptions {
  /** An absolute path, or a name behind "@". */
  readonly address: string;
  readonly group?: Group | undefined;
}

/** Whether an agent may listen there: to be asked before it makes a board. Throws a Failure. */
export async function checkDemux({ address, group }: DemuxOptions): Promise<void> {
  needPacketSockets();
  if (!isAbstract(address)) await checkControlPath(address, group, "--demux");
}

export class DemuxServer {
  readonly #clients = new Set<DemuxClient>();
  readonly #options: DemuxServerOptions;
  #server: PacketServer | undefined;

  private constructor(options: DemuxServerOptions) {
    this.#options = options;
  }

  /** Throws a Failure where another listens there, or the address cannot be used. */
  static async listen(options: DemuxServerOptions): Promise<DemuxServer> {
    const { address, group } = options;
    const demux = new DemuxServer(options);
    await checkDemux(options);
    demux.#server = await listenForPackets({
      address,
      most: DEMUX_CLIENTS,
      connected: (socket) => {
        demux.#serve(socket);
      },
      dropped: () => {
        demux.#count("demuxTooMany");
      },
    });
    if (isAbstract(address)) return demux;
    try {
      opening("demux-path", `listen on ${address}`, () => {
        setAccess(address, group);
      });
    } catch (error) {
      await demux.close();
      throw error;
    }
    return demux;
  }

  async close(): Promise<void> {
    for (const client of [...this.#clients]) client.close();
    await this.#server?.close();
  }

  #serve(socket: Socket): void {
    const peer = peerCredentials(socket);
    if (peer === undefined || !isServed(peer, ownUser(), this.#options.group)) {
      socket.on("error", () => undefined);
      socket.destroy();
      this.#count("demuxRefused", peer === undefined ? undefined : `user ${String(peer.uid)}`);
      return;
    }
    const { endpoint, services } = this.#options;
    const client: DemuxClient = new DemuxClient({
      socket,
      name: `demux client (process ${String(peer.pid)})`,
      endpoint,
      services,
      count: (what, why) => {
        this.#count(what, why);
      },
      closed: () => this.#clients.delete(client),
    });
    this.#clients.add(client);
  }

  /** `why`: of the first one. */
  #count(what: ServiceCounter, why?: string): void {
    const { counters } = this.#options.services;
    if (counters[what]++ > 0) return;
    const told = why === undefined ? "" : ` (${why})`;
    this.#options.tell(`${SERVICE_COUNTERS[what].text}${told}; "mctp-lpc status" counts further ones`, "refused");
  }
}

export interface DemuxServerOptions extends DemuxOptions {
  readonly endpoint: EndpointCore;
  readonly services: ServiceTable;
  /** One line for people. */
  readonly tell: Tell;
}
