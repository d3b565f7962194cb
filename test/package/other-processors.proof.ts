/** The package installed for processors of BMCs and of OpenPOWER hosts, as an image for one is built on another machine. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Installed } from "./installed.ts";

/** What an ELF file says of itself: bytes 4, 5 and the 16 bits at 18 of its header. */
interface Elf {
  readonly bits: 32 | 64;
  readonly endian: "little" | "big";
  readonly machine: number;
}
/** e_machine of the ELF specification. */
const EM_PPC64 = 21;
const EM_ARM = 40;
const AGENT_LIMIT_MILLISECONDS = 20_000;

let installed: Installed;
const projects = new Map<string, string>();

beforeAll(() => {
  installed = new Installed();
  for (const cpu of ["arm", "ppc64"]) projects.set(cpu, installed.installFor(cpu));
}, 240_000);

afterAll(() => {
  installed.dispose();
});

function projectFor(cpu: string): string {
  const project = projects.get(cpu);
  if (project === undefined) throw new Error(`nothing was installed for ${cpu}`);
  return project;
}

function nativeFiles(project: string): readonly string[] {
  const names = readdirSync(join(project, "node_modules"), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".node"));
}

function readElf(path: string): Elf {
  const bytes = readFileSync(path);
  if (bytes.toString("latin1", 0, 4) !== "\x7fELF") throw new Error(`${path} is no ELF file`);
  const isLittle = bytes[5] === 1;
  return {
    bits: bytes[4] === 1 ? 32 : 64,
    endian: isLittle ? "little" : "big",
    machine: isLittle ? bytes.readUInt16LE(18) : bytes.readUInt16BE(18),
  };
}

describe("installed for another processor, the package has of native code", () => {
  test.each([
    ["arm", "@koromix/koffi-linux-arm/linux_armhf/koffi.node", { bits: 32, endian: "little", machine: EM_ARM }],
    ["ppc64", "@koromix/koffi-linux-ppc64/linux_ppc64le/koffi.node", { bits: 64, endian: "little", machine: EM_PPC64 }],
  ])("for %s koffi's build alone, made for it", (cpu, expected, elf) => {
    const project = projectFor(cpu);
    expect(nativeFiles(project)).toEqual([expected]);
    expect(readElf(join(project, "node_modules", expected))).toEqual(elf);
  });
});

test("the host of a PowerNV machine loads no native code at all: its agent starts where loading any fails", async () => {
  const project = projectFor("ppc64");
  const folder = join(project, "lpc");
  mkdirSync(folder);
  for (const [name, bytes] of [
    ["io", 0x1_0000],
    ["fw", 0x1000_0000],
  ] as const) {
    writeFileSync(join(folder, name), "", { mode: 0o600 });
    truncateSync(join(folder, name), bytes);
  }
  const refusing = join(project, "no-native-code.mjs");
  writeFileSync(refusing, 'process.dlopen = (_module, path) => { throw new Error("native code: " + path); };\n');
  const program = join(project, "node_modules", "mctp-lpc", "dist", "bin", "mctp-lpc.js");
  const words = ["--import", refusing, program, "host", "run", "--platform", `powernv:${folder}`, "--until-eof"];
  const agent = spawn(process.execPath, [...words, "--control", join(folder, "control")], {
    stdio: ["pipe", "pipe", "pipe"],
    timeout: AGENT_LIMIT_MILLISECONDS,
  });
  let told = "";
  for (const stream of [agent.stdout, agent.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      told += text;
      if (told.includes("no channel yet")) agent.stdin.end();
    });
  }
  const [code] = (await once(agent, "close")) as [number | null];
  expect(told).toContain("no channel yet");
  expect(told).not.toContain("native code");
  expect(code).toBe(0);
}, 30_000);
