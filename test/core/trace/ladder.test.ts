import { describe, expect, test } from "@jest/globals";
import type {
  LifeRow,
  Register,
  RegisterRow,
  TraceEntry,
  TraceRow,
  TraceSide,
  WindowRow,
} from "../../../src/core/trace/format.ts";
import { Ladder, type LadderLine, type LadderOptions } from "../../../src/core/trace/ladder.ts";
import { TRACE_NAMES, recording } from "../../interop/recorded-traces.ts";

function linesOf(rows: readonly TraceEntry[], options?: LadderOptions): readonly LadderLine[] {
  const ladder = new Ladder(options);
  return [...rows.flatMap((row) => ladder.push(row)), ...ladder.flush()];
}

function draw(rows: readonly TraceEntry[], options?: LadderOptions): readonly string[] {
  return linesOf(rows, options).map((line) => line.text);
}

/** The text of each line without lifelines and arrows. */
function said(rows: readonly TraceEntry[]): readonly string[] {
  return draw(rows).map((text) => text.replace(/^(?:host| {2}[│├])[ ─◀┄]*|[ ─▶┄]*(?:BMC| *[│┤])$/gu, ""));
}

type Act = Omit<RegisterRow, "n"> | Omit<WindowRow, "n">;

function numbered(...acts: readonly Act[]): readonly TraceRow[] {
  return acts.map((act, n) => ({ n, ...act }));
}

function read(side: TraceSide, reg: Register, value: string): Act {
  return { side, op: "kcs_read", reg, value };
}

function write(side: TraceSide, reg: Register, value: string): Act {
  return { side, op: "kcs_write", reg, value };
}

function window(side: TraceSide, op: WindowRow["op"], offset: number, value: string): Act {
  return { side, op, offset, len: value.length / 2, value };
}

/** A session of version 3 with MTU 64: host to BMC at 0x14c, BMC to host at 0x100. */
const REGION = "4d435450000100030001000300030000000001000000004c0000014c0000004c";
const SESSION: readonly Act[] = [window("bmc", "lpc_write", 0, REGION), write("bmc", "STR", "c1")];
/** What SESSION draws. */
const SESSION_LINES = 3;

function inSession(...acts: readonly Act[]): readonly string[] {
  return said(numbered(...SESSION, ...acts)).slice(SESSION_LINES);
}

