/**
 * Boards that a stranger has planted or may exchange: refused before anything is allocated, made or written, unless the
 * user allows them.
 */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { LARGEST_WINDOW_OFFSET_BYTES, makeBoard, openBoard } from "../../src/platform/shared-file/board-file.ts";
import { attachBmc, attachHost } from "../../src/platform/shared-file/shared-file.ts";
import { system } from "../../src/platform/system.ts";
import { Sandbox } from "../support/processes.ts";

const WINDOW_BYTES = 8192;
const WINDOW_OFFSET_AT = 0x10;
const STRANGER = 4242;
const ATTACH = { doorbell: true };

let sandbox: Sandbox;
let path: string;
beforeEach(() => {
  sandbox = new Sandbox();
  path = sandbox.path("board");
});
afterEach(() => {
  jest.restoreAllMocks();
  return sandbox.dispose();
});

const refusal = (code: string): Error => expect.objectContaining({ name: "Failure", code }) as unknown as Error;

/** Has the open board belong to another user. */
function own(uid: number): void {
  const { stat } = system;
  jest.spyOn(system, "stat").mockImplementation((fd) => {
    const status = stat(fd);
    return status.type === "file" ? { ...status, uid } : status;
  });
}

function expectRefused(code: string): void {
  const before = readdirSync(sandbox.folder);
  for (const attach of [attachHost, attachBmc]) {
    expect(() => attach(path, { ...ATTACH, make: { windowBytes: undefined, depth: undefined } })).toThrow(
      refusal(code),
    );
  }
  expect(readdirSync(sandbox.folder)).toEqual(before);
}

/** Used all the same where the user says so, and the log says why. */
function expectAllowed(told: string): void {
  const log: string[] = [];
  attachHost(path, { ...ATTACH, allowForeign: true, log: (line) => log.push(line) }).close();
  expect(log).toEqual([expect.stringMatching(new RegExp(`--allow-foreign-board: .*${told}`))]);
}

describe("LPC-SEC-8: a board that others may write", () => {
  test.each([0o666, 0o660, 0o602, 0o640, 0o604])("mode %i: refused, or used where the user says so", (mode) => {
    makeBoard(path, WINDOW_BYTES);
    chmodSync(path, mode);
    expectRefused("foreign-board");
    expectAllowed("mode");
  });

  test("of another user: refused, or used where the user says so; root's is not foreign", () => {
    makeBoard(path, WINDOW_BYTES);
    own(STRANGER);
    expectRefused("foreign-board");
    expectAllowed(`user ${String(STRANGER)}`);
    jest.restoreAllMocks();
    own(0);
    attachHost(path, { doorbell: false }).close();
  });

  test("in a folder that others may write: neither used nor made there; a sticky one is no matter", () => {
    mkdirSync(sandbox.path("open"));
    path = sandbox.path("open/board");
    for (const isThere of [false, true]) {
      if (isThere) makeBoard(path, WINDOW_BYTES);
      chmodSync(sandbox.path("open"), 0o777);
      expectRefused("foreign-board");
      expect(readdirSync(sandbox.path("open"))).toEqual(isThere ? ["board"] : []);
    }
    expectAllowed("others may replace files");
    chmodSync(sandbox.path("open"), 0o1777);
    attachHost(path, ATTACH).close();
  });

  test("in a folder of its own, below one that others may write: they could exchange the whole folder", () => {
    mkdirSync(sandbox.path("open/own"), { recursive: true });
    path = sandbox.path("open/own/board");
    makeBoard(path, WINDOW_BYTES);
    chmodSync(sandbox.path("open"), 0o777);
    expectRefused("foreign-board");
    expectAllowed(`its folder ${sandbox.path("open")}: its mode is 0777`);
    chmodSync(sandbox.path("open"), 0o1777);
    attachHost(path, ATTACH).close();
  });

  test("may be looked at: a tool that reads it trusts nothing of it", () => {
    makeBoard(path, WINDOW_BYTES);
    chmodSync(path, 0o666);
    closeSync(openBoard(path, "read").fd);
  });
});

describe("a planted board", () => {
  test("behind a symbolic link is refused, and so is one behind a link that leads nowhere", () => {
    makeBoard(sandbox.path("other"), WINDOW_BYTES);
    symlinkSync(sandbox.path("other"), path);
    expectRefused("open-board");
    renameSync(sandbox.path("other"), sandbox.path("gone"));
    expectRefused("open-board");
  });

  test("that is a FIFO is refused at once", () => {
    expect(spawnSync("mkfifo", [path]).status).toBe(0);
    expectRefused("not-a-board");
    expect(() => openBoard(path, "read")).toThrow(refusal("not-a-board"));
  });

  test.each([LARGEST_WINDOW_OFFSET_BYTES + 4096, 0x40000000, 0xfffff000])(
    "with a hole of %i bytes before its window is refused before any of it is allocated",
    (offset) => {
      makeBoard(path, WINDOW_BYTES);
      const fd = openSync(path, "r+");
      writeSync(fd, new Uint8Array(Uint32Array.of(offset).buffer), 0, 4, WINDOW_OFFSET_AT);
      closeSync(fd);
      truncateSync(path, offset + WINDOW_BYTES);
      const { blocks } = statSync(path);
      expectRefused("board-size");
      expect(statSync(path).blocks).toBe(blocks);
    },
  );

  test("with its window as far behind the header as a header may say is used", () => {
    makeBoard(path, WINDOW_BYTES);
    const fd = openSync(path, "r+");
    writeSync(fd, new Uint8Array(Uint32Array.of(LARGEST_WINDOW_OFFSET_BYTES).buffer), 0, 4, WINDOW_OFFSET_AT);
    closeSync(fd);
    truncateSync(path, LARGEST_WINDOW_OFFSET_BYTES + WINDOW_BYTES);
    const side = attachHost(path, ATTACH);
    expect(side.window.size).toBe(WINDOW_BYTES);
    side.close();
  });
});
