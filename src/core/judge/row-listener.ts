/** Accesses as rows of a trace: the other way round than rows.ts. */
import type { RoleName } from "../binding/side.ts";
import type { LifeEvent, TraceEntry, TraceTime } from "../trace/format.ts";
import { toHex } from "../wire/bytes.ts";
import type { SideListener } from "./listener.ts";

/** The running number and the time of the access that is told next; a time of undefined is left out. */
export interface RowMoment {
  n: number;
  t: TraceTime | undefined;
}

/** Makes a row of each access and of each event of the side's life that it is told. */
export class RowListener implements SideListener {
  readonly moment: RowMoment = { n: 0, t: undefined };
  readonly #side: RoleName;
  readonly #sink: (row: TraceEntry) => void;

  constructor(side: RoleName, sink: (row: TraceEntry) => void) {
    this.#side = side;
    this.#sink = sink;
  }

  statusRead(value: number, step: string | undefined): void {
    this.#register("kcs_read", "STR", value, step);
  }

  dataRead(value: number, step: string | undefined): void {
    this.#register("kcs_read", this.#side === "host" ? "ODR" : "IDR", value, step);
  }

  dataWritten(value: number, step: string | undefined): void {
    this.#register("kcs_write", this.#side === "host" ? "IDR" : "ODR", value, step);
  }

  statusWritten(value: number, step: string | undefined): void {
    this.#register("kcs_write", "STR", value, step);
  }

  windowRead(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    this.#window("lpc_read", offset, length, bytes.subarray(start, end), step);
  }

  windowWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    this.#window("lpc_write", offset, length, bytes.subarray(start, end), step);
  }

  started(): void {
    this.#life("started");
  }

  stopAsked(): void {
    this.#life("stopAsked");
  }

  ended(): void {
    this.#life("ended");
  }

  #life(event: LifeEvent): void {
    this.#sink({ ...this.#head(undefined), side: this.#side, op: "life", event });
  }

  #register(op: "kcs_read" | "kcs_write", reg: "STR" | "IDR" | "ODR", value: number, step: string | undefined): void {
    this.#sink({ ...this.#head(step), side: this.#side, op, reg, value: toHex(Uint8Array.of(value)) });
  }

  #window(
    op: "lpc_read" | "lpc_write",
    offset: number,
    len: number,
    shown: Uint8Array,
    step: string | undefined,
  ): void {
    const cut = shown.length < len ? { cut: true as const } : {};
    this.#sink({ ...this.#head(step), side: this.#side, op, offset, len, value: toHex(shown), ...cut });
  }

  #head(step: string | undefined): Pick<TraceEntry, "n" | "t" | "step"> {
    const { n, t } = this.moment;
    return { n, ...(t === undefined ? {} : { t }), ...(step === undefined ? {} : { step }) };
  }
}
