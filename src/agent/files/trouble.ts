/** What is wrong with an inbox or its disk, in words: a system's own message has the peer's name of the file in it. */
import { errnoOf, messageOf } from "../../platform/failure.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left",
  EDQUOT: "no space left for this user",
  ENOENT: "the inbox has gone",
  ESTALE: "the inbox was moved away or replaced meanwhile",
  EACCES: "permission denied",
  EPERM: "a folder in it is not this user's alone (mode 0700)",
  ENOTDIR: "something in it is in the place of a folder",
  EEXIST: "something that this agent did not store has its name",
  EROFS: "the file system is read-only",
  EIO: "the disk reports an error",
};

export function storageTrouble(error: unknown): string {
  return REASONS[errnoOf(error) ?? ""] ?? messageOf(error);
}

export function asErrorWithCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}
