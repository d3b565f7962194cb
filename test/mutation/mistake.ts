/** A mistake that is seeded into a copy of the sources, to see who notices. */

/** A configuration of `mctp-lpc explore`, or "deployed BMC: …" and "deployed host: …", a case of test/core/explore. */
export interface ExplorerCatcher {
  readonly explore: string;
}

/**
 * A test by its file and its title, as they are written in the source: `%s` and the like stand for anything, an empty
 * title for all tests of the file.
 */
export interface TestCatcher {
  readonly test: string;
  readonly title: string;
}

export type Catcher = ExplorerCatcher | TestCatcher;

/** `find` stands in the file exactly once. */
export interface Edit {
  readonly find: string;
  readonly put: string;
}

export interface Mistake {
  /** To call it by. */
  readonly name: string;
  /** What is done wrong, in a line. */
  readonly text: string;
  /** Requirements (LPC-…) that it breaks, steps of the procedures whose order it changes, behaviours F1 to F24. */
  readonly breaks: readonly string[];
  readonly file: string;
  /** Carried out one after the other. */
  readonly edits: readonly Edit[];
  /** Who has to notice: one is enough, and they are asked in this order. */
  readonly noticedBy: readonly Catcher[];
  /** Why the explorer sees nothing go wrong, where one might think that it should. */
  readonly unseen?: string;
}

/** A change that makes no difference on the bus, and why: it is no mistake, and nobody may notice it. */
export interface Indifference {
  readonly name: string;
  readonly text: string;
  readonly because: string;
  readonly file: string;
  readonly edits: readonly Edit[];
  /** Scenarios in which the explorer has to find nothing. */
  readonly unseenIn: readonly string[];
}

export function replaced(find: string, put: string): readonly Edit[] {
  return [{ find, put }];
}

export function without(find: string): readonly Edit[] {
  return replaced(find, "");
}

/** What stands one behind the other, the other way round. */
export function swapped(first: string, second: string): readonly Edit[] {
  return replaced(first + second, second + first);
}

/** Taken away from where it stands, and put before a text that stands elsewhere. */
export function moved(what: string, before: string, as: string = what): readonly Edit[] {
  return [
    { find: what, put: "" },
    { find: before, put: as + before },
  ];
}

/** The text with the edits made. Throws when one has not exactly one place: then the mistake needs to be written anew. */
export function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, { find, put }) => {
    const places = before.split(find).length - 1;
    if (places !== 1) throw new Error(`there are ${String(places)} places like this, not one: ${find}`);
    return before.replace(find, () => put);
  }, text);
}
