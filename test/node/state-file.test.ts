import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StateFile } from "../../src/node/state-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mctp-lpc-state-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

describe("a state file", () => {
  test("that is not there yet has no content; what is written is there, its owner's alone, and nothing beside it", async () => {
    const file = await StateFile.open(at("state"));
    expect(file.content).toBeUndefined();
    await file.write("one\n");
    expect([readFileSync(at("state"), "utf8"), statSync(at("state")).mode & 0o777]).toEqual(["one\n", 0o600]);
    expect([file.content, readdirSync(folder)]).toEqual(["one\n", ["state"]]);
    expect((await StateFile.open(at("state"))).content).toBe("one\n");
  });

  test("takes its place in one step: a reader finds a whole state at any moment", async () => {
    const file = await StateFile.open(at("state"));
    await file.write("a".repeat(50_000));
    let written = false as boolean;
    const writing = (async () => {
      for (const letter of "bcdefghijk") await file.write(letter.repeat(50_000));
      written = true;
    })();
    let reads = 0;
    while (!written) {
      expect(readFileSync(at("state"), "utf8")).toMatch(/^(.)\1{49999}$/);
      reads++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    expect(reads).toBeGreaterThan(1);
  });

  test("of states that come while one is written the last stays, and all are waited for", async () => {
    const file = await StateFile.open(at("state"));
    await Promise.all(Array.from({ length: 50 }, (_, index) => file.write(`state ${String(index)}`)));
    expect(readFileSync(at("state"), "utf8")).toBe("state 49");
  });

  test("what it holds already is not written again", async () => {
    const file = await StateFile.open(at("state"));
    await file.write("same");
    const before = statSync(at("state")).ino;
    await file.write("same");
    expect(statSync(at("state")).ino).toBe(before);
  });

  test("what killed writers left beside it is removed, what a running one writes is not", async () => {
    const ended = spawnSync(process.execPath, ["-e", ""]).pid;
    const running = process.ppid;
    writeFileSync(at("state"), "whole");
    for (const pid of [ended, process.pid, running]) writeFileSync(at(`.state.${String(pid)}.new`), "ha");
    writeFileSync(at(`.state.${String(ended)}.new.txt`), "mine");
    writeFileSync(at(`.other.${String(ended)}.new`), "mine");
    const file = await StateFile.open(at("state"));
    expect(file.content).toBe("whole");
    await file.write("next");
    expect(readFileSync(at("state"), "utf8")).toBe("next");
    expect(readdirSync(folder).sort()).toEqual(
      [
        `.other.${String(ended)}.new`,
        `.state.${String(ended)}.new.txt`,
        `.state.${String(running)}.new`,
        "state",
      ].sort(),
    );
  });

  test("behind a symbolic link stays there", async () => {
    mkdirSync(at("real"));
    writeFileSync(at("real/state"), "old");
    symlinkSync(at("real/state"), at("link"));
    const file = await StateFile.open(at("link"));
    await file.write("new");
    expect([readFileSync(at("real/state"), "utf8"), readFileSync(at("link"), "utf8")]).toEqual(["new", "new"]);
    expect(readdirSync(folder).sort()).toEqual(["link", "real"]);
  });

  test("that cannot be written says so, keeps the old state, and can be written later", async () => {
    const file = await StateFile.open(at("missing/state"));
    await expect(file.write("one")).rejects.toMatchObject({
      code: "state-write",
      message: expect.stringContaining("the folder does not exist"),
    });
    mkdirSync(at("missing"));
    await file.write("one");
    expect(readFileSync(at("missing/state"), "utf8")).toBe("one");
  });

  test("that is a folder, or far too large, is refused", async () => {
    await expect(StateFile.open(folder)).rejects.toMatchObject({ code: "state-file" });
    writeFileSync(at("large"), Buffer.alloc(1024 * 1024 + 1));
    await expect(StateFile.open(at("large"))).rejects.toMatchObject({
      code: "state-file",
      message: expect.stringContaining("too large"),
    });
  });

  test("that may not be read is refused", async () => {
    const path = at("state");
    writeFileSync(path, "");
    chmodSync(path, 0);
    // Root may read everything; as nobody it meets the refusal that others meet.
    const isRoot = process.geteuid!() === 0;
    if (isRoot) process.seteuid!("nobody");
    try {
      await expect(StateFile.open(path)).rejects.toMatchObject({ code: "state-file" });
    } finally {
      if (isRoot) process.seteuid!(0);
    }
  });
});
