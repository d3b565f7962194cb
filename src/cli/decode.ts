/** mctp-lpc decode: explains packets, messages and control regions, byte by byte. */
import { Command, Option } from "commander";
import { isCapture } from "../core/capture/capture-reader.ts";
import { Decoder, type Explained } from "../core/decode/decode.ts";
import { parseHex } from "../core/decode/hex.ts";
import type { InputKind } from "../core/decode/input.ts";
import { CaptureInputs } from "../core/decode/capture-input.ts";
import {
  LONGEST_INPUT_BYTES,
  LONGEST_LINE,
  TextInputs,
  captureText,
  type TextFormat,
  type TextInput,
} from "../core/decode/text-input.ts";
import { endLines, inputLines, messageLines } from "../core/decode/text.ts";
import { harmlessJson } from "../core/wire/harmless.ts";
import type { Result } from "../core/wire/result.ts";
import { Failure } from "../platform/failure.ts";
import { isOutputLost, outputDrained } from "../platform/standard-streams.ts";
import { complain, printLines, printText } from "./output.ts";

interface DecodeArguments {
  readonly as?: string;
  readonly json?: true;
}

/** Kinds as the command line names them. */
const KINDS: Readonly<Record<string, InputKind>> = {
  buffer: "buffer",
  packet: "packet",
  message: "message",
  serial: "frame",
  "control-region": "controlRegion",
};

export function decodeCommand(): Command {
  return new Command("decode")
    .description(
      "Explains MCTP packets and messages, packet buffers, serial frames and control regions field by field: offset, bits, meaning and the clause that defines it. Packets are assembled into messages. The exit status is 1 when anything is malformed.",
    )
    .argument("[hex...]", "bytes in hexadecimal; spaces, commas, colons and 0x may stand between them")
    .addOption(
      new Option("--as <kind>", "what each input is (default: the kind that fits it best)").choices(Object.keys(KINDS)),
    )
    .option("--json", "as JSON, with every field and finding; a message is part of the input that completes it")
    .addHelpText(
      "after",
      `
Without arguments, decode reads text from standard input and explains it as it
comes: a line of hexadecimal for each input, the output of xxd, hexdump -C or
od -tx1, C arrays, or the lines of a trace. The output says which. It also reads
captures, pcap and pcapng, and explains the MCTP packets in them. Arguments of
one byte each, as a shell makes them of unquoted bytes, are one input.

Examples:
  mctp-lpc decode 01 08 09 c8 00 80 02
  mctp-lpc decode --as message "7f 00 00 7e d9 01 01 68 69"
  xxd packet.bin | mctp-lpc decode
  tail -f bmc.jsonl | mctp-lpc decode
  mctp-lpc decode < capture.pcapng`,
    )
    .action(async (words: readonly string[], given: DecodeArguments) => {
      const kind = given.as === undefined ? undefined : KINDS[given.as];
      const inputs = words.length > 0 ? fromWords(words) : fromStandardInput();
      const print =
        given.json === true ? new JsonPrinter() : new TextPrinter(!Array.isArray(inputs) || inputs.length > 1);
      const decoder = new Decoder(kind);
      for await (const { bytes, format } of inputs) {
        print.input(decoder.take(bytes, format === "capture" ? "packet" : undefined), format);
        await outputDrained();
        // The reader of the output went first, as `| head` does.
        if (isOutputLost()) return;
      }
      const end = decoder.finish();
      print.end(end);
      if (!end.ok) process.exitCode = 1;
    });
}

/* ---- Inputs ---- */

/** A group of one byte, as the words of an unquoted packet are. */
const ONE_BYTE = /^(0x)?[0-9a-f]{1,2},?$/i;

function fromWords(words: readonly string[]): readonly TextInput[] {
  if (words.every((word) => ONE_BYTE.test(word))) return [fromWord(words.join(" "), "the bytes given")];
  return words.map((word, index) => fromWord(word, `argument ${String(index + 1)}`));
}

function fromWord(text: string, where: string): TextInput {
  const bytes = parseHex(text);
  if (!bytes.ok) throw new Failure("hex", `${where}: ${bytes.reject}`);
  if (bytes.value.length === 0) throw new Failure("hex", `${where}: no bytes`);
  return explainable({ bytes: bytes.value, format: "hexadecimal" }, where);
}

