/** mctp-lpc request: any request message through a running agent. */
import { Command, Option } from "commander";
import { setTimeout as pause } from "node:timers/promises";
import { RANGES } from "../../agent/control/methods.ts";
import { parseHex } from "../../core/decode/hex.ts";
import { fieldLines } from "../../core/decode/text.ts";
import { TAGS } from "../../core/mctp/packet.ts";
import { INTEGRITY_CHECK_MASK, MESSAGE_TYPE_MASK } from "../../core/mctp/message.ts";
import { Failure } from "../../platform/failure.ts";
import { toHex } from "../../core/wire/bytes.ts";
import { Asking, EXIT_STATUS_HELP, addAskOptions, judgeAnswer, type AskOptions, type Asked } from "./asking.ts";
import { endWith } from "../exit-status.ts";
import { complain, print, printJson, printLines } from "../output.ts";
import type { Line } from "../styled.ts";
import { numberOption, numberUpTo } from "../number-options.ts";
import { timeText } from "../terminal.ts";

interface RequestArguments extends AskOptions {
  readonly type: number;
  readonly hex: string;
  readonly ic?: true;
  readonly tag?: number;
  readonly send?: true;
  readonly response?: true;
  readonly count?: number;
  readonly interval: number;
}

export function requestCommand(): Command {
  const command = new Command("request")
    .description(
      "Has an agent send a request message and prints the response, in hexadecimal and explained. Standard error tells of each attempt after the first.",
    )
    .requiredOption(
      "--type <number>",
      "message type, like 0 (control) or 0x7f, up to 0x7f (required)",
      numberUpTo(MESSAGE_TYPE_MASK, "A message type"),
    )
    .option("--hex <bytes>", "what follows the type byte", "")
    .option("--ic", "set the integrity-check bit: the bytes of --hex end with the check that the message type defines")
    .option("--tag <number>", "message tag, 0 to 7 (default: any that is free)", numberUpTo(TAGS - 1, "A tag"))
    .option("--send", "send it as a message without response")
    .addOption(new Option("--response", "send it as a response (TO = 0) with --tag").conflicts("send"))
    .addOption(
      numberOption("-c, --count <number>", "number of requests, one after the other", RANGES.pingCount).conflicts([
        "send",
        "response",
      ]),
    )
    .addOption(numberOption("-i, --interval <milliseconds>", "pause between them", RANGES.pingInterval, 200));
  return addAskOptions(command)
    .addHelpText(
      "after",
      `${EXIT_STATUS_HELP}

Examples:
  mctp-lpc request --agent bmc --type 0 --hex "80 02"     # Get Endpoint ID
  mctp-lpc request --agent bmc --type 0 --hex "81 04 00"  # Get Version Support
  mctp-lpc request --agent host --eid 8 --type 1 --hex "80 00 02" --json
  mctp-lpc request --agent host --type 0x7e --ic --hex "12 34 01 9e 8d 47 1c"     # the last 4: the check`,
    )
    .action(async (given: RequestArguments) => {
      const body = parseHex(given.hex);
      if (!body.ok) throw new Failure("hex", `--hex "${given.hex}": ${body.reject}`);
      const first = given.ic === true ? given.type | INTEGRITY_CHECK_MASK : given.type;
      const hex = toHex(Uint8Array.of(first, ...body.value));
      if (given.send === true || given.response === true) await sendOnly(given, hex);
      else await requestAll(given, hex);
    });
}

async function sendOnly(given: RequestArguments, hex: string): Promise<void> {
  if ((given.response === true) !== (given.tag !== undefined)) {
    throw new Failure("tag", "--response needs the --tag of its request; --send takes none: the agent chooses it");
  }
  await Asking.with(given, (asking) => asking.send(hex, given.tag));
  if (given.json === true) printJson({ outcome: "sent", hex });
  else print("sent");
}

async function requestAll(given: RequestArguments, hex: string): Promise<void> {
  await Asking.with(given, async (asking) => {
    const results: object[] = [];
    for (let round = 0; round < (given.count ?? 1); round++) {
      if (round > 0) await pause(given.interval);
      const asked = await asking.request(hex, given.tag);
      const { status, decoded } = judgeAnswer(asked);
      endWith(status);
      if (given.json === true) results.push({ ...asked, attemptsMade: asking.attempts, ...decodedForJson(decoded) });
      else if (asked.outcome === "answered") printLines(answerLines(asked, decoded));
      else complain(`mctp-lpc: ${asked.message}`);
    }
    if (given.json === true) printJson(given.count === undefined ? results[0] : results);
  });
}

function decodedForJson(decoded: ReturnType<typeof judgeAnswer>["decoded"]): object {
  if (decoded === undefined) return {};
  const { title, fields, completion } = decoded;
  return { title, ...(completion === undefined ? {} : { completion }), fields };
}

/** Who answered and when, the bytes, and what they mean. */
function answerLines(
  asked: Extract<Asked, { outcome: "answered" }>,
  decoded: ReturnType<typeof judgeAnswer>["decoded"],
): readonly (string | Line)[] {
  const { source, tag, hex, attempts, roundTripMicroseconds } = asked;
  const tries = attempts === 1 ? "" : `, attempt ${String(attempts)}`;
  return [
    `EID ${String(source)}, tag ${String(tag)}, ${timeText(roundTripMicroseconds)}${tries}: ${decoded?.title ?? ""}`,
    hex.replace(/(..)(?=.)/g, "$1 "),
    ...fieldLines(decoded?.fields ?? []),
  ];
}
