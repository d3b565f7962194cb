/** mctp-lpc serve: a program that answers a message type, through the agents as users run them. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import type { ChildProcess } from "node:child_process";
import { Sandbox, pause, type AgentProcess } from "../support/processes.ts";
import { runHere } from "./run-here.ts";

let sandbox: Sandbox;
let host: AgentProcess;
let bmc: AgentProcess;
beforeEach(async () => {
  sandbox = new Sandbox();
  ({ host, bmc } = await sandbox.pair());
});
afterEach(() => sandbox.dispose());

/** A program of the user's, executable. */
function script(name: string, ...lines: readonly string[]): string {
  const path = sandbox.path(name);
  writeFileSync(path, ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o700 });
  return path;
}

class Serving {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";

  private constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
  }

  static async start(...words: readonly string[]): Promise<Serving> {
    const serving = new Serving(await sandbox.launch(["serve", "--control", host.control, ...words]));
    while (!serving.stdout.includes("serving ") && serving.child.exitCode === null) await pause(10);
    return serving;
  }

  async says(pattern: RegExp): Promise<void> {
    const end = performance.now() + 10_000;
    while (!pattern.test(this.stderr)) {
      if (performance.now() > end) throw new Error(`not said: ${String(pattern)}, but: ${this.stderr}`);
      await pause(10);
    }
  }

  async end(): Promise<number | null> {
    const closed = once(this.child, "close");
    this.child.kill("SIGTERM");
    const [code] = (await closed) as [number | null];
    return code;
  }
}

const ask = (type: string, hex: string, ...more: readonly string[]) =>
  runHere(
    sandbox,
    "request",
    "--control",
    bmc.control,
    "--type",
    type,
    "--hex",
    hex,
    "-t",
    "8000",
    "-r",
    "0",
    "--json",
    ...more,
  );
const answerIn = ({ stdout }: { readonly stdout: string }): string | undefined =>
  (JSON.parse(stdout) as { hex?: string }).hex;
const types = async (): Promise<string> =>
  (await runHere(sandbox, "control", "get-types", "--control", bmc.control)).stdout;

