import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CaptureReader } from "../../src/core/capture/capture-reader.ts";
import { encodeTrace } from "../../src/core/trace/format.ts";
import { recording } from "../interop/recorded-traces.ts";
import { MAIN, PROJECT, Sandbox } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";
import { dissectedFiles, expectDissection } from "./dissection.ts";
import { runHere, runIn } from "./run-here.ts";

const NAME = "04a-msg64-host-to-bmc-v3";
const RECORDED = join(PROJECT, "test", "vectors", "bus", `${NAME}.jsonl`);
const { rows } = recording(NAME);

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

/** Frames of each link type in a capture. */
function framesIn(bytes: Uint8Array): Readonly<Record<number, number>> {
  const reader = new CaptureReader(1_000_000);
  const read = reader.push(bytes);
  if (!read.ok || !reader.end().ok) throw new Error("no whole capture");
  const counts: Record<number, number> = {};
  for (const { linkType } of read.value) counts[linkType] = (counts[linkType] ?? 0) + 1;
  return counts;
}

describe("mctp-lpc trace pcap", () => {
  test("writes each access and each packet, to a file or to a pipe alike", async () => {
    const file = sandbox.path("bus.pcapng");
    expect(await runHere(sandbox, "trace", "pcap", RECORDED, "--output", file)).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "",
    });
    const counts = framesIn(readFileSync(file));
    expect(counts[147]).toBe(rows.length);
    expect(counts[276]).toBeGreaterThan(0);
    const piped = execFileSync(process.execPath, [MAIN, "trace", "pcap", RECORDED]);
    expect(piped.equals(readFileSync(file))).toBe(true);
  });

  test("merges the traces of both sides by their times", async () => {
    const timed = rows.map((row, index) => ({ ...row, t: 1_000_000 * index }));
    const [host, bmc] = (["host", "bmc"] as const).map((side) => {
      const path = sandbox.path(`${side}.jsonl`);
      writeFileSync(path, encodeTrace(timed.filter((row) => row.side === side)));
      return path;
    });
    const [both, one] = [sandbox.path("both.pcapng"), sandbox.path("one.pcapng")];
    await runHere(sandbox, "trace", "pcap", host!, bmc!, "-o", both);
    await runHere(sandbox, "trace", "pcap", RECORDED, "--side", "bmc", "-o", one);
    expect(framesIn(readFileSync(both))).toEqual(framesIn(readFileSync(one)));
  });

  test.each([
    ["a file that is no trace", "010809c8\n", /trace-invalid|line 1/],
    ["a trace without an access", "", /no access in standard input/],
  ])("%s: one line, status 1, and no file is made", async (_what, input, why) => {
    const file = sandbox.path("none.pcapng");
    const { code, stdout, stderr } = await runIn(sandbox, { input }, "trace", "pcap", "-", "-o", file);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(why);
    expect(existsSync(file)).toBe(false);
  });

  test("a place that cannot be written is told", async () => {
    const { code, stderr } = await runHere(
      sandbox,
      "trace",
      "pcap",
      RECORDED,
      "-o",
      sandbox.path("nowhere/bus.pcapng"),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^mctp-lpc: cannot write .*nowhere/);
  });

  needsTool("tshark")("tshark reads it: two interfaces, and MCTP's protocol number in each packet", async () => {
    const file = sandbox.path("tshark.pcapng");
    await runHere(sandbox, "trace", "pcap", RECORDED, "-o", file);
    const fields = ["-T", "fields", "-e", "frame.interface_name", "-e", "frame.len", "-e", "sll.ltype"];
    const { status, stdout } = spawnSync("tshark", ["-r", file, ...fields], { encoding: "utf8" });
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    const packets = lines.filter((line) => line.startsWith("mctp\t"));
    expect(lines.filter((line) => line.startsWith("lpc\t"))).toHaveLength(rows.length);
    expect(packets.length).toBeGreaterThan(0);
    for (const packet of packets) expect(packet).toMatch(/\t0x00fa$/);
  });

  needsTool("tshark")(
    "with the dissector of docs/wireshark tshark names accesses, fields, messages and findings",
    async () => {
      const files = await dissectedFiles(sandbox);
      expectDissection(files, (...args) => {
        const { status, stdout, stderr } = spawnSync("tshark", args, { encoding: "utf8" });
        expect({ status, errors: /lua|error/i.test(stderr) ? stderr : "" }).toEqual({ status: 0, errors: "" });
        return stdout;
      });
    },
  );
});