describe("the ladder of a recorded session", () => {
  test("version 3, one 64-byte message from host to BMC", () => {
    expect(["", new Ladder().header, ...draw(recording("04a-msg64-host-to-bmc-v3").rows), ""].join("\n")).toBe(`
host                                  KCS registers and window                                   BMC
  │   magic = MCTP · bmc_ver = 1..3 · host_ver = 0..0 · negotiated_ver = 0 · rx_offset = 0x100 ───┤
  │                          rx_size = 76 (MTU 64) · tx_offset = 0x14c · tx_size = 76 (MTU 64)    │
  │                                                                        STR = 80 BMC Active ───┤
host ◀──────────────────────────────────────────────────────────────────────── ODR = ff Dummy ── BMC
  ├── reads the control region                                                                    │
  ├── rx_size = 76 (MTU 64) · host_ver = 1..3                                                     │
host ── IDR = 00 Initialise ───────────────────────────────────────────────────────────────────▶ BMC
  │                                                                   reads the control region ───┤
  │      rx_offset = 0x100 · rx_size = 76 (MTU 64) · tx_offset = 0x14c · tx_size = 76 (MTU 64) ───┤
  │                                                                         negotiated_ver = 3    │
  │                                                        STR = c1 BMC Active, Channel Active ───┤
host ◀──────────────────────────────────────────── ODR = ff Dummy, overwrites unread ff Dummy ── BMC
  ├── reads the control region                                                                    │
  ├── packet of 68 bytes · 9 -> 8 SOM EOM seq 0 TO tag 1 · type 0x7d                              │
host ── IDR = 01 Tx Begin ─────────────────────────────────────────────────────────────────────▶ BMC
  │                                                               reads the packet of 68 bytes ───┤
host ◀────────────────────────────────────────────────────────────────── ODR = 02 Rx Complete ── BMC
`);
  });

  test("the host's rows alone: what it reads is drawn as coming from the BMC", () => {
    const rows = recording("04b-msg64-bmc-to-host-v2").rows.filter((row) => row.side === "host");
    expect(["", ...draw(rows), ""].join("\n")).toBe(`
  ├── sees STR = 81 BMC Active                                                                    │
  ├── reads magic = MCTP · bmc_ver = 1..2 · host_ver = 0..0 · negotiated_ver = 0                  │
  │   rx_offset = 0x100 · rx_size = 72 (MTU 64) · tx_offset = 0x148 · tx_size = 72 (MTU 64)       │
  ├── rx_size = 72 (MTU 64) · host_ver = 1..2                                                     │
host ── IDR = 00 Initialise ───────────────────────────────────────────────────────────────────▶ BMC
  ├── sees STR = c1 BMC Active, Channel Active                                                    │
host ◀──────────────────────────────────────────────────────────────────────── ODR = ff Dummy ── BMC
  ├── reads negotiated_ver = 2                                                                    │
host ◀───────────────────────────────────────────────────────────────────── ODR = 01 Tx Begin ── BMC
  ├── reads packet of 68 bytes · 8 -> 9 SOM EOM seq 0 TO tag 2 · type 0x7d                        │
host ── IDR = 02 Rx Complete ──────────────────────────────────────────────────────────────────▶ BMC
`);
  });

  test("control messages are told by their command", () => {
    const text = draw(recording("13-control-get-eid").rows).join("\n");
    expect(text).toContain("  ├── packet of 7 bytes · 9 -> 8 SOM EOM seq 0 TO tag 3 · Get Endpoint ID request");
    expect(text).toContain("packet of 11 bytes · 8 -> 9 SOM EOM seq 0 tag 3 · Get Endpoint ID response, success ───┤");
  });

  test("sizes are told with the MTU they mean in the version that will be spoken", () => {
    // The host of 03f knows version 2 and asks before its versions are written.
    const text = draw(recording("03f-mtu-host4096-bmcmax-hostv2").rows).join("\n");
    expect(text).toContain("rx_size = 524156 (MTU 524144)");
    expect(text).toContain("  ├── rx_size = 4104 (MTU 4096) · host_ver = 1..2");
    expect(draw(recording("02b-init-bmc3-host1").rows).join("\n")).toContain("tx_size = 72 (MTU 64)");
    expect(draw(recording("03a-mtu-host4096-bmcmax").rows).join("\n")).toContain("rx_size = 4108 (MTU 4096)");
  });

  test("only the first packet of a message tells its type", () => {
    const packets = said(recording("05a-msg200-host-to-bmc-v3").rows).filter((text) => text.startsWith("packet"));
    expect(packets).toEqual([
      "packet of 68 bytes · 9 -> 8 SOM seq 0 TO tag 1 · type 0x7d",
      "packet of 68 bytes · 9 -> 8 seq 1 TO tag 1",
      "packet of 68 bytes · 9 -> 8 seq 2 TO tag 1",
      "packet of 12 bytes · 9 -> 8 EOM seq 3 TO tag 1",
    ]);
  });
});

describe("the shape of every line", () => {
  test.each(TRACE_NAMES)("%s fits the width, and the lifelines stand where the header has them", (name) => {
    for (const width of [60, 80, 100, 132]) {
      const { header } = new Ladder({ width });
      expect(header).toHaveLength(width);
      for (const { side, text } of linesOf(recording(name).rows, { width })) {
        expect([text, text.length <= width]).toEqual([text, true]);
        expect(text).toMatch(
          side === "lab" ? /^ {2}│ ┄.*┄ {2}│$/u : /^(?:host [─◀]| {2}│ | {2}├── ).*(?:BMC| │|──┤)$/u,
        );
      }
    }
  });

  test("a line belongs to the side that acts", () => {
    const sides = linesOf(
      numbered(
        window("bmc", "lpc_write", 0, REGION),
        window("host", "lpc_write", 8, "00010003"),
        write("host", "IDR", "00"),
        write("bmc", "ODR", "ff"),
        window("lab", "poke", 0, "00"),
      ),
    ).map((line) => line.side);
    expect(sides).toEqual(["bmc", "bmc", "host", "host", "bmc", "lab"]);
  });

  test("lists break between items, and an item that is too long by itself is cut", () => {
    const lines = draw(numbered(window("lab", "poke", 0x100, "00".repeat(60)), SESSION[0]!), { width: 60 });
    expect(lines).toEqual([
      "  │ ┄ from outside: 60 bytes at 0x100 = 0000000000000… ┄  │",
      "  │    magic = MCTP · bmc_ver = 1..3 · host_ver = 1..3 ───┤",
      "  │             negotiated_ver = 3 · rx_offset = 0x100    │",
      "  │          rx_size = 76 (MTU 64) · tx_offset = 0x14c    │",
      "  │                              tx_size = 76 (MTU 64)    │",
    ]);
  });

  test("a ladder needs room", () => {
    expect(() => new Ladder({ width: 59 })).toThrow(RangeError);
  });
});

