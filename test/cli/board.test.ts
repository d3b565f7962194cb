/** What `board show` reads out of a board's registers and counts. */
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { boardCommand } from "../../src/cli/board.ts";
import { makeBoard } from "../../src/platform/shared-file/board-file.ts";
import { attachBmc, attachHost } from "../../src/platform/shared-file/shared-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync("/dev/shm/mctp-lpc-show-");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A board after these accesses, as the command shows it. */
async function shown(depth: 0 | 1, ...accesses: readonly string[]): Promise<string> {
  const path = join(folder, "board");
  makeBoard(path, 4096, depth);
  const [host, bmc] = [attachHost(path, { doorbell: false }), attachBmc(path, { doorbell: false })];
  for (const access of accesses) {
    if (access === "IDR") host.port.writeData(1);
    else if (access === "ODR") bmc.port.writeData(1);
    else (access === "read IDR" ? bmc : host).port.readData();
  }
  host.close();
  bmc.close();
  const written: string[] = [];
  const spy = jest.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await boardCommand().parseAsync(["show", path], { from: "user" });
  } finally {
    spy.mockRestore();
  }
  return written.join("");
}

test("a new board's registers were never written", async () => {
  const text = await shown(0);
  expect(text).toMatch(/^ +IDR +never written \(host to BMC\)$/m);
  expect(text).toMatch(/^ +ODR +never written \(BMC to host\)$/m);
});

test.each<readonly [string, 0 | 1, readonly string[], RegExp]>([
  ["every byte read", 0, ["IDR", "read IDR"], /IDR .*; written 1 time, read 1\)$/m],
  ["a byte that waits is not lost", 0, ["IDR"], /IDR .*; written 1 time, read 0\)$/m],
  ["the driver holds one", 1, ["IDR", "IDR"], /IDR .*; written 2 times, taken or read 1\)$/m],
  ["one overwritten", 0, ["IDR", "IDR"], /IDR .*read 0; 1 byte was overwritten unread: .* IBF = 0, LPC-KCS-2\)$/m],
  ["one behind the driver's", 1, ["IDR", "IDR", "IDR"], /IDR .*1 byte was overwritten unread/m],
  ["two in ODR", 0, ["ODR", "ODR", "ODR"], /ODR .*2 bytes were overwritten unread: .* OBF = 0/m],
  ["a read of an empty register", 0, ["ODR", "read ODR", "read ODR"], /ODR .*written 1 time, read 2\)$/m],
])("%s at depth %d", async (_what, depth, accesses, line) => {
  expect(await shown(depth, ...accesses)).toMatch(line);
});
