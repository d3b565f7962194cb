/** mctp-lpc decode: explains packets and messages, byte by byte. */
import { Command, Option } from "commander";
import { decode, type Decoded } from "../core/decode/decode.ts";
import { parseHex, type InputKind } from "../core/decode/input.ts";
import { decodedLines, type Paint } from "../core/decode/text.ts";
import { Failure } from "../platform/failure.ts";
import { coloursFor } from "./terminal.ts";

interface DecodeArguments {
  readonly buffer?: true;
  readonly packet?: true;
  readonly message?: true;
  readonly serial?: true;
  readonly json?: true;
}

export function decodeCommand(): Command {
  return new Command("decode")
    .description(
      "explain MCTP packets and messages field by field: with offset, bits, meaning and the clause that says so. Each argument, or each line of standard input, is one packet buffer, serial frame, packet or message; packets are put together into messages. The exit status is 1 when anything is malformed",
    )
    .argument("[hex...]", "bytes in hexadecimal; spaces, commas, colons and 0x may stand between them")
    .option("--buffer", "each is a packet buffer of this binding: length, packet, CRC-32")
    .addOption(new Option("--packet", "each is an MCTP packet").conflicts(["buffer", "message"]))
    .addOption(new Option("--message", "each is an MCTP message").conflicts("buffer"))
    .addOption(
      new Option("--serial", "each is a frame of the serial binding").conflicts(["buffer", "packet", "message"]),
    )
    .option("--json", "as JSON, with every field and finding")
    .addHelpText(
      "after",
      `
Without one of these options each is taken for what it most probably is,
and the output says why. Arguments of one byte each, as a shell
makes them of unquoted bytes, are taken together.

Examples:
  mctp-lpc decode 01 08 09 c8 00 80 02
  mctp-lpc decode --message "7f 00 00 7e d9 01 01 68 69"
  mctp-lpc decode --json < packets.txt`,
    )
    .action(async (words: readonly string[], given: DecodeArguments) => {
      const inputs = words.length > 0 ? fromWords(words) : fromLines(await standardInput());
      const decoded = decode(inputs, kindOf(given));
      if (given.json === true) process.stdout.write(`${JSON.stringify(decoded, undefined, 2)}\n`);
      else printDecoded(decoded);
      if (!decoded.ok) process.exitCode = 1;
    });
}

/** The colours of findings on this terminal. */
export function decodePaint(): Paint {
  const colours = coloursFor(process.stdout);
  return { wrong: colours.red, unusual: colours.yellow, faint: colours.dim };
}

function printDecoded(decoded: Decoded): void {
  for (const line of decodedLines(decoded, decodePaint())) process.stdout.write(`${line}\n`);
}

function kindOf({ buffer, packet, message, serial }: DecodeArguments): InputKind | undefined {
  if (serial === true) return "frame";
  if (buffer === true) return "buffer";
  if (packet === true) return "packet";
  return message === true ? "message" : undefined;
}

/** A group of one byte, as the words of an unquoted packet are. */
const ONE_BYTE = /^(0x)?[0-9a-f]{1,2},?$/i;

function fromWords(words: readonly string[]): readonly Uint8Array[] {
  if (words.every((word) => ONE_BYTE.test(word))) return [bytesOf(words.join(" "), "the bytes given")];
  return words.map((word, index) => bytesOf(word, `argument ${String(index + 1)}`));
}

function fromLines(text: string): readonly Uint8Array[] {
  const lines = text.split("\n").map((line, index) => ({ line: line.replace(/#.*/, "").trim(), number: index + 1 }));
  const inputs = lines
    .filter(({ line }) => line !== "")
    .map(({ line, number }) => bytesOf(line, `line ${String(number)}`));
  if (inputs.length > 0) return inputs;
  throw new Failure("hex", 'nothing to decode: give bytes as arguments, like "01 08 09 c8 00 80 02", or a line each');
}

function bytesOf(text: string, where: string): Uint8Array {
  const bytes = parseHex(text);
  if (!bytes.ok) throw new Failure("hex", `${where}: ${bytes.reject}`);
  if (bytes.value.length === 0) throw new Failure("hex", `${where}: no bytes`);
  return bytes.value;
}

async function standardInput(): Promise<string> {
  if (process.stdin.isTTY) {
    process.stderr.write("mctp-lpc decode: reading lines of hexadecimal, end with Ctrl-D\n");
  }
  const parts: Buffer[] = [];
  for await (const part of process.stdin as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}
