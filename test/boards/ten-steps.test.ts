/**
 * "Bring up a board in ten steps" of docs/boards.md, carried out: each command of the page runs on the FUSE board, in its
 * order, and prints what the page shows. And the table of symptoms names what the program says.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { truncateSync, writeFileSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { boardOfFile, needsFuseMapping } from "../support/fuse-board.ts";
import { MAIN, PROJECT, Sandbox, finish, pause } from "../support/processes.ts";

const PAGE = readFileSync(join(PROJECT, "docs", "boards.md"), "utf8");
const LINE_LIMIT_MILLISECONDS = 30_000;
/** Past the registers of the LPC controller. */
const MEMORY_BYTES = 0x1e79_0000;

/** The text between a heading and the next one as deep. */
function section(heading: string): string {
  const [, text = ""] = PAGE.split(`\n## ${heading}\n`);
  return text.split("\n## ")[0]!;
}

interface Step {
  readonly title: string;
  readonly command: string;
  /** What it prints: these lines in this order, others between them. */
  readonly lines: readonly string[];
}

const STEPS: readonly Step[] = [
  ...section("Bring up a board in ten steps").matchAll(/^\*\*(\d+\. [^*]+)\*\*.*?^```console\n\$ (.+?)\n(.*?)^```/gms),
].map(([, title = "", command = "", lines = ""]) => ({ title, command, lines: lines.split("\n").filter(Boolean) }));

/** Whether a line is the page's, in which … stands for anything. */
function isLike(line: string, shown: string): boolean {
  const parts = shown.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}${shown.endsWith("…") ? "" : "$"}`).test(line);
}

/** The first line of the page that the output does not have, in order. */
function missing(output: string, shown: readonly string[]): string | undefined {
  let at = 0;
  const lines = output.split("\n");
  return shown.find((one) => {
    const found = lines.findIndex((line, index) => index >= at && isLike(line.trimEnd(), one));
    at = found + 1;
    return found < 0;
  });
}

/** Fails with all that was printed. */
function expectAll(title: string, output: string, shown: readonly string[], errors = ""): void {
  const line = missing(output, shown);
  if (line !== undefined) throw new Error(`step ${title}\nnot printed: ${line}\n${output}${errors}`);
}

describe("bringing up a board", () => {
  const board = boardOfFile();
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = new Sandbox();
    writeFileSync(sandbox.path("memory"), "");
    truncateSync(sandbox.path("memory"), MEMORY_BYTES);
  });
  afterAll(() => sandbox.dispose());

  /** The command with this board's files and this program in it. */
  function here(command: string): string {
    const folder = join(board().folder, "dev");
    const [node, lpc] = [board().path("raw-kcs3"), board().path("aspeed-lpc-ctrl")];
    const places: Readonly<Record<string, string>> = {
      "raw-kcs:/dev/raw-kcs3": `raw-kcs:${node},lpc=${lpc}`,
      "/dev/raw-kcs3": node,
      "/dev/aspeed-lpc-ctrl": lpc,
      "powernv:": `powernv:${folder}`,
      "/sys/kernel/debug/powerpc/lpc": folder,
      "bmc isolation": `bmc isolation --soc ast2600 --mem ${sandbox.path("memory")}`,
    };
    // At once: a path of the board has some of these in it.
    const placed = command.replaceAll(new RegExp(Object.keys(places).join("|"), "g"), (place) => places[place]!);
    const program = `${process.execPath} ${MAIN} `;
    const ran = placed
      .replaceAll(/; mctp-lpc (?=\w+ run)/g, `; exec ${program}`)
      .replaceAll(/(^|; )mctp-lpc /g, `$1${program}`);
    return `cd ${sandbox.folder}; ${ran}`;
  }

  const shownHere = (line: string): string =>
    line
      .replaceAll("raw-kcs:/dev/raw-kcs3", `raw-kcs:${board().path("raw-kcs3")}`)
      .replaceAll(/^\/dev\//g, `${join(board().folder, "dev")}/`);

  needsFuseMapping("each of the ten steps prints what the page shows", async () => {
    expect(STEPS.map(({ title }) => title.split(".")[0])).toEqual(
      Array.from({ length: 10 }, (_, index) => String(index + 1)),
    );
    for (const { title, command, lines } of STEPS) {
      expect(lines.length).toBeGreaterThan(0);
      const shown = lines.map(shownHere);
      const child = sandbox.start("sh", ["-c", here(command)]);
      if (!command.includes(" run ")) {
        const { stdout, stderr } = await finish(child);
        expectAll(title, stdout, shown, stderr);
        continue;
      }
      let said = "";
      child.stdout?.on("data", (text: Buffer) => (said += text.toString()));
      child.stderr?.on("data", (text: Buffer) => (said += text.toString()));
      const end = performance.now() + LINE_LIMIT_MILLISECONDS;
      while (missing(said, shown) !== undefined && performance.now() < end) await pause(20);
      expectAll(title, said, shown);
    }
  });
});

describe("the table of symptoms", () => {
  const rows = section("When it does not work")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| symptom") && !line.startsWith("| ---"))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  const symptoms = rows.map(([, symptom = ""]) => symptom);

  test("has every failure of opening a platform", () => {
    const failures = readFileSync(join(PROJECT, "docs", "failures.md"), "utf8");
    const opening = failures.split("\n## Opening a platform\n")[1]!.split("\n`mctp-lpc qemu start`")[0]!;
    const codes = [...opening.matchAll(/^\| `([a-z-]+)`/gm)].map(([, code = ""]) => code);
    expect(codes.length).toBeGreaterThan(15);
    expect(codes.filter((code) => !symptoms.some((symptom) => symptom.includes(`\`${code}\``)))).toEqual([]);
  });

  test("says what the program says", () => {
    const sources = ["src", "host", "bmc"]
      .flatMap((folder) =>
        readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" })
          .filter((name) => name.endsWith(".ts"))
          .map((name) => readFileSync(join(PROJECT, folder, name), "utf8")),
      )
      .join("\n");
    // What a kernel logs is no word of the program's.
    const own = symptoms.filter((symptom) => !/\bkernel\b/.test(symptom));
    const quoted = own.flatMap((symptom) => [...symptom.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text));
    expect(quoted.length).toBeGreaterThan(40);
    const parts = quoted
      .filter((text) => !/^(\/dev\/|raw-kcs:|powernv:|--|mctp-lpc |map=|activating$|watchdog$|WatchdogSec)/.test(text))
      .flatMap((text) => text.split(/ ?… ?|32768|\(|\)/))
      .filter((text) => text.length > 3);
    expect(parts.filter((text) => !sources.includes(text))).toEqual([]);
  });
});
