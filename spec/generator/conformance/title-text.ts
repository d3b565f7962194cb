/** Titles of tests as they are shown to readers, who see no table of cases beside them. */

/** What a table of cases puts into its title: "%s", "$name", "$table.name", and in a template "${…}". */
const FILLED_IN = /%[#$a-zA-Z]|\$\{[^}]*\}|\$[A-Za-z_]\w*(?:\.\w+)*/g;

/** A title with an ellipsis for what differs from case to case; of a template its text, without the quotes. */
export function titleText(title: string): string {
  return title
    .replace(/^`(.*)`$/s, "$1")
    .replace(/\s+/g, " ")
    .replace(FILLED_IN, "…")
    .replace(/%%/g, "%");
}
