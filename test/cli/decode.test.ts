import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import type { Decoded } from "../../src/core/decode/decode.ts";
import { Sandbox, finish, type Finished } from "../support/processes.ts";
import { runHere } from "./run-here.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

/** Runs decode with lines on its standard input. */
async function decodeLines(text: string, ...options: readonly string[]): Promise<Finished> {
  const child = await sandbox.launch(["decode", ...options]);
  child.stdin?.write(text);
  return finish(child);
}

describe("mctp-lpc decode", () => {
  test("ends with the reader of its output, though its input goes on", async () => {
    const child = await sandbox.launch(["decode"]);
    const ended = once(child, "close");
    const feeding = setInterval(() => child.stdin?.write("01 08 09 c8 00 80 02\n"), 20);
    await once(child.stdout!, "data");
    child.stdout?.destroy();
    const [code, signal] = (await ended) as [number | null, string | null];
    clearInterval(feeding);
    expect({ code, signal }).toEqual({ code: 0, signal: null });
  });

  test("a packet as words: why it was taken for one, every field with place, bytes, meaning and clause", async () => {
    const { code, stdout, stderr } = await runHere(sandbox, "decode", "01", "08", "09", "c8", "00", "80", "02");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.split("\n").map((line) => line.replace(/ {2,}/g, "  ").trim());
    expect(lines[0]).toMatch(
      /^MCTP packet of 7 bytes: 9 -> 8 SOM EOM seq 0 TO tag 0, 3 bytes \(taken for one: byte 0 is/,
    );
    expect(lines).toEqual(
      expect.arrayContaining([
        "1  08  destination EID  8 [DSP0236 8.2]",
        "[5:4]  sequence  0",
        "4-6  message  Get Endpoint ID request",
        "[7]  Rq  1  request",
        "6  02  command  0x02  Get Endpoint ID [DSP0236 12.1]",
      ]),
    );
  });

  test("an option says what the bytes are; JSON has every field and finding", async () => {
    const { code, stdout } = await runHere(
      sandbox,
      "decode",
      "--as",
      "message",
      "--json",
      "0x00, 0x00, 0x02, 0x00, 0x09, 0x02",
    );
    expect(code).toBe(1);
    const decoded = JSON.parse(stdout) as Decoded;
    expect(decoded).toMatchObject({ ok: false, sequence: [] });
    expect(decoded.inputs).toMatchObject([
      { kind: "message", because: "as told", length: 6, title: "Get Endpoint ID response, success" },
    ]);
    expect(decoded.inputs[0]?.findings).toEqual([
      {
        severity: "wrong",
        text: "missing: byte 6 should be here, the end comes before",
        field: "medium-specific",
        offset: 6,
        length: 0,
      },
    ]);
  });

  test("lines of standard input: packets become messages; comments and empty lines are passed over", async () => {
    const body = "61".repeat(64 - 7);
    const { code, stdout } = await decodeLines(
      `# an echo in two packets\n01:08:09:8b 7f00007ed90101${body}\n\n01 08 09 5b 62 63   # the end\n`,
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1\. MCTP packet of 68 bytes/m);
    expect(stdout).toMatch(/^ {2}assembly: completes message 1$/m);
    expect(stdout).toMatch(/^message 1 of 66 bytes, from packets 1, 2: 9 -> 8 TO tag 3, Echo request$/m);
  });

  test("--json: a message of several packets is part of the input that completes it", async () => {
    const { stdout } = await decodeLines(`01:08:09:8b 7f00007ed90101${"61".repeat(57)}\n01 08 09 5b 62 63\n`, "--json");
    const { inputs, ok } = JSON.parse(stdout) as Pick<Decoded, "inputs" | "ok">;
    expect(inputs[0]).not.toHaveProperty("message");
    expect(inputs[1]).toMatchObject({ message: { length: 66, inputs: [0, 1], title: "Echo request" } });
    expect(ok).toBe(true);
  });

  test("damaged bytes: what is wrong where, the rest besides, and status 1", async () => {
    const { code, stdout } = await runHere(sandbox, "decode", "00000007 010809c8008002 00000000");
    expect(code).toBe(1);
    expect(stdout).toContain("wrong: that of the packet is 0xbc2c0b58: dropped (LPC-BUF-5)");
    expect(stdout).toContain("Get Endpoint ID");
    expect(stdout).toMatch(/\nmalformed: one thing is wrong\n$/);
    const lonely = await decodeLines("01 08 09 5b 62 63\n01 08 09 8b " + "00".repeat(64) + "\n", "--as", "packet");
    expect(lonely.code).toBe(1);
    expect(lonely.stdout).toMatch(/assembly: packets dropped: middle or end of a message that never started/);
    expect(lonely.stdout).toMatch(/^wrong: one message is not complete: its last packet is missing$/m);
  });

  test("a line that is no hexadecimal is named by its number, behind what the lines before hold", async () => {
    const { code, stdout, stderr } = await decodeLines("00 80 02\n00 8\n");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^1\. MCTP message of 3 bytes: Get Endpoint ID request/);
    expect(stderr).toBe('mctp-lpc: line 2: "8" at character 4 has an odd number of digits: write two for each byte\n');
  });

  test("a reader that stops reading stops the reading of inputs: memory does not grow with what they hold", async () => {
    const child = await sandbox.launch(["decode"]);
    child.stdin?.end(`00 80 02 # ${"-".repeat(90)}\n`.repeat(8000));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(child.stdin?.writableLength).toBeGreaterThan(100_000);
    const { code, stdout } = await finish(child);
    expect(code).toBe(0);
    expect(stdout).toContain("\n8000. MCTP message of 3 bytes");
  });

  test("an input is explained as it comes, and the output says what its text was taken for", async () => {
    const child = await sandbox.launch(["decode", "--as", "message"]);
    const shown = once(child.stdout!, "data") as Promise<[Buffer]>;
    child.stdin?.write("00000000: 0080 02  ...\n\n");
    expect(String((await shown)[0])).toMatch(/^1\. MCTP message of 3 bytes: Get Endpoint ID request \(read as xxd\)\n/);
    expect((await finish(child)).code).toBe(0);
  });

  test("a capture's MCTP packets are explained and put together, other frames are counted", async () => {
    const frame = (protocol: string, packet: string): string => {
      const bytes = `${protocol}000000000001012200000000000000000000${packet}`;
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length / 2);
      return `0000000000000000${length.toString("hex").repeat(2)}${bytes}`;
    };
    const pcap = Buffer.from(
      ["d4c3b2a1020004000000000000000000ffff000014010000", frame("00fa", `010809897e${"01".repeat(63)}`)].join("") +
        [frame("0800", "4500"), frame("00fa", "0108095902")].join(""),
      "hex",
    );
    const child = await sandbox.launch(["decode", "--json"]);
    child.stdin?.end(pcap);
    const { code, stdout, stderr } = await finish(child);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "mctp-lpc decode: left out 1 frame of other protocols than MCTP (0x00fa)\n",
    });
    const { inputs } = JSON.parse(stdout) as {
      inputs: { format: string; kind: string; message?: { length: number } }[];
    };
    expect(inputs.map(({ format, kind }) => `${format} ${kind}`)).toEqual(["capture packet", "capture packet"]);
    expect(inputs[1]?.message).toBeDefined();
  });

  test.each([
    [
      "a capture that is cut",
      Buffer.from("d4c3b2a102000400", "hex"),
      /^mctp-lpc: standard input: the capture ends in the middle/,
    ],
    ["raw bytes", Buffer.from("010809c8008002", "hex"), /^mctp-lpc: standard input holds bytes that are not text/],
  ])("%s is refused in words", async (_, bytes, why) => {
    const child = await sandbox.launch(["decode"]);
    child.stdin?.write(bytes);
    const { code, stdout, stderr } = await finish(child);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(why);
  });
});
