import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { checkDistinct, filesOfLink, type NamedFile } from "../../src/agent/distinct-files.ts";
import { parseLink } from "../../src/platform/kinds.ts";
import { Sandbox } from "../support/processes.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

const named = (what: string, name: string): NamedFile => ({ what, path: sandbox.path(name) });
const refusal = expect.objectContaining({ name: "Failure", code: "same-file" }) as unknown as Error;
const check =
  (...files: readonly NamedFile[]) =>
  () => {
    checkDistinct(files);
  };

describe("what an agent uses for one thing is not used for another", () => {
  test("under one name, there or not", () => {
    for (const isThere of [false, true]) {
      if (isThere) writeFileSync(sandbox.path("one"), "");
      expect(check(named("the trace", "one"), named("the state file", "tmp/../one"))).toThrow(refusal);
      expect(check(named("the trace", "one"), named("the state file", "two"))).not.toThrow();
    }
  });

  test("under two names that lead to one file, or to one place", () => {
    writeFileSync(sandbox.path("one"), "");
    linkSync(sandbox.path("one"), sandbox.path("hard"));
    symlinkSync(sandbox.path("one"), sandbox.path("soft"));
    for (const other of ["hard", "soft"]) {
      expect(check(named("the board", "one"), named("the trace", other))).toThrow(refusal);
    }
    mkdirSync(sandbox.path("folder"));
    symlinkSync(sandbox.path("folder"), sandbox.path("way"));
    expect(check(named("the trace", "folder/new"), named("the state file", "way/new"))).toThrow(refusal);
  });

  test("the doorbells of a board are files of the agent, too; a line has none", () => {
    const board = filesOfLink(parseLink(`shm:${sandbox.path("board")}`), "the board");
    for (const bell of ["board.host-bell", "board.bmc-bell"]) {
      expect(check(...board, named("the trace", bell))).toThrow(refusal);
    }
    expect(filesOfLink(parseLink("serial:/dev/ttyS9"), "the link")).toEqual([{ what: "the link", path: "/dev/ttyS9" }]);
  });

  test("a folder that is missing is for the call that opens the file to tell of", () => {
    expect(check(named("the trace", "no/one"), named("the state file", "no/two"))).not.toThrow();
    expect(check(named("the trace", "no/one"), named("the state file", "no/one"))).toThrow(refusal);
  });
});
