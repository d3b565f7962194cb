/** Which vector a mistake fails first. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { RoleCode } from "../../support/vectors/code.ts";
import { playSteps, type Failure, type Part } from "../../support/vectors/step-players.ts";
import { playTrace, rowText } from "../../support/vectors/trace-player.ts";
import type { TraceVector } from "../../support/vectors/vector-types.ts";
import type { Mistake } from "../mistake.ts";
import { loadMutant } from "./mutants.ts";

const ROLES: readonly RoleName[] = ["host", "bmc"];

/** The vectors of a project, read once. */
export class VectorSet {
  readonly traces: readonly (readonly [name: string, trace: TraceVector])[];
  readonly #folder: string;
  readonly #files = new Map<string, Readonly<Record<string, unknown>>>();

  constructor(project: string) {
    this.#folder = join(project, "spec", "vectors");
    this.traces = readdirSync(join(this.#folder, "traces"))
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => [name.replace(".json", ""), this.#read(`traces/${name}`) as unknown as TraceVector]);
  }

  part: Part = (file, part) => {
    const read = this.#files.get(file) ?? this.#read(`${file}.json`);
    this.#files.set(file, read);
    return read[part];
  };

  #read(path: string): Readonly<Record<string, unknown>> {
    return JSON.parse(readFileSync(join(this.#folder, path), "utf8")) as Readonly<Record<string, unknown>>;
  }

  /** The first vector that this code fails: the vectors of one step, then the traces in the order of their names. */
  firstFailure(code: RoleCode): Failure | undefined {
    return playSteps(this.part, code) ?? this.firstTraceFailure(code);
  }

  firstTraceFailure(code: RoleCode): Failure | undefined {
    for (const [name, trace] of this.traces) {
      for (const role of ROLES) {
        if (trace[role].byHand) continue;
        const difference = playTrace(trace, role, code);
        if (difference === undefined) continue;
        const { row, found } = difference;
        const place = row === undefined ? "behind the last row" : `row ${String(row.n)}`;
        const step = row?.step === undefined ? "" : `, ${row.step}`;
        const wanted = row === undefined ? "nothing" : rowText(row);
        return {
          vector: `traces/${name}.json, ${role}, ${place}${step}`,
          found: `${found}, not ${wanted}`,
        };
      }
    }
    return undefined;
  }
}

export interface VectorOutcome {
  readonly mistake: Mistake;
  readonly failure: Failure | undefined;
}

/** In the order of the mistakes. */
export async function findMistakes(
  project: string,
  mistakes: readonly Mistake[],
  onOutcome: (outcome: VectorOutcome) => void,
): Promise<readonly VectorOutcome[]> {
  const vectors = new VectorSet(project);
  const folder = mkdtempSync(join(tmpdir(), "mctp-lpc-vectors-"));
  try {
    const outcomes: VectorOutcome[] = [];
    for (const mistake of mistakes) {
      const code = await loadMutant(project, join(folder, mistake.name), mistake);
      const outcome = { mistake, failure: vectors.firstFailure(code) };
      outcomes.push(outcome);
      onOutcome(outcome);
    }
    return outcomes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
