/** Mistakes that no trace tells of: a run executes the mistaken place, the accesses are the same, the judge is silent. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PROJECT } from "../../project/requirements.ts";
import { MISTAKES } from "../mistakes.ts";
import { Scratch } from "../scratch.ts";
import { ask } from "./ask.ts";
import { UNSEEN_IN } from "./hints.ts";
import { whereUnseen } from "./off-bus.ts";

const LIMIT_MILLISECONDS = 120_000;
const offBus = MISTAKES.filter(({ bus }) => bus.bus === "no");

let scratch: Scratch;

beforeAll(() => {
  scratch = new Scratch(PROJECT);
});

afterAll(() => {
  scratch.remove();
});

describe("mistakes that no trace tells of", () => {
  test("have a run each", () => {
    expect(Object.keys(UNSEEN_IN).sort()).toEqual(offBus.map(({ name }) => name).sort());
  });

  test.each(offBus.map((mistake) => [mistake.name, mistake] as const))(
    "%s: executed, with the same accesses, and nothing for the judge to find",
    async (name, mistake) => {
      const run = UNSEEN_IN[name]!;
      expect(await whereUnseen(mistake, scratch, [run])).toEqual({ mistake: name, run, others: [] });
      const restore = scratch.seed(mistake);
      const task = { kind: "judge", project: PROJECT, runs: [run], as: [], sides: [] } as const;
      const { all } = await ask(scratch.folder, task).finally(restore);
      expect(all).toEqual([]);
    },
    LIMIT_MILLISECONDS,
  );
});
