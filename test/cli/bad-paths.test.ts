/**
 * Every option and argument that names a file, with everything that may be at a path but the right thing: a sentence and an
 * exit status, never a stack, never a wait, and nothing left behind.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { sendFile } from "../../src/agent/files/file-sender.ts";
import { eid } from "../../src/core/wire/units.ts";
import type { Messenger } from "../../src/node/messenger.ts";
import { MAIN, Sandbox, finish, type Finished } from "../support/processes.ts";
import { testUnless } from "../support/tools.ts";
import { runHere, runIn } from "./run-here.ts";

const IS_ROOT = process.geteuid?.() === 0;
/** "nobody" of most systems. */
const NOBODY = 65534;
const AS_NOBODY = { uid: NOBODY, gid: NOBODY, encoding: "utf8", timeout: 30_000 } as const;
const LONG = "x/".repeat(2500);

let sandbox: Sandbox;
let listener: Server;
beforeAll(async () => {
  sandbox = new Sandbox();
  mkdirSync(at("folder"));
  expect(spawnSync("mkfifo", [at("fifo")]).status).toBe(0);
  symlinkSync("nowhere", at("dangling"));
  symlinkSync("loop", at("loop"));
  for (const name of ["foreign", "closed", "file"]) writeFileSync(at(name), "contents\n");
  if (IS_ROOT) chownSync(at("foreign"), NOBODY, NOBODY);
  chmodSync(at("closed"), 0);
  writeFileSync(at("trace"), '{"n":0,"side":"host","op":"kcs_read","reg":"STR","value":"00"}\n');
  listener = createServer();
  listener.listen(at("socket"));
  await once(listener, "listening");
  await runHere(sandbox, "board", "create", at("board"));
});
afterAll(async () => {
  listener.close();
  await sandbox.dispose();
});

function at(name: string): string {
  return sandbox.path(name);
}

/** What a path leads to, by name. */
const PLACES = {
  "a folder": () => at("folder"),
  "a FIFO": () => at("fifo"),
  "a link that leads nowhere": () => at("dangling"),
  "a link that leads to itself": () => at("loop"),
  "a socket": () => at("socket"),
  "a device": () => "/dev/zero",
  "a file of another user": () => at("foreign"),
  "a file that nobody may open": () => at("closed"),
  "a path of 5000 characters": () => at(LONG),
  "an empty path": () => "",
  "a path below a file": () => at("file/below"),
} as const;
type Place = keyof typeof PLACES;

interface Use {
  readonly words: (path: string) => readonly string[];
  /** Places that are as they should be there, or are waited for. */
  readonly takes?: readonly Place[];
  /** Exit status for what cannot be used, where it is not 1. */
  readonly status?: number;
}

const agent = (...more: readonly string[]): readonly string[] => {
  const own = more.includes("--control") ? [] : ["--control", at("agent.sock")];
  const board = more.includes("-p") ? [] : ["-p", `shm:${at("board")}`];
  return ["bmc", "run", ...board, ...own, "--until-eof", ...more];
};

const USES: Readonly<Record<string, Use>> = {
  "an agent's board": { words: (path) => agent("-p", `shm:${path}`) },
  "an agent's board with a window": { words: (path) => agent("-p", `shm:${path}`, "--window", "64K") },
  "an agent's second board": { words: (path) => agent("--link", `shm:${path}`) },
  "an agent's serial line": { words: (path) => agent("--link", `serial:${path}`) },
  "an inbox": { words: (path) => agent("--inbox", path), takes: ["a folder"] },
  "a trace to write": { words: (path) => agent("--trace", path) },
  "a state file": { words: (path) => agent("--state", path) },
  "an agent's control socket": { words: (path) => agent("--control", path) },
  "a tool's control socket": { words: (path) => ["status", "--control", path], takes: ["a socket"] },
  "a tool's platform": { words: (path) => ["ping", "-p", `shm:${path}`] },
  "a board to make": { words: (path) => ["board", "create", path] },
  "a board to look at": { words: (path) => ["board", "show", path] },
  "a trace to draw": { words: (path) => ["trace", path], takes: ["a FIFO"] },
  "a second trace to draw": { words: (path) => ["trace", at("trace"), path], takes: ["a FIFO"] },
  "a trace to judge": { words: (path) => ["trace", "judge", path], takes: ["a FIFO"], status: 2 },
  "a trace to follow": { words: (path) => ["trace", "--follow", path], takes: ["a link that leads nowhere"] },
  "a drawing of a trace": {
    words: (path) => ["trace", at("trace"), "--svg", path],
    takes: ["a file that nobody may open"],
  },
  "a run to save": {
    status: 2,
    words: (path) => ["explore", "killed-twice", "--save", path],
    takes: ["a file that nobody may open"],
  },
  "a run to draw": { words: (path) => ["explore", "--replay", path, "--svg", at("drawing")], status: 2 },
  "a file for the demo": {
    words: (path) => ["demo", "--file", path],
    takes: ["a file of another user", "a file that nobody may open"],
  },
};

