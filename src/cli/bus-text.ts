/** What `mctp-lpc status` says of an agent's bus accesses. */
import type { BusStatus } from "../agent/bus/bus-watch.ts";
import { amountText } from "./terminal.ts";

/** An older agent has no monitors. */
export function busLines(bus: BusStatus & { readonly monitors?: number }): readonly string[] {
  const { monitors = 0, judge, accesses, held, judged, breaks, findings, olderPeers } = bus;
  const what = {
    off: "none judged",
    ring: judged === 0 ? "nothing gave reason to judge them" : `${amountText(judged, "access")} judged`,
    live: "all judged",
  }[judge];
  const found =
    judge === "off" || judged === 0 ? "" : breaks === 0 ? ", no finding" : `, ${amountText(breaks, "break")}`;
  return [
    `  bus        ${amountText(accesses, "access")}, ${String(held)} recorded; ${what}${found}`,
    ...findings.map(({ times, text }) => `    ${text}${times > 1 ? ` (${String(times)} times)` : ""}`),
    ...olderPeers.map((text) => `    ${text}`),
    ...(monitors === 0 ? [] : [`    followed by ${amountText(monitors, "monitor")}`]),
  ];
}
