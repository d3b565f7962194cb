/** Hostile programs by chance: sequences as a peer plausibly makes them, put one after the other and into each other. */
import { CLOSING_RANGE } from "../../src/core/binding/versions.ts";
import {
  Field,
  MAGIC,
  encodeControlRegion,
  encodeU32,
  encodeVersionRange,
  type BufferRange,
} from "../../src/core/binding/control-region.ts";
import type { RoleName } from "../../src/core/binding/side.ts";
import type { SeededRandom } from "../../src/platform/faulty.ts";
import { anyMessage, packetsOf, pick, someBytes, spoilt, startOf } from "./messages.ts";
import type { AccessKind, Operation, Program } from "./program.ts";
import { EIDS } from "./subject.ts";

const LONG = 1000;
const KINDS: readonly AccessKind[] = [
  "readStatus",
  "readData",
  "writeData",
  "writeStatus",
  "readWindow",
  "writeWindow",
];
const WINDOWS = [4096, 4096, 8192];

export function generateProgram(random: SeededRandom, target: RoleName): Program {
  const windowBytes = pick(random, WINDOWS);
  const operations: Operation[] = [];
  const parts = 2 + random.below(8);
  for (let part = 0; part < parts; part++) operations.push(...anyPart(random, target, windowBytes));
  return {
    target,
    windowBytes,
    depth: pick(random, [0, 1]),
    mtu: pick(random, [64, 64, 200, null]),
    versions: { min: 1, cur: pick(random, [3, 3, 3, 2, 1]) },
    operations,
  };
}

/** One plausible thing that a peer does to a side. */
export function anyPart(random: SeededRandom, target: RoleName, windowBytes: number): readonly Operation[] {
  switch (random.below(10)) {
    case 0:
      return [{ do: "peer", turns: 8 + random.below(20) }];
    case 1:
      return target === "bmc" ? hostStart(random) : bmcStart(random, windowBytes);
    case 2:
      return [{ do: "send", bytes: 1 + random.below(300) }, anyRun(random), ...acknowledge(random, target)];
    case 3:
      return flood(random, target);
    case 4:
      return changedWhileRead(random, target);
    case 5:
      return starts(random, target);
    case 6:
      return [meddling(random, target, windowBytes), anyRun(random), meddling(random, target, windowBytes)];
    case 7:
      return [{ do: "tick", milliseconds: pick(random, [1, 100, 500, 1000, 5000]) }, run(LONG)];
    default:
      return message(random, target);
  }
}

function run(accesses: number, until?: AccessKind): Operation {
  return until === undefined ? { do: "run", accesses } : { do: "run", accesses, until };
}

function anyRun(random: SeededRandom): Operation {
  if (random.chance(0.5)) return run(LONG);
  return random.chance(0.5) ? run(1 + random.below(12)) : run(LONG, pick(random, KINDS));
}

const TAKE: Operation = { do: "take" };

function command(byte: number): Operation {
  return { do: "command", byte };
}

function poke(at: number, bytes: Uint8Array): Operation {
  return { do: "poke", at, bytes };
}

function acknowledge(random: SeededRandom, target: RoleName): readonly Operation[] {
  const stray = random.chance(0.1) ? [command(target === "bmc" ? 0x00 : 0xff)] : [];
  return [TAKE, command(0x02), ...stray, run(LONG)];
}

/** A packet as it should go, each step disturbed by chance. */
function transfer(random: SeededRandom, packet: Uint8Array): readonly Operation[] {
  const length = random.chance(0.1) ? pick(random, [0, 3, 4, 68, 69, 5000, 0x8000_0000, 0xffff_ffff]) : undefined;
  const flip = random.chance(0.05) ? random.below(10_000) : undefined;
  return [
    {
      do: "frame",
      bytes: packet,
      ...(length === undefined ? {} : { length }),
      ...(flip === undefined ? {} : { flip }),
    },
    command(0x01),
    random.chance(0.9) ? run(LONG) : anyRun(random),
    ...(random.chance(0.95) ? [TAKE] : []),
  ];
}

function message(random: SeededRandom, target: RoleName): readonly Operation[] {
  const [from, to] = target === "bmc" ? [EIDS.host, EIDS.bmc] : [EIDS.bmc, EIDS.host];
  const bytes = random.chance(0.3) ? spoilt(random, anyMessage(random)) : anyMessage(random);
  const packets = packetsOf(random, bytes, from, random.chance(0.1) ? 0 : to);
  const parts = packets.flatMap((packet) => transfer(random, packet));
  return [...parts, ...(random.chance(0.3) ? [{ do: "settle" } as const] : []), ...acknowledge(random, target)];
}

/** Many beginnings without an end, each from another sender. */
function starts(random: SeededRandom, target: RoleName): readonly Operation[] {
  const to = EIDS[target];
  return Array.from({ length: 3 + random.below(20) }, () => startOf(random, 8 + random.below(240), to)).flatMap(
    (packet) => transfer(random, packet),
  );
}

