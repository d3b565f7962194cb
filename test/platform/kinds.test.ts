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
  const PATH_ENDS = "a comma or question mark ends the path";
  const LINKS = "shm:PATH, a second board, on which the agent is the BMC; or serial:PATH, a serial line (DSP0253)";
  /** Of a setting that is wrong the message begins with the spec: here with a colon. */
  test.each<readonly [string, (text: string) => unknown, string]>([
    ["board", parsePlatform, `"board" names no platform: write ${PLATFORMS}`],
    ["", parsePlatform, `"" names no platform: write ${PLATFORMS}`],
    ["foo", parseLink, `"foo" names no link: write ${LINKS}`],
    ["raw:/dev/x", parsePlatform, `the kind "raw:" is not known: there is ${PLATFORMS}`],
    ["serial:/dev/x", parsePlatform, `the kind "serial:" is no platform of the host: there is ${PLATFORMS}`],
    ["shm:/b", parseLine, 'the kind "shm:" is no line of an endpoint: there is serial:PATH, a serial line (DSP0253)'],
    ["constructor:/b", parseLink, `the kind "constructor:" is not known: there is ${LINKS}`],
    ["shm:", parsePlatform, "shm: needs a path, as in shm:/dev/shm/board"],
    ["serial:,baud=1", parseLink, "serial: needs a path, as in serial:/dev/ttyUSB0"],
    ["shm:/b,size=1", parsePlatform, `: there is no setting "size", there are window, depth; ${PATH_ENDS}`],
    ["shm:/b,toString=1", parsePlatform, `: there is no setting "toString", there are window, depth; ${PATH_ENDS}`],
    ["serial:/b,", parseLink, `: there is no setting "", there are baud, unit, fcs; ${PATH_ENDS}`],
    ["shm:/b,window=1G", parsePlatform, ': window takes 4K to 16M, not "1G"'],
    ["shm:/b,depth=2", parsePlatform, ': depth takes 0 or 1, not "2"'],
    ["serial:/b,baud", parseLink, ': baud takes 300 to 4000000, not ""'],
    ["serial:/b,baud=299", parseLink, ': baud takes 300 to 4000000, not "299"'],
    ["serial:/b,baud=9e4", parseLink, ': baud takes 300 to 4000000, not "9e4"'],
    ["serial:/b,unit=252", parseLine, ': unit takes 64 to 251, not "252"'],
    ["serial:/b?fcs=toString", parseLine, ': fcs takes plain or escaped, not "toString"'],
    ["serial:/b,unit=64,unit=64", parseLine, ": unit is given twice: give it once"],
  ])("%s", (text, parse, says) => {
    const code = parse === parsePlatform ? "platform-spec" : "link-spec";
    const message = says.startsWith(":") ? `"${text}"${says}` : says;
    expect(() => parse(text)).toThrow(expect.objectContaining({ name: "Failure", code, message }));
  });
});
