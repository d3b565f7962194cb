/** Tables as markdown; the formatter aligns the columns. */

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const wrong = rows.find((row) => row.length !== head.length);
  if (wrong !== undefined) throw new Error(`a row of ${String(wrong.length)} cells under ${String(head.length)} heads`);
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Three significant digits, without an exponent: "0.352", "14.8", "717", "33200". */
export function threeDigits(value: number): string {
  return value >= 999.5 ? String(Number(value.toPrecision(3))) : value.toPrecision(3);
}

/** A time with its unit. */
export function timeText(seconds: number): string {
  if (seconds >= 0.9995) return `${threeDigits(seconds)} s`;
  return seconds >= 0.9995e-3 ? `${threeDigits(seconds * 1e3)} ms` : `${threeDigits(seconds * 1e6)} µs`;
}

/** Bytes a second with their unit. */
export function rateText(bytesPerSecond: number): string {
  return bytesPerSecond >= 0.9995e6
    ? `${threeDigits(bytesPerSecond / 1e6)} MB/s`
    : `${threeDigits(bytesPerSecond / 1e3)} kB/s`;
}

/** Two values of the two directions, one where they read alike. */
export function bothWays(hostToBmc: string, bmcToHost: string): string {
  return hostToBmc === bmcToHost ? hostToBmc : `${hostToBmc} / ${bmcToHost}`;
}
