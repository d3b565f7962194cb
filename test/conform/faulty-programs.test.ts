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
  let outcomes: Promise<ReadonlyMap<FaultyProgram, Outcome | Error>> | undefined;

  beforeAll(() => {
    sandbox = new Sandbox();
  });
  afterAll(() => sandbox.dispose());

  async function shows(binary: string, { side, fault }: FaultyProgram, present: boolean): Promise<boolean> {
    const board = sandbox.path(`${side}-${fault}-${String(present)}`);
    makeBoard(board, undefined, 0);
    const program = new Process(() => sandbox.start(binary, [side, board, present ? fault : "none"]));
    const other = side === "host" ? new OppositeBmc(board, program) : new OppositeHost(board, program);
    try {
      if (other instanceof OppositeBmc && HOST_PROBES[fault] !== undefined) return await HOST_PROBES[fault](other);
      if (other instanceof OppositeHost && BMC_PROBES[fault] !== undefined) return await BMC_PROBES[fault](other);
      const probe = PROBES[fault];
      if (probe === undefined) throw new Error("no probe");
      return await probe(other);
    } finally {
      await program.stop();
      other.close();
    }
  }

  async function runAll(): Promise<ReadonlyMap<FaultyProgram, Outcome | Error>> {
    const binary = await compileFaulty(sandbox);
    const found = new Map<FaultyProgram, Outcome | Error>();
    const left = [...FAULTY_PROGRAMS];
    const worker = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        try {
          found.set(next, { faulty: await shows(binary, next, true), good: await shows(binary, next, false) });
        } catch (error) {
          found.set(next, error instanceof Error ? error : new Error(String(error)));
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return found;
  }

  testWithGcc("the table names the faults that the programs have, once each", async () => {
    const binary = await compileFaulty(sandbox);
    for (const side of ["host", "bmc"] as const) {
      const names = await linesOf(sandbox, binary, "", [side, "--list"]);
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
      const outcome = (await (outcomes ??= runAll())).get(entry);
      expect(outcome).toEqual({ faulty: true, good: false });
    });
  }
});
