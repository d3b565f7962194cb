/** The flight recorder's files: names, rate, room, trust in the folder, and disks that are full or hang. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HeldAccesses } from "../../../src/agent/bus/held-accesses.ts";
import {
  INCIDENT_BURST,
  INCIDENT_MILLISECONDS,
  INCIDENTS_WAITING,
  IncidentFiles,
  SAME_INCIDENT_MILLISECONDS,
} from "../../../src/agent/outputs/incident-files.ts";
import {
  MOST_INCIDENT_BYTES,
  MOST_INCIDENT_FILES,
  checkIncidentFolder,
  incidentName,
  isIncidentName,
} from "../../../src/agent/outputs/incident-folder.ts";
import { Recorder } from "../../../src/core/judge/recorder.ts";
import { SessionMemory } from "../../../src/core/judge/session-memory.ts";
import { decodeTrace } from "../../../src/core/trace/format.ts";
import { traceHead } from "../../../src/core/trace/head.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { system } from "../../../src/platform/system.ts";
import { SmallFileSystem, needsMount } from "../../support/tmpfs.ts";

let folder: string;
let lines: string[];
let recorder: Recorder;
const real = { ...system };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mctp-lpc-incidents-"));
  lines = [];
  recorder = new Recorder();
});
afterEach(() => {
  Object.assign(system, real);
  rmSync(folder, { recursive: true });
});

const held = (): HeldAccesses =>
  new HeldAccesses({
    head: traceHead({ sides: ["host"], depth: 0, windowBytes: 65_536, lives: true }),
    excused: [],
    recorder,
    memory: new SessionMemory(recorder),
  });
const copy = (): HeldAccesses => held().copy();
const filesOf = (path = folder): IncidentFiles => new IncidentFiles(path, (line) => lines.push(line));
const inFolder = (): readonly string[] => readdirSync(folder).sort();

describe("a file of an incident", () => {
  test("is named by time and reason, and is a trace of the last accesses", async () => {
    const bytes = new Uint8Array(500);
    for (let value = 0; value < 9000; value++) {
      if (value % 2 === 0) recorder.dataRead(value & 0xff, "H2.4");
      else recorder.windowRead(4096, bytes.length, bytes, 0, bytes.length, "H2.8");
    }
    const files = filesOf();
    files.record("LPC-BUF-5", millis(0), copy);
    // What comes behind the incident is not in it.
    for (let value = 0; value < 9000; value++) recorder.dataWritten(0xee, "H2.6");
    await files.close(10_000);
    const [name = "", ...others] = inFolder();
    expect(others).toEqual([]);
    expect(name).toMatch(/^20\d\d-\d\d-\d\dT\d\d-\d\d-\d\dZ-LPC-BUF-5\.jsonl$/);
    expect(lines).toEqual([`LPC-BUF-5: the accesses that led to it are in ${folder}/${name}`]);
    const text = readFileSync(join(folder, name), "utf8");
    expect(text.length).toBeLessThan(MOST_INCIDENT_BYTES / MOST_INCIDENT_FILES);
    const trace = decodeTrace(text);
    if (!trace.ok) throw new Error("no trace");
    expect(trace.value.head).toMatchObject({ version: 2, sides: ["host"] });
    const { rows } = trace.value;
    expect([rows.length, rows[0]?.n, rows.at(-1)?.n]).toEqual([4096, 9000 - 4096, 8999]);
    expect(rows.every((row) => row.op === "kcs_read" || ("value" in row && row.value.length === 128))).toBe(true);
    expect(files.counts).toEqual({ incidentsRecorded: 1, incidentsPassedOver: 0, incidentsLost: 0 });
  });

  test("two of one kind in one second have names of their own", async () => {
    const [one, other] = [filesOf(), filesOf()];
    one.record("T_stall", millis(0), copy);
    await one.close(10_000);
    other.record("T_stall", millis(0), copy);
    await other.close(10_000);
    expect(inFolder()).toHaveLength(2);
    expect(inFolder().every(isIncidentName)).toBe(true);
  });
});

describe("incidents that come quickly", () => {
  test("get 4 files at once, then one each 10 s; of one kind one in 10 minutes", async () => {
    const files = filesOf();
    let now = 0;
    const recorded = async (why: string): Promise<boolean> => {
      const { incidentsPassedOver } = files.counts;
      files.record(why, millis(now), copy);
      await new Promise(setImmediate);
      while (files.counts.incidentsRecorded + files.counts.incidentsPassedOver === incidentsPassedOver) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return files.counts.incidentsPassedOver === incidentsPassedOver;
    };
    const wait = async (): Promise<void> => {
      while (files.counts.incidentsRecorded < expectedFiles) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    let expectedFiles = 0;
    for (let count = 0; count < INCIDENT_BURST; count++) {
      expect(await recorded(`LPC-BUF-${String(1 + count)}`)).toBe(true);
      expectedFiles++;
      await wait();
    }
    expect(await recorded("T_stall")).toBe(false);
    now += INCIDENT_MILLISECONDS;
    expect(await recorded("T_stall")).toBe(true);
    expectedFiles++;
    await wait();
    now += INCIDENT_MILLISECONDS;
    expect(await recorded("T_stall")).toBe(false);
    now += SAME_INCIDENT_MILLISECONDS;
    expect(await recorded("T_stall")).toBe(true);
    await files.close(10_000);
    expect(inFolder()).toHaveLength(6);
  });

  test("while the disk hangs are copied twice at most, and a stop does not wait", async () => {
    const files = filesOf();
    system.openLater = () => new Promise(() => undefined);
    let copies = 0;
    for (let count = 0; count < 4; count++) {
      files.record(`LPC-BUF-${String(1 + count)}`, millis(0), () => {
        copies++;
        return copy();
      });
    }
    expect([copies, files.counts.incidentsPassedOver]).toEqual([INCIDENTS_WAITING, 4 - INCIDENTS_WAITING]);
    const since = performance.now();
    await files.close(50);
    expect(performance.now() - since).toBeLessThan(1000);
  });
});

describe("the folder", () => {
  const names = Array.from({ length: 20 }, (_, day) => incidentName(Date.UTC(2026, 0, day + 1), "LPC-BUF-5"));

  test("has 16 files at most: the oldest go, files of other names and kinds stay", async () => {
    for (const name of names) writeFileSync(join(folder, name), "{}\n");
    const foreign = ["notes.txt", "2026-01-01T00-00-00Z-LPC-BUF-5.jsonl.bak", "bus.jsonl", ".hidden"];
    for (const name of foreign) writeFileSync(join(folder, name), "mine");
    const link = incidentName(Date.UTC(2020, 0, 1), "T_stall");
    symlinkSync("notes.txt", join(folder, link));
    mkdirSync(join(folder, incidentName(Date.UTC(2020, 0, 1), "a-folder")));
    const files = filesOf();
    files.record("LPC-BUF-5", millis(0), copy);
    await files.close(10_000);
    const left = inFolder().filter((name) => names.includes(name));
    expect(left).toEqual(names.slice(20 - (MOST_INCIDENT_FILES - 1)));
    expect(inFolder()).toEqual(expect.arrayContaining([...foreign, link]));
    expect(inFolder()).toHaveLength(MOST_INCIDENT_FILES + foreign.length + 2);
  });

  test("has 16 MiB at most", async () => {
    for (const name of names.slice(0, 4)) writeFileSync(join(folder, name), Buffer.alloc(MOST_INCIDENT_BYTES / 4));
    const files = filesOf();
    files.record("LPC-BUF-5", millis(0), copy);
    await files.close(10_000);
    expect(inFolder().filter((name) => names.includes(name))).toEqual(names.slice(1, 4));
  });

  test("that others may write, that is none, or that is missing is refused in words", () => {
    chmodSync(folder, 0o777);
    expect(() => filesOf()).toThrow(/other users may write to it; take that away with chmod go-w/);
    chmodSync(folder, 0o770);
    expect(() => {
      checkIncidentFolder(folder);
    }).toThrow(/other users may write to it/);
    chmodSync(folder, 0o700);
    const file = join(folder, "file");
    writeFileSync(file, "");
    for (const path of [file, join(folder, "missing")])
      expect(() => filesOf(path)).toThrow(/it is no folder; make it first/);
    const open = join(folder, "open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    mkdirSync(join(open, "own"), { mode: 0o700 });
    expect(() => filesOf(join(open, "own"))).toThrow(/other users may replace it/);
  });

  test.each([
    ["LPC-BUF-5", true],
    ["T_stall", true],
    ["session-lost", true],
    ["session-lost-2", true],
    ["../../etc/passwd", false],
    ["", false],
    ["-x", false],
  ])("a name with %j is one of its own: %p", (why, isOwn) => {
    expect(isIncidentName(`2026-11-30T07-10-11Z-${why}.jsonl`)).toBe(isOwn);
  });
});

describe("a disk", () => {
  needsMount(
    "that is full is told of once and counted; no part of a file stays, and later ones are written",
    async () => {
      const disk = new SmallFileSystem(256);
      try {
        disk.fill();
        for (let value = 0; value < 4096; value++) recorder.dataRead(value & 0xff, "H2.4");
        const files = filesOf(disk.folder);
        for (const why of ["LPC-BUF-1", "LPC-BUF-2"]) files.record(why, millis(0), copy);
        while (files.counts.incidentsLost < 2) await new Promise((resolve) => setTimeout(resolve, 1));
        expect(lines).toEqual([
          expect.stringMatching(/^LPC-BUF-1: the accesses that led to it could not be written: no space/),
        ]);
        expect(readdirSync(disk.folder)).toEqual(["filler"]);
        rmSync(disk.path("filler"));
        recorder.clear();
        files.record("LPC-BUF-3", millis(0), copy);
        await files.close(10_000);
        expect(files.counts).toMatchObject({ incidentsRecorded: 1, incidentsLost: 2 });
        expect(readdirSync(disk.folder)).toHaveLength(1);
      } finally {
        for (const name of readdirSync(disk.folder)) rmSync(disk.path(name));
        disk.dispose();
      }
    },
  );
});