describe("a shell script", () => {
  test("serves a vendor's messages, which the agent announces until it goes", async () => {
    const answer = script(
      "answer.sh",
      "read request",
      `[ $request = 7e1234ee ] && echo what || printf '7e1234%02x%s\\n' "$MCTP_EID" "\${request#??????}"`,
    );
    const serving = await Serving.start(
      "--type",
      "0x7e",
      "--pci",
      "0x1234",
      "--set",
      "5",
      "--type-version",
      "2.1.0",
      "--hex",
      "--exec",
      answer,
    );
    expect(serving.stdout).toBe("serving vendor (PCI) (message type 0x7e), vendor 0x1234\n");
    expect(await types()).toMatch(/0x7e {2}vendor \(PCI\)/);
    const control = (...words: readonly string[]) =>
      runHere(sandbox, "control", ...words, "--control", bmc.control).then(({ stdout }) => stdout);
    expect(await control("get-vendor")).toMatch(/vendor +0x1234\n +command set +0x0005/);
    expect(await control("get-version", "0x7e")).toContain("2.1.0");
    expect(answerIn(await ask("0x7e", "12 34 aa bb"))).toBe("7e123408aabb");
    await ask("0x7e", "12 34 ee", "-t", "1");
    await serving.says(/its output is not hexadecimal/);
    const { stdout } = await runHere(sandbox, "status", "--control", host.control);
    expect(stdout).toMatch(
      /served +vendor \(PCI\) \(message type 0x7e\), vendor 0x1234 by mctp-lpc serve --exec .*answer\.sh/,
    );

    const second = await runHere(
      sandbox,
      "serve",
      "--control",
      host.control,
      "--type",
      "0x7e",
      "--pci",
      "0x1234",
      "--exec",
      "cat",
    );
    expect([second.code, second.stderr]).toEqual([
      1,
      expect.stringMatching(/vendor 0x1234 is served by mctp-lpc serve --exec .*: end that first/),
    ]);
    expect(await serving.end()).toBe(0);
    expect(await types()).not.toContain("0x7e");
  });

  test("gets the request's bytes as they are, and gives the response's; arguments are its own", async () => {
    const serving = await Serving.start(
      "--type",
      "0x50",
      "--exec",
      "sh",
      "--",
      "-c",
      'printf "$1"; cat',
      "sh",
      "\\120\\377",
    );
    expect(answerIn(await ask("0x50", "00 0a ff"))).toBe("50ff50000aff");
    // With the integrity-check bit, which the program sees.
    expect(answerIn(await ask("0x50", "07", "--ic"))).toBe("50ffd007");
    const large = "5a".repeat(60_000);
    expect(answerIn(await ask("0x50", large))).toBe(`50ff50${large}`);
    await serving.end();
  });

  test("an answer that is none is told and not sent; requests after it are answered", async () => {
    const answer = script(
      "answer.sh",
      "read request",
      "case $request in",
      "  5001) exit 3 ;;",
      "  5002) printf 'e\\033[31mvil\\n' >&2; echo 51 ;;",
      "  5003) sleep 60 ;;",
      "  5004) yes 50 ;;",
      "  5005) ;;",
      "  5007) (trap '' HUP TERM; sleep 60) & echo 5077 ;;",
      "  *) echo 50ff ;;",
      "esac",
    );
    const serving = await Serving.start("--type", "0x50", "--hex", "-t", "1000", "--exec", answer);
    // Silence, which nothing is told of.
    expect((await ask("0x50", "05", "-t", "300")).code).toBe(2);
    expect(serving.stderr).toBe("");
    for (const [hex, told] of [
      ["01", /it ended with status 3/],
      ["02", /its output begins with 0x51, not with the request's message type 0x50/],
      ["03", /it took longer than 1000 ms \(--timeout\)/],
      ["04", /more than \d+ bytes of output/],
    ] as const) {
      await ask("0x50", hex, "-t", "1");
      await serving.says(told);
    }
    // What it leaves behind keeps nothing waiting, and ends with it.
    expect(answerIn(await ask("0x50", "07"))).toBe("5077");
    expect(answerIn(await ask("0x50", "08"))).toBe("50ff");
    expect(serving.stderr).toContain("e<1b>[31mvil");
    expect((await host.status()).counters.services).toMatchObject({ programRequests: 7, programUnanswered: 0 });
    await serving.end();
  });

  test("a bounded number at once; what it started ends with it", async () => {
    const marks = sandbox.folderAt("marks");
    const answer = script("answer.sh", `echo > ${marks}/$$`, "sleep 60");
    const serving = await Serving.start("--type", "0x50", "--at-once", "2", "-t", "5000", "--exec", answer);
    const asking = Promise.all(
      Array.from({ length: 4 }, (_, at) =>
        bmc.call("request", { hex: `500${String(at)}`, timeout: 600, retries: 0 }).catch(() => undefined),
      ),
    );
    await asking;
    const pids = readdirSync(marks);
    expect(pids).toHaveLength(2);
    await serving.end();
    await pause(100);
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    await host.until(
      ({ programs, counters: { services } }) => programs.length === 0 && services.programUnanswered === 4,
    );
  });
});

describe("the command", () => {
  test("says what is wrong", async () => {
    const run = (...words: readonly string[]) => runHere(sandbox, "serve", "--control", host.control, ...words);
    for (const [words, code, why] of [
      [["--type", "0", "--exec", "cat"], 1, /0x00 is MCTP control, which the agent answers itself/],
      [["--type", "0x80", "--exec", "cat"], 64, /A message type is a number from 0 to 0x7f/],
      [["--type", "0x50"], 64, /required option '--exec/],
      [["--type", "0x50", "--exec", ""], 64, /A program cannot be empty/],
      [["--type", "0x50", "--pci", "1", "--exec", "cat"], 64, /--pci goes with --type 0x7e/],
      [["--type", "0x7f", "--set", "1", "--exec", "cat"], 1, /a command set goes with the number of its vendor/],
      [["--type", "0x7f", "--iana", "32473", "--exec", "cat"], 1, /is the agent's own, for echoes and files/],
      [["--type", "0x50", "--type-version", "one", "--exec", "cat"], 64, /A version is/],
      [["--type", "0x50", "--at-once", "0", "--exec", "cat"], 64, /from 1 to 32/],
    ] as const) {
      const { code: status, stderr } = await run(...words);
      expect(stderr).toMatch(why);
      expect(status).toBe(code);
    }
  });

  test("a program that is not there is told at each request; the end of the agent ends it", async () => {
    const serving = await Serving.start("--type", "0x50", "--exec", "/there/is/none");
    await ask("0x50", "01", "-t", "1");
    await serving.says(/no response to EID 8: \/there\/is\/none: there is no such program/);
    const closed = once(serving.child, "close");
    await host.end("SIGTERM");
    expect((await closed)[0]).toBe(1);
    expect(serving.stderr).toContain("the agent has gone");
  });
});
