/** A configuration file: what is set, what wins over it, and each mistake with its line. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Command } from "commander";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { bmcCommand } from "../../../bmc/cli.ts";
import { hostCommand } from "../../../host/cli.ts";
import { LARGEST_CONFIG_BYTES, MOST_LINES, readConfigFile } from "../../../src/agent/config/config-file.ts";
import { REPEATABLE, configurable, keyOf } from "../../../src/agent/config/config-values.ts";
import { endpointCommand } from "../../../src/cli/endpoint.ts";
import { runHere, runIn } from "../../cli/run-here.ts";
import { Sandbox } from "../../support/processes.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

const runOf = (group: Command): Command => group.commands.find((command) => command.name() === "run")!;
const RUNS = { host: hostCommand, bmc: bmcCommand, endpoint: endpointCommand } as const;

function fileWith(text: string, name = "some.toml"): string {
  const path = sandbox.path(name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** The options that `bmc run` acts with, and nothing else of it. */
async function optionsOf(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const group = bmcCommand();
  const run = runOf(group);
  let found: Record<string, unknown> = {};
  run.exitOverride().configureOutput({ writeErr: () => undefined, outputError: () => undefined });
  run.action((given: Record<string, unknown>) => {
    found = given;
  });
  const { env } = process;
  process.env = { ...env, ...variables };
  try {
    await group.parseAsync(["run", ...words], { from: "user" });
  } finally {
    process.env = env;
  }
  return found;
}

const mistakes = (text: string): readonly (readonly [number | undefined, string])[] =>
  readConfigFile(fileWith(text), runOf(bmcCommand()), "bmc run").mistakes.map(({ line, text: why }) => [line, why]);

test("sets options by their long names, as their parsers give them", async () => {
  const path = fileWith(`
platform = "shm:/dev/shm/board"
mtu = 4096
inbox-limit = "1M"
until-eof = true
no-discovery = true
allow-foreign-board = false
poll = 'busy'
eid-pool = "20-21"
static = ["01234567-89ab-cdef-0123-456789abcdef=20", "01234567-89ab-cdef-0123-456789abcdee=21"]
link = "serial:/dev/ttyS0"
demux = true
`);
  const options = await optionsOf(["--config", path]);
  expect(options).toMatchObject({
    platform: "shm:/dev/shm/board",
    mtu: 4096,
    inboxLimit: 1024 * 1024,
    untilEof: true,
    discovery: false,
    poll: "busy",
    eidPool: { first: 20, count: 2 },
    link: ["serial:/dev/ttyS0"],
    demux: true,
  });
  expect((options["static"] as ReadonlyMap<string, unknown>).size).toBe(2);
  expect(options["allowForeignBoard"]).toBeUndefined();
});

test("the command line wins over the environment, that over the file; a list is replaced as a whole", async () => {
  const path = fileWith('platform = "shm:/file"\nlink = ["serial:/a", "serial:/b"]\neid = 20\n');
  const inFile = ["--config", path];
  expect(await optionsOf(inFile)).toMatchObject({ platform: "shm:/file", link: ["serial:/a", "serial:/b"], eid: 20 });
  const variables = { MCTP_LPC_PLATFORM: "shm:/variable" };
  expect(await optionsOf(inFile, variables)).toMatchObject({ platform: "shm:/variable", eid: 20 });
  const given = ["-p", "shm:/given", "--link", "serial:/c", ...inFile];
  expect(await optionsOf(given, variables)).toMatchObject({ platform: "shm:/given", link: ["serial:/c"], eid: 20 });
});

test("what is asked for by a file counts as asked for: a profile does not replace it", async () => {
  const path = fileWith('platform = "shm:/x"\nhost-profile = "hostboot"\ndiscover = "never"\ncheck-every = 5\n');
  const { code, stderr } = await runHere(sandbox, "bmc", "run", "--config", path);
  expect({ code, stderr }).toMatchObject({ code: 64 });
  expect(stderr).toContain("--discover never forbids");
});

