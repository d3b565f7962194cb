/** mctp-lpc pldm: questions to a PLDM terminus through a running agent (DSP0240). */
import { Command, InvalidArgumentError } from "commander";
import { parseVersion, versionText } from "../../core/mctp/control/version-number.ts";
import { UNASSIGNED_TID } from "../../core/pldm/base-commands.ts";
import { PldmType, pldmCommandName, pldmTypeName } from "../../core/pldm/codec.ts";
import {
  getPldmCommands,
  getPldmTypes,
  getPldmVersions,
  getTid,
  setTid,
  type PldmQuestion,
  type PldmReject,
} from "../../core/pldm/requester.ts";
import { fromHex, toHex } from "../../core/wire/bytes.ts";
import type { Result } from "../../core/wire/result.ts";
import { Asking, EXIT_STATUS_HELP, addAskOptions, judgeAnswer, type AskOptions } from "./asking.ts";
import { numberUpTo } from "../number-options.ts";
import { ExitStatus, endWith } from "../exit-status.ts";
import { complain, print, printJson } from "../output.ts";
import { hexByte } from "../terminal.ts";

const parseType = numberUpTo(0x3f, "A PLDM type");

export function pldmCommand(): Command {
  const group = new Command("pldm")
    .description("Has an agent ask a PLDM terminus for its id, types, versions and commands (DSP0240).")
    .addCommand(
      question(
        "get-tid",
        "GetTID: the terminus id",
        none,
        () => getTid(0),
        (tid) => ({
          json: { tid },
          lines: [tid === UNASSIGNED_TID ? "TID 0: none was assigned" : `TID ${String(tid)}`],
        }),
      ),
    )
    .addCommand(
      question(
        "set-tid",
        "SetTID: give it a terminus id",
        (command) => command.argument("<tid>", "1 to 254", numberUpTo(0xff, "A TID")),
        ([tid]) => setTid(0, tid as number),
        () => ({ json: {}, lines: ["the terminus id is set"] }),
        "set-tid 7",
      ),
    )
    .addCommand(
      question(
        "types",
        "GetPLDMTypes: the PLDM types it speaks",
        none,
        () => getPldmTypes(0),
        (types) => ({
          json: { types: types.map((type) => ({ type, name: pldmTypeName(type) })) },
          lines: types.map((type) => `${hexByte(type)}  ${pldmTypeName(type)}`),
        }),
      ),
    )
    .addCommand(
      question(
        "versions",
        "GetPLDMVersion: versions of a PLDM type",
        (command) => command.argument("[type]", "PLDM type", parseType, PldmType.BASE),
        ([type]) => getPldmVersions(0, type as number),
        (versions) => ({
          json: { versions: versions.map(versionText) },
          lines: versions.map((version) => versionText(version)),
        }),
        "versions 0",
      ),
    )
    .addCommand(commandsQuestion());
  return group.addHelpText(
    "after",
    `${EXIT_STATUS_HELP}\n\nExamples:\n  mctp-lpc pldm types --agent bmc\n  mctp-lpc pldm versions 0 --agent bmc --json`,
  );
}

function commandsQuestion(): Command {
  return question(
    "commands",
    "GetPLDMCommands: commands of a PLDM type",
    (command) =>
      command
        .argument("[type]", "PLDM type", parseType, PldmType.BASE)
        .option("--pldm-version <version>", "version of the type, like 1.0.0 (default: its newest)", versionOf),
    ([type], { pldmVersion }) => commandsOf(type as number, pldmVersion as number | undefined),
    ({ type, version, commands }) => ({
      json: {
        type,
        version: versionText(version),
        commands: commands.map((command) => ({ command, name: pldmCommandName(type, command) })),
      },
      lines: commands.map((command) => `${hexByte(command)}  ${pldmCommandName(type, command)}`),
    }),
    "commands 0",
  );
}

/** The commands in the version given, or in the newest that the terminus names. */
function* commandsOf(
  type: number,
  given: number | undefined,
): PldmQuestion<{ readonly type: number; readonly version: number; readonly commands: readonly number[] }> {
  let version = given;
  if (version === undefined) {
    const versions = yield* getPldmVersions(0, type);
    if (!versions.ok) return versions;
    version = versions.value.at(-1) ?? 0;
  }
  // An instance id that none of the requests before had.
  const commands = yield* getPldmCommands(16, type, version);
  return commands.ok ? { ok: true, value: { type, version, commands: commands.value } } : commands;
}

const none = (command: Command): Command => command;

function versionOf(text: string): number {
  const version = parseVersion(text);
  if (version !== undefined) return version;
  throw new InvalidArgumentError("A version is written like 1.0.0, or like 1.2.1a.");
}

interface Shown {
  readonly json: object;
  readonly lines: readonly string[];
}

function question<Value>(
  name: string,
  summary: string,
  declare: (command: Command) => Command,
  ask: (words: readonly unknown[], options: Readonly<Record<string, unknown>>) => PldmQuestion<Value>,
  show: (value: Value) => Shown,
  example: string = name,
): Command {
  return addAskOptions(declare(new Command(name).summary(summary).description(summary)))
    .addHelpText("after", `${EXIT_STATUS_HELP}\n\nExample:\n  mctp-lpc pldm ${example} --agent bmc`)
    .action(async (...all: readonly unknown[]) => {
      const options = all.at(-2) as AskOptions & Readonly<Record<string, unknown>>;
      await run(ask(all.slice(0, -2), options), options, show);
    });
}

async function run<Value>(
  asked: PldmQuestion<Value>,
  options: AskOptions,
  show: (value: Value) => Shown,
): Promise<void> {
  await Asking.with(options, async (asking) => {
    let source: number | undefined;
    let step = asked.next();
    while (step.done !== true) {
      const answer = await asking.request(toHex(step.value));
      if (answer.outcome !== "answered") {
        endWith(judgeAnswer(answer).status);
        if (options.json === true) printJson(answer);
        else complain(`mctp-lpc: ${answer.message}`);
        return;
      }
      ({ source } = answer);
      step = asked.next(fromHex(answer.hex) ?? new Uint8Array(0));
    }
    report(step.value, source, options, show);
  });
}

function report<Value>(
  result: Result<Value, PldmReject>,
  source: number | undefined,
  { json }: AskOptions,
  show: (value: Value) => Shown,
): void {
  if (!result.ok) {
    const { kind, text } = result.reject;
    endWith(kind === "refused" ? ExitStatus.ERROR_CODE : ExitStatus.MALFORMED);
    if (json === true) printJson({ outcome: kind, source, ...result.reject });
    else
      complain(
        `mctp-lpc: EID ${String(source)} ${kind === "refused" ? "answers" : "gives an invalid response"}: ${text}`,
      );
    return;
  }
  const { json: fields, lines } = show(result.value);
  if (json === true) printJson({ outcome: "answered", source, ...fields });
  else for (const line of lines) print(line);
}
