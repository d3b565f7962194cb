/** Changes of a hostile program, and its reduction to what still makes a side fail. */
import type { SeededRandom } from "../../src/platform/faulty.ts";
import { anyPart } from "./generate.ts";
import { pick, spoilt } from "./messages.ts";
import type { Operation, Program } from "./program.ts";

/** Longer programs show no more than shorter ones do. */
const LONGEST = 600;
const NUMBERS = [0, 1, 2, 3, 4, 5, 8, 40, 0x7f, 0x80, 0xff, 0xffff_ffff];

/** A program like `program`, with parts of `other`, which has the same target. */
export function mutateProgram(random: SeededRandom, program: Program, other: Program): Program {
  let operations = [...program.operations];
  for (let changes = 1 + random.below(4); changes > 0; changes--)
    operations = change(random, operations, program, other);
  return {
    ...program,
    ...(random.chance(0.1) ? { depth: other.depth } : {}),
    ...(random.chance(0.05) ? { mtu: other.mtu, versions: other.versions } : {}),
    operations: operations.slice(0, LONGEST),
  };
}

function change(random: SeededRandom, operations: Operation[], program: Program, other: Program): Operation[] {
  const at = random.below(operations.length + 1);
  const length = 1 + random.below(12);
  const chunk = operations.slice(at, at + length);
  switch (random.below(9)) {
    case 0: {
      const from = random.below(other.operations.length + 1);
      return operations.toSpliced(at, random.below(length), ...other.operations.slice(from, from + length));
    }
    case 1:
      return operations.toSpliced(at, 0, ...Array.from({ length: 1 + random.below(6) }, () => chunk).flat());
    case 2:
      return operations.toSpliced(at, length);
    case 3:
      return operations.toSpliced(at, length, ...chunk.reverse());
    case 4: {
      const to = random.below(operations.length + 1);
      return operations.toSpliced(at, length).toSpliced(to, 0, ...chunk);
    }
    case 5:
      return operations.toSpliced(at, 0, ...anyPart(random, program.target, program.windowBytes));
    default: {
      const operation = operations[at];
      return operation === undefined ? operations : operations.with(at, changed(random, operation));
    }
  }
}

function changed(random: SeededRandom, operation: Operation): Operation {
  const near = (value: number): number =>
    random.chance(0.5) ? pick(random, NUMBERS) : Math.max(0, value + random.below(9) - 4);
  switch (operation.do) {
    case "run":
      return { do: "run", accesses: Math.max(1, random.chance(0.7) ? 1 + random.below(40) : near(operation.accesses)) };
    case "poke":
      return random.chance(0.3)
        ? { ...operation, at: near(operation.at) }
        : { ...operation, bytes: spoilt(random, operation.bytes) };
    case "frame":
      if (random.chance(0.4)) return { ...operation, bytes: spoilt(random, operation.bytes) };
      return random.chance(0.5)
        ? { ...operation, length: near(operation.bytes.length) }
        : { ...operation, flip: random.next() };
    case "command":
      return { ...operation, byte: random.chance(0.7) ? pick(random, [0, 1, 2, 0xff]) : random.below(256) };
    case "status":
      return { do: "status", value: random.below(256) };
    case "word":
      return { do: "word", value: random.next() };
    case "tick":
      return { do: "tick", milliseconds: pick(random, [0, 1, 299, 300, 999, 1000, 5000, 60_000]) };
    case "send":
      return { do: "send", bytes: 1 + random.below(2000) };
    case "peer":
      return { do: "peer", turns: 1 + random.below(30) };
    case "take":
    case "settle":
      return { do: "run", accesses: 1 + random.below(20) };
  }
}

/** Leaves out what is not needed for `fails` to hold, as far as that is found in so many tries. */
export async function minimise(
  program: Program,
  fails: (program: Program) => Promise<boolean>,
  tries = 2000,
): Promise<Program> {
  let smallest = program;
  for (
    let size = Math.ceil(program.operations.length / 2);
    size >= 1 && tries > 0;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < smallest.operations.length && tries > 0; tries--) {
      const candidate = { ...smallest, operations: smallest.operations.toSpliced(at, size) };
      if (await fails(candidate)) smallest = candidate;
      else at += size;
    }
  }
  return smallest;
}
