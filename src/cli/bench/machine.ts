/** What every report of figures has: the machine that they come from, and tables of them. */
import { arch, availableParallelism, cpus, loadavg, release, type } from "node:os";

export interface Machine {
  /** As the processor names itself. */
  readonly processor: string;
  /** Processors that this process may use. */
  readonly processors: number;
  /** "Linux 6.1.0 x64" */
  readonly system: string;
  /** "v20.20.2" */
  readonly node: string;
  /** When the measuring began, by the calendar: "2026-11-24". */
  readonly date: string;
  /** Processes that wanted to run in the minute before: 0 for a machine that had nothing else to do. */
  readonly load: number;
}

export function describeMachine(): Machine {
  const [load = Number.NaN] = loadavg();
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    processors: availableParallelism(),
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    load: Math.round(load * 100) / 100,
  };
}

/** "AMD EPYC, 2 processors, Linux 6.1.0 x64, Node 20.20.2, 2026-11-24, load 0.3 before" */
export function machineText({ processor, processors, system, node, date, load }: Machine): string {
  return `${processor}, ${String(processors)} processors, ${system}, Node ${node.replace(/^v/, "")}, ${date}, load ${String(load)} before`;
}

/** Columns as wide as their widest cell, everything to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")}`;
  return [line(head), ...rows.map(line)];
}

export function figureText(value: number): string {
  return value < 100 && !Number.isInteger(value) ? value.toFixed(2) : value.toFixed(0);
}
