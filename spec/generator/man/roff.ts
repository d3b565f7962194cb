/** Text as manual pages have it: the macros of man(7), in which nothing of a text is a request. */

/** A text within a line. Every character that is not ASCII, and every dash, is named. */
export function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replace(
      /[^ -~]/gu,
      (character) => `\\[u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`,
    );
}

/** A line of its own: one that begins with a dot would be a request. */
export function roffLine(text: string): string {
  const line = roff(text);
  return line.startsWith(".") ? `\\&${line}` : line;
}

export function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`;
}

/** Lines as they are, in a fixed width. */
export function literal(text: string): readonly string[] {
  return [".PP", ".nf", ...text.split("\n").map(roffLine), ".fi"];
}

/** An item with its text indented below it. */
export function item(head: string, text: string): readonly string[] {
  return [".TP", head, roffLine(text)];
}
