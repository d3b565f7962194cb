import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { Sandbox } from "../support/processes.ts";
import { runHere } from "./run-here.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = new Sandbox();
  mkdirSync(sandbox.path("folder"));
  writeFileSync(sandbox.path("file"), "contents\n");
  writeFileSync(sandbox.path("trace"), '{"n":0,"side":"host","op":"kcs_read","reg":"STR","value":"00"}\n');
  expect(spawnSync("mkfifo", [sandbox.path("fifo")]).status).toBe(0);
  symlinkSync(sandbox.path("board"), sandbox.path("link"));
  symlinkSync(sandbox.path("trace"), sandbox.path("way"));
  await runHere(sandbox, "board", "create", sandbox.path("board"));
});
afterAll(() => sandbox.dispose());

/** Paths below are written with a leading @, which stands for the sandbox. */
function inPlace(args: readonly string[]): readonly string[] {
  return args.map((arg) => arg.replaceAll("@", sandbox.folder));
}

/**
 * Runs a command that must be refused: one clear text on standard error, nothing on standard output, status 64 for a
 * mistake that the parser finds, 1 or 64 for all else.
 */
async function refused(args: readonly string[], ...says: readonly (string | RegExp)[]): Promise<void> {
  const { code, signal, stdout, stderr, overdue } = await runHere(sandbox, ...inPlace(args));
  const statuses = stderr.startsWith("error: ") ? [64] : [1, 64];
  expect({ overdue, signal, stdout }).toEqual({ overdue: false, signal: null, stdout: "" });
  expect(statuses).toContain(code);
  for (const part of says) {
    if (typeof part === "string") expect(stderr).toContain(inPlace([part])[0]);
    else expect(stderr).toMatch(part);
  }
  expect(stderr).toMatch(/^(mctp-lpc|error): .+\n$/s);
  // No stack, no name of a class of errors, no bare code of the system.
  expect(stderr).not.toMatch(/^ +at |TypeError|\bE[A-Z]{4,}:/m);
}

const BMC = ["bmc", "run", "-p", "shm:@/board", "--control", "@/bmc.sock"] as const;
const bmcOn = (board: string): readonly string[] => ["bmc", "run", "-p", `shm:${board}`, "--control", "@/bmc.sock"];
const HOST = ["host", "run", "-p", "shm:@/board", "--control", "@/host.sock"] as const;
const EID_RANGE = "An EID is a number from 8 to 254.";
const SIZES = "A size is a number of bytes, like 4096, 4K or 1M.";
const WHOLE = "Give a whole number";
const HELP = "(add --help for what there is)";