function explainable(input: TextInput, where: string): TextInput {
  const capture = captureText(input.bytes);
  if (capture !== undefined) throw new Failure("capture", `${where}: ${capture}.`);
  return input;
}

/** Bytes that tell a capture from a text. */
const MAGIC_BYTES = 4;
type Chunks = AsyncIterable<Buffer>;

/** What standard input holds, as it comes: a capture, or text in lines. Throws a Failure. */
async function* fromStandardInput(): AsyncGenerator<TextInput> {
  if (process.stdin.isTTY) complain("mctp-lpc decode: reads lines of hexadecimal; end with Ctrl-D");
  const rest = (process.stdin as Chunks)[Symbol.asyncIterator]();
  const start = await startOf(rest);
  const chunks: Chunks = {
    [Symbol.asyncIterator]: async function* () {
      yield start;
      yield* { [Symbol.asyncIterator]: () => rest };
    },
  };
  let count = 0;
  for await (const input of isCapture(start) ? fromCapture(chunks) : fromText(chunks)) {
    count++;
    yield input;
  }
  if (count > 0) return;
  throw new Failure("hex", 'nothing to decode: give bytes as arguments, like "01 08 09 c8 00 80 02", or a line each');
}

async function startOf(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let start = Buffer.alloc(0);
  while (start.length < MAGIC_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    start = Buffer.concat([start, next.value]);
  }
  return start;
}

async function* fromCapture(chunks: Chunks): AsyncGenerator<TextInput> {
  const inputs = new CaptureInputs(LONGEST_INPUT_BYTES);
  const given = <Value>(found: Result<Value, string>): Value => {
    if (!found.ok) throw new Failure("capture", `standard input: ${found.reject}.`);
    return found.value;
  };
  for await (const chunk of chunks) {
    for (const bytes of given(inputs.push(chunk))) yield { bytes, format: "capture" };
  }
  for (const line of given(inputs.end())) complain(`mctp-lpc decode: ${line}`);
}

async function* fromText(chunks: Chunks): AsyncGenerator<TextInput> {
  const inputs = new TextInputs();
  let number = 0;
  for await (const line of linesOf(chunks)) {
    number++;
    const found = inputs.line(line);
    if (!found.ok) throw new Failure("hex", `line ${String(number)}: ${found.reject}`);
    for (const input of found.value) yield explainable(input, `line ${String(number)}`);
  }
  for (const input of inputs.end()) yield explainable(input, `line ${String(number)}`);
}

/** Lines without their ends. Throws a Failure for what is no text. */
async function* linesOf(chunks: Chunks): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    if (chunk.includes(0)) {
      throw new Failure(
        "hex",
        "standard input holds bytes that are not text: give them in hexadecimal, as xxd prints them.",
      );
    }
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    // The line is refused before more of it is kept.
    if (rest.length > LONGEST_LINE) yield rest;
  }
  if (rest !== "") yield rest;
}

/* ---- Output ---- */

type End = ReturnType<Decoder["finish"]>;

class TextPrinter {
  readonly #isNumbered: boolean;
  #inputs = 0;
  #messages = 0;

  constructor(isNumbered: boolean) {
    this.#isNumbered = isNumbered;
  }

  input({ input, message }: Explained, format: TextFormat): void {
    const number = ++this.#inputs;
    // Plain hexadecimal goes without saying.
    const shown = format === "hexadecimal" ? undefined : format;
    printLines(inputLines(input, this.#isNumbered ? number : undefined, shown));
    if (message !== undefined) printLines(messageLines(message, ++this.#messages));
  }

  end(end: End): void {
    printLines(endLines(end));
  }
}

/** One JSON object, written as its inputs come: each with the message that it completes, so that none is kept. */
class JsonPrinter {
  #separator = '{ "inputs": [';

  input({ input, message }: Explained, format: TextFormat): void {
    printText(harmlessJson(`${this.#separator}\n${JSON.stringify({ format, ...input, message }, undefined, 2)}`));
    this.#separator = ",";
  }

  end({ sequence, ok }: End): void {
    const [, ...rest] = JSON.stringify({ sequence, ok }, undefined, 2);
    printText(harmlessJson(`],${rest.join("")}\n`));
  }
}
