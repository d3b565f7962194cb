/**
 * A peer in session that is no part of this program: it polls, as deployed ones do. At each poll it reads STR once,
 * handles at most one byte and writes at most one, Rx Complete before Tx Begin. It always has another packet to send.
 */
import type { Session } from "../../src/core/binding/channel.ts";
import { Command, Status } from "../../src/core/binding/registers.ts";
import type { RoleName } from "../../src/core/binding/side.ts";
import type { LoopbackBoard } from "../../src/platform/loopback.ts";
import { frameOf, packetOf } from "./frames.ts";

/** `writesFirst`: a poll writes what waits from earlier polls; `readsFirst`: the answer to the byte that it has just handled. */
export type PollOrder = "readsFirst" | "writesFirst";

export class PollingPeer {
  /** Packets that the other side has acknowledged, and packets of the other side. */
  sent = 0;
  received = 0;
  readonly #port: LoopbackBoard["host"]["port"];
  readonly #window: Uint8Array;
  readonly #frame: Uint8Array;
  readonly #order: PollOrder;
  readonly #sendsAt: number;
  readonly #inboundFull: number;
  readonly #outboundFull: number;
  #rxCompleteOwed = false;
  #isOutstanding = false;

  /** The peer of role `role` in an open session; its packets carry `payloadBytes`. */
  constructor(
    role: RoleName,
    board: LoopbackBoard,
    { version, layout }: Session,
    payloadBytes: number,
    order: PollOrder,
  ) {
    this.#order = order;
    const isHost = role === "host";
    this.#port = isHost ? board.host.port : board.bmc.port;
    this.#window = board.window;
    this.#frame = frameOf(version, packetOf(payloadBytes));
    this.#sendsAt = (isHost ? layout.hostToBmc : layout.bmcToHost).offset;
    this.#inboundFull = isHost ? Status.OBF : Status.IBF;
    this.#outboundFull = isHost ? Status.IBF : Status.OBF;
  }

  poll(): void {
    const status = this.#port.readStatus();
    const writes = (status & this.#outboundFull) === 0;
    if (writes && this.#order === "writesFirst") this.#write();
    if ((status & this.#inboundFull) !== 0) this.#handle(this.#port.readData());
    if (writes && this.#order === "readsFirst") this.#write();
  }

  #write(): void {
    if (this.#rxCompleteOwed) {
      this.#port.writeData(Command.RX_COMPLETE);
      this.#rxCompleteOwed = false;
    } else if (!this.#isOutstanding) {
      this.#window.set(this.#frame, this.#sendsAt);
      this.#port.writeData(Command.TX_BEGIN);
      this.#isOutstanding = true;
    }
  }

  #handle(command: number): void {
    if (command === Command.TX_BEGIN && !this.#rxCompleteOwed) {
      this.#rxCompleteOwed = true;
      this.received++;
    } else if (command === Command.RX_COMPLETE && this.#isOutstanding) {
      this.#isOutstanding = false;
      this.sent++;
    }
  }
}
