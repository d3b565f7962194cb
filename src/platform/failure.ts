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
  const isCoded = typeof error === "object" && error !== null && "code" in error;
  return isCoded && typeof error.code === "string" ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  const isTold = typeof error === "object" && error !== null && "message" in error;
  return isTold && typeof error.message === "string" ? error.message : String(error);
}

/** A package that npm may leave out, and that what was asked for needs. */
export function packageMissing(name: string, needs: string, cause: unknown): Failure {
  return new Failure(
    "package-missing",
    `${needs} need the package ${name}, which is not installed or does not load here: run "npm install ${name}"`,
    { cause },
  );
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
    case "ELOOP":
      return "it is a symbolic link, which is not followed; name the file itself";
    case "ENAMETOOLONG":
      return "its name is too long";
    case "ENXIO":
      return "it is a socket or a FIFO that no process reads";
    case "EMFILE":
    case "ENFILE":
      return "too many files are open; raise the limit (ulimit -n) or end other programs";
    case "EDQUOT":
    case "EFBIG":
      return "it has grown too large for its file system, or for a limit of this user (quota, ulimit -f)";
    case "EIO":
      return "the device or file system reports an error (EIO); see the kernel's log";
    default:
      return messageOf(error);
  }
}
