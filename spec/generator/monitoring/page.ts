/** docs/monitoring.md: the events of the log and the metrics of agents, from the tables of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Options } from "prettier";
import { METRICS } from "../../../src/agent/metrics/metrics.ts";
import { LOG_EVENTS } from "../../../src/platform/log-events.ts";
import type { Artefact } from "../artefact.ts";
import { formatMarkdown } from "../fragments.ts";
import { markdownTable } from "../tables/markdown-table.ts";

const PATH = "docs/monitoring.md";

const INTRODUCTION = `<!-- Made by spec/generator/monitoring from the tables of the code: change it there, and run npm run spec. -->

# Log and metrics for programs

## The log

\`--log-level\` says which lines an agent writes, \`--log-format json\` makes each an object:

\`\`\`text
{"time":"2026-03-01T10:11:12.345Z","level":"warning","side":"host","event":"channel-lost","port":"the channel","about":"link","text":"channel lost: …"}
\`\`\`

\`event\` is the kind of the line, and stays the same where the text changes. \`port\` and \`about\` (\`link\`, \`endpoint\` or \`files\`)
are there where the line is about a port. The log is on standard output. On standard error are the reason why an agent ends by itself
and the lines of level debug, which \`DEBUG=mctp-lpc:*\` gives, too. What is wrong with options is a sentence there, before the
agent runs.

Where an output goes to systemd's journal (\`JOURNAL_STREAM\`), a line begins with its priority (\`<3>\` error, \`<4>\` warning, \`<6>\` info,
\`<7>\` debug) and has no time of its own: \`journalctl -p warning -u mctp-lpc-bmc\` shows what is grave.`;

const METRICS_TEXT = `## Metrics

\`mctp-lpc metrics\` asks running agents, as \`status\` does, and prints Prometheus's text format. Each value has the labels \`side\` (host,
bmc or endpoint) and \`platform\`. Counters begin at 0 when an agent starts. For the textfile collector of node_exporter:

\`\`\`sh
mctp-lpc metrics > /var/lib/node_exporter/mctp-lpc.prom.new && mv /var/lib/node_exporter/mctp-lpc.prom.new /var/lib/node_exporter/mctp-lpc.prom
\`\`\`

What counts a requirement names it in brackets. An agent tells the counters that it has: those of serial lines, interfaces of the
kernel and bridges only with such a link.`;

export async function monitoringArtefacts(project: string): Promise<readonly Artefact[]> {
  const options = JSON.parse(readFileSync(join(project, ".prettierrc.json"), "utf8")) as Options;
  return [{ path: PATH, text: await formatMarkdown(monitoringPage(), options) }];
}

function monitoringPage(): string {
  const events = Object.entries(LOG_EVENTS).map(([name, { level, text }]) => [`\`${name}\``, level, text]);
  const metrics = [...METRICS].map(([name, { type, help, labels }]) => [
    `\`${name}\``,
    type,
    `${help}${labels.length === 0 ? "" : ` (${labels.map((label) => `\`${label}\``).join(", ")})`}`,
  ]);
  return [
    INTRODUCTION,
    markdownTable(["event", "level", "the line says"], events),
    METRICS_TEXT,
    markdownTable(["metric", "type", "what it is (further labels)"], metrics),
    "",
  ].join("\n\n");
}
