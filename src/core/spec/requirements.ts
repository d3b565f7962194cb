/** The requirements of the specification: how a line says one, and how they are numbered. */

export interface Requirement {
  /** "LPC-BUF-4" */
  readonly id: string;
  /** "BUF" */
  readonly area: string;
  readonly number: number;
  /** Who has to keep it. */
  readonly bound: "Host" | "BMC" | "Both";
  /** The protocol versions that it is for; undefined: all. */
  readonly versions: readonly number[] | undefined;
  /** The sentence, in Markdown. */
  readonly text: string;
}

const REQUIREMENT =
  /^- \*\*(LPC-([A-Z]+)-(\d+))\*\* \((Host|BMC|Both)(?:; version (\d)|; versions (\d) and (\d))?\): (.+)$/;
/** What begins like a requirement and so has to be one. */
const LIKE_A_REQUIREMENT = /^\s*[-*+]\s+\**LPC-/;

/** The requirement that a line says; "malformed" where it only begins like one; undefined for any other line. */
export function readRequirement(line: string): Requirement | "malformed" | undefined {
  const match = REQUIREMENT.exec(line);
  if (match === null) return LIKE_A_REQUIREMENT.test(line) ? "malformed" : undefined;
  const [, id = "", area = "", number = "", bound = "", only, one, other, text = ""] = match;
  const versions = [only, one, other].flatMap((digit: string | undefined) =>
    digit === undefined ? [] : [Number(digit)],
  );
  return {
    id,
    area,
    number: Number(number),
    bound: bound as Requirement["bound"],
    versions: versions.length === 0 ? undefined : versions,
    text,
  };
}

/** "Both", "Host, version 3", "BMC, versions 2 and 3" */
export function boundText({ bound, versions }: Requirement): string {
  return versions === undefined ? bound : `${bound}, ${versionsText(versions)}`;
}

/** "all versions", "version 3", "versions 2 and 3" */
export function versionsText(versions: Requirement["versions"]): string {
  if (versions === undefined) return "all versions";
  return `${versions.length === 1 ? "version" : "versions"} ${versions.join(" and ")}`;
}

/** The requirements of each area, areas in the order in which the text begins them, each in the order of its numbers. */
export function areasOf(requirements: readonly Requirement[]): ReadonlyMap<string, readonly Requirement[]> {
  const areas = new Map<string, Requirement[]>();
  for (const requirement of requirements) {
    const members = areas.get(requirement.area);
    if (members === undefined) areas.set(requirement.area, [requirement]);
    else members.push(requirement);
  }
  for (const members of areas.values()) members.sort((one, other) => one.number - other.number);
  return areas;
}
