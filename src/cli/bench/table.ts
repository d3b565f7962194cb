/** Tables of figures for people. */

/** Columns as wide as their widest cell, everything to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")}`;
  return [line(head), ...rows.map(line)];
}
