import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { randomBytes } from "node:crypto";
import fs, { truncateSync, writeFileSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { PartReader } from "../../src/agent/files/part-reader.ts";
import { Sandbox } from "../support/processes.ts";

const PART_BYTES = 512 * 1024;
const contents = randomBytes(3 * PART_BYTES);

let sandbox: Sandbox;
let file: FileHandle;
beforeEach(async () => {
  sandbox = new Sandbox();
  writeFileSync(sandbox.path("file"), contents);
  file = await open(sandbox.path("file"));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await file.close();
  await sandbox.dispose();
});

/** Reads of the event loop's own thread, each of which takes so many milliseconds of a clock that only they move. */
function readsThatTake(milliseconds: number): { readonly count: number } {
  const seen = { count: 0 };
  const { readSync } = fs;
  jest.spyOn(performance, "now").mockImplementation(() => seen.count * milliseconds);
  jest.spyOn(fs, "readSync").mockImplementation((...given: Parameters<typeof readSync>) => {
    seen.count++;
    return readSync(...given);
  });
  return seen;
}

async function readParts(reader: PartReader, count: number): Promise<Buffer> {
  const into = Buffer.alloc(10 + PART_BYTES);
  const parts: Buffer[] = [];
  for (let part = 0; part < count; part++) {
    await reader.read(into, 10, (part % 3) * PART_BYTES, PART_BYTES);
    parts.push(Buffer.from(into.subarray(10)));
  }
  return Buffer.concat(parts);
}

describe("parts of a file", () => {
  test("of a quick disk are read at once", async () => {
    const seen = readsThatTake(0.1);
    expect((await readParts(new PartReader(file), 3)).equals(contents)).toBe(true);
    expect(seen.count).toBe(12);
  });

  test("of a slow disk are read by the thread pool, but for one read in many parts", async () => {
    const seen = readsThatTake(50);
    const reader = new PartReader(file);
    expect((await readParts(reader, 3)).equals(contents)).toBe(true);
    expect(seen.count).toBe(1);
    await readParts(reader, 63);
    expect(seen.count).toBe(2);
  });

  test.each([0.1, 50])("that have gone since: file-changed, where a read takes %p ms", async (milliseconds) => {
    readsThatTake(milliseconds);
    truncateSync(sandbox.path("file"), PART_BYTES + 1000);
    const reader = new PartReader(file);
    await reader.read(Buffer.alloc(PART_BYTES), 0, 0, PART_BYTES);
    const reading = reader.read(Buffer.alloc(PART_BYTES), 0, PART_BYTES, PART_BYTES);
    await expect(reading).rejects.toMatchObject({ code: "file-changed" });
  });
});
