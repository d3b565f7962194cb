/** Names in an open folder are the folder's, whatever is done to its path meanwhile. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { Folder } from "../../src/platform/folder.ts";
import { system } from "../../src/platform/system.ts";

let place: string;
let open: Folder[];
beforeEach(() => {
  place = mkdtempSync(`${tmpdir()}/mctp-lpc-folder-`);
  open = [];
  mkdirSync(`${place}/own`);
  mkdirSync(`${place}/target`);
});
afterEach(() => {
  jest.restoreAllMocks();
  for (const folder of open) folder.close();
  rmSync(place, { recursive: true });
});

function opened(name = "own"): Folder {
  const folder = Folder.open(`${place}/${name}`, () => undefined);
  open.push(folder);
  return folder;
}

function make(folder: Folder, name: string): void {
  system.close(folder.open(name, "create"));
}

/** Moves the folder away and has its path lead to another one. */
function exchange(): void {
  renameSync(`${place}/own`, `${place}/moved`);
  symlinkSync(`${place}/target`, `${place}/own`);
}

describe("a folder that is exchanged for a link after it was opened", () => {
  test("keeps its names: files are made, found and removed in the one that was opened", async () => {
    const folder = opened();
    exchange();
    make(folder, "file");
    writeFileSync(`${place}/target/file`, "stays");
    expect(folder.isInPlace).toBe(false);
    expect(folder.lookAt("file")?.size).toBe(0);
    folder.remove("file");
    expect([readdirSync(`${place}/moved`), readdirSync(`${place}/target`)]).toEqual([[], ["file"]]);
    await folder.sync();
  });

  test("gives no path where the system shows no descriptors", () => {
    const { lookUp } = system;
    jest.spyOn(system, "lookUp").mockImplementation((path) => (path === "/proc/self/fd" ? undefined : lookUp(path)));
    const folder = opened();
    make(folder, "before");
    exchange();
    expect(() => {
      make(folder, "after");
    }).toThrow("the folder has gone");
    expect([readdirSync(`${place}/moved`), readdirSync(`${place}/target`)]).toEqual([["before"], []]);
  });

  test("is not opened behind the link", () => {
    exchange();
    expect(() => opened()).toThrow(/ENOTDIR|ELOOP/);
  });
});

test("a folder in it is made for this user alone, and one that others may use is refused", () => {
  const folder = opened();
  const mask = process.umask(0);
  try {
    open.push(folder.openPrivate("new"));
  } finally {
    process.umask(mask);
  }
  expect(folder.lookAt("new")?.mode).toBe(0o700);
  chmodSync(`${place}/own/new`, 0o755);
  expect(() => folder.openPrivate("new")).toThrow(/its mode is 0755/);
  expect(folder.openPrivateIfThere("new")).toBeUndefined();
  expect(folder.openPrivateIfThere("missing")).toBeUndefined();
});

test("its names are given up to a bound", async () => {
  const folder = opened();
  for (let n = 0; n < 10; n++) make(folder, String(n));
  const names: string[] = [];
  for await (const name of folder.names(7)) names.push(name);
  expect(new Set(names).size).toBe(7);
});

test("once closed it leads nowhere: its descriptor may be another file's by then", async () => {
  const folder = opened();
  folder.close();
  folder.close();
  for (const use of [() => folder.at("x"), () => folder.lookAt("x"), () => folder.openPrivate("x")]) {
    expect(use).toThrow("the folder has gone");
  }
  await expect(folder.sync()).rejects.toThrow("the folder has gone");
  expect(folder.isInPlace).toBe(false);
});
