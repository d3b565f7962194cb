/**
 * A failure that a user can do something about: a stable code for programs, a sentence that says what was wrong and
 * what to do for people. Callers match on the code, never on the text.
 */
export class Failure extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Failure";
    this.code = code;
  }
}

/** The errno name of a Node error ("ENOENT"), undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is wrong with a path that could not be opened or made, and what to do, without the name of an error. */
export function pathTrouble(error: unknown): string {
  switch (errnoOf(error)) {
    case "ENOENT":
      return "the folder does not exist";
    case "EACCES":
    case "EPERM":
      return "permission denied; use a path you may write to, or run as the user who made the board";
    case "ENOSPC":
      return "no space left; free some or choose a path on another file system";
    case "ENOTDIR":
      return "a part of the path is a file, not a folder";
    case "EISDIR":
      return "it is a folder";
    default:
      return messageOf(error);
  }
}