describe("what is drawn", () => {
  const look = read("host", "STR", "c0");
  const begins = write("bmc", "ODR", "01");
  const dummy = write("bmc", "ODR", "ff");
  const stale = read("host", "ODR", "ff");

  test.each<[string, readonly Act[], readonly string[]]>([
    ["reads of STR draw nothing while they tell nothing new", [look, read("bmc", "STR", "c0"), look], []],
    ["neither do changes of IBF and OBF", [read("host", "STR", "c2"), look], []],
    [
      "a change of STR that no row has written is told when it is seen",
      [read("host", "STR", "80"), read("host", "STR", "80"), read("host", "STR", "00")],
      ["sees STR = 80 BMC Active", "sees STR = 00 down"],
    ],
    [
      "the read by which a side learns that its session is over is told, though the write was",
      [look, write("bmc", "STR", "01"), read("host", "STR", "00"), read("host", "STR", "00")],
      ["STR = 01 down", "sees STR = 00 down"],
    ],
    [
      "taking a byte draws nothing right after it was written",
      [write("host", "IDR", "01"), read("bmc", "STR", "c2"), read("bmc", "IDR", "01")],
      ["IDR = 01 Tx Begin"],
    ],
    ["a byte that was read before is told as not new", [look, stale], ["reads ODR = ff Dummy, not new"]],
    [
      "an unread byte that is overwritten is told",
      [look, begins, dummy],
      ["ODR = 01 Tx Begin", "ODR = ff Dummy, overwrites unread 01 Tx Begin"],
    ],
    [
      "unless its writer saw the register empty",
      [look, begins, read("bmc", "STR", "c0"), write("bmc", "ODR", "02")],
      ["ODR = 01 Tx Begin", "ODR = 02 Rx Complete"],
    ],
    [
      "a read of a byte that another process stamped too late is no news",
      [look, dummy, read("bmc", "STR", "c0"), dummy, stale, stale, stale],
      ["ODR = ff Dummy", "ODR = ff Dummy", "reads ODR = ff Dummy, not new"],
    ],
    [
      "nor is one of STR",
      [write("bmc", "STR", "81"), look, read("host", "STR", "80"), look],
      ["STR = 81 BMC Active", "sees STR = c0 BMC Active, Channel Active"],
    ],
    [
      "an STR write that empties ODR says what is lost",
      [look, begins, write("bmc", "STR", "80")],
      ["ODR = 01 Tx Begin", "STR = 80 BMC Active · discards unread ODR = 01 Tx Begin"],
    ],
    [
      "one that keeps it does not",
      [look, begins, write("bmc", "STR", "81")],
      ["ODR = 01 Tx Begin", "STR = 81 BMC Active"],
    ],
    ["unknown bytes are told in hexadecimal", [write("host", "IDR", "55")], ["IDR = 55 unknown 0x55"]],
    ["a read of the region that tells nothing", [window("host", "lpc_read", 0, REGION)], ["reads the control region"]],
    ["a read of one field", [window("host", "lpc_read", 12, "0003")], ["reads negotiated_ver"]],
    ["a read of one that has changed", [window("host", "lpc_read", 12, "0000")], ["reads negotiated_ver = 0"]],
    ["a read of padding", [window("host", "lpc_read", 14, "0001")], ["reads pad = 0x1"]],
    [
      "fields stand in the order in which they were written",
      [window("host", "lpc_write", 20, "0000004c"), window("host", "lpc_write", 8, "0001")],
      ["rx_size = 76 (MTU 64) · host_ver = 1..3"],
    ],
  ])("LPC-KCS-3: %s", (_, acts, lines) => {
    expect(inSession(...acts)).toEqual(lines);
  });

  test("taking a byte is drawn once other lines stand between", () => {
    const bytes = [look, write("bmc", "ODR", "02"), write("host", "IDR", "01")];
    const taken = [read("host", "ODR", "02"), read("bmc", "IDR", "01")];
    expect(draw(numbered(...SESSION, ...bytes, ...taken), { width: 60 }).slice(-4)).toEqual([
      "host ◀────────────────────────── ODR = 02 Rx Complete ── BMC",
      "host ── IDR = 01 Tx Begin ─────────────────────────────▶ BMC",
      "host ◀── takes ODR = 02 Rx Complete                       │",
      "  │                         takes IDR = 01 Tx Begin ──▶ BMC",
    ]);
  });

  test("LPC-HOST-3: a closing Initialise and a fence are told from others", () => {
    const [initialise, fence] = [write("host", "IDR", "00"), write("host", "IDR", "ff")];
    const closes = [window("host", "lpc_write", 8, "00000000"), initialise, read("bmc", "IDR", "00")];
    const opens = [fence, read("bmc", "IDR", "ff"), window("host", "lpc_write", 8, "00010003"), initialise];
    expect(inSession(...closes, ...opens)).toEqual([
      "host_ver = 0..0",
      "IDR = 00 Initialise, closing",
      "IDR = ff Fence",
      "host_ver = 1..3",
      "IDR = 00 Initialise",
    ]);
  });

  test("a magic that is none is told as a number", () => {
    expect(inSession(window("bmc", "lpc_write", 0, REGION.replace("4d435450", "4d435451")))[0]).toMatch(
      /^magic = 0x4d435451 ·/,
    );
  });

  test("window accesses wait for the end of their run, flush ends it", () => {
    const ladder = new Ladder();
    for (const row of numbered(...SESSION)) ladder.push(row);
    const [first, second, third] = numbered(
      window("host", "lpc_write", 0x14c, "00000005"),
      window("host", "lpc_write", 0x150, "010809c87d"),
      window("host", "lpc_write", 0x14c, "00000005"),
    );
    expect(ladder.push(first!)).toEqual([]);
    expect(ladder.push(second!)).toEqual([]);
    // The next write at the buffer's start is the next packet.
    expect(ladder.push(third!)).toHaveLength(1);
    expect(ladder.flush()).toHaveLength(1);
    expect(ladder.flush()).toEqual([]);
  });
});

