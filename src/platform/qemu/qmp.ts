/** QEMU's machine protocol (QMP): commands as JSON, each answered under its own name. */
import { randomBytes } from "node:crypto";
import { Failure } from "../failure.ts";
import { wrongAnswer, type LineChannel } from "./line-channel.ts";

/** Of QEMU's own words. */
const LONGEST_REASON = 200;

type Answer = Readonly<Partial<Record<string, unknown>>>;

export class Qmp {
  readonly name: string;
  readonly #channel: LineChannel;
  /** Answers to a client that was killed have other names, and are left out. */
  readonly #client = randomBytes(8).toString("hex");
  #commands = 0;

  /** Throws a Failure where nothing that speaks QMP answers. */
  constructor(channel: LineChannel) {
    this.name = channel.name;
    this.#channel = channel;
    // An error says that an earlier client has done so.
    this.#ask("qmp_capabilities", {});
  }

  /** What the command returns. Throws a Failure where QEMU refuses it. */
  execute(command: string, parameters: object = {}): unknown {
    const { return: result, error } = this.#ask(command, parameters);
    if (error === undefined) return result;
    const reason = isObject(error) && typeof error["desc"] === "string" ? error["desc"] : "without a reason";
    throw new Failure(
      "qemu-answer",
      `QEMU refuses ${command} ${JSON.stringify(parameters)} (${this.name}): ${reason.slice(0, LONGEST_REASON)}`,
    );
  }

  /** A property of one of the machine's devices, a whole number. Throws a Failure. */
  number(path: string, property: string): number {
    const value = this.execute("qom-get", { path, property });
    if (typeof value === "number" && Number.isInteger(value)) return value;
    throw wrongAnswer(this.name, JSON.stringify(value));
  }

  /** Sets it. Throws a Failure. */
  setNumber(path: string, property: string, value: number): void {
    this.execute("qom-set", { path, property, value });
  }

  #ask(command: string, parameters: object): Answer {
    const id = `${this.#client}-${String(++this.#commands)}`;
    const line = JSON.stringify({ execute: command, arguments: parameters, id });
    return this.#channel.ask(line, (answer) => {
      const value = parsed(answer);
      return isObject(value) && value["id"] === id ? value : undefined;
    });
  }
}

/** Events and the end of an answer to a client that was killed are no answers. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Answer {
  return typeof value === "object" && value !== null;
}
