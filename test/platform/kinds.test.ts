/** The one grammar of platforms and links: what is read, and what is said of the rest. */
import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { parseLine, parseLink, parsePlatform, platformName } from "../../src/platform/kinds.ts";

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

  test.each<readonly [string, object]>([
    ["tun:mctplpc0", { net: 1, eid: undefined, owner: "agent" }],
    ["tun:mctplpc0,net=10,eid=12", { net: 10, eid: 12, owner: "agent" }],
    ["tun:mctplpc0,owner=kernel,eid=auto", { net: 1, eid: undefined, owner: "kernel" }],
  ])("%s", (text, settings) => {
    expect(parseLink(text)).toEqual({
      kind: "tun",
      path: "/sys/class/net/mctplpc0",
      name: "tun:mctplpc0",
      interfaceName: "mctplpc0",
      ...settings,
    });
  });

  test.each<readonly [string, "host" | "bmc", object]>([
    [
      "raw-kcs:/dev/raw-kcs3",
      "bmc",
      {
        path: "/dev/raw-kcs3",
        otherPaths: ["/dev/aspeed-lpc-ctrl"],
        lpcPath: "/dev/aspeed-lpc-ctrl",
        windowOffset: undefined,
        windowBytes: 1024 * 1024,
        map: "auto",
      },
    ],
    [
      "raw-kcs:/dev/k,lpc=/dev/l,at=63M,size=64K,map=0x0ff00000",
      "bmc",
      { path: "/dev/k", lpcPath: "/dev/l", windowOffset: 63 * 1024 * 1024, windowBytes: 65536, map: 0x0ff0_0000 },
    ],
    ["raw-kcs:/dev/k,map=none", "bmc", { name: "raw-kcs:/dev/k", map: "none" }],
    [
      "aspeed-mem:3",
      "bmc",
      {
        name: "aspeed-mem:3",
        path: "/dev/mem",
        otherPaths: ["/dev/aspeed-lpc-ctrl"],
        channel: 3,
        soc: "auto",
        lpcPath: "/dev/aspeed-lpc-ctrl",
        windowAddress: undefined,
        windowBytes: 1024 * 1024,
        map: "auto",
        force: false,
      },
    ],
    [
      "aspeed-mem:4,lpc=none,window=0xb7f00000,mem=/m,soc=ast2500,force=yes,map=none",
      "bmc",
      { path: "/m", otherPaths: [], lpcPath: undefined, windowAddress: 0xb7f0_0000, soc: "ast2500", force: true },
    ],
    [
      "x86:0xCA2,window=0xfe0f0000",
      "host",
      {
        name: "x86:0xca2",
        path: "/dev/port",
        otherPaths: ["/dev/mem"],
        dataPort: 0xca2,
        windowAddress: 0xfe0f_0000,
        windowBytes: 65536,
        memoryPath: "/dev/mem",
      },
    ],
    ["x86:3234,window=0,port=/p,mem=/m", "host", { name: "x86:0xca2", path: "/p", memoryPath: "/m" }],
    [
      "powernv:",
      "host",
      {
        name: "powernv:/sys/kernel/debug/powerpc/lpc",
        path: "/sys/kernel/debug/powerpc/lpc/io",
        firmwarePath: "/sys/kernel/debug/powerpc/lpc/fw",
        dataPort: 0xca2,
        windowAddress: 0x0ff0_0000,
        windowBytes: 1024 * 1024,
      },
    ],
    [
      "qemu:/m",
      "host",
      {
        name: "qemu:/m",
        path: "/m/machine.json",
        folder: "/m",
        channel: 3,
        windowOffset: undefined,
        windowBytes: 1024 * 1024,
      },
    ],
    [
      "qemu:/m,kcs=4,at=1M,size=64K",
      "bmc",
      { folder: "/m", channel: 4, windowOffset: 1024 * 1024, windowBytes: 65536 },
    ],
    ["powernv:/d,kcs=0xca8,window=0x0e000000,size=64K", "host", { path: "/d/io", dataPort: 0xca8, windowBytes: 65536 }],
  ])("%s", (text, side, spec) => {
    expect(parsePlatform(text, side)).toMatchObject(spec);
    expect(platformName(text)).toBe(parsePlatform(text, side).name);
  });

  test("a path is made absolute, and holds colons", () => {
    expect(parsePlatform("shm:a:b").path).toBe(join(process.cwd(), "a:b"));
  });
});