describe("packets", () => {
  const packet = "010809c87d";
  const crc = "0ba8a8a3";

  test("a frame written in pieces is one packet, and a wrong CRC is told", () => {
    const rows = recording("09a-crc-corrupt-host-to-bmc").rows;
    expect(said(rows).filter((text) => text.includes("CRC wrong"))).toEqual([
      "reads packet of 68 bytes · 9 -> 8 SOM EOM seq 0 TO tag 1 · type 0x7d · CRC wrong",
    ]);
    const [length, header, trailer] = [
      window("host", "lpc_write", 0x14c, "00000005010809c8"),
      window("host", "lpc_write", 0x154, "7d"),
      window("host", "lpc_write", 0x155, crc),
    ];
    expect(inSession(length, header, trailer)[0]).toMatch(/^packet of 5 bytes · 9 -> 8 SOM EOM seq 0 TO tag 0 · type/);
    expect(inSession(length, header, trailer)[0]).toMatch(/CRC wrong$/);
    expect(inSession(length, header)).toEqual(["packet of 5 bytes · 9 -> 8 SOM EOM seq 0 TO tag 0 · type 0x7d"]);
  });

  test("a packet that was drawn when it was written is only named when it is read", () => {
    const bytes = `00000005${packet}`;
    expect(
      inSession(
        window("host", "lpc_write", 0x14c, bytes),
        write("host", "IDR", "01"),
        window("bmc", "lpc_read", 0x14c, bytes),
      ),
    ).toEqual([
      "packet of 5 bytes · 9 -> 8 SOM EOM seq 0 TO tag 0 · type 0x7d",
      "IDR = 01 Tx Begin",
      "reads the packet of 5 bytes",
    ]);
  });

  test("LPC-BUF-4: a length out of bounds is told with the bounds", () => {
    expect(said(recording("09c-length-too-big-host-to-bmc").rows)).toContain(
      "reads length = 69, out of bounds · 4 to 68 are allowed",
    );
    expect(inSession(window("bmc", "lpc_read", 0x14c, "00000003"))).toEqual([
      "reads length = 3, out of bounds · 4 to 68 are allowed",
    ]);
    expect(inSession(window("bmc", "lpc_read", 0x14c, "00000044"))).toEqual(["reads length = 68"]);
  });

  test("of a cut row the header is told, and nothing is said about the CRC", () => {
    const cut: Act = { side: "host", op: "lpc_write", offset: 0x14c, len: 76, value: "00000044010809c801", cut: true };
    expect(inSession(cut, write("host", "IDR", "01"))).toEqual([
      "packet of 68 bytes · 9 -> 8 SOM EOM seq 0 TO tag 0 · PLDM",
      "IDR = 01 Tx Begin",
    ]);
  });

  test("a message with an integrity check says so", () => {
    expect(inSession(window("host", "lpc_write", 0x14c, "00000005010809c884"))).toEqual([
      "packet of 5 bytes · 9 -> 8 SOM EOM seq 0 TO tag 0 · NVMe-MI with integrity check",
    ]);
  });

  test("bytes in the middle of a buffer and elsewhere are told by their place", () => {
    expect(inSession(window("host", "lpc_write", 0x150, "0102"))).toEqual([
      "2 bytes of a packet, from byte 4 of its buffer",
    ]);
    expect(inSession(window("bmc", "lpc_read", 0x8000, "00"))).toEqual(["reads 1 byte at 0x8000"]);
    expect(said(numbered(window("host", "lpc_write", 0x150, "0102")))).toEqual(["writes 2 bytes at 0x150"]);
  });
});

