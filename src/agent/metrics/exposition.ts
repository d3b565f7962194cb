/** The text format of Prometheus, version 0.0.4: for each metric what it is, then a line a value. */
import { METRICS, type MetricSample } from "./metrics.ts";

/** Characters of a label's value: paths may be longer. */
const LONGEST_VALUE = 200;
/** Values that are printed, of all agents together: an agent has some 250. */
export const MOST_SAMPLES = 10_000;

/** Lines for the values of several agents, a metric's together. Values of metrics that are not known are left out. */
export function expositionLines(samples: readonly MetricSample[]): readonly string[] {
  const byName = grouped(samples);
  return [...METRICS].flatMap(([name, { type, help, labels }]) => {
    const own = byName.get(name);
    if (own === undefined) return [];
    return [
      `# HELP ${name} ${escaped(help)}`,
      `# TYPE ${name} ${type}`,
      ...own.map(
        (sample) => `${name}{${labelText(sample, ["side", "platform", ...labels])}} ${valueText(sample.value)}`,
      ),
    ];
  });
}

function grouped(samples: readonly MetricSample[]): ReadonlyMap<string, readonly MetricSample[]> {
  const groups = new Map<string, MetricSample[]>();
  for (const sample of samples.slice(0, MOST_SAMPLES)) {
    const group = groups.get(sample.name);
    if (group === undefined) groups.set(sample.name, [sample]);
    else group.push(sample);
  }
  return groups;
}

/** Labels that the metric has, and no others. */
function labelText({ labels }: MetricSample, names: readonly string[]): string {
  return names
    .flatMap((name) => {
      const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
      return value === undefined ? [] : [`${name}="${escaped(value.slice(0, LONGEST_VALUE)).replaceAll('"', '\\"')}"`];
    })
    .join(",");
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function valueText(value: number): string {
  return Number.isFinite(value) ? String(value) : "NaN";
}