test.each(Object.keys(RUNS) as (keyof typeof RUNS)[])(
  "every option of %s run can be set, by a key of its own",
  (side) => {
    const run = runOf(RUNS[side]());
    const keys = configurable(run).map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
    expect(run.options.map(keyOf).filter((key) => !keys.includes(key))).toEqual(["config"]);
    const repeatable = run.options.filter(({ description }) => /repeatable|may be given again/.test(description));
    for (const option of repeatable) expect(REPEATABLE).toContain(keyOf(option));
  },
);

describe("a mistake is told with its line", () => {
  test.each<[string, number, RegExp]>([
    ["# a\n\nmtuu = 1\n", 3, /^bmc run has no option "mtuu": .*bmc run --help/],
    ["mtu = 1\n", 1, /^mtu: An MTU is a number of payload bytes from 64/],
    ['poll = "never"\n', 1, /^poll: Allowed choices are/],
    ['until-eof = "yes"\n', 1, /^until-eof: it is switched on by true, not text/],
    ["mtu = true\n", 1, /^mtu: it takes a value, not true/],
    ["mtu = 64.5\n", 1, /^mtu: it takes a value, not a fraction/],
    ["mtu = 2026-01-01\n", 1, /^mtu: it takes a value, not a date or time/],
    ['versions = ["1", "2"]\n', 1, /^versions: it takes one value, not an array/],
    ["link = [1.5]\n", 1, /^link: it takes a value, not a fraction/],
    ["eid = 20\n\n[bmc]\nmtu = 64\n", 2, /^"bmc" is a table, but options stand in none/],
    ['trace = """\nmtu = 1\n"""\nmtu = 1\n', 4, /^mtu:/],
    ['"m\\u0074u" = 1\n', 1, /^mtu:/],
    ["config = 'x'\n", 1, /no option "config"/],
    ["__proto__ = 1\n", 1, /no option "__proto__"/],
    ["eid = 20\nmtu = \n", 2, /^no TOML \(.*\): write NAME = VALUE/],
    ["eid = 20\neid = 21\n", 2, /^no TOML/],
  ])("%j", (text, line, why) => {
    const found = mistakes(text);
    expect(found).toHaveLength(1);
    // A table begins behind the last line that is whole without it.
    expect(found[0]![0]).toBe(text.includes("[bmc]") ? 3 : line);
    expect(found[0]![1]).toMatch(why);
  });

  test("and an agent does not start with it: usage, what was wrong, how many more", async () => {
    const path = fileWith("mtuu = 1\npoll = 3\n");
    const { code, stdout, stderr } = await runHere(sandbox, "bmc", "run", "--config", path);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(stderr).toBe(
      `mctp-lpc: ${path}, line 1: bmc run has no option "mtuu": keys are its long options without "--", which "mctp-lpc bmc run --help" lists; 1 more: "mctp-lpc config check ${path}" names it\n`,
    );
  });

  test("a text of the file is harmless in the message", async () => {
    const path = fileWith('"\\u001b[2J" = 1\n');
    const { stderr } = await runHere(sandbox, "bmc", "run", "--config", path);
    expect(stderr).toContain("\\u001b[2J");
    expect(stderr).not.toContain("\u001b");
  });
});

describe("a file that cannot be trusted or read is refused", () => {
  const refusal = async (path: string): Promise<string> => {
    const { code, stderr } = await runHere(sandbox, "host", "run", "--config", path);
    expect(code).toBe(64);
    return stderr;
  };

  test("there is none, it is a folder, others may write it, it is too large", async () => {
    expect(await refusal(sandbox.path("none.toml"))).toMatch(/cannot read the configuration file .*no such file/);
    mkdirSync(sandbox.path("folder"));
    expect(await refusal(sandbox.path("folder"))).toContain("it is a folder, not a file");
    const open = fileWith("", "open.toml");
    chmodSync(open, 0o620);
    expect(await refusal(open)).toContain("its mode is 0620: group or others may use it");
    const large = fileWith("#".repeat(LARGEST_CONFIG_BYTES + 1), "large.toml");
    expect(await refusal(large)).toContain(`at most ${String(LARGEST_CONFIG_BYTES)}`);
    expect(await refusal("")).toContain("A configuration file cannot be empty");
  });

  test("behind a link the file itself is judged", async () => {
    const path = fileWith("mtuu = 1\n", "there.toml");
    symlinkSync(path, sandbox.path("link.toml"));
    expect(await refusal(sandbox.path("link.toml"))).toContain("link.toml, line 1");
  });
});

