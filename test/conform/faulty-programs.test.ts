/** The faulty hosts and BMCs in C do what the table says of them, and the same programs without a fault do not. */
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeBoard } from "../../src/platform/shared-file/board-file.ts";
import { linesOf } from "../support/c-program.ts";
import { PROJECT, Sandbox } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";
import { FAULTY_PROGRAMS } from "./faulty/expected.ts";
import { OppositeBmc } from "./faulty/opposite-bmc.ts";
import { OppositeHost } from "./faulty/opposite-host.ts";
import { BMC_PROBES } from "./faulty/probes-bmc.ts";
import { PROBES } from "./faulty/probes-both.ts";
import { FURTHER_HOST_PROBES } from "./faulty/probes-further-hosts.ts";
import { HOST_PROBES } from "./faulty/probes-host.ts";
import { Process, compileFaulty } from "./faulty/process.ts";
import type { FaultyProgram } from "./faulty/program.ts";

const AT_ONCE = 12;

/** Whether the probe of a fault shows it in a program that has it, and in one that has none. */
interface Outcome {
  readonly faulty: boolean;
  readonly good: boolean;
}

const testWithGcc = needsTool("gcc");

describe("faulty programs in C", () => {
  let sandbox: Sandbox;
  let binary: Promise<string> | undefined;
  let outcomes: ReadonlyMap<FaultyProgram, Promise<Outcome>> | undefined;

  beforeAll(() => {
    sandbox = new Sandbox();
  });
  afterAll(() => sandbox.dispose());

  async function shows(path: string, { side, fault }: FaultyProgram, present: boolean): Promise<boolean> {
    const board = sandbox.path(`${side}-${fault}-${String(present)}`);
    makeBoard(board, undefined, 0);
    const program = new Process(() => sandbox.start(path, [side, board, present ? fault : "none"]));
    const other = side === "host" ? new OppositeBmc(board, program) : new OppositeHost(board, program);
    try {
      const hostProbe = HOST_PROBES[fault] ?? FURTHER_HOST_PROBES[fault];
      if (other instanceof OppositeBmc && hostProbe !== undefined) return await hostProbe(other);
      if (other instanceof OppositeHost && BMC_PROBES[fault] !== undefined) return await BMC_PROBES[fault](other);
      const probe = PROBES[fault];
      if (probe === undefined) throw new Error("no probe");
      return await probe(other);
    } finally {
      try {
        await program.stop();
      } finally {
        other.close();
      }
    }
  }

  /** Begins all runs, a few at a time in the order of the table; a test waits for its own. */
  function runAll(): ReadonlyMap<FaultyProgram, Promise<Outcome>> {
    const compiled = (binary ??= compileFaulty(sandbox));
    const workers: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => compiled);
    return new Map(
      FAULTY_PROGRAMS.map((entry, i) => {
        const worker = i % AT_ONCE;
        const run = async (): Promise<Outcome> => ({
          faulty: await shows(await compiled, entry, true),
          good: await shows(await compiled, entry, false),
        });
        const outcome = (workers[worker] ?? compiled).then(run, run);
        outcome.catch(() => undefined);
        workers[worker] = outcome;
        return [entry, outcome];
      }),
    );
  }

  testWithGcc("the table names the faults that the programs have, once each", async () => {
    const path = await (binary ??= compileFaulty(sandbox));
    for (const side of ["host", "bmc"] as const) {
      const names = await linesOf(sandbox, path, "", [side, "--list"]);
      const told = FAULTY_PROGRAMS.filter((program) => program.side === side).map(({ fault }) => fault);
      expect([...told].sort()).toEqual([...names].sort());
    }
  });

  testWithGcc("the requirements named are those of the specification", () => {
    const text = readFileSync(join(PROJECT, "spec", "mctp-lpc.md"), "utf8");
    for (const { side, requirement, or } of FAULTY_PROGRAMS) {
      expect(or.length).toBeLessThanOrEqual(2);
      for (const one of [requirement, ...or].filter((name) => name !== "DSP0236")) {
        const bound = new RegExp(`\\*\\*${one}\\*\\* \\((Host|BMC|Both)`).exec(text)?.[1];
        expect({ one, bound }).toEqual({ one, bound: bound === "Both" ? "Both" : side === "host" ? "Host" : "BMC" });
      }
    }
  });

  for (const entry of FAULTY_PROGRAMS) {
    testWithGcc(`${entry.requirement} ${entry.side} ${entry.fault}: ${entry.wrong}`, async () => {
      expect(await (outcomes ??= runAll()).get(entry)).toEqual({ faulty: true, good: false });
    });
  }
});
