/** Hosts in C that break one rule each: the log of a BMC's agent names the rule, and accuses no host that breaks none. */
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { Command } from "commander";
import { join } from "node:path";
import { createBmcAgent } from "../../bmc/agent.ts";
import { addRunOptions, readRunOptions } from "../../src/agent/run-options.ts";
import { DEFAULT_BMC_EID } from "../../src/agent/identity.ts";
import { millis } from "../../src/core/wire/units.ts";
import { compile } from "../support/c-program.ts";
import { PROJECT, Sandbox, finish, pause } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";

const SOURCE = join(PROJECT, "test", "interop", "faulty-host", "faulty_host.c");
/** A fault is named within two seconds; the host needs some of the time before for its start-up. */
const RUN_MILLISECONDS = 4000;

/** The host's fault, what the log says of it, and the guess at its cause. */
const FAULTS: readonly (readonly [fault: string, requirement: string, guess: RegExp])[] = [
  ["crc-little-endian", "LPC-BUF-3", /the trailer is little-endian/],
  ["crc-of-length", "LPC-BUF-3", /the length field is counted in/],
  ["crc-seed", "LPC-BUF-3", /begins with 0 in place of 0xffffffff/],
  ["crc-missing", "LPC-BUF-3", /a trailer of 0x00000000/],
  ["length-little-endian", "LPC-BUF-9", /the length is little-endian/],
  ["length-counts-itself", "LPC-BUF-1", /the length counts the trailer, or itself/],
  ["length-counts-trailer", "LPC-BUF-1", /the length counts the trailer, or itself/],
  ["length-without-header", "LPC-BUF-1", /a length of 3, expected 4 to/],
  ["length-too-large", "LPC-BUF-9", /a length of \d+, expected 4 to/],
  ["packet-above-mtu", "LPC-BUF-9", /a length of \d+, expected 4 to/],
  ["tx-begin-twice", "LPC-HOST-16", /the command is written twice/],
  ["rx-complete-invented", "LPC-HOST-16", /the command answers nothing/],
  ["rx-complete-twice", "LPC-HOST-16", /the command answers nothing/],
  ["rx-complete-missing", "LPC-KCS-6", /Rx Complete is never written/],
  ["unknown-command", "LPC-HOST-16", /0x55/],
  ["idr-overwritten", "LPC-KCS-2", /overwrites a byte in IDR/],
  ["tx-begin-outside-session", "LPC-HOST-11", /behind the host's own close/],
  ["odr-unread", "LPC-KCS-11", /left Tx Begin unread in ODR/],
  ["versions-little-endian", "LPC-REG-1", /the fields are little-endian/],
  ["versions-reversed", "LPC-REG-1", /host versions 3 to 1/],
  ["fields-after-initialise", "LPC-HOST-5", /the fields are written behind their Initialise/],
  ["no-close", "LPC-HOST-3", /the first Initialise of a start-up proposes versions/],
  ["no-fence", "LPC-HOST-4", /does not write fences/],
  ["rx-size-little-endian", "LPC-MTU-3", /rx_size is little-endian/],
  ["rx-size-above-offer", "LPC-MTU-3", /rx_size \d+ is asked for/],
  ["region-overwritten", "LPC-REG-3", /tx_size holds 4096/],
  ["header-version", "LPC-MCTP-1", /first byte of an MCTP header is 0x00/],
  ["sequence", "LPC-MCTP-6", /first packet was not sent in this session/],
  ["packet-below-btu", "LPC-MCTP-18", /32 payload bytes/],
  ["control-reply-bits", "LPC-MCTP-13", /control messages discarded/],
];

const testWithGcc = needsTool("gcc");

describe("a BMC's log names what a host in C does wrong", () => {
  let sandbox: Sandbox;
  let logs: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

  /** What an agent logs while the host runs. */
  async function logOf(program: string, fault: string): Promise<readonly string[]> {
    const command = addRunOptions(new Command(), "bmc", DEFAULT_BMC_EID);
    const board = sandbox.path(`board-${fault}`);
    command.parse(["--platform", `shm:${board}`, "--control", sandbox.path(`${fault}.sock`)], { from: "user" });
    const lines: string[] = [];
    const options = { ...readRunOptions("bmc", command.opts()), assign: undefined, announceLimit: millis(500) };
    const agent = createBmcAgent(options, (line) => lines.push(line));
    await agent.start();
    const host = sandbox.start(program, [board, fault]);
    await pause(RUN_MILLISECONDS);
    await finish(host);
    await agent.stop();
    return lines;
  }

  /** All hosts side by side, each with a board and an agent of its own. */
  async function runAll(): Promise<ReadonlyMap<string, readonly string[]>> {
    const program = await compile(sandbox, "faulty-host", [SOURCE]);
    const names = ["none", ...FAULTS.map(([fault]) => fault)];
    return new Map(await Promise.all(names.map(async (name) => [name, await logOf(program, name)] as const)));
  }

  beforeAll(() => {
    sandbox = new Sandbox();
  });

  afterAll(async () => {
    await sandbox.dispose();
  });

  testWithGcc("a host that keeps the rules causes no line", async () => {
    const lines = (await (logs ??= runAll())).get("none");
    expect(lines?.filter((line) => /LPC-|older|dropped|ignored|discarded/.test(line))).toEqual([]);
  });

  for (const [fault, requirement, guess] of FAULTS) {
    testWithGcc(`${requirement} ${fault}`, async () => {
      const lines = (await (logs ??= runAll())).get(fault) ?? [];
      expect(lines.some((line) => line.includes(requirement) && guess.test(line)) ? "named" : lines).toBe("named");
      expect(lines.filter((line) => line.startsWith("the BMC broke"))).toEqual([]);
    });
  }
});