test("tables within tables without end cost nothing, and a file of the largest size is judged in a moment", () => {
  expect(mistakes(`link = ${"[".repeat(5000)}\n`)).toHaveLength(1);
  const lines = Array.from({ length: 300 }, (_, at) => `key-${String(at)} = 1`);
  const text = lines.join("\n");
  expect(text.length).toBeLessThan(LARGEST_CONFIG_BYTES);
  const before = performance.now();
  expect(mistakes(text)).toHaveLength(300);
  expect(performance.now() - before).toBeLessThan(20_000);
});

describe("mctp-lpc config", () => {
  test("check names every mistake, and takes the side from the name", async () => {
    const path = fileWith('platform = "shm:"\nlink = ["tun:"]\nmtuu = 1\n', "bmc.toml");
    const { code, stderr } = await runHere(sandbox, "config", "check", path);
    expect(code).toBe(64);
    expect(
      stderr
        .trimEnd()
        .split("\n")
        .map((line) => line.replace(`mctp-lpc: ${path}, `, "").slice(0, 17)),
    ).toEqual(["line 1: platform:", "line 2: link: tun", "line 3: bmc run h"]);
    const other = fileWith('link = "serial:/dev/ttyS0"\n', "other.toml");
    expect((await runHere(sandbox, "config", "check", other)).stderr).toContain("say it with --agent");
    expect(await runHere(sandbox, "config", "check", "--agent", "endpoint", other)).toMatchObject({
      code: 0,
      stdout: `${other}: 1 option of endpoint run, no mistake\n`,
      stderr: "",
    });
  });

  test.each(Object.keys(RUNS))("show prints a file for %s that sets nothing, and what a file sets", async (side) => {
    const shown = await runHere(sandbox, "config", "show", "--agent", side);
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    for (const line of shown.stdout.split("\n")) expect(line).toMatch(/^(#|$)/);
    const keys = [...shown.stdout.matchAll(/^# ([a-z-]+) = /gm)].map(([, key]) => key);
    expect(keys).toEqual(configurable(runOf(RUNS[side as keyof typeof RUNS]())).map(keyOf));
    const path = fileWith("eid = 33\n");
    const set = await runHere(sandbox, "config", "show", "--agent", side, path);
    expect(set.stdout).toContain("\neid = 33\n");
    writeFileSync(path, set.stdout);
    expect(await runHere(sandbox, "config", "check", "--agent", side, path)).toMatchObject({ code: 0 });
  });
});

test("variables name the platform and the side, and a failure names the variable", async () => {
  const wrong = await runIn(sandbox, { environment: { MCTP_LPC_PLATFORM: "shm:" } }, "bmc", "run");
  expect(wrong.stderr).toContain("(MCTP_LPC_PLATFORM is shm:)");
  const unknown = await runIn(sandbox, { environment: { MCTP_LPC_AGENT: "left" } }, "ping");
  expect(unknown).toMatchObject({ code: 64 });
  expect(unknown.stderr).toContain("from env 'MCTP_LPC_AGENT' is invalid");
  const none = await runHere(sandbox, "bmc", "run");
  expect(none.stderr).toMatch(/^error: required option '-p, --platform <spec>' not specified\n/);
});

test("with many mistakes names each, and the lines of the first ones", () => {
  const text = Array.from({ length: 5 * MOST_LINES }, (_, at) => `wrong-${String(at)} = 1`).join("\n");
  const found = mistakes(text);
  expect(found.map(([line]) => line)).toEqual([
    ...Array.from({ length: MOST_LINES }, (_, at) => at + 1),
    ...Array.from({ length: 4 * MOST_LINES }, () => undefined),
  ]);
  expect(found.every(([, why], at) => why.includes(`"wrong-${String(at)}"`))).toBe(true);
});
