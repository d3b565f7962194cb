/** mctp-lpc control: every command of the MCTP control protocol by name, its answer explained. */
import { Command, type Argument } from "commander";
import type { DecodedField } from "../../core/decode/read.ts";
import { findingsOf } from "../../core/decode/read.ts";
import { Completion, completionName, controlCommandName, decodeControl } from "../../core/mctp/control/codec.ts";
import { controlCommand as codecOf } from "../../core/mctp/control/commands.ts";
import { fromHex, toHex } from "../../core/wire/bytes.ts";
import { unreachable } from "../../core/wire/result.ts";
import { Asking, EXIT_STATUS_HELP, addAskOptions, judgeAnswer, type Answered, type AskOptions } from "./asking.ts";
import { ExitStatus, endWith } from "../exit-status.ts";
import { print, printJson } from "../output.ts";
import { NAMED_COMMANDS, type NamedCommand } from "./control-commands.ts";
import { timeText } from "../terminal.ts";

const NO_MORE = 0xff;
/** More rounds than a table has handles. */
const ROUNDS = 256;
const HEAD_BYTES = 4;

export function controlCommand(): Command {
  const group = new Command("control")
    .description(
      "have an agent send a command of the MCTP control protocol (DSP0236 clause 12) and print the answer, explained; tables that come in parts are read to their end",
    )
    // Every one has options; without that word the summaries fit beside the names.
    .configureHelp({
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(" "),
    });
  for (const named of NAMED_COMMANDS) group.addCommand(subcommand(named));
  return group.addHelpText(
    "after",
    `${EXIT_STATUS_HELP}

Examples:
  mctp-lpc control get-eid --agent bmc
  mctp-lpc control get-version 0x7f --agent host --eid 8 --json`,
  );
}

function argumentTerm(argument: Argument): string {
  const text = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${text}>` : `[${text}]`;
}

function subcommand(named: NamedCommand): Command {
  const command = named.declare(new Command(named.name).summary(named.summary).description(named.summary));
  return addAskOptions(command)
    .addHelpText(
      "after",
      `${EXIT_STATUS_HELP}\n${noteOf(named)}\nExample:\n  mctp-lpc control ${named.example} --agent ${named.by === "busOwner" ? "host" : "bmc"}`,
    )
    .action(async (...all: readonly unknown[]) => {
      // Commander hands over the arguments, then the options, then the command.
      const options = all.at(-2) as AskOptions & Readonly<Record<string, unknown>>;
      await run(named, named.data(all.slice(0, -2), options), options);
    });
}

/** Who answers the command at all, where not every endpoint does. */
function noteOf({ by }: NamedCommand): string {
  switch (by) {
    case "all":
      return "";
    case "busOwner":
      return "\nA bus owner answers it, so the host's agent is to ask;\nother endpoints answer that it is an unsupported command.\n";
    case "bridge":
      return "\nA bridge answers it, as a host's agent with --link is one;\nother endpoints answer that it is an unsupported command.\n";
    case "others":
      return "\nThe agents of mctp-lpc answer that it is an unsupported command;\nit is for endpoints of others.\n";
    default:
      return unreachable(by);
  }
}

async function run(
  named: NamedCommand,
  data: readonly number[],
  options: AskOptions & Readonly<Record<string, unknown>>,
): Promise<void> {
  const nextAt = named.continues?.(options);
  await Asking.with(options, async (asking) => {
    const results: object[] = [];
    let handle: number | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = [...data];
      if (nextAt !== undefined && handle !== undefined) bytes[nextAt] = handle;
      const asked = await asking.control(named.command, toHex(Uint8Array.from(bytes)));
      const { status, decoded } = judgeAnswer(asked);
      if (asked.outcome !== "answered") {
        endWith(status);
        results.push(asked);
        if (options.json !== true)
          process.stderr.write(`mctp-lpc: ${controlCommandName(named.command)}: ${asked.message}\n`);
        break;
      }
      const answer = judged(asked);
      endWith(answer.isMalformed ? ExitStatus.MALFORMED : status);
      results.push({ ...asked, ...answer.json });
      if (options.json !== true) for (const line of answerLines(asked, decoded?.fields ?? [], answer)) print(line);
      const next = answer.next;
      if (nextAt === undefined || next === undefined || next === NO_MORE || next === handle) break;
      handle = next;
    }
    if (options.json === true) printJson(nextAt === undefined ? results[0] : results);
  });
}

interface JudgedAnswer {
  readonly json: object;
  readonly completion: number;
  readonly isMalformed: boolean;
  /** Where a table goes on. */
  readonly next: number | undefined;
}

/** The answer as the codec of its command reads it. */
function judged({ hex }: Answered): JudgedAnswer {
  const control = decodeControl(fromHex(hex) ?? new Uint8Array(0), false);
  if (control?.kind !== "response") return { json: {}, completion: 0, isMalformed: true, next: undefined };
  const { command, completion } = control;
  const shared = { command: controlCommandName(command), completion, completionName: completionName(completion) };
  if (completion !== Completion.SUCCESS) return { json: shared, completion, isMalformed: false, next: undefined };
  const read = codecOf(command)?.response.decode(control.data);
  if (read?.ok !== true) {
    return { json: { ...shared, malformed: read?.reject }, completion, isMalformed: true, next: undefined };
  }
  const response = forJson(read.value);
  const next = (read.value as { next?: unknown } | undefined)?.next;
  return {
    json: { ...shared, ...(response === undefined ? {} : { response }) },
    completion,
    isMalformed: false,
    next: typeof next === "number" ? next : undefined,
  };
}

/** Bytes as hexadecimal digits, all else as it is. */
function forJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(forJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, forJson(part)]));
}

/** Who answered, then a line for each field of the data and each of its bits. */
function answerLines(
  { source, attempts, roundTripMicroseconds, hex }: Answered,
  fields: readonly DecodedField[],
  { completion, json }: JudgedAnswer,
): readonly string[] {
  const tries = attempts === 1 ? "" : `, attempt ${String(attempts)}`;
  const code = fields.find(({ name }) => name === "completion code");
  const { command } = json as { command?: string };
  const outcome = code?.meaning ?? "no response to a control command";
  const shown = completion === 0 ? outcome : `${outcome} (0x${completion.toString(16).padStart(2, "0")})`;
  const head = `EID ${String(source)}, ${timeText(roundTripMicroseconds)}${tries}: ${command ?? hex}, ${shown}`;
  const data = fields.filter(({ offset }) => offset >= HEAD_BYTES);
  const wrong = findingsOf(fields).map(({ severity, field, text }) => `  ${severity}: ${field}: ${text}`);
  return [head, ...dataLines(data, 1), ...wrong];
}

const NAME_WIDTH = 24;

function dataLines(fields: readonly DecodedField[], depth: number): readonly string[] {
  return fields.flatMap((field) => {
    const parts = field.fields ?? [];
    const isOfBits = parts.some(({ bits }) => bits !== undefined);
    // Bits say all that the byte around them says.
    if (isOfBits)
      return dataLines(
        parts.filter(({ name }) => name !== "reserved"),
        depth,
      );
    const value = field.value ?? (field.meaning === undefined ? field.hex : undefined);
    const text = [value, field.meaning].filter((part) => part !== undefined && part !== "").join("  ");
    const name = `${"  ".repeat(depth)}${field.name}`;
    return [`${name.padEnd(NAME_WIDTH)} ${text}`.trimEnd(), ...dataLines(parts, depth + 1)];
  });
}
