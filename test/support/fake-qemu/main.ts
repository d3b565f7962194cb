/**
 * A program that answers as `qemu-system-arm` does where agents ask it: QMP and qtest on the FIFOs that its arguments name,
 * and the LPC controller as QEMU's model was measured to behave. It takes the arguments of `mctp-lpc qemu start`.
 *
 * FAKE_QEMU in its environment has it misbehave: see `Manner`.
 */
import { createReadStream, openSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { LpcModel } from "./lpc-model.ts";

/**
 * `early`: ends at once with a complaint. `foreign`: has no LPC controller. `garbled`: each value is "#". `chatty`: answers
 * with lines that are none, without end.
 */
type Manner = "early" | "foreign" | "garbled" | "chatty" | undefined;

const manner = process.env["FAKE_QEMU"] as Manner;
const model = new LpcModel();
const GREETING = { QMP: { version: { qemu: { micro: 22, minor: 2, major: 7 }, package: "fake" }, capabilities: [] } };

interface Command {
  readonly execute: string;
  readonly arguments?: { readonly path?: string; readonly property?: string; readonly value?: number };
  readonly id?: string;
}

/** A pair of FIFOs: each line is answered, if with nothing else. */
function serve(pair: string, answer: (line: string) => string | undefined): (line: string) => void {
  const out = openSync(`${pair}.out`, "r+");
  const say = (line: string): void => void writeSync(out, `${line}\n`);
  createInterface({ input: createReadStream("", { fd: openSync(`${pair}.in`, "r+") }) }).on("line", (line) => {
    const text = answer(line);
    if (text !== undefined) say(text);
    while (manner === "chatty" && model.accesses > 0) say('{"event": "chatter"}');
  });
  return say;
}

function answerQmp(line: string): string | undefined {
  let command: Command;
  try {
    command = JSON.parse(line) as Command;
  } catch {
    return JSON.stringify({ error: { class: "GenericError", desc: "JSON parse error" } });
  }
  const outcome = outcomeOf(command);
  return JSON.stringify({ ...outcome, id: command.id });
}

let isNegotiated = false;

function outcomeOf({ execute, arguments: given = {} }: Command): object {
  const { path, property = "", value = 0 } = given;
  if (execute === "qmp_capabilities") {
    if (isNegotiated) return { error: { class: "CommandNotFound", desc: "Capabilities negotiation is complete" } };
    isNegotiated = true;
    return { return: {} };
  }
  if (execute === "query-version") return { return: GREETING.QMP.version };
  if (path !== "/machine/soc/lpc" || manner === "foreign") {
    return { error: { class: "DeviceNotFound", desc: `Device '${String(path)}' not found` } };
  }
  if (execute === "qom-set") {
    model.setProperty(property, value);
    return { return: {} };
  }
  const read = model.property(property);
  if (read === undefined)
    return { error: { class: "GenericError", desc: `Property 'aspeed.lpc.${property}' not found` } };
  return { return: manner === "garbled" && model.accesses > 1 ? "#" : read };
}

function answerQtest(line: string): string {
  const [command = "", address = "", value = ""] = line.split(" ");
  if (command === "readl") {
    const read = model.read(Number(address));
    return manner === "garbled" ? "OK #" : `OK 0x${read.toString(16).padStart(16, "0")}`;
  }
  if (command !== "writel") return `FAIL Unknown command '${command}'`;
  model.write(Number(address), Number(value));
  return "OK";
}

function argument(name: string, pattern: RegExp): string {
  for (let at = 0; at < process.argv.length; at++) {
    if (process.argv[at] !== name) continue;
    const found = pattern.exec(process.argv[at + 1] ?? "")?.[1];
    if (found !== undefined) return found.replaceAll(",,", ",");
  }
  throw new Error(`no ${name}`);
}

if (manner === "early") {
  process.stderr.write("qemu-system-arm: Invalid RAM size 300 MiB\n");
  process.exitCode = 1;
} else {
  serve(argument("-qtest", /^pipe:(.*)/), answerQtest);
  serve(argument("-chardev", /path=(.*)/), answerQmp)(JSON.stringify(GREETING));
}
