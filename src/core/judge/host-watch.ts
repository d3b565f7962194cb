/** A host as a judge follows it: from what it reads and writes alone, through start-up, session, rest and stop. */
import { CONTROL_FIELDS_BYTES } from "../binding/control-region.ts";
import { Command, SESSION_BITS, Status, commandName } from "../binding/registers.ts";
import type { Context } from "./context.ts";
import { Rulings } from "./rulings.ts";
import type { HostView } from "./host/host-view.ts";
import { Loss } from "./host/loss.ts";
import { StartUpReads } from "./host/start-up-reads.ts";
import { StartUpWrites } from "./host/start-up-writes.ts";
import { StartUp } from "./host/start-up.ts";
import { Stop } from "./host/stop.ts";
import { SideWatch, hexOffset } from "./side-watch.ts";

/** Follows a host's lives and sessions, and has the parts in host/ follow what lies between. */
export class HostWatch extends SideWatch {
  readonly #startUp: StartUp;
  readonly #reads: StartUpReads;
  readonly #writes: StartUpWrites;
  readonly #stop: Stop;
  readonly #loss: Loss;

  constructor(context: Context) {
    super(context, "host");
    const docket = new Rulings(context, "host");
    const view: HostView = {
      status: () => this.status,
      hasWritten: () => this.hasWritten,
      session: () => this.session,
      stopping: () => this.stopping,
      endSession: () => {
        this.endSession();
      },
    };
    this.#startUp = new StartUp(docket, view, this.inbound);
    this.#stop = new Stop(docket);
    this.#loss = new Loss(docket);
    this.#reads = new StartUpReads(docket, view, this.#startUp);
    this.#writes = new StartUpWrites(docket, view, this.#startUp, this.#stop);
  }

  /* ---- Lives ---- */

  override started(): void {
    super.started();
    this.#startUp.started();
    this.#stop.started();
  }