describe("specs that are refused: with what there is instead", () => {
  const PLATFORMS =
    "shm:PATH, a virtual board in a file; or x86:PORT, KCS at an I/O port, and a window in physical memory; or powernv:[FOLDER], the LPC bus of a PowerNV host; or qemu:FOLDER, the host of a machine that QEMU emulates";
  const PATH_ENDS = "a comma or question mark ends the path";
  const LINKS =
    "shm:PATH, a second board, on which the agent is the BMC; or serial:PATH, a serial line (DSP0253); or tun:NAME, an MCTP interface of this machine's kernel";
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
    ["raw-kcs:/b", parsePlatform, `the kind "raw-kcs:" is no platform of the host: there is ${PLATFORMS}`],
    ["x86:", parsePlatform, "x86: needs a port, as in x86:0xca2,window=0xfe0f0000"],
    ["x86:/dev/port", parsePlatform, 'x86: takes a port, as in x86:0xca2,window=0xfe0f0000, not "/dev/port"'],
    ["x86:0xffff,window=0", parsePlatform, 'x86: takes a port, as in x86:0xca2,window=0xfe0f0000, not "0xffff"'],
    [
      "x86:0xca2",
      parsePlatform,
      ": window= is missing: give an address like 0xca2, the physical address of the window",
    ],
    ["x86:0xca2,window=1M", parsePlatform, ': window takes an address like 0xca2, not "1M"'],
    ["powernv:,kcs=-1", parsePlatform, ': kcs takes an address like 0xca2, not "-1"'],
    ["powernv:,size=1G", parsePlatform, ': size takes 4K to 16M, not "1G"'],
    ["qemu:", parsePlatform, "qemu: needs a folder, as in qemu:/dev/shm/machine"],
    ["qemu:/m,kcs=5", parsePlatform, ': kcs takes 1 to 4, not "5"'],
    ["tun:", parseLink, "tun: needs a name, as in tun:mctplpc0"],
    ["tun:sixteen-letters-", parseLink, 'tun: takes a name, as in tun:mctplpc0, not "sixteen-letters-"'],
    ["tun:a/b", parseLink, 'tun: takes a name, as in tun:mctplpc0, not "a/b"'],
    ["tun:t%d", parseLink, 'tun: takes a name, as in tun:mctplpc0, not "t%d"'],
    ["tun:..", parseLink, 'tun: takes a name, as in tun:mctplpc0, not ".."'],
    ["tun:a\nb", parseLink, 'tun: takes a name, as in tun:mctplpc0, not "a\nb"'],
    ["tun:a,net=0", parseLink, ': net takes 1 to 2147483647, not "0"'],
    ["tun:a,eid=7", parseLink, ': eid takes 8 to 254, or auto, not "7"'],
    ["tun:a,eid=255", parseLink, ': eid takes 8 to 254, or auto, not "255"'],
    ["tun:a,owner=root", parseLink, ': owner takes agent or kernel, not "root"'],
    ["tun:a", parsePlatform, `the kind "tun:" is no platform of the host: there is ${PLATFORMS}`],
    ["tun:a", parseLine, 'the kind "tun:" is no line of an endpoint: there is serial:PATH, a serial line (DSP0253)'],
    ["serial:/b,unit=64,unit=64", parseLine, ": unit is given twice: give it once"],
  ])("%s", (text, parse, says) => {
    const code = parse === parsePlatform ? "platform-spec" : "link-spec";
    const message = says.startsWith(":") ? `"${text}"${says}` : says;
    expect(() => parse(text)).toThrow(expect.objectContaining({ name: "Failure", code, message }));
  });
});
