import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StateFile } from "../../src/node/state-file.ts";
import { system } from "../../src/platform/system.ts";

const openReally = system.openLater;

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

  test("what killed writers left beside it is removed, what a running one may write is not", async () => {
    const leftover = `.state.new-${"0".repeat(16)}`;
    const young = `.state.new-${"1".repeat(16)}`;
    const others = [`.state.new-${"0".repeat(15)}`, `.other.new-${"0".repeat(16)}`, `${leftover}.txt`];
    for (const name of ["state", leftover, young, ...others]) {
      writeFileSync(at(name), "whole");
      if (name !== young) utimesSync(at(name), 1, 1);
    }
    const file = await StateFile.open(at("state"));
    expect(file.content).toBe("whole");
    await file.write("next");
    expect(readFileSync(at("state"), "utf8")).toBe("next");
    expect(readdirSync(folder).sort()).toEqual([young, ...others, "state"].sort());
  });

  test("is written beside itself under a name that no stranger can know: what was planted there stays as it is", async () => {
    writeFileSync(at("victim"), "mine");
    const beside: string[] = [];
    const openLater = jest.spyOn(system, "openLater");
    try {
      const file = await StateFile.open(at("state"));
      for (const text of ["one", "two"]) {
        openLater.mockClear();
        await file.write(text);
        beside.push(...openLater.mock.calls.filter(([, how]) => how === "create").map(([path]) => path));
      }
      expect(new Set(beside).size).toBe(2);
      for (const path of beside) expect(path).toMatch(/\/\.state\.new-[0-9a-f]{16}$/);
      // Even a stranger who guesses the name gets no more than a refusal.
      openLater.mockImplementation((path, how) => {
        if (how === "create") symlinkSync(at("victim"), path);
        return openReally(path, how);
      });
      await expect(file.write("three")).rejects.toMatchObject({ code: "state-write" });
      expect([readFileSync(at("victim"), "utf8"), readFileSync(at("state"), "utf8")]).toEqual(["mine", "two"]);
    } finally {
      openLater.mockRestore();
    }
  });

  test("a folder, a FIFO or a device in place of a leftover does not keep it from being opened", async () => {
    mkdirSync(at(`.state.new-${"2".repeat(16)}`));
    expect(spawnSync("mkfifo", [at(`.state.new-${"3".repeat(16)}`)]).status).toBe(0);
    for (const name of readdirSync(folder)) utimesSync(at(name), 1, 1);
    const file = await StateFile.open(at("state"));
    await file.write("one");
    expect(readFileSync(at("state"), "utf8")).toBe("one");
  });

  test("that is a FIFO, or that others may write, is refused at once", async () => {
    expect(spawnSync("mkfifo", [at("fifo")]).status).toBe(0);
    writeFileSync(at("open"), "whole");
    chmodSync(at("open"), 0o666);
    for (const name of ["fifo", "open"]) {
      await expect(StateFile.open(at(name))).rejects.toMatchObject({ code: "state-file" });
    }
    expect(readFileSync(at("open"), "utf8")).toBe("whole");
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
