/** Identifiers and texts that the tests of the readers make up. */

/** Put together, so that no source cites a requirement that there is not. */
export function made(area: string, number: number | string): string {
  return ["LPC", area, String(number)].join("-");
}

/** A line that says a requirement. */
export function requirementLine(id: string, bound = "Both"): string {
  return `- **${id}** (${bound}): A side shall be.`;
}
