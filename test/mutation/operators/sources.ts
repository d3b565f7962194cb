/** The sources that mistakes are made in: read once, parsed when asked for, changed by places of their syntax trees. */
import ts from "typescript";

/** Where rules and steps live: folders of the project, the files in them without those below. */
export const FOLDERS = {
  host: "host/role",
  bmc: "bmc/role",
  binding: "src/core/binding",
  mctp: "src/core/mctp",
} as const;

export type Part = keyof typeof FOLDERS;

/** What a project's files are read from. Names are relative to the project, with "/". */
export interface Files {
  /** The files of a folder, without those of the folders in it. */
  list(folder: string): readonly string[];
  read(file: string): string;
}

/** A node of a file's syntax tree. */
export interface Place {
  readonly file: string;
  readonly node: ts.Node;
}

/** `text` instead of the characters from `start` up to, not including, `end`. */
export interface Change {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Trees of what the files hold, for all changes that begin there. */
const ORIGINALS = new WeakMap<Files, Map<string, ts.SourceFile>>();

export class Sources {
  readonly #files: Files;
  readonly #lists = new Map<Part, readonly string[]>();
  /** What files that were changed hold now. */
  readonly #texts = new Map<string, string>();
  /** Trees of those, once one was asked for. */
  readonly #trees = new Map<string, ts.SourceFile>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** The files that were changed, with what is in them now. */
  get changed(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  files(part: Part): readonly string[] {
    let list = this.#lists.get(part);
    if (list === undefined) {
      list = this.#files.list(FOLDERS[part]).filter((file) => file.endsWith(".ts"));
      this.#lists.set(part, list);
    }
    return list;
  }

  tree(file: string): ts.SourceFile {
    const text = this.#texts.get(file);
    if (text === undefined) return this.#original(file);
    const tree = this.#trees.get(file) ?? parsed(file, text);
    this.#trees.set(file, tree);
    return tree;
  }

  #original(file: string): ts.SourceFile {
    const trees = ORIGINALS.get(this.#files) ?? new Map<string, ts.SourceFile>();
    ORIGINALS.set(this.#files, trees);
    const tree = trees.get(file) ?? parsed(file, this.#files.read(file));
    trees.set(file, tree);
    return tree;
  }

  /** Every node of a part's files for which `isWanted` holds. */
  all<Node extends ts.Node>(
    part: Part,
    isWanted: (node: ts.Node) => node is Node,
  ): readonly (Place & { node: Node })[] {
    return this.files(part).flatMap((file) =>
      descendants(this.tree(file))
        .filter(isWanted)
        .map((node) => ({ file, node })),
    );
  }

  /** Makes changes of one file or several, which do not overlap. Places found before are void. */
  change(changes: readonly Change[]): void {
    for (const file of new Set(changes.map((change) => change.file))) {
      const own = changes.filter((change) => change.file === file).sort((one, other) => other.start - one.start);
      if (own.some(({ start }, index) => index > 0 && own[index - 1]!.start < start))
        throw new Error("changes overlap");
      let { text } = this.tree(file);
      for (const { start, end, text: put } of own) text = text.slice(0, start) + put + text.slice(end);
      this.#texts.set(file, text);
      this.#trees.delete(file);
    }
  }
}

function parsed(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
}

const DESCENDANTS = new WeakMap<ts.Node, readonly ts.Node[]>();

/** A node and all below it, in the order of the text. */
export function descendants(node: ts.Node): readonly ts.Node[] {
  const known = DESCENDANTS.get(node);
  if (known !== undefined) return known;
  const nodes: ts.Node[] = [];
  const visit = (child: ts.Node): void => {
    nodes.push(child);
    ts.forEachChild(child, visit);
  };
  visit(node);
  DESCENDANTS.set(node, nodes);
  return nodes;
}

/** `text` instead of a node. */
export function put({ file, node }: Place, text: string): Change {
  return { file, start: node.getStart(), end: node.getEnd(), text };
}
