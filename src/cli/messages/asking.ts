/** Requests through a running agent: attempts as they are made, outcomes, and the exit status that each has. */
import { complain } from "../output.ts";
import { InvalidArgumentError, type Command } from "commander";
import {
  RANGES,
  type AgentClient,
  type AskAnswer,
  type AskParameters,
  type AskProgress,
  type AskWait,
} from "../../agent/control/methods.ts";
import { parseEid } from "../../agent/run-options.ts";
import { decodeMessage, type DecodedMessage } from "../../core/decode/message.ts";
import { findingsOf } from "../../core/decode/read.ts";
import { Failure, messageOf } from "../../platform/failure.ts";
import { fromHex } from "../../core/wire/bytes.ts";
import { numberOption } from "../number-options.ts";
import { ExitStatus, endWith } from "../exit-status.ts";
import type { AgentChoice } from "../../agent/control/choose-agent.ts";
import { addAgentOptions, withAgent } from "../agent-choice.ts";

export const EXIT_STATUS_HELP = `
Exit status:
  0  answered, with success       4  answered with an error code
  1  refused input, no agent      5  invalid response
  2  no response in time         64  wrong command line
  3  no channel: at once, or lost while waiting
  6  not asked: no message tag for the destination came free in time`;

export interface AskOptions extends AgentChoice {
  readonly eid?: number;
  readonly timeout: number;
  readonly retries: number;
  readonly json?: true;
}

/** The options of every tool that asks something. */
export function addAskOptions(command: Command): Command {
  return addAgentOptions(command)
    .option(
      "--eid <eid>",
      "destination, 8 to 254, or 0, the null EID, for the endpoint at the other end (default: its EID)",
      parseEidOrNull,
    )
    .addOption(numberOption("-t, --timeout <milliseconds>", "how long an attempt waits", RANGES.attemptTimeout, 300))
    .addOption(numberOption("-r, --retries <number>", "attempts after the first", RANGES.retries, 2))
    .option("--json", "the outcome as JSON");
}

function parseEidOrNull(text: string): number {
  if (text === "0") return 0;
  try {
    return parseEid(text);
  } catch {
    throw new InvalidArgumentError("An EID is a number from 8 to 254, or 0 for the endpoint at the other end.");
  }
}

export interface Attempt {
  readonly attempt: number;
  readonly tag: number;
  readonly milliseconds: number;
}

export type Answered = AskAnswer & { readonly outcome: "answered" };
type Unanswered = "timeout" | "linkDown" | "notAsked";

export type Asked = Answered | { readonly outcome: Unanswered; readonly message: string; readonly attempts: number };

const OUTCOMES: Readonly<Record<string, Unanswered>> = {
  timeout: "timeout",
  "not-asked": "notAsked",
  "link-down": "linkDown",
  "link-lost": "linkDown",
};

/** A connection to one agent, on which one thing is asked after the other. */
export class Asking {
  readonly #client: AgentClient;
  readonly #options: AskOptions;
  readonly #tell: (line: string) => void;
  #started = 0;
  #attempts: Attempt[] = [];

  private constructor(options: AskOptions, client: AgentClient, tell: (line: string) => void) {
    this.#options = options;
    this.#client = client;
    this.#tell = tell;
  }

  /** Connects, lends the connection to `use` and closes it. */
  static async with<Value>(options: AskOptions, use: (asking: Asking) => Promise<Value>): Promise<Value> {
    const tell = (line: string): void => {
      if (options.json !== true) complain(line);
    };
    return await withAgent(options, (client) => use(new Asking(options, client, tell)));
  }

  /** When each attempt of the last question was made, from its start. */
  get attempts(): readonly Attempt[] {
    return this.#attempts;
  }

  /** Whole messages, `hex` from the type byte on. */
  request(hex: string, tag?: number): Promise<Asked> {
    const parameters = { hex, ...(tag === undefined ? {} : { tag }), ...this.#asking };
    return this.#ask((tell) => this.#client.call("request", parameters, tell));
  }

  /** A control command; `hex` is its data. */
  control(command: number, hex: string): Promise<Asked> {
    return this.#ask((tell) => this.#client.call("control", { command, hex, ...this.#asking }, tell));
  }

  /** Sends a message that gets no response, or with `tag` a response. */
  async send(hex: string, tag?: number): Promise<void> {
    const { eid } = this.#options;
    const tagged = tag === undefined ? {} : { tag, tagOwner: false };
    try {
      await this.#client.call("send", { hex, ...(eid === undefined ? {} : { eid }), ...tagged });
    } catch (error) {
      if (error instanceof Failure && OUTCOMES[error.code] === "linkDown") endWith(ExitStatus.LINK_DOWN);
      throw error;
    }
  }

  get #asking(): AskParameters {
    const { eid, timeout, retries } = this.#options;
    return { timeout, retries, ...(eid === undefined ? {} : { eid }) };
  }

  async #ask(call: (tell: (told: AskProgress) => void) => Promise<AskAnswer>): Promise<Asked> {
    this.#attempts = [];
    this.#started = performance.now();
    try {
      const answer = await call((told) => {
        if ("attempt" in told) this.#onAttempt(told);
        else this.#tell(waitText(told));
      });
      return { outcome: "answered", ...answer };
    } catch (error) {
      const outcome = error instanceof Failure ? OUTCOMES[error.code] : undefined;
      if (outcome === undefined || !(error instanceof Failure)) throw error;
      return { outcome, message: messageOf(error), attempts: this.#attempts.length };
    }
  }

  #onAttempt({ attempt, tag }: Omit<Attempt, "milliseconds">): void {
    const { timeout, retries } = this.#options;
    this.#attempts.push({ attempt, tag, milliseconds: performance.now() - this.#started });
    if (attempt === 1) return;
    this.#tell(
      `no response in ${String(timeout)} ms; attempt ${String(attempt)} of ${String(retries + 1)}, tag ${String(tag)}`,
    );
  }
}

function waitText({ waitLimit, tagFreeIn }: AskWait): string {
  const free = tagFreeIn === undefined ? "" : `; the next hold-off ends in ${String(Math.ceil(tagFreeIn))} ms`;
  return `waiting for a message tag for up to ${String(waitLimit)} ms: all are in use or in reuse hold-off (LPC-MCTP-4)${free}`;
}

/** The response explained, and the exit status that it leads to. */
export function judgeAnswer(asked: Asked): { readonly status: number; readonly decoded?: DecodedMessage } {
  switch (asked.outcome) {
    case "timeout":
      return { status: ExitStatus.TIMEOUT };
    case "linkDown":
      return { status: ExitStatus.LINK_DOWN };
    case "notAsked":
      return { status: ExitStatus.NOT_ASKED };
    case "answered": {
      const decoded = decodeMessage(fromHex(asked.hex) ?? new Uint8Array(0), 0, false);
      const isError = decoded.completion !== undefined && decoded.completion.code !== 0;
      if (isError) return { status: ExitStatus.ERROR_CODE, decoded };
      const isWrong = findingsOf(decoded.fields).some(({ severity }) => severity === "wrong");
      return { status: isWrong ? ExitStatus.MALFORMED : ExitStatus.ANSWERED, decoded };
    }
  }
}
