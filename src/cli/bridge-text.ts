/** What `mctp-lpc status` says of further links, and of an endpoint on a line. */
import type { BridgeStatus, LinkStatus } from "../node/node.ts";
import type { EndpointAgentStatus } from "../agent/status.ts";
import type { KnownPath } from "../node/path-mtu.ts";
import type { Route } from "../core/mctp/bridge/routes.ts";
import { programLines } from "./programs-text.ts";
import { countedLines } from "./counters-text.ts";
import { amountText, byteText, eidsText } from "./terminal.ts";

export function bridgeLines({ pool, links, routes, counters, inTransit }: BridgeStatus): readonly string[] {
  const given =
    pool.count === 0 ? "no EIDs to give yet" : `EIDs ${eidsText(pool.first, pool.first + pool.count - 1)} to give`;
  return [
    `  bridge     ${given}; ${amountText(counters.packetsForwarded, "packet")}, ${byteText(counters.bytesForwarded)} forwarded, ${String(inTransit.packets)} waiting`,
    ...links.map((link) => `  port ${String(link.port).padEnd(6)}${linkText(link)}`),
    ...routes.map((route) => `  route      ${routeText(route)}`),
  ];
}

/** The ways to endpoints behind bridges. */
export function pathLines(paths: readonly KnownPath[]): readonly string[] {
  return paths.map((path) => `  path       ${pathText(path)}`);
}

function linkText({ name, up, unit, counters }: LinkStatus): string {
  const traffic =
    counters === undefined
      ? ""
      : `, ${amountText(counters.framesSent, "frame")} sent, ${String(counters.framesReceived)} received`;
  return `${name} ${up ? "up" : "down"}${unit === 0 ? "" : `, ${String(unit)} bytes a packet`}${traffic}`;
}

function routeText({ first, count, port, bridge }: Route): string {
  const behind = bridge === undefined ? "" : `, behind EID ${String(bridge)}`;
  return `EID ${eidsText(first, first + count - 1)}: port ${String(port)}${behind}`;
}

function pathText({ eid, unit, bridges }: KnownPath): string {
  const way = bridges.length === 0 ? "without a bridge between" : `by way of EID ${bridges.join(", ")}`;
  return `EID ${String(eid)}: ${String(unit)} bytes a packet, ${way}`;
}

/** As `statusLines` for an agent on a board. */
export function endpointStatusLines(status: EndpointAgentStatus, all: boolean): readonly string[] {
  const { eid, peerEid, uuid, link, paths, counters, filesReceived } = status;
  const { mctp, serial } = counters;
  const messages = (name: string): string => amountText(mctp[name] ?? 0, "message");
  const owner = peerEid === 0 ? "no bus owner yet" : `bus owner EID ${String(peerEid)}`;
  return [
    `endpoint on ${status.platform} (process ${String(status.processId)}, up ${status.uptimeSeconds.toFixed(0)} s)`,
    `  line       ${link.up ? "open" : "lost, opened again when it comes back"}, ${String(link.unit)} bytes a packet`,
    `  endpoint   ${eid === 0 ? "no EID yet" : `EID ${String(eid)}`}, UUID ${uuid}; ${owner}`,
    ...pathLines(paths),
    ...programLines(status.programs),
    `  sent       ${amountText(serial.framesSent, "frame")}, ${messages("messagesSent")}, ${byteText(mctp["bytesSent"] ?? 0)}`,
    `  received   ${amountText(serial.framesReceived, "frame")}, ${messages("messagesReceived")}, ${byteText(mctp["bytesReceived"] ?? 0)}, ${amountText(filesReceived, "file")}`,
    ...countedLines(counters, all),
  ];
}
