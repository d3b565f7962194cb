/** What an agent answers to vendor-defined messages: echoes at once, file requests when the receiver is done with them. */
import debugFactory from "debug";
import type { AgentRole } from "../control/control-socket.ts";
import type { EndpointCore } from "../../core/mctp/endpoint.ts";
import { MessageType, messageTypeName, type Message } from "../../core/mctp/message.ts";
import { giveBack } from "../../node/packet-memory.ts";
import { toHex } from "../../core/wire/bytes.ts";
import type { FileReceiver } from "./file-receiver.ts";
import {
  Operation,
  VendorStatus,
  decodeVendorRequest,
  encodeVendorResponse,
  type FileAnswer,
} from "./vendor-messages.ts";

const SHOWN_BYTES = 16;

export class VendorResponder {
  readonly #endpoint: EndpointCore;
  readonly #receiver: FileReceiver;
  readonly #portOf: (message: Message) => number;
  readonly #debug: debugFactory.Debugger;
  #session = 0;

  /**
   * Takes messages of type vendor (IANA), from `messages` where that is not the endpoint itself. `portOf`: the number of the
   * port that a message came in by.
   */
  constructor(
    endpoint: EndpointCore,
    receiver: FileReceiver,
    role: AgentRole,
    portOf: (message: Message) => number = () => 0,
    messages: Pick<EndpointCore, "handle"> = endpoint,
  ) {
    this.#endpoint = endpoint;
    this.#receiver = receiver;
    this.#portOf = portOf;
    this.#debug = debugFactory(`mctp-lpc:${role}:mctp`);
    messages.handle(
      MessageType.VENDOR_IANA,
      (message) => {
        this.#answer(message);
      },
      VendorResponder.name,
    );
  }

  /** To be called whenever the link changes: an answer belongs to the session that the question came in. */
  linkChanged(): void {
    this.#session++;
  }

  #answer(message: Message): void {
    const session = this.#session;
    // Of all that comes only the data of a file is kept.
    const answer = (given: FileAnswer, isKept = false): void => {
      if (session !== this.#session) return;
      const response = encodeVendorResponse(message.bytes, given.status, given.fields);
      this.#endpoint.respond(message, response, undefined, !isKept);
    };
    const request = decodeVendorRequest(message.bytes);
    if (!request.ok) {
      if (request.reject === "foreign") {
        this.#endpoint.discard(message);
        return;
      }
      const status = request.reject === "malformed" ? VendorStatus.MALFORMED : VendorStatus.UNKNOWN_OPERATION;
      answer({ status, fields: new Uint8Array(0) });
      return;
    }
    if (this.#debug.enabled) {
      const bytes = toHex(message.bytes.subarray(0, SHOWN_BYTES));
      this.#debug("%s from %d: %s", messageTypeName(MessageType.VENDOR_IANA), message.source, bytes);
    }
    const { value } = request;
    const peer = { port: this.#portOf(message), eid: message.source };
    switch (value.operation) {
      case Operation.ECHO:
        answer({ status: VendorStatus.OK, fields: value.data });
        return;
      case Operation.FILE_OPEN:
        void this.#receiver.open(peer, value.size, value.sha256, value.name).then((given) => {
          answer(given);
        });
        return;
      case Operation.FILE_DATA: {
        const given = this.#receiver.data(peer, value.handle, value.offset, value.data);
        answer(given, given.status === VendorStatus.OK);
        // It is on the disk, and the response repeats none of it.
        giveBack(message.bytes);
        return;
      }
      case Operation.FILE_CLOSE:
        void this.#receiver.finish(peer, value.handle, value.value).then((given) => {
          answer(given);
        });
        return;
    }
  }
}