  override stopAsked(): void {
    super.stopAsked();
    const { phase, magic } = this.#startUp;
    const isDown = this.status >= 0 && (this.status & Status.BMC_ACTIVE) === 0;
    this.#stop.asked(
      this.session === "open" || phase === "opened" || phase === "answered",
      phase === "resting" || phase === "closed" || (phase === "awaiting" && (isDown || !magic.isSeen)),
    );
  }

  override ended(): void {
    if (this.stopping) this.#stop.judgeEnd(this.#startUp.phase === "stopped", this.status, this.stopAskedAt);
    this.forget();
    this.#startUp.forget();
  }

  protected override becomeUnknown(): void {
    super.becomeUnknown();
    this.#startUp.forget();
    this.#startUp.clear();
  }

  /* ---- STR ---- */

  protected override onStatus(value: number): void {
    const startUp = this.#startUp;
    const isUp = (value & SESSION_BITS) === SESSION_BITS;
    startUp.data.statusRead(value);
    startUp.oddities.judgeStatus(value, isUp);
    startUp.data.judgeUnread(
      value,
      startUp.isKnown || startUp.phase === "active",
      startUp.phase === "awaiting" && !startUp.magic.isSeen,
    );
    if (this.stopping) this.#stop.judgeTime(this.stopAskedAt);
    if (startUp.phase === "answered") this.#confirm(isUp);
    else if (startUp.phase === "active") {
      if (!isUp) this.#lose();
      else startUp.earlyBegin.judge();
    } else if (startUp.phase === "lost") {
      if (!this.#loss.look(value)) startUp.forget();
    } else if (this.session === "unknown" && startUp.phase === "unknown" && !isUp) this.endSession();
    // With a byte in ODR, the look behind that byte decides (H0.3 to H0.5).
    if ((value & Status.BMC_ACTIVE) === 0 && (value & Status.OBF) === 0) startUp.bmcAbsent();
  }

  protected override isIdle(): boolean {
    const { phase, earlyBegin } = this.#startUp;
    const isAwaitingByte = (this.status & Status.OBF) === 0;
    return phase === "active" && isAwaitingByte && !earlyBegin.isRemembered && !this.stopping;
  }

  #lose(): void {
    this.endSession();
    this.context.sessions.host = 0;
    this.#startUp.phase = "lost";
    this.#loss.begin();
  }

  /* ---- From the answer to its use ---- */

  #confirm(isUp: boolean): void {
    const { answer } = this.#startUp;
    answer.confirm();
    if (!isUp) {
      this.#lose();
      return;
    }
    if (answer.fault !== undefined) return;
    if (answer.confirmations === 1) this.#openSession();
    else this.#use(2);
  }

  #openSession(): void {
    const { terms } = this.#startUp.answer;
    this.beginSession(terms);
    this.#startUp.earlyBegin.sessionOpens();
    this.context.hostOpened(terms);
  }

  /** Something is done that belongs to a session; `confirmations` of STR have to stand between it and the terms. */
  #use(confirmations: number): void {
    const startUp = this.#startUp;
    if (startUp.phase !== "answered") return;
    if (!startUp.answer.judgeUse()) this.#openSession();
    startUp.answer.judgeConfirmations(confirmations);
    if (this.session !== "open") this.#openSession();
    startUp.phase = "active";
    startUp.refusals.inSession();
  }

  /* ---- ODR ---- */

  override dataRead(value: number, _step: string | undefined): void {
    const startUp = this.#startUp;
    startUp.data.judgeRead(value, this.status);
    startUp.judgeMagic("ODR is read");
    // A host that declines the answer reads what comes before it can write its close.
    if (startUp.answer.fault === undefined) this.#use(2);
    startUp.data.take(value, this.status);
    if (this.session === "open") {
      if (value === Command.TX_BEGIN) this.beginRead();
      else if (value === Command.RX_COMPLETE) this.completionRead();
    } else if (value === Command.TX_BEGIN) startUp.earlyBegin.read(startUp.phase === "opened");
  }

  /* ---- IDR ---- */

  override dataWritten(value: number, _step: string | undefined): void {
    this.judgeRoom(value);
    this.#startUp.data.judgeStale(`${commandName(value)} is written`, this.session === "open");
    if (value !== Command.TX_BEGIN && value !== Command.RX_COMPLETE) {
      this.#writes.command(value);
      return;
    }
    this.#use(2);
    if (this.session === "open") this.#transferWritten(value);
    else this.#judgeTransferOutside(value);
  }

  #transferWritten(value: number): void {
    if (value !== Command.TX_BEGIN) {
      this.#completeWritten();
      return;
    }
    this.beginWritten(() => {
      this.break("LPC-HOST-11", "wire", {
        seen: "Tx Begin is written, and no packet was written since the buffer is the host's",
        expected: "the whole packet is in the buffer before its Tx Begin",
      });
    });
  }

  #completeWritten(): void {
    this.judgeTurn(Command.RX_COMPLETE);
    if (this.inbound.complete(this.terms)) return;
    this.break("LPC-HOST-16", "wire", {
      seen: "Rx Complete is written, and no packet was announced",
      expected: "one Rx Complete for each Tx Begin",
      cause: { name: "byteInvented", text: "the command answers nothing" },
    });
  }

  #judgeTransferOutside(value: number): void {
    const { phase } = this.#startUp;
    if (this.session === "unknown" || phase === "unknown") {
      this.outbound.begin(undefined);
      return;
    }
    if (phase === "lost") {
      this.#loss.breakUse(`${commandName(value)} is written`, this.status);
      return;
    }
    this.break(value === Command.TX_BEGIN ? "LPC-HOST-11" : "LPC-HOST-16", "wire", {
      seen: `${commandName(value)} is written outside a session`,
      expected: "packets pass in a session only",
    });
  }

  /* ---- The window ---- */

  protected override onRegionRead(offset: number, length: number, bytes: Uint8Array, shown: number): void {
    if (this.session !== "open") this.#startUp.data.judgeStale("the window is read", false);
    if (shown < Math.min(length, CONTROL_FIELDS_BYTES)) this.becomeUnknown();
    else if (this.#reads.read(offset, length, bytes)) this.#use(0);
  }

  protected override onRegionWritten(offset: number, length: number, bytes: Uint8Array, shown: number): void {
    if (shown < length) this.becomeUnknown();
    else this.#writes.region(offset, length, bytes);
  }

  protected override onBufferRead(offset: number, length: number, bytes: Uint8Array, start: number, end: number): void {
    this.#use(2);
    const { phase, earlyBegin } = this.#startUp;
    if (phase === "lost") {
      this.#loss.breakUse("a packet is read", this.status);
      if (this.context.bothRecorded) this.#loss.breakTaken();
      return;
    }
    this.bufferRead(offset, length, bytes, start, end, () => {
      earlyBegin.breakUnannounced(offset);
    });
  }

  protected override onBufferWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#use(1);
    const { phase } = this.#startUp;
    if (this.session === "open") this.bufferWritten(offset, length, bytes, start, end);
    else if (this.session === "unknown" || phase === "unknown") return;
    else if (phase === "lost") this.#loss.breakUse("a packet is written", this.status);
    else {
      this.break("LPC-HOST-11", "wire", {
        seen: `${String(length)} bytes are written at ${hexOffset(offset)} outside a session`,
        expected: "a packet is written in a session only",
        offset,
      });
    }
  }

  /** The BMC alone writes STR. */
  override statusWritten(): void {
    this.break("LPC-HOST-16", "wire", { seen: "the host writes STR", expected: "only the BMC writes STR" });
  }
}