/** Every name in the sandbox, with where links lead. */
function listing(): readonly string[] {
  const names = readdirSync(sandbox.folder, { recursive: true, withFileTypes: true });
  return names
    .map((entry) => {
      const path = `${entry.parentPath}/${entry.name}`;
      return entry.isSymbolicLink() ? `${path} -> ${readlinkSync(path)}` : path;
    })
    .sort();
}

function expectSentence({ code, signal, stdout, stderr, overdue }: Finished, statuses: readonly number[]): void {
  expect({ overdue, signal, stdout }).toEqual({ overdue: false, signal: null, stdout: "" });
  expect(statuses).toContain(code);
  expect(stderr).toMatch(/^(mctp-lpc|error): .+\n$/s);
  // No stack, no name of a class of errors, no bare code of the system.
  expect(stderr).not.toMatch(/^ +at |[A-Z][a-z]*Error|\bE[A-Z]{4,}\b/m);
}

describe.each(Object.entries(USES))("%s", (_use, { words, takes = [], status = 1 }) => {
  const places = (Object.keys(PLACES) as Place[]).filter((place) => !takes.includes(place));
  test.each(places)("that is %s", async (place) => {
    const before = listing();
    const args = words(PLACES[place]());
    // An empty word is a matter of the command line.
    expectSentence(await runHere(sandbox, ...args), place === "an empty path" ? [1, 64] : [status]);
    expect(listing()).toEqual(before);
  });
});

describe("a file to send", () => {
  const places = (Object.keys(PLACES) as Place[]).filter((place) => !/file (of|that)/.test(place));
  test.each(places)("that is %s", async (place) => {
    const nothing = undefined as unknown as Messenger;
    const options = { name: "file", packetBytes: () => 64, patienceMilliseconds: 0 };
    const failure = await sendFile(nothing, eid(9), PLACES[place](), options).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "Failure", code: "file-open" });
    expect((failure as Error).message).toMatch(/^cannot (read|send) .*: /);
    expect((failure as Error).message).not.toMatch(/\bE[A-Z]{4,}\b/);
  });
});

describe.each<readonly [string, readonly string[], readonly Place[]]>([
  [
    "an agent's runtime folder",
    ["bmc", "run", "--until-eof", "-p"],
    ["a folder", "an empty path", "a link that leads nowhere"],
  ],
  ["a tool's runtime folder", ["status"], []],
])("%s", (_use, words, takes) => {
  test.each((Object.keys(PLACES) as Place[]).filter((place) => !takes.includes(place)))("that is %s", async (place) => {
    const before = listing();
    const args = words.at(-1) === "-p" ? [...words, `shm:${at("board")}`] : words;
    expectSentence(await runIn(sandbox, { environment: { XDG_RUNTIME_DIR: PLACES[place]() } }, ...args), [1]);
    expect(listing()).toEqual(before);
  });
});

// Node asks the system for the variable itself, so these are processes.
describe("a temporary folder", () => {
  test.each<Place>(["a FIFO", "a link that leads nowhere", "a path below a file"])("that is %s", async (place) => {
    const before = listing();
    const environment = { TMPDIR: PLACES[place](), XDG_RUNTIME_DIR: "" };
    for (const words of [["bmc", "run", "--until-eof", "-p", `shm:${at("board")}`], ["demo"]]) {
      expectSentence(await finish(await sandbox.launch(words, environment)), [1]);
    }
    expect(listing()).toEqual(before);
  });
});

/** Whether another user may run the program: the checkout may be root's alone. */
const mayTryAsNobody = IS_ROOT && spawnSync(process.execPath, [MAIN, "--version"], AS_NOBODY).status === 0;
const asNobody = testUnless(mayTryAsNobody ? undefined : "root, and a checkout that others may read");

describe("as a user who may not open it", () => {
  asNobody("a file of mode 000, and one in another's folder: each use says so", () => {
    const place = at("nobody");
    mkdirSync(place);
    chmodSync(sandbox.folder, 0o755);
    mkdirSync(`${place}/locked`, { mode: 0o700 });
    writeFileSync(`${place}/closed`, "contents\n", { mode: 0 });
    for (const name of [place, `${place}/closed`]) chownSync(name, NOBODY, NOBODY);
    const control = ["--control", `${place}/s`, "--until-eof"];
    for (const path of [`${place}/closed`, `${place}/locked/file`]) {
      for (const words of [
        ["board", "show", path],
        ["bmc", "run", "-p", `shm:${path}`, ...control],
        ["bmc", "run", "-p", `shm:${place}/board`, "--trace", path, ...control],
        ["bmc", "run", "-p", `shm:${place}/board`, "--state", path, ...control],
        ["trace", path],
        ["trace", at("trace"), "--svg", path],
        ["demo", "--file", path],
      ]) {
        const { status, stderr, signal } = spawnSync(process.execPath, [MAIN, ...words], {
          ...AS_NOBODY,
          env: sandbox.environment({ XDG_RUNTIME_DIR: place, TMPDIR: place }),
        });
        // An agent may have told already that it made the board, which it removes again.
        expectSentence({ code: status, signal, stdout: "", stderr, overdue: false }, [1]);
        expect(stderr).toMatch(/permission denied|may not be read/);
      }
    }
    expect(readdirSync(place).sort()).toEqual(["closed", "locked"]);
  });
});
