import { expect, test } from "@jest/globals";
import { lastSave } from "../../src/node/last-save.ts";

const LIMIT = 20;

test("a disk that hangs holds the stop up no longer than the limit, and the log says what may be lost", async () => {
  const told: string[] = [];
  await lastSave(
    () => new Promise(() => undefined),
    (line) => told.push(line),
    LIMIT,
  );
  expect(told).toEqual(["the state was not written within 20 ms; the last assignments may not be remembered"]);
});

test("a save that fails is told of, one that succeeds is not", async () => {
  const told: string[] = [];
  const tell = (line: string): unknown => told.push(line);
  await lastSave(() => Promise.resolve(), tell, LIMIT);
  expect(told).toEqual([]);
  await lastSave(() => Promise.reject(new Error("cannot write")), tell, LIMIT);
  expect(told).toEqual(["cannot write; the last assignments may not be remembered"]);
});
