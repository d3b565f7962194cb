/**
 * Each measurement in an isolate of its own: what the compiler learned from the one before, say that messages are
 * large, is no part of the next. An agent does one thing for all its life.
 */
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import type { Version } from "../../core/binding/versions.ts";
import { unreachable } from "../../core/wire/result.ts";
import { measureFullNetwork, type FullNetworkFigures } from "./full-network.ts";
import { measureRouting, type RoutingFigures } from "./routing.ts";
import { measurePingPong, measureThroughput, type BenchEffort, type PingPong, type Throughput } from "./in-process.ts";

interface ThroughputTask {
  readonly kind: "throughput";
  readonly version: Version;
  /** Undefined: the largest. */
  readonly mtu: number | undefined;
  readonly messageBytes: number;
  readonly direction: "hostToBmc" | "bmcToHost";
}

interface PingPongTask {
  readonly kind: "pingPong";
  readonly version: Version;
  readonly mtu: number;
  readonly messageBytes: number;
}

export function isolatedThroughput(task: Omit<ThroughputTask, "kind">, effort: BenchEffort): Promise<Throughput> {
  return inFreshIsolate({ ...task, kind: "throughput" }, effort) as Promise<Throughput>;
}

export function isolatedPingPong(task: Omit<PingPongTask, "kind">, effort: BenchEffort): Promise<PingPong> {
  return inFreshIsolate({ ...task, kind: "pingPong" }, effort) as Promise<PingPong>;
}

interface RoutingTask {
  readonly kind: "routing";
  readonly version: Version;
  readonly mtu: number;
  readonly messageBytes: number;
}

interface FullNetworkTask {
  readonly kind: "fullNetwork";
  readonly messageBytes: number;
}

export function isolatedRouting(task: Omit<RoutingTask, "kind">, effort: BenchEffort): Promise<RoutingFigures> {
  return inFreshIsolate({ ...task, kind: "routing" }, effort) as Promise<RoutingFigures>;
}

export function isolatedFullNetwork(messageBytes: number, effort: BenchEffort): Promise<FullNetworkFigures> {
  return inFreshIsolate({ kind: "fullNetwork", messageBytes }, effort) as Promise<FullNetworkFigures>;
}

type Task = ThroughputTask | PingPongTask | RoutingTask | FullNetworkTask;
type Figures = Throughput | PingPong | RoutingFigures | FullNetworkFigures;

function inFreshIsolate(task: Task, effort: BenchEffort): Promise<Figures> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { task, effort } });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

function measure(task: Task, effort: BenchEffort): Figures {
  switch (task.kind) {
    case "throughput":
      return measureThroughput(task.version, task.mtu, task.messageBytes, task.direction, effort);
    case "pingPong":
      return measurePingPong(task.version, task.mtu, task.messageBytes, effort);
    case "routing":
      return measureRouting(task.version, task.mtu, task.messageBytes, effort);
    case "fullNetwork":
      return measureFullNetwork(task.messageBytes, effort);
    default:
      return unreachable(task);
  }
}

if (!isMainThread) {
  const { task, effort } = workerData as { readonly task: Task; readonly effort: BenchEffort };
  parentPort?.postMessage(measure(task, effort));
}