describe("changes from outside", () => {
  test("are drawn across, and what they change is known from then on", () => {
    expect(
      inSession(
        { side: "lab", op: "poke", reg: "STR", value: "00" },
        read("host", "STR", "00"),
        window("lab", "poke", 12, "0000"),
        window("host", "lpc_read", 12, "0000"),
      ),
    ).toEqual(["from outside: STR = 00", "from outside: 2 bytes at 0xc = 0000", "reads negotiated_ver = 0"]);
  });
});

describe("time", () => {
  /** The rows, each at its milliseconds; SESSION at 0. */
  function at(...acts: readonly (readonly [milliseconds: number, act: Act])[]): readonly TraceRow[] {
    const session = SESSION.map((act) => [0, act] as const);
    return [...session, ...acts].map(([milliseconds, act], n) => ({ n, t: milliseconds * 1_000_000, ...act }));
  }

  const status = read("host", "STR", "c0");
  const polls = Array.from({ length: 18 }, (_, index) => [250 * (index + 1), status] as const);

  test("a stall under polling is a gap of its whole length, with the polls in it, and so is the end of a trace", () => {
    const rows = at([0, status], ...polls, [4600, write("host", "IDR", "01")], [4700, status], [4800, status]);
    const ladder = new Ladder({ pause: 100 });
    const lines = [...rows.flatMap((row) => ladder.push(row)), ...ladder.end()].map(({ text }) => text);
    expect(lines.filter((text) => text.includes("┄")).map((text) => text.replace(/[│┄]/gu, "").trim())).toEqual([
      "4.6 s later, STR read 19 times",
      "200 ms pass, STR read 2 times",
    ]);
  });

  test("lines begin with the seconds since a time, continued ones and pauses with none; without room there is no time", () => {
    const rows = at([12_345.678, write("host", "IDR", "01")]);
    const lines = draw(rows, { since: 0, pause: 100, width: 80 });
    expect(lines.map((text) => text.slice(0, 11))).toEqual([
      "  0.000000 ",
      ...Array.from({ length: lines.length - 4 }, () => " ".repeat(11)),
      "  0.000000 ",
      " ".repeat(11),
      " 12.345678 ",
    ]);
    expect(Math.max(...lines.map((text) => text.length))).toBe(80);
    expect(draw(rows, { since: 0, width: 70 })[0]).toMatch(/^ {2}│/u);
  });
});

describe("life rows", () => {
  function life(n: number, side: "host" | "bmc", event: LifeRow["event"]): LifeRow {
    return { n, side, op: "life", event };
  }

  test("are notes beside their side, where they stand among the accesses", () => {
    const rows: readonly TraceEntry[] = [
      life(0, "host", "started"),
      { n: 1, side: "host", op: "kcs_write", reg: "IDR", value: "00" },
      life(2, "bmc", "stopAsked"),
      life(3, "host", "ended"),
    ];
    expect(["", ...draw(rows, { width: 60 }), ""].join("\n")).toBe(`
  ├── the host starts                                     │
host ── IDR = 00 Initialise ───────────────────────────▶ BMC
  │                           the BMC is asked to stop ───┤
  ├── the host has stopped                                │
`);
  });

  test("a side that starts knows nothing: its first look at STR is told again", () => {
    const look = (n: number): TraceEntry => ({ n, side: "bmc", op: "kcs_read", reg: "STR", value: "c0" });
    const one = new Ladder();
    const rows: readonly TraceEntry[] = [look(0), life(1, "bmc", "started"), look(2)];
    expect(rows.flatMap((row) => one.push(row)).map(({ side }) => side)).toEqual(["bmc"]);
  });
});
