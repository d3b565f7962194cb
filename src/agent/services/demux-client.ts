/**
 * One client of the demux socket. Its first packet is a message type; then every packet both ways is an EID and a message,
 * `[EID][type][…]`. It gets the responses to its own requests, and the requests of its type as long as no other program
 * serves that.
 */
import type { Socket } from "node:net";
import { ENDPOINT_DEFAULTS } from "../../core/mctp/endpoint-defaults.ts";
import type { EndpointCore } from "../../core/mctp/endpoint.ts";
import { MESSAGE_TYPE_MASK, NULL_EID, isAssignable, typeOf } from "../../core/mctp/message.ts";
import type { RequestTicket } from "../../core/mctp/request-terms.ts";
import { millis, type Eid } from "../../core/wire/units.ts";
import { monotonicClock } from "../../node/clock.ts";
import { Failure, messageOf } from "../../platform/failure.ts";
import { READ_BYTES, hasLeft } from "../../platform/packet-socket.ts";
import { answers, directionOf } from "./direction.ts";
import { PacketWriter } from "./packet-writer.ts";
import type { ServiceCounter } from "./service-counters.ts";
import { ANSWER_LIMIT, type ProgramRequest, type Registration, type ServiceTable } from "./service-table.ts";

/** Bytes of a packet: the EID and a message of up to 65,534 bytes. */
export const LONGEST_PACKET: number = READ_BYTES - 1;
/** Requests of one client without a response, and their bytes; the agent reads no more from it until one has ended. */
export const REQUESTS_OF_CLIENT = 16;
export const BYTES_OF_REQUESTS: number = 256 * 1024;
const LOOK_MILLISECONDS = 500;
/** Milliseconds for the first packet. */
export const FIRST_PACKET_LIMIT = 5000;
/** Bytes of a request that say what answers it: type byte and PLDM header. */
const KEPT_BYTES = 4;
/** EID and type byte. */
const SHORTEST_PACKET = 2;

/** The client repeats what it likes to repeat, and waits for as long as it likes. */
const TIMING = { ...ENDPOINT_DEFAULTS.timing, attemptTimeout: millis(ANSWER_LIMIT), retries: 0 };

export interface DemuxClientOptions {
  readonly socket: Socket;
  /** For people: "demux client (process 4711)". */
  readonly name: string;
  readonly endpoint: EndpointCore;
  readonly services: ServiceTable;
  /** Something was dropped or refused; `why` says more of it. */
  readonly count: (what: ServiceCounter, why?: string) => void;
  readonly closed: () => void;
}

/** A request of a peer that the client has got. */
interface Given {
  readonly id: number;
  readonly source: Eid;
  /** Its first bytes. */
  readonly head: Uint8Array;
}

/** A request of the client that has no response yet, or a message that is not yet sent. */
interface Asked {
  readonly bytes: number;
  ticket: RequestTicket | undefined;
}

export class DemuxClient {
  readonly #options: DemuxClientOptions;
  readonly #writer: PacketWriter;
  readonly #firstLimit: NodeJS.Timeout;
  /** In the order that they came. */
  readonly #given: Given[] = [];
  readonly #asked = new Set<Asked>();
  #askedBytes = 0;
  /** While nothing is read from the client: looks whether it has gone. */
  #look: NodeJS.Timeout | undefined;
  #type: number | undefined;
  #registration: Registration | undefined;
  #isGone = false;

