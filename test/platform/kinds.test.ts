/** The one grammar of platforms and links: what is read, and what is said of the rest. */
import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { parseLine, parseLink, parsePlatform } from "../../src/platform/kinds.ts";

const LINE = { kind: "serial", path: "/dev/ttyS1", name: "serial:/dev/ttyS1" };
const BOARD = { kind: "shm", path: "/dev/shm/b", name: "shm:/dev/shm/b" };

describe("specs that are read", () => {
  test.each<readonly [string, object]>([
    ["serial:/dev/ttyS1", { ...LINE, baudRate: 115200, unit: 64, escaping: "data" }],
    ["serial:/dev/ttyS1,baud=921600,unit=128,fcs=escaped", { ...LINE, baudRate: 921600, unit: 128, escaping: "all" }],
    ["serial:/dev/ttyS1?baud=921600&unit=128&fcs=plain", { ...LINE, baudRate: 921600, unit: 128, escaping: "data" }],
    ["shm:/dev/shm/b", { ...BOARD, windowBytes: undefined, depth: undefined }],
    ["shm:/dev/shm/b,window=64K,depth=1", { ...BOARD, windowBytes: 65536, depth: 1 }],
    ["shm:/dev/shm/b,window=1m", { ...BOARD, windowBytes: 1024 * 1024, depth: undefined }],
    ["shm:/dev/shm/b,window=4096,depth=0", { ...BOARD, windowBytes: 4096, depth: 0 }],
  ])("%s", (text, spec) => {
    expect(parseLink(text)).toEqual(spec);
    if (text.startsWith("shm"))
      for (const side of ["host", "bmc"] as const) expect(parsePlatform(text, side)).toEqual(spec);
    else expect(parseLine(text)).toEqual(spec);
  });

  test("a path is made absolute, and holds colons", () => {
    expect(parsePlatform("shm:a:b").path).toBe(join(process.cwd(), "a:b"));
  });
});

describe("specs that are refused: with what there is instead", () => {
  const PLATFORMS = "shm:PATH, a virtual board in a file";
  const LINKS = "shm:PATH, a second board, on which the agent is the BMC; or serial:PATH, a serial line (DSP0253)";
  test.each<readonly [string, (text: string) => unknown, string, string]>([
    ["board", parsePlatform, "platform-spec", `"board" names no platform: write ${PLATFORMS}`],
    ["", parsePlatform, "platform-spec", `"" names no platform: write ${PLATFORMS}`],
    ["foo", parseLink, "link-spec", `"foo" names no link: write ${LINKS}`],
    ["raw:/dev/x", parsePlatform, "platform-spec", `the kind "raw:" is not known: there is ${PLATFORMS}`],
    [
      "serial:/dev/x",
      parsePlatform,
      "platform-spec",
      `the kind "serial:" is no platform of the host: there is ${PLATFORMS}`,
    ],
    [
      "shm:/b",
      parseLine,
      "link-spec",
      'the kind "shm:" is no line of an endpoint: there is serial:PATH, a serial line (DSP0253)',
    ],
    ["constructor:/b", parseLink, "link-spec", `the kind "constructor:" is not known: there is ${LINKS}`],
    ["shm:", parsePlatform, "platform-spec", "shm: needs a path, as in shm:/dev/shm/board"],
    ["serial:,baud=1", parseLink, "link-spec", "serial: needs a path, as in serial:/dev/ttyUSB0"],
    [
      "shm:/b,size=1",
      parsePlatform,
      "platform-spec",
      '"shm:/b,size=1": there is no setting "size", there are window, depth; a comma or question mark ends the path',
    ],
    [
      "shm:/b,toString=1",
      parsePlatform,
      "platform-spec",
      '"shm:/b,toString=1": there is no setting "toString", there are window, depth; a comma or question mark ends the path',
    ],
    [
      "serial:/b,",
      parseLink,
      "link-spec",
      '"serial:/b,": there is no setting "", there are baud, unit, fcs; a comma or question mark ends the path',
    ],
    ["shm:/b,window=1G", parsePlatform, "platform-spec", '"shm:/b,window=1G": window takes 4K to 16M, not "1G"'],
    ["shm:/b,depth=2", parsePlatform, "platform-spec", '"shm:/b,depth=2": depth takes 0 or 1, not "2"'],
    ["serial:/b,baud", parseLink, "link-spec", '"serial:/b,baud": baud takes 300 to 4000000, not ""'],
    ["serial:/b,baud=299", parseLink, "link-spec", '"serial:/b,baud=299": baud takes 300 to 4000000, not "299"'],
    ["serial:/b,baud=9e4", parseLink, "link-spec", '"serial:/b,baud=9e4": baud takes 300 to 4000000, not "9e4"'],
    ["serial:/b,unit=252", parseLine, "link-spec", '"serial:/b,unit=252": unit takes 64 to 251, not "252"'],
    [
      "serial:/b?fcs=toString",
      parseLine,
      "link-spec",
      '"serial:/b?fcs=toString": fcs takes plain or escaped, not "toString"',
    ],
    [
      "serial:/b,unit=64,unit=64",
      parseLine,
      "link-spec",
      '"serial:/b,unit=64,unit=64": unit is given twice: give it once',
    ],
  ])("%s", (text, parse, code, message) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ name: "Failure", code, message }));
  });
});
