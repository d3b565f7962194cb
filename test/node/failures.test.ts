/** Every cell of docs/failures.md: what comes of each failure of each request of a join, a check and an assignment. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CONTROL_COMMANDS } from "../../src/core/mctp/control/commands.ts";
import { Control } from "../../src/core/mctp/control/codec.ts";
import { controlCommandName } from "../../src/core/mctp/control/commands.ts";
import { eid, millis } from "../../src/core/wire/units.ts";
import { assignEid } from "../../src/node/assigning.ts";
import { Device, NodeBench, type Script } from "../support/node-bench.ts";

const TEXT = readFileSync(join(__dirname, "..", "..", "docs", "failures.md"), "utf8");
const UUID = "11".repeat(16);
const LATE = 500;
/** Long enough for the third attempt, or the third check, and the answers in between. */
const WHILE = 12_000;

/** The rows of the table of a chapter: request, failure, what comes of it. */
function cells(chapter: string): readonly (readonly [request: string, failure: string, outcome: string])[] {
  const lines = TEXT.split(`## ${chapter}\n`)[1]!
    .split("\n## ")[0]!
    .split("\n")
    .filter((line) => line.startsWith("|"));
  const [head, , ...rows] = lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return rows.flatMap(([request, ...outcomes]) =>
    outcomes.map((outcome, index) => [request!, head![index + 1]!, outcome] as const),
  );
}

function failing(failure: string, device: Device): Script {
  const firstTwo =
    (hex: string): Script =>
    (_, count) =>
      count - since < 2 ? { hex } : "asUsual";
  let since = 0;
  const script: Readonly<Record<string, Script>> = {
    "not ready": firstTwo("04"),
    error: firstTwo("01"),
    short: (request, count) => (count - since < 2 ? { hex: shortened(device.usual(request)) } : "asUsual"),
    "lost once": (_, count) => (count - since < 1 ? "silence" : "asUsual"),
    lost: () => "silence",
    late: (request) => ({ hex: device.usual(request), after: LATE }),
  };
  let first: number | undefined;
  return (request, count) => {
    first ??= count;
    since = first;
    return script[failure]!(request, count);
  };
}

/** Half of the data at most; of an answer without data not even the completion code is left. */
function shortened(hex: string): string {
  return hex.length > 2 ? hex.slice(0, hex.length > 4 ? 4 : 2) : "";
}

function codeOf(name: string): number {
  const found = CONTROL_COMMANDS.find(({ code }) => controlCommandName(code) === name);
  if (found === undefined) throw new Error(`docs/failures.md has no control command "${name}"`);
  return found.code;
}

let device: Device;
beforeEach(() => {
  device = new Device({ uuid: UUID, pool: 3 });
});

describe("a request of a join", () => {
  const known = "9 present 11";

  interface Seen {
    readonly atOnce: readonly string[];
    readonly later: readonly string[];
    readonly told: boolean;
  }

  /** Who is known at first and in the end, and whether the EIDs and the routes have arrived by then. */
  const OUTCOMES: Readonly<Record<string, (seen: Seen) => void>> = {
    joins: ({ atOnce, later, told }) => {
      expect([atOnce, later, told, device.held?.count]).toEqual([[known], [known], true, 3]);
    },
    "joins later": ({ atOnce, later, told }) => {
      expect([atOnce, later, told]).toEqual([[], [known], true]);
    },
    "does not join": ({ atOnce, later }) => {
      expect([atOnce, later]).toEqual([[], []]);
    },
    "UUID later": ({ atOnce, later }) => {
      expect([atOnce, later]).toEqual([["9 present none"], [known]]);
    },
    "no UUID": ({ atOnce, later }) => {
      expect([atOnce, later]).toEqual([["9 present none"], ["9 present none"]]);
    },
    "EIDs later": ({ atOnce, later }) => {
      expect([atOnce, later, device.held?.count]).toEqual([[known], [known], 3]);
    },
    "no EIDs": ({ atOnce, later }) => {
      expect([atOnce, later, device.held]).toEqual([[known], [known], undefined]);
    },
    "routes later": ({ atOnce, later, told }) => {
      expect([atOnce, later, told]).toEqual([[known], [known], true]);
    },
    "no routes": ({ atOnce, later, told }) => {
      expect([atOnce, later, told]).toEqual([[known], [known], false]);
    },
  };

  test.each(cells("Joining"))("%s, %s: %s", (request, failure, outcome) => {
    const code = codeOf(request);
    device.script.set(code, failing(failure, device));
    let told = false;
    const routes = device.script.get(Control.ROUTING_INFORMATION_UPDATE) ?? ((): "asUsual" => "asUsual");
    device.script.set(Control.ROUTING_INFORMATION_UPDATE, (bytes, count) => {
      const answer = routes(bytes, count);
      told ||= answer === "asUsual" || (answer !== "silence" && answer.hex === "00");
      return answer;
    });
    // A second port, where nothing comes up: what could be there the bridge on the first is told.
    const bench = new NodeBench([device, new Device()], { discover: "always" }).up(0);
    // Attempts of one request take 900 ms; a second attempt of the join begins 500 ms after the first has failed.
    bench.run(failure === "lost" || failure === "late" || failure === "lost once" ? 1300 : 100);
    const atOnce = bench.present;
    bench.run(WHILE);
    expect(Object.keys(OUTCOMES)).toContain(outcome);
    OUTCOMES[outcome]!({ atOnce, later: bench.present, told });
    const isOpen = outcome.startsWith("no ") || outcome === "does not join";
    expect(bench.node.notes.length > 0).toBe(isOpen);
  });
});

describe("a request of a presence check", () => {
  test.each(cells("Checking presence"))("%s, %s: %s", (request, failure, outcome) => {
    const bench = new NodeBench([device], { discover: "always", checkInterval: millis(2000) }).up().run(1000);
    device.script.set(codeOf(request), failing(failure, device));
    const seen = new Set<string>();
    for (let step = 0; step < 120; step++) for (const one of bench.run(100).present) seen.add(one);
    expect([...seen]).toEqual(outcome === "goes" ? ["9 present 11", "9 silent 11", "9 gone 11"] : ["9 present 11"]);
  });
});

describe("a request of an assignment", () => {
  test.each(cells("Assigning an EID"))("%s, %s: %s", async (request, failure, outcome) => {
    const bench = new NodeBench([device], { discover: "always" }).up().run(1000);
    device.script.set(codeOf(request), failing(failure, device));
    const assigned = assignEid(bench.node, eid(40), {}).then(
      () => true,
      () => false,
    );
    bench.run(5000);
    const isAssigned = outcome === "is assigned";
    expect(await assigned).toBe(isAssigned);
    bench.run(WHILE);
    if (outcome !== "is found out") {
      expect(bench.present).toEqual([`${isAssigned ? "40" : "9"} present 11`]);
      expect(bench.node.router.routes.portOf(eid(device.own))).toBe(0);
    } else if (failure === "lost") {
      expect(bench.present).toEqual(["9 gone 11"]);
    } else {
      expect(bench.present).toEqual([`${String(device.own)} present 11`]);
    }
  });
});
