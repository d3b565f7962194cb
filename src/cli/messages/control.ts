/** mctp-lpc control: every command of the MCTP control protocol by name, its answer explained. */
import { Command, type Argument } from "commander";
import type { DecodedField } from "../../core/decode/read.ts";
import { findingsOf } from "../../core/decode/read.ts";
import { Completion, completionName, decodeControl } from "../../core/mctp/control/codec.ts";
import { CONTROL_COMMANDS } from "../../core/mctp/control/commands.ts";
import type { AnyControlCommand, CommandLine } from "../../core/mctp/control/data.ts";
import { NO_MORE_ENTRIES } from "../../core/mctp/control/fields.ts";
import { fromHex, toHex } from "../../core/wire/bytes.ts";
import { unreachable } from "../../core/wire/result.ts";
import { Asking, EXIT_STATUS_HELP, addAskOptions, judgeAnswer, type Answered, type AskOptions } from "./asking.ts";
import { ExitStatus, endWith } from "../exit-status.ts";
import { complain, print, printJson } from "../output.ts";
import { declareArguments, partKey, requestRecord, type Options } from "./table-arguments.ts";
import { hexByte, timeText } from "../terminal.ts";

const HEAD_BYTES = 4;

export function controlCommand(): Command {
  const group = new Command("control")
    .description(
      "Has an agent send a command of the MCTP control protocol (DSP0236 clause 12) and prints the answer, explained. Tables that come in parts are read to their end.",
    )
    // Every one has options; without that word the summaries fit beside the names.
    .configureHelp({
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(" "),
    });
  for (const described of CONTROL_COMMANDS) group.addCommand(subcommand(described));
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

function subcommand(described: AnyControlCommand): Command {
  const { name, line } = described;
  const summary = line.summary === "" ? name : `${name}: ${line.summary}`;
  const command = declareArguments(new Command(line.name).summary(summary).description(summary), described);
  const example = line.example === undefined ? line.name : `${line.name} ${line.example}`;
  return addAskOptions(command)
    .addHelpText(
      "after",
      `${EXIT_STATUS_HELP}\n${noteOf(line)}\nExample:\n  mctp-lpc control ${example} --agent ${line.by === "busOwner" ? "host" : "bmc"}`,
    )
    .action(async (...all: readonly unknown[]) => {
      // Commander hands over the arguments, then the options, then the command.
      const options = all.at(-2) as AskOptions & Options;
      await run(described, requestRecord(described, all.slice(0, -2), options), options);
    });
}

/** Who answers the command at all, where not every endpoint does. */
function noteOf({ by }: CommandLine): string {
  switch (by) {
    case "all":
      return "";
    case "busOwner":
      return "\nOnly a bus owner answers it: ask through the host's agent.\nOther endpoints answer that it is an unsupported command.\n";
    case "bridge":
      return "\nOnly a bridge answers it, such as a host's agent with --link.\nOther endpoints answer that it is an unsupported command.\n";
    case "others":
      return "\nFor foreign endpoints: the agents of mctp-lpc answer that it is an\nunsupported command.\n";
    default:
      return unreachable(by);
  }
}

async function run(described: AnyControlCommand, request: Options, options: AskOptions & Options): Promise<void> {
  const part = partKey(described, options);
  await Asking.with(options, async (asking) => {
    const results: object[] = [];
    const ask = async (handle: number): Promise<number | undefined> => {
      const record = part === undefined ? request : { ...request, [part]: handle };
      const asked = await asking.control(described.code, toHex(described.request.encode(record as never)));
      const { status, decoded } = judgeAnswer(asked);
      if (asked.outcome !== "answered") {
        endWith(status);
        results.push(asked);
        if (options.json !== true) complain(`mctp-lpc: ${described.name}: ${asked.message}`);
        return undefined;
      }
      const answer = judged(described, asked);
      endWith(answer.isMalformed ? ExitStatus.MALFORMED : status);
      results.push({ ...asked, ...answer.json });
      if (options.json !== true) for (const line of answerLines(asked, decoded?.fields ?? [], answer)) print(line);
      return answer.next;
    };
    const circle = await readParts(ask, part !== undefined);
    if (circle !== undefined) {
      const message = `${described.name}: invalid response: part ${hexByte(circle.from)} names part ${hexByte(circle.to)} as next, which was read already; a table ends with 0xff (DSP0236 clause 12). Stopped after ${String(results.length)} parts.`;
      endWith(ExitStatus.MALFORMED);
      results.push({ outcome: "circular", message });
      if (options.json !== true) complain(`mctp-lpc: ${message}`);
    }
    if (options.json === true) printJson(part === undefined ? results[0] : results);
  });
}

/**
 * Reads a table part after part, or one part alone: `ask` is given the part's handle and gives the next one's, undefined
 * where it got none. Each part is read once; one that names a part that was read already is returned.
 */
export async function readParts(
  ask: (handle: number) => Promise<number | undefined>,
  all: boolean,
): Promise<{ readonly from: number; readonly to: number } | undefined> {
  const read = new Set<number>();
  for (let from = 0; ;) {
    read.add(from);
    const to = await ask(from);
    if (!all || to === undefined || to === NO_MORE_ENTRIES) return undefined;
    if (read.has(to)) return { from, to };
    from = to;
  }
}

interface JudgedAnswer {
  readonly json: object;
  readonly completion: number;
  readonly isMalformed: boolean;
  /** Where a table goes on. */
  readonly next: number | undefined;
}

/** The answer as the codec of its command reads it. */
function judged({ name, code, response, completions }: AnyControlCommand, { hex }: Answered): JudgedAnswer {
  const control = decodeControl(fromHex(hex) ?? new Uint8Array(0), false);
  if (control?.kind !== "response" || control.command !== code) {
    return { json: { command: name }, completion: 0, isMalformed: true, next: undefined };
  }
  const { completion } = control;
  const completionText = completions[completion] ?? completionName(completion);
  const shared = { command: name, completion, completionName: completionText };
  if (completion !== Completion.SUCCESS) return { json: shared, completion, isMalformed: false, next: undefined };
  const read = response.decode(control.data);
  if (!read.ok) return { json: { ...shared, malformed: read.reject }, completion, isMalformed: true, next: undefined };
  const next = (read.value as { next?: unknown } | undefined)?.next;
  return {
    json: { ...shared, ...(read.value === undefined ? {} : { response: forJson(read.value) }) },
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
  const outcome = code?.meaning ?? "invalid response: not one to this control command";
  const shown = completion === 0 ? outcome : `${outcome} (${hexByte(completion)})`;
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