  constructor(options: DemuxClientOptions) {
    this.#options = options;
    const { socket } = options;
    this.#writer = new PacketWriter(socket);
    this.#firstLimit = setTimeout(() => {
      this.#hangUp(`nothing within ${String(FIRST_PACKET_LIMIT)} ms`);
    }, FIRST_PACKET_LIMIT).unref();
    socket.on("error", () => undefined);
    socket.on("data", (packet: Buffer) => {
      if (this.#isGone) return;
      if (this.#type === undefined) this.#begin(packet);
      else this.#take(packet, this.#type);
    });
    socket.on("end", () => {
      socket.destroy();
    });
    socket.on("close", () => {
      this.#leave();
      options.closed();
    });
  }

  close(): void {
    this.#leave();
    this.#options.socket.destroy();
  }

  /* ---- From the client ---- */

  #begin(packet: Buffer): void {
    const [type = 0] = packet;
    if (packet.length !== 1 || type === 0 || type > MESSAGE_TYPE_MASK) {
      const shown =
        packet.length === 1 ? `the byte 0x${type.toString(16).padStart(2, "0")}` : `${String(packet.length)} bytes`;
      this.#hangUp(shown);
      return;
    }
    clearTimeout(this.#firstLimit);
    const { name, services } = this.#options;
    try {
      this.#registration = services.register(
        {
          name,
          kind: { type },
          take: (request) => this.#give(request),
          dropped: (id) => {
            this.#forget(id);
          },
        },
        true,
      );
      this.#type = type;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#hangUp(messageOf(error));
    }
  }

  #take(packet: Buffer, type: number): void {
    const [eid = 0] = packet;
    const isWhole = packet.length >= SHORTEST_PACKET && packet.length <= LONGEST_PACKET;
    if (!isWhole || typeOf(packet.subarray(1)) !== type || (eid !== NULL_EID && !isAssignable(eid))) {
      this.#options.count("demuxInvalid");
      return;
    }
    // A copy: Node's buffer would be kept with it.
    const bytes = new Uint8Array(packet.subarray(1));
    const destination = eid as Eid;
    const direction = directionOf(bytes);
    const given = this.#given.find(({ source, head }) => source === destination && answers(bytes, head));
    if (given !== undefined && (direction === "response" || direction === "unknown")) {
      this.#forget(given.id);
      this.#options.services.respond(given.id, bytes);
    } else if (direction === "response") this.#options.count("demuxInvalid");
    // An endpoint that has no EID yet is not at the null EID.
    else if (destination !== NULL_EID && destination === this.#options.endpoint.identity.eid) this.#askSelf(bytes);
    else if (direction === "notice") this.#send(destination, bytes);
    else this.#ask(destination, bytes);
  }

  #askSelf(bytes: Uint8Array): void {
    const { endpoint, count } = this.#options;
    const answer = (response: Uint8Array): void => {
      this.#tell(endpoint.identity.eid, response);
    };
    if (!endpoint.handToSelf(bytes, answer, monotonicClock.now())) count("demuxUnanswered");
  }

  /** Until the peer has taken it, it counts as a request does. */
  #send(destination: Eid, bytes: Uint8Array): void {
    const sending = this.#begun(bytes);
    this.#options.endpoint.send(destination, bytes, monotonicClock.now(), (outcome) => {
      this.#ended(sending);
      if (outcome !== "sent" && !this.#isGone) this.#options.count("demuxUnanswered");
    });
    this.#readOn();
  }

  #ask(destination: Eid, bytes: Uint8Array): void {
    const { endpoint, count } = this.#options;
    const asked = this.#begun(bytes);
    asked.ticket = endpoint.request(
      destination,
      bytes,
      monotonicClock.now(),
      (outcome) => {
        if (!this.#isGone) {
          if (outcome.ok) this.#tell(outcome.response.source, outcome.response.bytes);
          else count("demuxUnanswered");
        }
        this.#ended(asked);
      },
      { ...TIMING, asker: this },
    );
    this.#readOn();
  }

  #begun({ length }: Uint8Array): Asked {
    const asked: Asked = { bytes: length, ticket: undefined };
    this.#asked.add(asked);
    this.#askedBytes += length;
    return asked;
  }

  #ended(asked: Asked): void {
    this.#asked.delete(asked);
    this.#askedBytes -= asked.bytes;
    if (!this.#isGone) this.#readOn();
  }

  /** What a client asks without end waits in its own socket. */
  #readOn(): void {
    const { socket } = this.#options;
    const isFull = this.#asked.size >= REQUESTS_OF_CLIENT || this.#askedBytes >= BYTES_OF_REQUESTS;
    if (isFull === socket.isPaused()) return;
    if (isFull) {
      socket.pause();
      this.#look = setInterval(() => {
        if (hasLeft(socket)) this.close();
      }, LOOK_MILLISECONDS).unref();
    } else {
      clearInterval(this.#look);
      socket.resume();
    }
  }

  /* ---- To the client ---- */

  #give({ id, source, bytes }: ProgramRequest): boolean {
    if (!this.#tell(source, bytes)) return false;
    this.#given.push({ id, source, head: bytes.slice(0, KEPT_BYTES) });
    return true;
  }

  #tell(source: Eid, bytes: Uint8Array): boolean {
    if (this.#isGone) return false;
    if (bytes.length >= LONGEST_PACKET) {
      this.#options.count("demuxTooLong");
      return false;
    }
    const packet = new Uint8Array(1 + bytes.length);
    packet[0] = source;
    packet.set(bytes, 1);
    const isTaken = this.#writer.write(packet);
    if (!isTaken) this.#options.count("demuxUnread", this.#options.name);
    return isTaken;
  }

  #forget(id: number): void {
    const at = this.#given.findIndex((given) => given.id === id);
    if (at >= 0) this.#given.splice(at, 1);
  }

  /* ---- The end ---- */

  #hangUp(why: string): void {
    if (this.#isGone) return;
    this.#options.count("demuxHungUp", `${this.#options.name}: ${why}`);
    this.close();
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#firstLimit);
    clearInterval(this.#look);
    this.#registration?.release();
    const now = monotonicClock.now();
    for (const { ticket } of [...this.#asked]) ticket?.cancel(now);
  }
}
