/** `mctp-lpc conform`: opens the platform, plays the cases, leaves the board in order and writes the reports. */
import { resolve } from "node:path";
import { checkDistinct, filesOfLink } from "../../agent/distinct-files.ts";
import { BMC_CASES } from "../../conform/bmc/cases.ts";
import type { Case } from "../../conform/case.ts";
import { HOST_CASES } from "../../conform/host/cases.ts";
import { foundOn, leaveBmc, leaveHost } from "../../conform/leaving.ts";
import { testBmc, testHost, type RunOptions, type RunResult } from "../../conform/run.ts";
import { selectCases, type Selection } from "../../conform/selection.ts";
import { REAL_TIME, type Surroundings } from "../../conform/surroundings.ts";
import type { RoleName } from "../../core/binding/side.ts";
import { encodeTraceHead, traceHead } from "../../core/trace/head.ts";
import { encodeTraceRow } from "../../core/trace/format.ts";
import { harmlessJson } from "../../core/wire/harmless.ts";
import { Failure } from "../../platform/failure.ts";
import type { OpenOptions } from "../../platform/kind.ts";
import { openBmcPlatform, openHostPlatform, parsePlatform, type PlatformSpec } from "../../platform/kinds.ts";
import type { BmcPlatform, HostPlatform } from "../../platform/port.ts";
import { ConformStatus } from "../exit-status.ts";
import { complain, openResult, print, printJson, printLines, type ResultFile } from "../output.ts";
import { packageVersion } from "../package.ts";
import { readSpecificationFolder, SPECIFICATION_FOLDER } from "../spec/folder.ts";
import { labelled } from "../spec/pieces.ts";
import { faint, plain } from "../styled.ts";
import { columnsOf } from "../terminal.ts";
import { htmlReport } from "./html-report.ts";
import { jsonReport } from "./json-report.ts";
import { junitReport } from "./junit-report.ts";
import { PeopleOutput } from "./people-output.ts";
import { reportOf, type ConformReport } from "./report.ts";
import { byCommand, restartByHand } from "./restart.ts";
import { silenceOf } from "./silence.ts";

export interface ConformArguments {
  readonly platform?: string;
  readonly only?: readonly string[];
  readonly list?: true;
  readonly fast?: true;
  readonly destructive?: true;
  readonly restartCommand?: string;
  readonly restartByHand?: true;
  readonly stopCommand?: string;
  readonly timeout: number;
  readonly silence?: number;
  readonly json?: true;
  readonly junit?: string;
  readonly html?: string;
  readonly trace?: string;
}

/** Platforms of which every case is played: an emulated machine may run somebody's firmware. */
const VIRTUAL_BOARDS: ReadonlySet<string> = new Set(["shm"]);

type OutputName = "trace" | "junit" | "html";
const OUTPUTS: readonly (readonly [OutputName, string])[] = [
  ["trace", "the trace"],
  ["junit", "the JUnit report"],
  ["html", "the HTML report"],
];
/** As agents' traces: it holds what the other side sent. */
const TRACE_MODE = 0o600;

export async function conform(tested: RoleName, given: ConformArguments): Promise<void> {
  const cases: readonly Case<never>[] = tested === "bmc" ? BMC_CASES : HOST_CASES;
  const role = tested === "bmc" ? "host" : "bmc";
  const spec = given.platform === undefined ? undefined : parsePlatform(given.platform, role);
  const isVirtual = spec === undefined || VIRTUAL_BOARDS.has(spec.kind);
  const selection = selectCases(cases, {
    only: given.only ?? [],
    fast: given.fast === true,
    destructive: given.destructive === true || isVirtual,
  });
  refuseUnknown(selection, cases);
  if (given.list === true) {
    list(selection);
    return;
  }
  if (spec === undefined) throw new Failure("options", "conform needs --platform: where the other side's end is");
  if (selection.played.length === 0) {
    throw new Failure("options", "every case that --only names is left out: add --destructive, or leave out --fast");
  }
  const outputs = openOutputs(spec, given);
  try {
    const report = await play(tested, spec, selection, given, outputs.trace);
    outputs.junit?.write(Buffer.from(junitReport(report)));
    outputs.html?.write(Buffer.from(htmlReport(report)));
    if (given.json === true) printJson(jsonReport(report));
    process.exitCode = statusOf(report);
  } finally {
    for (const file of Object.values(outputs)) file?.close();
  }
}

/** Files are opened before the run: what they cannot hold is not found out behind it, nor written over the board. */
function openOutputs(
  spec: PlatformSpec,
  given: ConformArguments,
): Readonly<Record<OutputName, ResultFile | undefined>> {
  const named = OUTPUTS.flatMap(([name, what]) => {
    const path = given[name];
    return path === undefined ? [] : [{ what, path: resolve(path) }];
  });
  checkDistinct([...filesOfLink(spec, "the board"), ...named]);
  const open = (name: OutputName, mode?: number): ResultFile | undefined =>
    given[name] === undefined ? undefined : openResult("conform-output", given[name], mode);
  return { trace: open("trace", TRACE_MODE), junit: open("junit"), html: open("html") };
}

