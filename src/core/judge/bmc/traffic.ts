/** The packets of a BMC's sessions: what it reads and writes behind the control region, Tx Begin and Rx Complete. */
import { Command } from "../../binding/registers.ts";
import type { Context } from "../context.ts";
import { SideWatch } from "../side-watch.ts";
import { breakReadOutside, breakTransferOutside, breakUnannouncedRead, breakWriteOutside } from "./bytes.ts";
import { CommandOrder } from "./command-order.ts";
import { BmcDummy } from "./dummy.ts";
import { FormerSession } from "./former-session.ts";
import { Rulings } from "../rulings.ts";

/** Follows what a BMC sends and takes, in a session or outside. When a session begins and ends, its subclass says. */
export abstract class BmcTraffic extends SideWatch {
  protected readonly rulings: Rulings;
  protected readonly dummy: BmcDummy;
  protected readonly order: CommandOrder;
  protected readonly former: FormerSession;

  constructor(context: Context) {
    super(context, "bmc");
    this.rulings = new Rulings(context, "bmc");
    this.dummy = new BmcDummy(this.rulings);
    this.order = new CommandOrder(this.rulings);
    this.former = new FormerSession(this.rulings);
  }

  /** Enough of the BMC's life was seen to say where it is. */
  protected abstract get isKnown(): boolean;
  /** BMC Active is set, and no reset was seen since. */
  protected abstract get isServing(): boolean;
  /** The last Initialise was refused. */
  protected abstract get wasRefused(): boolean;

  /** Tx Begin or Rx Complete is written. */
  protected transferWritten(value: number): void {
    this.dummy.judgePassed(value);
    if (this.session === "open") {
      if (value === Command.TX_BEGIN)
        this.beginWritten(() => {
          this.former.breakEmptyBegin();
        });
      else this.#completeWritten();
      return;
    }
    if (this.session === "unknown" || !this.isKnown) this.outbound.begin(undefined);
    else breakTransferOutside(this.rulings, value, this.wasRefused);
  }

  #completeWritten(): void {
    this.order.completed();
    this.judgeTurn(Command.RX_COMPLETE);
    if (!this.inbound.complete(this.terms)) this.former.breakNeedlessComplete();
  }

  /* ---- The buffers ---- */

  protected override onBufferRead(offset: number, length: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.session === "none" && this.isServing) {
      breakReadOutside(this.rulings, offset, length);
      return;
    }
    if (this.session !== "open") return;
    this.bufferRead(offset, length, bytes, start, end, () => {
      breakUnannouncedRead(this.rulings, offset);
    });
    this.order.packetRead();
  }

  protected override onBufferWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (this.session === "open") this.bufferWritten(offset, length, bytes, start, end);
    else if (this.session !== "unknown" && this.isKnown) breakWriteOutside(this.rulings, offset, length);
  }
}
