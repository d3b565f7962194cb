/** What a host writes outside a session: Initialises, fences, and its fields of the control region. */
import { Field } from "../../binding/control-region.ts";
import { Command, Status, commandName } from "../../binding/registers.ts";
import { byteText } from "../context.ts";
import { PLACE } from "../requirements.ts";
import { judgeCommand, liesInFields } from "../rules.ts";
import { hexOffset } from "../side-watch.ts";
import { FENCES } from "./fences.ts";
import type { Rulings } from "../rulings.ts";
import type { HostView } from "./host-view.ts";
import type { StartUp } from "./start-up.ts";
import type { Stop } from "./stop.ts";
import { FIELDS_TOO_LATE } from "./texts.ts";

/** Follows the host through its start-up, its closes and its stop by what it writes. */
export class StartUpWrites {
  readonly #docket: Rulings;
  readonly #host: HostView;
  readonly #startUp: StartUp;
  readonly #stop: Stop;

  constructor(docket: Rulings, host: HostView, startUp: StartUp, stop: Stop) {
    this.#docket = docket;
    this.#host = host;
    this.#startUp = startUp;
    this.#stop = stop;
  }

  /* ---- IDR ---- */

  /** A byte is written to IDR that is neither Tx Begin nor Rx Complete. */
  command(value: number): void {
    if (this.#host.session() !== "open") this.#judgeOutside(`${commandName(value)} is written`);
    const broken = judgeCommand("host", value);
    if (value === Command.INITIALISE) this.#initialise();
    else if (value === Command.DUMMY) this.#fence();
    else if (broken !== undefined) {
      this.#docket.break(broken.requirement, "wire", {
        seen: `the byte ${byteText(value)} is written to IDR`,
        expected: "Initialise, Tx Begin, Rx Complete or a fence",
        cause: { name: "byteInvented", text: "no command has this value" },
      });
    }
  }

  /** What holds for everything that a host writes outside a session. */
  #judgeOutside(what: string): void {
    const { phase } = this.#startUp;
    const status = this.#host.status();
    this.#startUp.judgeMagic(what);
    if (status >= 0 && phase !== "active") {
      if ((status & Status.BMC_ACTIVE) === 0) {
        this.#docket.break("LPC-HOST-1", "draft", {
          seen: `${what} though STR, read as ${byteText(status)}, shows BMC Active = 0`,
          expected: "the host awaits the BMC",
        });
      } else this.#docket.keep(PLACE["LPC-HOST-1"]);
    }
    if (this.#host.stopping()) this.#stop.judgeWrite(what, phase === "stopped");
  }

  #fence(): void {
    const { phase, fences, hasSeenBeginning } = this.#startUp;
    if (phase === "active") {
      this.#docket.break("LPC-HOST-16", "draft", {
        seen: "a fence is written in a session",
        expected: "fences stand behind the two Initialises of a start-up",
        cause: { name: "byteInvented", text: "nothing waits for it" },
      });
      return;
    }
    if (phase !== "closed" && phase !== "opened") return;
    if (phase === "opened" && !fences.hasClosed && hasSeenBeginning && fences.count === 0) fences.breakNoClose();
    fences.fence();
  }

  #initialise(): void {
    this.#docket.context.initialises.written++;
    const startUp = this.#startUp;
    const { phase } = startUp;
    if (phase === "zeroed") this.#close();
    else if (this.#host.stopping() && phase !== "proposing") this.#closeUnzeroed();
    else if (phase === "proposing") this.#open();
    else if (!startUp.hasSeenBeginning) {
      this.#host.endSession();
      if (phase !== "unknown") startUp.phase = "opened";
      startUp.fences.open();
    } else if (!startUp.fences.hasClosed && (phase === "awaiting" || phase === "active")) {
      startUp.fences.breakUnzeroed();
      startUp.fences.close();
      startUp.phase = "closed";
    } else this.#openWithoutProposal();
  }

  #close(): void {
    const startUp = this.#startUp;
    this.#host.endSession();
    this.#docket.context.docket.followsDraft("host");
    this.#docket.keep(PLACE["LPC-HOST-3"]);
    startUp.fences.close();
    startUp.proposal.clearVersions();
    startUp.proposal.clearAsked();
    if (this.#host.stopping()) {
      this.#docket.keep(PLACE["LPC-HOST-12"]);
      startUp.phase = "stopped";
    } else if (startUp.answer.isDeclined) {
      startUp.phase = "resting";
      startUp.rest.begin(undefined);
      startUp.refusals.waits();
    } else startUp.phase = "closed";
    startUp.answer.closed();
  }

  #closeUnzeroed(): void {
    this.#stop.breakUnzeroed();
    this.#host.endSession();
    this.#startUp.phase = "stopped";
  }

  #open(): void {
    this.#host.endSession();
    this.#startUp.proposal.judge();
    this.#startUp.isKnown = true;
    this.#opened();
    this.#startUp.refusals.opens();
  }

  #openWithoutProposal(): void {
    if (this.#startUp.phase === "closed") {
      this.#docket.break("LPC-HOST-5", "wire", {
        seen: "Initialise is written, and the host's fields were not written since the close",
        expected: "host_ver_min, host_ver_cur, rx_size, then Initialise",
        cause: FIELDS_TOO_LATE,
      });
    }
    this.#host.endSession();
    this.#opened();
  }

  #opened(): void {
    this.#startUp.phase = "opened";
    this.#startUp.fences.open();
    this.#startUp.earlyBegin.forget();
  }

  /* ---- The control region ---- */

  /** A write to the control region, whole; its bytes are `bytes[0..length)`. */
  region(offset: number, length: number, bytes: Uint8Array): void {
    if (!liesInFields("host", true, offset, length)) {
      this.#docket.break("LPC-REG-3", "wire", {
        seen: `the host writes ${String(length)} bytes at ${hexOffset(offset)} of the control region`,
        expected: "it writes host_ver_min, host_ver_cur and rx_size alone",
        bytes: bytes.slice(0, length),
        offset,
      });
    } else if (offset < Field.negotiatedVersion) this.#versions(offset - Field.hostVersionMin, bytes, length);
    else this.#asked(offset - Field.rxSize, bytes, length);
  }

  #versions(at: number, bytes: Uint8Array, length: number): void {
    const what = "the host version fields are written";
    const { phase, proposal, data } = this.#startUp;
    const session = this.#host.session();
    data.judgeStale(what, session === "open");
    if (session !== "open" || phase === "answered") this.#judgeOutside(what);
    this.#docket.keep(PLACE["LPC-REG-3"]);
    if (phase !== "proposing" && phase !== "zeroed") {
      proposal.clearVersions();
      if (phase !== "closed" && phase !== "awaiting" && phase !== "unknown") proposal.clearAsked();
    }
    proposal.writeVersions(at, bytes, length);
    if (proposal.isZero) this.#zeroed();
    else this.#proposed();
  }

  #zeroed(): void {
    const startUp = this.#startUp;
    if (startUp.phase === "answered" && !this.#host.stopping()) startUp.answer.decline();
    else if (startUp.phase === "restarted") startUp.answer.declineRestarted();
    // Half of the fields may be written first; of those of a proposal the oldest version is not 0.
    if (startUp.phase === "proposing" || startUp.phase === "closed") return;
    this.#host.endSession();
    startUp.phase = "zeroed";
  }

  #proposed(): void {
    const startUp = this.#startUp;
    const { phase, proposal, fences } = startUp;
    if (phase === "proposing") return;
    if (phase === "opened" && proposal.own === undefined && !startUp.isKnown) return;
    if (phase === "opened" && fences.count <= FENCES) {
      this.#docket.break("LPC-HOST-5", "wire", {
        seen: "the host version fields are written behind Initialise",
        expected: "they are written before it",
        offset: Field.hostVersionMin,
        cause: FIELDS_TOO_LATE,
      });
      proposal.settleVersions();
      return;
    }
    if (phase === "closed") fences.judgeProposal(this.#host.status(), this.#host.hasWritten());
    else if (phase === "active" || phase === "answered") {
      startUp.beginWithOffer();
      proposal.takeVersions();
    }
    this.#host.endSession();
    startUp.phase = "proposing";
  }

  #asked(at: number, bytes: Uint8Array, length: number): void {
    const what = "rx_size is written";
    const startUp = this.#startUp;
    const session = this.#host.session();
    startUp.data.judgeStale(what, session === "open");
    if (session !== "open") this.#judgeOutside(what);
    this.#docket.keep(PLACE["LPC-REG-3"]);
    if (startUp.phase === "opened" && startUp.isKnown) {
      this.#docket.break("LPC-HOST-5", "wire", {
        seen: "rx_size is written behind Initialise",
        expected: "it is written before it",
        offset: Field.rxSize,
        cause: FIELDS_TOO_LATE,
      });
    }
    if (startUp.phase === "active" || startUp.phase === "answered") startUp.beginWithOffer();
    const isFirst = startUp.phase !== "proposing" && startUp.phase !== "opened";
    startUp.proposal.writeAsked(at, bytes, length, isFirst);
  }
}