describe("the command line: mistakes are named, with what there is instead", () => {
  test.each<readonly [string, readonly string[], ...(string | RegExp)[]]>([
    ["an unknown command", ["frobnicate"], "unknown command 'frobnicate'", HELP],
    ["a misspelt command", ["pingg"], "unknown command 'pingg'", "Did you mean ping?"],
    ["an unknown command of a side", ["bmc", "walk"], "unknown command 'walk'", HELP],
    ["an unknown option", ["ping", "--frob"], "unknown option '--frob'", HELP],
    ["an unknown option of an agent", [...BMC, "--frob"], "unknown option '--frob'", HELP],
    ["an option without its value", ["bmc", "run", "-p"], "'-p, --platform <spec>' argument missing", HELP],
    ["an agent without a platform", ["host", "run"], "required option '-p, --platform <spec>' not specified", HELP],
    ["too many arguments", [...HOST, "more"], "too many arguments", HELP],
    ["send-file without a file", ["send-file"], "missing required argument 'file'", HELP],
    ["request without a type", ["request"], "required option '--type <number>' not specified", HELP],
    ["board create without a path", ["board", "create"], "missing required argument 'path'", HELP],
    ["board show without a path", ["board", "show"], "missing required argument 'path'", HELP],
  ])("%s", async (_name, args, ...says) => {
    await refused(args, ...says);
  });

  test.each(["7", "255", "abc", "", "8.5"])('the EID "%s"', async (value) => {
    await Promise.all([
      refused([...BMC, `--eid=${value}`], "'--eid <number>'", `'${value}' is invalid`, EID_RANGE),
      refused([...BMC, `--assign=${value}`], "'--assign <eid>'", EID_RANGE),
      refused(["ping", "--control", "@/none", `--eid=${value}`], "'--eid <eid>'", EID_RANGE),
    ]);
  });

  test.each<readonly [string, readonly string[], ...(string | RegExp)[]]>([
    ["an MTU below 64", [...BMC, "--mtu", "63"], "'--mtu <bytes>'", "from 64 (every MCTP endpoint takes"],
    ["an MTU of 0", [...HOST, "--mtu", "0"], "'--mtu <bytes>'", "from 64"],
    ["an MTU that no window has room for", [...HOST, "--mtu", "8388465"], "'--mtu <bytes>'", "to 8388464"],
    ["an MTU that is no number", [...HOST, "--mtu", "big"], 'or "largest"'],
    ["a version range upside down", [...BMC, "--versions", "3-1"], "a range within 1-3, like 1-3, 2-3 or 3"],
    ["version 0", [...BMC, "--versions", "0-3"], "a range within 1-3"],
    ["version 4", [...BMC, "--versions", "1-4"], "a range within 1-3"],
    ["versions in words", [...BMC, "--versions", "all"], "'all' is invalid", "a range within 1-3"],
    ["versions with a gap", [...BMC, "--versions", "1-2-3"], "a range within 1-3"],
    ["a polling mode that does not exist", [...BMC, "--poll", "lazy"], "busy, adaptive, doorbell"],
    ["a size in words", [...BMC, "--window", "large"], "'--window <bytes>'", SIZES],
    ["a size in gigabytes", [...BMC, "--inbox-limit", "1G"], "'--inbox-limit <bytes>'", SIZES],
    ["a negative size", [...BMC, "--window=-4096"], "'--window <bytes>'", SIZES],
    ["a count in words", ["ping", "-c", "many"], "'-c, --count <number>'", WHOLE],
    ["a negative interval", ["ping", "-i", "-1"], "'-i, --interval <milliseconds>'", WHOLE],
    ["a stall time in words", [...BMC, "--stall", "x"], "'--stall <milliseconds>'", WHOLE],
    ["a trace limit in words", [...BMC, "--trace-limit", "x"], "'--trace-limit <count>'", WHOLE],
    ["an announcement in words", [...BMC, "--announce", "x"], "'--announce <milliseconds>'", WHOLE],
    ["a side that does not exist", ["status", "--agent", "guest"], "Allowed choices are host, bmc"],
    ["a message type above 0x7f", ["request", "--type", "0x80"], "from 0 to 0x7f"],
    ["half a byte", ["request", "--type", "0", "--hex", "800"], '--hex "800": "800" at character 1', "two for each"],
    ["no hexadecimal", ["request", "--type", "0", "--hex", "80 zz"], 'character 4, "z", is not a hexadecimal digit'],
    ["a tag above 7", ["request", "--type", "0", "--tag", "8"], "A tag is a number from 0 to 7."],
    ["a response without a tag", ["request", "--type", "0", "--response"], "--response needs the --tag of its request"],
    ["a message with a tag", ["request", "--type", "0", "--send", "--tag", "1"], "--send takes none"],
    ["bytes to decode that are none", ["decode", "01 zz"], 'argument 1: character 4, "z", is not a hexadecimal digit'],
    ["nothing to decode", ["decode"], "nothing to decode: give bytes as arguments"],
    ["an unknown kind to decode as", ["decode", "--as", "bits", "00"], "Allowed choices are buffer, packet"],
    ["an unknown control command", ["control", "get-lost"], "unknown command 'get-lost'"],
    [
      "a PLDM version that is none",
      ["pldm", "commands", "0", "--pldm-version", "1"],
      "A version is written like 1.0.0",
    ],
    ["a PLDM type above 0x3f", ["pldm", "versions", "0x40"], "A PLDM type is a number from 0 to 0x3f."],
    [
      "a destination that cannot be",
      ["request", "--type", "0", "--eid", "7"],
      "8 to 254, or 0 for the endpoint at the other end.",
    ],
    ["a UUID too short", [...BMC, "--uuid", "1234"], '"1234" is no UUID', "32 hexadecimal digits"],
    ["a UUID with other letters", [...BMC, "--uuid", "z".repeat(32)], "is no UUID"],
    ["a count that no computer counts to", ["ping", "-c", "9".repeat(20)], "Give a whole number from 1 to 1000000."],
    [
      "a share of no processor",
      ["endpoint", "run", "--link", "serial:/dev/ttyUSB0", "--flood-share", "0"],
      "Give a whole number from 1 to 100.",
    ],
    ["a count of none", ["request", "--type", "0", "-c", "0"], "Give a whole number from 1 to 1000000."],
    ["pings too large", ["ping", "-s", "1000000"], "'-s, --size <bytes>'", "from 0 to 65529."],
    [
      "a wait longer than a day",
      ["send-file", "x", "--timeout", "86400001"],
      "'-t, --timeout <milliseconds>'",
      "from 0 to 86400000.",
    ],
    ["a name too long", ["send-file", "x", "--name", "x".repeat(300)], "The name has 300 bytes", "at most 255"],
    ["a name with folders", ["send-file", "x", "--name", "../x"], "without folders"],
    ["a stall time of 0", [...BMC, "--stall", "0"], "'--stall <milliseconds>'", "from 1 to 86400000."],
    ["an empty inbox", [...BMC, "--inbox="], "An inbox cannot be empty"],
    ["an empty socket", ["bmc", "run", "-p", "shm:@/board", "--control="], "A control socket cannot be empty"],
    ["an empty socket for a tool", ["status", "--control="], "A control socket cannot be empty"],
    ["an empty platform", ["bmc", "run", "--platform="], "A platform cannot be empty"],
    ["an empty platform for a tool", ["status", "--platform="], "A platform cannot be empty"],
    ["an empty path of a board", ["board", "create", ""], "A path cannot be empty"],
    ["an empty scheme of a board", ["board", "create", "shm:"], "needs a path, as in shm:/dev/shm/board"],
    ["a trace limit without a trace", [...BMC, "--trace-limit", "5"], "--trace-limit needs a trace"],
    ["a capture limit without a capture", [...BMC, "--pcap-limit", "5M"], "--pcap-limit needs a capture"],
    ["a capture limit in words", [...BMC, "--pcap", "@/c", "--pcap-limit", "x"], "'--pcap-limit <bytes>'", SIZES],
    ["an empty capture", [...BMC, "--pcap="], "A capture cannot be empty"],
    ["a capture over its board", [...BMC, "--pcap", "@/board"], "the board", "and the capture", "are one file"],
    ["EIDs for links that there are not", [...HOST, "--link-eids", "5"], "--link-eids is for further links"],
    ["a link that is none", [...HOST, "--link", "foo"], '"foo" names no link', "serial:PATH", "shm:PATH"],
    [
      "checks without discovery",
      [...BMC, "--no-discovery", "--check-every", "5"],
      "--check-every asks",
      "which --no-discovery forbids",
    ],
    [
      "checks of a hostboot",
      [...BMC, "--host-profile", "hostboot", "--check-every", "5"],
      "--host-profile hostboot forbids",
    ],
    ["discovery and none", [...BMC, "--discover", "always", "--no-discovery"], / and .*: leave one of them out/],
    ["a host that has no profile", [...BMC, "--host-profile", "coreboot"], "hostboot, skiboot, edk2, libmctp"],
    [
      "another window than the board has",
      [...BMC, "--window", "64K"],
      "@/board has a window of 1048576",
      "leave --window out",
    ],
    ["another depth than the board has", [...HOST, "--depth", "1"], "@/board has depth 0, not 1: leave --depth out"],
    ["a depth that is none", ["board", "create", "@/new", "--depth", "2"], "A depth is 0, registers alone, or 1"],
    ["an agent's depth that is none", [...BMC, "--depth", ""], "'--depth <bytes>'", "A depth is 0, registers alone"],
    ["a demo with a ladder in words", ["demo", "--ladder", "long"], "'--ladder <lines>'", WHOLE],
    ["a demo with an MTU below 64", ["demo", "--mtu", "5"], "from 64"],
    ["a demo with version 9", ["demo", "--versions", "9"], "a range within 1-3"],
    ["a demo with a polling mode that does not exist", ["demo", "--poll", "lazy"], "busy, adaptive, doorbell"],
    ["a demo with a window that cannot be", ["demo", "--window", "5000"], "a multiple of 4096, from 4096 to 16777216"],
  ])("%s", async (_name, args, ...says) => {
    await refused(args, ...says);
  });

  test.each([
    ["mctp-lpc", []],
    ["mctp-lpc host", ["host"]],
    ["mctp-lpc bmc", ["bmc"]],
    ["mctp-lpc board", ["board"]],
  ])("%s alone prints its help on standard error and fails", async (name, args) => {
    const { code, stdout, stderr } = await runHere(sandbox, ...args);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^Usage: ${name} \\[options\\] \\[command\\]`));
  });
});

describe("platforms, boards and files that are not what they should be", () => {
  test.each<readonly [string, readonly string[], ...(string | RegExp)[]]>([
    ["an unknown scheme", ["bmc", "run", "-p", "raw:/dev/x"], 'the kind "raw:" is not known', "shm:PATH"],
    ["a path without a scheme", ["bmc", "run", "-p", "@/board"], "names no platform", "write shm:PATH"],
    ["a scheme without a path", ["host", "run", "-p", "shm:"], "needs a path, as in shm:/dev/shm/board"],
    ["a platform for a tool", ["status", "-p", "nowhere"], '"nowhere" names no platform'],
    ["a board to look at that is missing", ["board", "show", "@/missing"], "no board @/missing", "board create"],
    ["a board that is a folder", ["board", "show", "@/folder"], "@/folder"],
    [
      "an agent's board that is a folder",
      ["bmc", "run", "-p", "shm:@/folder", "--control", "@/s"],
      "@/folder",
      "folder",
    ],
    ["a board to look at that is a FIFO", ["board", "show", "@/fifo"], "@/fifo is not a virtual board"],
    ["an agent's board that is a FIFO", [...bmcOn("@/fifo"), "--window", "64K"], "@/fifo is not a virtual board"],
    ["a board behind a symbolic link", bmcOn("@/link"), "@/link", "it is a symbolic link"],
    ["a trace that is a FIFO", [...BMC, "--trace", "@/fifo"], "cannot write the trace @/fifo", "it is a FIFO"],
    ["a trace behind a symbolic link", [...BMC, "--trace", "@/way"], "the trace @/way", "symbolic link"],
    ["a trace that is the board", [...BMC, "--trace", "@/board"], "the board @/board and the trace @/board are one"],
    ["a trace over some other file", [...BMC, "--trace", "@/file"], "the trace @/file", "a file of another kind"],
    [
      "a state that is to be the trace",
      [...BMC, "--trace", "@/t", "--state", "@/folder/../t"],
      "the trace @/t and the state file @/folder/../t are one file",
    ],
    ["a state that is a FIFO", [...BMC, "--state", "@/fifo"], "cannot read the state file @/fifo", "it is a FIFO"],
    ["a trace to draw that is a device", ["trace", "/dev/zero"], "cannot read /dev/zero: it is a device"],
    ["a trace to follow that is a FIFO", ["trace", "--follow", "@/fifo"], "cannot read @/fifo: it is a fifo"],
    ["a drawing over a FIFO", ["trace", "@/trace", "--svg", "@/fifo"], "cannot write @/fifo: it is a FIFO"],
    ["a board that is a device", ["board", "show", "/dev/null"], "/dev/null is not a virtual board"],
    ["a board in a missing folder", ["board", "create", "@/no/b"], "@/no/b", "the folder does not exist"],
    ["a board below a file", ["board", "create", "@/file/b"], "@/file/b"],
    ["an agent's board below a file", ["bmc", "run", "-p", "shm:@/file/b", "--control", "@/s"], "@/file/b"],
    ["a name too long for a board", ["board", "create", `@/${"x".repeat(300)}`], "300 bytes is too long", "most 234"],
    ["a name too long for an agent's board", ["bmc", "run", "-p", `shm:@/${"x".repeat(300)}`], "300 bytes is too long"],
    [
      "a window that is no multiple",
      ["board", "create", "@/b", "--window", "5000"],
      "no virtual board has a window of 5000",
    ],
    ["a window too large", ["board", "create", "@/b", "--window", "17M"], "from 4096 to 16777216"],
    ["a window of 0", ["board", "create", "@/b", "--window", "0"], "from 4096 to 16777216"],
    ["an inbox that is missing", [...BMC, "--inbox", "@/no"], "the inbox @/no is no folder", "make it first"],
    ["an inbox that is a file", [...BMC, "--inbox", "@/file"], "the inbox @/file is no folder"],
    ["an inbox that holds the board", [...BMC, "--inbox", "@/"], "holds the board, @/", "received files alone"],
    ["a trace in a missing folder", [...BMC, "--trace", "@/no/t"], "cannot write the trace @/no/t", "folder"],
    ["a trace that is a folder", [...BMC, "--trace", "@/folder"], "cannot write the trace @/folder", "folder"],
    ["a socket in a missing folder", [...BMC, "--control", "@/no/s"], "@/no/s", "the folder @/no does not exist"],
    ["a socket below a file", [...BMC, "--control", "@/file/s"], "@/file/s"],
    ["a socket path that is a folder", [...BMC, "--control", "@/folder"], "@/folder exists and is no socket"],
    ["a socket path that is a file", [...BMC, "--control", "@/file"], "@/file exists and is no socket"],
    ["a socket path that is too long", [...BMC, "--control", `@/${"s".repeat(108)}`], "too long", "107 bytes"],
    ["a tool's socket path that is too long", ["status", "--control", `@/${"s".repeat(108)}`], "too long", "107 bytes"],
    ["no agent at a socket", ["status", "--control", "@/none"], "no agent listens on @/none", "start one"],
    ["a tool's socket that is a file", ["ping", "--control", "@/file"], "@/file"],
    ["no agent at all", ["status"], "no agent of this user is running", "--control"],
    ["no agent on a board", ["ping", "-a", "host", "-p", "shm:@/board"], "no agent of this user is running", "start"],
    ["a demo with a missing file", ["demo", "--file", "@/no"], "there is no file @/no", "--file"],
    ["a demo with a folder", ["demo", "--file", "@/folder"], "@/folder is no regular file"],
  ])("%s", async (_name, args, ...says) => {
    await refused(args, ...says);
  });

  test("nothing of all that has left anything behind, nor changed what was there", () => {
    expect(readdirSync(sandbox.folder).sort()).toEqual([
      "board",
      "fifo",
      "file",
      "folder",
      "link",
      "run",
      "tmp",
      "trace",
      "way",
    ]);
    expect(readdirSync(sandbox.path("folder"))).toEqual([]);
    expect(readFileSync(sandbox.path("file"), "utf8")).toBe("contents\n");
    expect(existsSync(sandbox.path("b"))).toBe(false);
  });
});
