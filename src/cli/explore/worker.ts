/** A worker's whole life: one configuration, explored. */
import { parentPort, workerData } from "node:worker_threads";
import type { Order, Report } from "./explorer.ts";
import { exploreOne } from "./explore-one.ts";

const { name, stateLimit } = workerData as Order;
const tell = (report: Report): void => {
  parentPort?.postMessage(report);
};
tell({
  kind: "done",
  exploration: exploreOne(name, stateLimit, (progress) => {
    tell({ kind: "progress", ...progress });
  }),
});