function refuseUnknown({ unknown }: Selection<Case<never>>, cases: readonly Case<never>[]): void {
  if (unknown.length === 0) return;
  const groups = [...new Set(cases.map(({ name }) => name.split("/")[0]!))];
  const what = unknown.map((word) => `"${word}"`).join(", ");
  throw new Failure(
    "options",
    `no case for --only ${what}: give a requirement that a case exercises, like LPC-BUF-4 (see --list), a case's name, or a group: ${groups.join(", ")}`,
  );
}

function list({ played, leftOut }: Selection<Case<never>>): void {
  const width = columnsOf("stdout");
  const row = (one: Case<never>, note: string): (readonly [string, readonly ReturnType<typeof plain>[]])[] => [
    [one.name, [plain(`${one.text}.`)]],
    [one.name, [faint(`${one.requirements.join(", ")}${note}`)]],
  ];
  printLines(
    labelled(
      [
        ...played.flatMap((one) => row(one, one.risk === undefined ? "" : `; risk: ${one.risk}`)),
        ...leftOut.flatMap(({ case: one, why }) =>
          row(one, why === "slow" ? "; slow, left out" : `; left out, risk: ${one.risk ?? ""}`),
        ),
      ],
      width,
    ),
  );
  print(`${String(played.length + leftOut.length)} cases`);
}

function statusOf({ failures, passes }: ConformReport): number {
  if (failures.length > 0) return ConformStatus.BROKEN;
  return passes === 0 ? ConformStatus.NOTHING_TESTED : ConformStatus.KEPT;
}

async function play(
  tested: RoleName,
  spec: PlatformSpec,
  selection: Selection<Case<never>>,
  given: ConformArguments,
  trace: ResultFile | undefined,
): Promise<ConformReport> {
  const { played, leftOut } = selection;
  const specification = readSpecificationFolder(SPECIFICATION_FOLDER);
  const surroundings = surroundingsOf(tested, given);
  const open: OpenOptions = {
    doorbell: true,
    log: (line) => {
      complain(`mctp-lpc: ${line}`);
    },
  };
  const platform = tested === "bmc" ? openHostPlatform(spec, open) : openBmcPlatform(spec, open);
  let lost: Failure | undefined;
  platform.whenLost?.((why) => (lost = why));
  const interrupt = new Interrupt();
  try {
    const { size: windowBytes } = platform.window;
    const { depth } = platform;
    const began = new Date().toISOString();
    const facts = { tested, platform: platform.name, windowBytes, depth, version: packageVersion(), began, leftOut };
    const output = given.json === true ? undefined : new PeopleOutput(specification, played);
    output?.head(facts);
    if (trace !== undefined) {
      const sides = [tested === "bmc" ? "host" : "bmc"] as const;
      const head = traceHead({ sides, depth, windowBytes, lives: false });
      trace.write(Buffer.from(`${encodeTraceHead(head)}\n`));
    }
    const options: RunOptions = {
      surroundings,
      depth,
      onCase: (one) => output?.begin(one),
      onResult: (result) => output?.result(result),
      isEnded: () => interrupt.came || lost !== undefined,
      ...(trace === undefined
        ? {}
        : {
            onRow: (row) => {
              trace.write(Buffer.from(harmlessJson(`${encodeTraceRow(row)}\n`)));
            },
          }),
    };
    const found = foundOn(platform);
    const run = await playOn(tested, platform, played, options);
    if (lost !== undefined) throw lost;
    const remains =
      tested === "bmc" ? await leaveBmc(platform, found, surroundings) : leaveHost(platform as BmcPlatform, found);
    const wasEnded = run.results.length < played.length;
    const report = reportOf(
      { ...facts, remains, wasEnded },
      run,
      tested === "bmc" ? BMC_CASES : HOST_CASES,
      specification,
    );
    output?.end(report);
    return report;
  } finally {
    interrupt.release();
    platform.close();
  }
}

function playOn(
  tested: RoleName,
  platform: HostPlatform | BmcPlatform,
  played: readonly Case<never>[],
  options: RunOptions,
): Promise<RunResult> {
  return tested === "bmc" ? testBmc(platform, played, options) : testHost(platform as BmcPlatform, played, options);
}

function surroundingsOf(tested: RoleName, given: ConformArguments): Surroundings {
  const { restartCommand, stopCommand, timeout } = given;
  const byHand = given.restartByHand === true ? restartByHand(tested) : undefined;
  const restart = restartCommand === undefined ? byHand : byCommand("restart", restartCommand, tested);
  const stop = stopCommand === undefined ? undefined : byCommand("stop", stopCommand, tested);
  return { ...REAL_TIME, restart, stop, patience: timeout, silence: silenceOf(given) };
}

/** The first interruption ends the run behind the case that is played, so that the board is left in order. */
class Interrupt {
  came = false;
  readonly #take = (): void => {
    this.came = true;
    complain("mctp-lpc: the run ends behind this case; a second interruption ends it at once");
  };

  constructor() {
    process.once("SIGINT", this.#take);
    process.once("SIGTERM", this.#take);
  }

  release(): void {
    process.off("SIGINT", this.#take);
    process.off("SIGTERM", this.#take);
  }
}
