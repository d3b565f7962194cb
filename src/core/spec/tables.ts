/** Tables of Markdown, as far as their cells. */

export interface Table {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Index of the line with the headings; the rows begin two lines below. */
  readonly line: number;
}

/** The cells of a row, in Markdown. A pipe with a backslash before it is none of the row's. */
export function rowCells(line: string): readonly string[] {
  return line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** All tables among the lines, in order. Lines of code, which may look like tables, are to be blanked before. */
export function readTables(lines: readonly string[]): readonly Table[] {
  const tables: Table[] = [];
  for (let line = 0; line + 1 < lines.length; line++) {
    if (!isRow(lines[line]) || !isRule(lines[line + 1])) continue;
    let end = line + 2;
    while (isRow(lines[end])) end++;
    const rows = lines.slice(line + 2, end).map(rowCells);
    tables.push({ headings: rowCells(lines[line] ?? ""), rows, line });
    line = end - 1;
  }
  return tables;
}

function isRow(line: string | undefined): boolean {
  return line?.startsWith("|") ?? false;
}

function isRule(line: string | undefined): boolean {
  return line !== undefined && /^\|(\s*:?-+:?\s*\|)+$/.test(line);
}
