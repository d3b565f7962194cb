/** The tables that say what lies where on a virtual board, against what the two sides do to the file. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { WORD_REGISTERS, idrOf, odrOf, shadowOf, statusOf } from "../../src/core/binding/kcs-word.ts";
import { makeBoard } from "../../src/platform/shared-file/board-file.ts";
import {
  BOARD_WORDS,
  BlockField,
  BoardField,
  HEADER_BYTES,
  type BoardWriter,
} from "../../src/platform/shared-file/layout.ts";
import { attachBmc, attachHost } from "../../src/platform/shared-file/shared-file.ts";
import { Sandbox } from "../support/processes.ts";

test("each register lies in the word where the table has it", () => {
  const read = { STR: statusOf, IDR: idrOf, ODR: odrOf, shadow: shadowOf };
  expect(WORD_REGISTERS.map(({ name }) => name).toSorted()).toEqual(["IDR", "ODR", "STR", "shadow"]);
  for (const { name, shift } of WORD_REGISTERS) {
    expect({ name, value: read[name](0xa5 << shift) }).toEqual({ name, value: 0xa5 });
    expect(WORD_REGISTERS.filter((other) => read[other.name](0xff << shift) !== 0)).toHaveLength(1);
  }
});

describe("the words of a header page", () => {
  let sandbox: Sandbox;
  beforeEach(() => {
    sandbox = new Sandbox();
  });
  afterEach(async () => {
    await sandbox.dispose();
  });

  test("stand where the fields stand, none on another", () => {
    const blocks: readonly number[] = [BoardField.hostBlock, BoardField.bmcBlock];
    const fields = Object.values(BoardField).flatMap((offset: number) =>
      blocks.includes(offset) ? Object.values(BlockField).map((at) => offset + at) : [offset],
    );
    expect(BOARD_WORDS.map(({ offset }) => offset)).toEqual(fields.sort((one, other) => one - other));
    const ends = BOARD_WORDS.map(({ offset, bytes }) => offset + bytes);
    const next = [...BOARD_WORDS.slice(1).map(({ offset }) => offset), HEADER_BYTES];
    expect(ends.filter((end, index) => end > next[index]!)).toEqual([]);
  });

  test("are written by those whom the table names", () => {
    const path = sandbox.path("board");
    const writers = new Map(BOARD_WORDS.map(({ offset }) => [offset, new Set<BoardWriter>()]));
    let page = new Uint8Array(HEADER_BYTES);
    const by = <Result>(writer: BoardWriter, action: () => Result): Result => {
      const result = action();
      const after = readFileSync(path).subarray(0, HEADER_BYTES);
      for (let at = 0; at < HEADER_BYTES; at++) {
        if (after[at] === page[at]) continue;
        const word = BOARD_WORDS.find(({ offset, bytes }) => at >= offset && at < offset + bytes);
        expect({ at, inTable: word !== undefined }).toEqual({ at, inTable: true });
        writers.get(word!.offset)!.add(writer);
      }
      page = Uint8Array.from(after);
      return result;
    };
    by("maker", () => makeBoard(path, 4096, 1));
    const host = by("host", () => attachHost(path, { doorbell: true }));
    const bmc = by("bmc", () => attachBmc(path, { doorbell: true }));
    try {
      by("host", () => {
        host.port.writeData(0x01);
        host.port.writeData(0xff);
      });
      by("bmc", () => bmc.port.readData());
      by("bmc", () => {
        bmc.port.writeData(0x02);
      });
      by("host", () => host.port.readData());
      by("host", () => host.interrupts.arm());
      by("bmc", () => bmc.interrupts.arm());
      // Who rings takes back that the other wants it.
      by("host", () => {
        host.port.writeData(0x01);
      });
      by("bmc", () => {
        bmc.port.writeData(0x02);
      });
    } finally {
      host.close();
      bmc.close();
    }
    const found = BOARD_WORDS.map(({ name, offset }) => [name, offset, [...writers.get(offset)!].sort().join(" ")]);
    const table = BOARD_WORDS.map(({ name, offset, writer }) => [
      name,
      offset,
      writer === "both" ? "bmc host" : writer,
    ]);
    expect(found).toEqual(table);
  });
});
