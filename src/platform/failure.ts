/**
 * Failures, and what went wrong in words. Errors of the system are told by their codes: the system's own message holds names
 * as a peer or a file chose them, and says nothing of what to do. Lint keeps `error.message` out of everything else.
 */

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

/** A package that npm may leave out, and that what was asked for needs. */
export function packageMissing(name: string, needs: string, cause: unknown): Failure {
  return new Failure(
    "package-missing",
    `${needs} need the package ${name}, which is not installed or does not load here: run "npm install ${name}"`,
    { cause },
  );
}

/* ---- Words for errors ---- */

/** Words for a code; where what failed is a path there may be others, with what to do about it. */
interface Words {
  readonly any: string;
  readonly path?: string;
}

const OTHER_PATH = "free some or choose a path on another file system";

/** By the name of the errno. */
const WORDS: Readonly<Record<string, Words>> = {
  EACCES: {
    any: "permission denied",
    path: "permission denied; use a path you may write to, or run as the user who made the board",
  },
  EADDRINUSE: { any: "its address is in use by another process" },
  EAGAIN: { any: "it is not ready now; try again" },
  EBADF: { any: "it was closed" },
  EBUSY: { any: "it is busy: another program uses it; stop that first" },
  ECONNREFUSED: { any: "no process listens there" },
  ECONNRESET: { any: "the other end hung up" },
  EDQUOT: { any: "no space left for this user; free some, or write it elsewhere" },
  EEXIST: { any: "there is a file of this name already" },
  EFBIG: {
    any: "it has grown too large for its file system, or for a limit of this user (ulimit -f); write it elsewhere",
  },
  EINVAL: { any: "the system takes no such value for it" },
  EIO: { any: "the device or file system reports an error (EIO); see the kernel's log" },
  EISDIR: { any: "it is a folder" },
  ELOOP: {
    any: "it is a symbolic link",
    path: "it is a symbolic link, which is not followed; name the file itself",
  },
  EMFILE: { any: "too many files are open; raise the limit (ulimit -n) or end other programs" },
  ENAMETOOLONG: { any: "its name is too long" },
  ENFILE: { any: "too many files are open; raise the limit (ulimit -n) or end other programs" },
  ENODEV: { any: "the device is gone" },
  ENOENT: { any: "there is no such file", path: "the folder does not exist" },
  ENOMEM: { any: "no memory left; end other programs" },
  ENOSPC: {
    any: "no space left on the device; free some, or write it elsewhere",
    path: `no space left; ${OTHER_PATH}`,
  },
  ENOTDIR: { any: "a part of the path is a file, not a folder" },
  ENOTEMPTY: { any: "the folder is not empty" },
  ENOTTY: { any: "it is no terminal or serial line" },
  ENXIO: { any: "it is a socket or a FIFO that no process reads" },
  EPERM: {
    any: "permission denied",
    path: "permission denied; use a path you may write to, or run as the user who made the board",
  },
  EPIPE: { any: "the other end hung up" },
  EPROTOTYPE: { any: "it is a socket of another type" },
  EROFS: { any: "the file system is read-only", path: "the file system is read-only; choose a path on another" },
  ETIMEDOUT: { any: "it did not answer in time" },
};

/** Codes of the system, and those of Node for what it does not even ask the system. */
const SYSTEM_CODE = /^(E[A-Z0-9]+|ERR_[A-Z0-9_]+)$/;

/** What an error says: of the system's by its code, of others their own message, which may hold any text. */
export function messageOf(error: unknown): string {
  const code = error instanceof Failure ? undefined : errnoOf(error);
  if (code !== undefined && SYSTEM_CODE.test(code)) return WORDS[code]?.any ?? `the system reports ${code}`;
  const isTold = typeof error === "object" && error !== null && "message" in error;
  return isTold && typeof error.message === "string" ? error.message : String(error);
}

/** The same of a path that could not be opened or made, with what to do. */
export function pathTrouble(error: unknown): string {
  return WORDS[errnoOf(error) ?? ""]?.path ?? messageOf(error);
}
