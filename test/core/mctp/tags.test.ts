import { describe, expect, test } from "@jest/globals";
import { NULL_EID } from "../../../src/core/mctp/message.ts";
import { TagTable } from "../../../src/core/mctp/tags.ts";
import { eid, millis } from "../../../src/core/wire/units.ts";

const PEER = eid(9);
const NOW = millis(100);
const DUTY = { isDuty: true };

describe("DSP0236 8.1 message tags", () => {
  test("a peer has eight, one after the other, then none; the last three are kept for duties", () => {
    const table = new TagTable(millis(5000));
    expect(Array.from({ length: 9 }, () => table.allocate(PEER, NOW, DUTY))).toEqual([
      0,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      undefined,
    ]);
    const other = eid(10);
    expect(Array.from({ length: 6 }, () => table.allocate(other, NOW))).toEqual([0, 1, 2, 3, 4, undefined]);
    expect(Array.from({ length: 4 }, () => table.allocate(other, NOW, DUTY))).toEqual([5, 6, 7, undefined]);
  });

  test("LPC-MCTP-22: the first tag looked at is picked from outside; one in use is passed over, bounds stay", () => {
    const picks = [6, 2, 2, 2, 2, 2, 7];
    const table = new TagTable(millis(5000), () => picks.shift()!);
    const taken = Array.from({ length: 6 }, () => table.allocate(PEER, NOW));
    expect(taken).toEqual([0, 2, 3, 4, 1, undefined]);
    expect(table.borrow(PEER, NOW)).toBe(7);
  });

  test("every peer has its own; the null EID shares none with any", () => {
    const table = new TagTable(millis(5000));
    expect([eid(8), eid(9), eid(10), eid(255)].map((peer) => table.allocate(peer, NOW))).toEqual([0, 0, 0, 0]);
  });

  test("the null EID, whose answers come under another, shares its tags with every peer", () => {
    const table = new TagTable(millis(5000));
    const toPeer = [table.allocate(PEER, NOW, DUTY), table.allocate(PEER, NOW, DUTY)];
    const toNull = [table.allocate(NULL_EID, NOW, DUTY), table.allocate(NULL_EID, NOW, DUTY)];
    const toOthers = [table.allocate(eid(10), NOW), table.allocate(PEER, NOW, DUTY)];
    expect(new Set([...toPeer, ...toNull, ...toOthers]).size).toBeGreaterThanOrEqual(5);
    for (const tag of toNull) expect([...toPeer, ...toOthers]).not.toContain(tag);
    // What the one holds off the others hold off, too.
    const all = new TagTable(millis(5000));
    for (let tag = 0; tag < 8; tag++) all.allocate(NULL_EID, NOW, DUTY);
    expect(all.allocate(PEER, NOW, DUTY)).toBeUndefined();
    all.holdOff(NULL_EID, 4, NOW);
    expect(all.nextFree(PEER)).toBe(NOW + 5000);
    expect([all.allocate(PEER, millis(NOW + 4999)), all.allocate(PEER, millis(NOW + 5000))]).toEqual([undefined, 4]);
  });

  test("the null EID of one port shares no tags with peers behind others, nor with their null EIDs", () => {
    const table = new TagTable(millis(5000));
    const [here, there] = [{}, {}];
    for (let tag = 0; tag < 8; tag++) table.allocate(PEER, NOW, { port: here, ...DUTY });
    for (const [tag, peer] of [eid(10), eid(11)].entries()) table.allocate(peer, NOW, { port: there, only: tag });
    expect(table.allocate(NULL_EID, NOW, { port: here, ...DUTY })).toBeUndefined();
    const toNull = Array.from({ length: 7 }, () => table.allocate(NULL_EID, NOW, { port: there, ...DUTY }));
    expect(toNull).toEqual([2, 3, 4, 5, 6, 7, undefined]);
    expect(table.allocate(eid(10), NOW, { port: there, ...DUTY })).toBe(1);
    table.holdOff(NULL_EID, 2, NOW, there);
    expect([table.nextFree(NULL_EID, there), table.nextFree(PEER, there), table.nextFree(PEER, here)]).toEqual([
      5100,
      5100,
      undefined,
    ]);
    // A peer's tag is held off for the port that its late answer would come in on.
    table.holdOff(PEER, 4, NOW, here);
    expect(table.allocate(NULL_EID, millis(5099), { port: here, ...DUTY })).toBeUndefined();
    expect(table.allocate(NULL_EID, millis(5100), { port: here, ...DUTY })).toBe(4);
  });

  test("one tag is spared where that is asked for, for the null EID", () => {
    const table = new TagTable(millis(5000));
    const sparing = { isSparing: true };
    const toPeer = Array.from({ length: 8 }, () => table.allocate(PEER, NOW, sparing));
    expect(toPeer).toEqual([0, 1, 2, 3, undefined, undefined, undefined, undefined]);
    expect(table.allocate(NULL_EID, NOW, sparing)).toBe(4);
  });

  test("an answered request's tag is free at once, but the others come first", () => {
    const table = new TagTable(millis(5000));
    table.allocate(PEER, NOW, DUTY);
    table.release(PEER, 0);
    expect(table.allocate(PEER, NOW, DUTY)).toBe(1);
    for (let tag = 2; tag < 8; tag++) table.allocate(PEER, NOW, DUTY);
    expect(table.allocate(PEER, NOW, DUTY)).toBe(0);
    expect(table.allocate(PEER, NOW, DUTY)).toBeUndefined();
  });

  test("LPC-MCTP-4: an unanswered request's tag is in reuse hold-off for MT4", () => {
    const table = new TagTable(millis(5000));
    for (let tag = 0; tag < 8; tag++) table.allocate(PEER, NOW, DUTY);
    expect(table.nextFree(PEER)).toBeUndefined();
    table.holdOff(PEER, 3, millis(200));
    table.holdOff(PEER, 5, millis(300));
    expect(table.nextFree(PEER)).toBe(5200);
    expect(table.allocate(PEER, millis(5199), DUTY)).toBeUndefined();
    expect(table.allocate(PEER, millis(5200), DUTY)).toBe(3);
    expect(table.allocate(PEER, millis(5299), DUTY)).toBeUndefined();
    expect(table.allocate(PEER, millis(5300), DUTY)).toBe(5);
  });

  test("a borrowed tag is none that a request uses, and stays free", () => {
    const table = new TagTable(millis(5000));
    for (let tag = 0; tag < 7; tag++) table.allocate(PEER, NOW, DUTY);
    table.release(PEER, 2);
    const borrowed = new Set(Array.from({ length: 20 }, () => table.borrow(PEER, NOW)));
    expect([...borrowed].sort()).toEqual([2, 7]);
    expect([table.allocate(PEER, NOW, DUTY), table.allocate(PEER, NOW, DUTY)].sort()).toEqual([2, 7]);
  });

  test("borrowed tags take turns, so that neighbouring messages are told apart", () => {
    const table = new TagTable(millis(5000));
    expect(Array.from({ length: 10 }, () => table.borrow(PEER, NOW))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0, 1]);
  });

  test("LPC-MCTP-4: a tag in hold-off is not lent either, until that is over", () => {
    const table = new TagTable(millis(5000));
    for (let tag = 0; tag < 8; tag++) table.allocate(PEER, NOW, DUTY);
    table.release(PEER, 6);
    table.holdOff(PEER, 3, millis(100));
    expect([1, 2, 3].map(() => table.borrow(PEER, millis(5099)))).toEqual([6, 6, 6]);
    expect([1, 2].map(() => table.borrow(PEER, millis(5100))).sort()).toEqual([3, 6]);
  });

  test("with all in use a message still gets a tag", () => {
    const table = new TagTable(millis(5000));
    for (let tag = 0; tag < 8; tag++) table.allocate(PEER, NOW, DUTY);
    expect(table.borrow(PEER, NOW)).toBeGreaterThanOrEqual(0);
    expect(table.borrow(PEER, NOW)).toBeLessThan(8);
  });
});
