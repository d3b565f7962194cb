/**
 * When the bus owner discovers the endpoint at the other end of the channel: at once, or after the first control message
 * of the session (LPC-MCTP-19), and again after a discovery that failed.
 */
import { TELL_WAITING_MILLISECONDS, type DiscoverMode } from "../src/node/discover-mode.ts";
import type { EndpointPort } from "../src/core/mctp/endpoint-port.ts";

/** The pause after a failed discovery doubles from the first to the last. */
const FIRST_PAUSE_MILLISECONDS = 1000;
const LAST_PAUSE_MILLISECONDS = 60_000;
/** The longest pause while packets arrive: who sends may have lost the request, or its response. */
const PAUSE_WITH_PACKETS_MILLISECONDS = 5000;

const WAITING =
  "Waiting for a control message from the host before discovery (LPC-MCTP-19); --discover always asks at once.";

type Phase =
  /** No session, or no discovery at all. */
  | { readonly name: "off" }
  | { readonly name: "waiting" }
  | { readonly name: "asking" }
  /** A discovery failed. */
  | { readonly name: "pausing"; readonly why: string; readonly leftMilliseconds: number; readonly packets: number }
  | { readonly name: "known" };

export interface DiscoveryScheduleOptions {
  readonly mode: DiscoverMode;
  /** Where the packets of the endpoint come in. */
  readonly port: Pick<EndpointPort, "packetsReceived" | "lastSource">;
  /** Begins a discovery, which ends in `succeeded` or `failed`. */
  readonly begin: () => void;
  readonly tell: (line: string) => void;
}

export class DiscoverySchedule {
  readonly #options: DiscoveryScheduleOptions;
  #phase: Phase = { name: "off" };
  #timer: NodeJS.Timeout | undefined;
  #pause = FIRST_PAUSE_MILLISECONDS;
  /** Packets that had come in when the session opened. */
  #packetsBefore = 0;
  #isUp = false;

  constructor(options: DiscoveryScheduleOptions) {
    this.#options = options;
  }

  linkUp(): void {
    const { mode, port } = this.#options;
    this.linkDown();
    this.#isUp = true;
    this.#packetsBefore = port.packetsReceived;
    if (mode === "always") this.ask();
    if (mode !== "announced") return;
    this.#phase = { name: "waiting" };
    this.#later(TELL_WAITING_MILLISECONDS, () => {
      this.#options.tell(WAITING);
    });
  }

  linkDown(): void {
    clearTimeout(this.#timer);
    this.#phase = { name: "off" };
    this.#pause = FIRST_PAUSE_MILLISECONDS;
    this.#isUp = false;
  }

  /** A control message came from the endpoint; `isNotify`: Discovery Notify, which asks for a discovery. */
  heard(isNotify: boolean): void {
    const { name } = this.#phase;
    if (name === "waiting" || (isNotify && (name === "pausing" || name === "known"))) this.ask();
  }

  /** Discovers now, as it is not known who is there. */
  ask(): void {
    clearTimeout(this.#timer);
    this.#phase = { name: "asking" };
    this.#options.begin();
  }

  succeeded(): void {
    clearTimeout(this.#timer);
    this.#phase = { name: "known" };
    this.#pause = FIRST_PAUSE_MILLISECONDS;
  }

  /** `why` for people; told of the first time in a row. */
  failed(why: string): void {
    if (this.#pause === FIRST_PAUSE_MILLISECONDS) {
      this.#options.tell(`discovery failed: ${why}; next try in ${secondsText(this.#pause)}`);
    }
    this.#rest(why, this.#pause, this.#options.port.packetsReceived);
    this.#pause = Math.min(2 * this.#pause, LAST_PAUSE_MILLISECONDS);
  }

  /** What is waited for and why nobody is known, a sentence for people each; `isKnown`: an endpoint is here. */
  notes(isKnown: boolean): readonly string[] {
    if (this.#options.mode === "never") {
      return ["Discovery is off (--discover never): the host keeps the EID that it has (LPC-MCTP-3)."];
    }
    if (isKnown || !this.#isUp) return [];
    const { port } = this.#options;
    const source = port.packetsReceived > this.#packetsBefore ? port.lastSource : undefined;
    const from = source === undefined ? undefined : `Packets arrive from EID ${String(source)}, which`;
    const phase = this.#phase;
    switch (phase.name) {
      case "waiting":
        return from === undefined ? [WAITING] : [`${from} was not asked who it is.`, WAITING];
      case "pausing": {
        const { why, leftMilliseconds } = phase;
        if (from === undefined) return [`Discovery failed: ${why}; next try within ${secondsText(leftMilliseconds)}.`];
        const next = `next try within ${secondsText(PAUSE_WITH_PACKETS_MILLISECONDS)} while they do`;
        return [`${from} has not answered discovery (${why}); ${next}.`];
      }
      case "asking":
        return from === undefined ? ["Discovery is under way."] : [`${from} has not answered discovery yet.`];
      case "off":
      case "known":
        return [];
    }
  }

  #rest(why: string, leftMilliseconds: number, packets: number): void {
    this.#phase = { name: "pausing", why, leftMilliseconds, packets };
    const pause = Math.min(leftMilliseconds, PAUSE_WITH_PACKETS_MILLISECONDS);
    this.#later(pause, () => {
      const left = leftMilliseconds - pause;
      if (left <= 0 || this.#options.port.packetsReceived !== packets) this.ask();
      else this.#rest(why, left, packets);
    });
  }

  #later(pause: number, action: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, pause);
    // A channel without a working endpoint keeps no process alive.
    this.#timer.unref();
  }
}

function secondsText(milliseconds: number): string {
  return `${String(milliseconds / 1000)} s`;
}