/** Length, packet or region are others by the time they are read. */
function changedWhileRead(random: SeededRandom, target: RoleName): readonly Operation[] {
  const [from, to] = target === "bmc" ? [EIDS.host, EIDS.bmc] : [EIDS.bmc, EIDS.host];
  const packet = packetsOf(random, anyMessage(random), from, to)[0] ?? new Uint8Array(4);
  const change = (): Operation => ({
    do: "frame",
    bytes: random.chance(0.5) ? packet : someBytes(random, random.below(100)),
    length: pick(random, [0, 4, 5, 68, 69, 4000, 0xffff_ffff]),
  });
  return [
    { do: "frame", bytes: packet },
    command(0x01),
    run(LONG, "readWindow"),
    ...(random.chance(0.3) ? [change()] : []),
    run(random.below(3) + 1),
    change(),
    ...(random.chance(0.3) ? [command(0x00)] : []),
    run(LONG),
    TAKE,
  ];
}

function flood(random: SeededRandom, target: RoleName): readonly Operation[] {
  const byte = pick(random, [0x00, 0x01, 0x02, 0xff, 0x03, 0x80, random.below(256)]);
  const one: readonly Operation[] = [
    ...(random.chance(0.5) ? [TAKE] : []),
    { do: "command", byte, ...(random.chance(0.2) ? { force: true } : {}) },
    random.chance(0.7) ? run(LONG) : run(1 + random.below(6)),
  ];
  const states: readonly Operation[] = [0x00, 0x80, 0xc0, 0xc1].map((value) => ({ do: "status", value }));
  return Array.from({ length: 5 + random.below(40) }, () => [
    ...(target === "host" && random.chance(0.3) ? [pick(random, states)] : []),
    ...one,
  ]).flat();
}

/** Anything at all, in the window or the registers. */
function meddling(random: SeededRandom, target: RoleName, windowBytes: number): Operation {
  switch (random.below(6)) {
    case 0:
      return poke(random.below(0x20), someBytes(random, 1 + random.below(16)));
    case 1:
      return poke(random.below(windowBytes), someBytes(random, 1 + random.below(64)));
    case 2:
      return poke(0, region(random, windowBytes));
    case 3:
      return { do: "status", value: pick(random, [0x00, 0x01, 0x80, 0x81, 0xc0, 0xc1, random.below(256)]) };
    case 4:
      return { do: "word", value: random.chance(0.5) ? 0 : random.next() };
    default:
      return random.chance(0.5) ? TAKE : command(target === "bmc" ? 0x00 : 0x01);
  }
}

/* ---- Start-ups ---- */

/** The host's start as it should be, or nearly. */
function hostStart(random: SeededRandom): readonly Operation[] {
  const range = { min: pick(random, [1, 1, 1, 0, 2, 7]), cur: pick(random, [3, 3, 2, 1, 0, 0xffff]) };
  const size = pick(random, [76, 76, 100, 1000, 72, 0, 0xffff_ffff]);
  return [
    anyRun(random),
    TAKE,
    poke(Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE)),
    command(0x00),
    anyRun(random),
    TAKE,
    command(0xff),
    run(LONG),
    TAKE,
    poke(Field.hostVersionMin, encodeVersionRange(range)),
    poke(Field.rxSize, encodeU32(size)),
    command(0x00),
    anyRun(random),
    ...(random.chance(0.3) ? [command(0xff), run(LONG)] : []),
    TAKE,
    run(LONG),
  ];
}

/** The BMC's start and its answers to a host's: the close, the fence, the proposal, the second fence. */
function bmcStart(random: SeededRandom, windowBytes: number): readonly Operation[] {
  const answer = region(random, windowBytes);
  return [
    poke(0, region(random, windowBytes)),
    { do: "status", value: 0x81 },
    command(0xff),
    run(LONG),
    TAKE,
    run(LONG),
    TAKE,
    run(LONG),
    TAKE,
    poke(Field.negotiatedVersion, answer.subarray(Field.negotiatedVersion, Field.pad)),
    poke(Field.rxOffset, answer.subarray(Field.rxOffset)),
    { do: "status", value: 0xc1 },
    ...(random.chance(0.8) ? [command(0xff)] : []),
    anyRun(random),
    TAKE,
    anyRun(random),
    TAKE,
    run(LONG),
  ];
}

function region(random: SeededRandom, windowBytes: number): Uint8Array {
  const sizes = [76, 76, 76, 76, 76, 72, 204, 1000, windowBytes, 0xffff_ff00];
  const buffer = (offsets: readonly number[]): BufferRange => ({
    offset: pick(random, offsets),
    size: pick(random, sizes),
  });
  return encodeControlRegion({
    magic: random.chance(0.95) ? MAGIC : random.next(),
    bmcVersions: { min: pick(random, [1, 1, 1, 0, 2]), cur: pick(random, [3, 3, 2, 1, 9]) },
    hostVersions: { min: pick(random, [1, 0]), cur: pick(random, [3, 0]) },
    negotiatedVersion: pick(random, [3, 3, 3, 2, 1, 0, 7]),
    layout: {
      bmcToHost: buffer([0x100, 0x100, 0x100, 0x400, 0xfe, 0xffff_fff0]),
      hostToBmc: buffer([0x800, 0x800, 0x14c, 0x100, windowBytes - 8]),
    },
  });
}
