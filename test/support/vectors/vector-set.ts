/** The vectors of a project, read once, and the first of them that code fails. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { RoleCode } from "./code.ts";
import { playSteps, type Failure, type Part } from "./step-players.ts";
import { playTrace, rowText } from "./trace-player.ts";
import type { TraceVector } from "./vector-types.ts";

const ROLES: readonly RoleName[] = ["host", "bmc"];

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
    return playSteps(this.part, code) ?? this.#firstTraceFailure(code);
  }

  #firstTraceFailure(code: RoleCode): Failure | undefined {
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
