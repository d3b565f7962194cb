/** The machine that figures come from: without it they mean little. */
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
