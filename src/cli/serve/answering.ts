/** Requests of peers answered by runs of a program, a bounded number of them at once. */
import type { AgentClient, ServedRequest } from "../../agent/control/methods.ts";
import { parseHex } from "../../core/decode/hex.ts";
import { typeOf } from "../../core/mctp/message.ts";
import { fromHex, toHex } from "../../core/wire/bytes.ts";
import { Failure, messageOf } from "../../platform/failure.ts";
import { complain } from "../output.ts";
import { LONGEST_OUTPUT, runProgramOnce, type ProgramEnd } from "./program-run.ts";

/** Lines of a program's standard error that are shown for one request. */
const SHOWN_LINES = 10;

export interface AnsweringOptions {
  readonly program: string;
  readonly words: readonly string[];
  readonly atOnce: number;
  /** Milliseconds of one run. */
  readonly timeout: number;
  /** Requests and responses as a line of hexadecimal digits. */
  readonly hex: boolean;
}

export class Answering {
  readonly #client: AgentClient;
  readonly #options: AnsweringOptions;
  readonly #waiting: ServedRequest[] = [];
  readonly #running = new Map<number, AbortController>();
  #isEnded = false;

  constructor(client: AgentClient, options: AnsweringOptions) {
    this.#client = client;
    this.#options = options;
  }

  take(request: ServedRequest): void {
    this.#waiting.push(request);
    this.#startNext();
  }

  /** The agent waits for the answer no more: it has what it may keep waiting, so this does, too. */
  drop(request: number): void {
    const at = this.#waiting.findIndex((one) => one.request === request);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#running.get(request)?.abort();
  }

  /** Ends all runs. */
  end(): void {
    this.#isEnded = true;
    this.#waiting.length = 0;
    for (const run of this.#running.values()) run.abort();
  }

  #startNext(): void {
    while (this.#running.size < this.#options.atOnce) {
      const request = this.#waiting.shift();
      if (request === undefined) return;
      const run = new AbortController();
      this.#running.set(request.request, run);
      void this.#answer(request, run.signal).finally(() => {
        this.#running.delete(request.request);
        this.#startNext();
      });
    }
  }

  async #answer(request: ServedRequest, signal: AbortSignal): Promise<void> {
    const { program, words, timeout, hex } = this.#options;
    const bytes = fromHex(request.hex) ?? new Uint8Array(0);
    const run = await runProgramOnce({
      program,
      words,
      environment: { MCTP_EID: String(request.source), MCTP_TYPE: String(typeOf(bytes)) },
      input: hex ? `${request.hex}\n` : bytes,
      timeout,
      longestOutput: hex ? 3 * LONGEST_OUTPUT : LONGEST_OUTPUT,
      signal,
    });
    if (this.#isEnded) return;
    const lines = run.errors.split("\n").filter((line) => line !== "");
    for (const line of lines.slice(0, SHOWN_LINES)) complain(`${program}: ${line}`);
    const found = responseOf(run, typeOf(bytes), hex);
    if ("why" in found) complain(`mctp-lpc: no response to EID ${String(request.source)}: ${program}: ${found.why}`);
    const response = "bytes" in found ? { hex: toHex(found.bytes) } : {};
    try {
      await this.#client.call("answer", { request: request.request, ...response });
    } catch (error) {
      // The agent has dropped it, as it told; that the agent itself has gone is told where its messages are served.
      if (error instanceof Failure && error.code === "agent-gone") return;
      complain(`mctp-lpc: the response to EID ${String(request.source)} was not sent: ${messageOf(error)}`);
    }
  }
}

type Found = { readonly bytes: Uint8Array } | { readonly why: string } | { readonly none: true };

/** What a run's output is: a response, nothing, which is silence, or no response. */
function responseOf({ output, why }: ProgramEnd, type: number, hex: boolean): Found {
  if (why !== undefined) return { why };
  let bytes: Uint8Array = output;
  if (hex) {
    const read = parseHex(output.toString("latin1"));
    if (!read.ok) return { why: `its output is not hexadecimal: ${read.reject}` };
    bytes = read.value;
  }
  if (bytes.length === 0) return { none: true };
  if (bytes.length > LONGEST_OUTPUT) return { why: `it gave more than ${String(LONGEST_OUTPUT)} bytes` };
  if (typeOf(bytes) !== type) {
    const [first = 0] = bytes;
    return {
      why: `its output begins with 0x${first.toString(16).padStart(2, "0")}, not with the request's message type 0x${type.toString(16).padStart(2, "0")}`,
    };
  }
  return { bytes };
}
