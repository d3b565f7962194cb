/**
 * What a receiver of files spends on one peer, on all peers of a port, and in all. A peer is a source EID on a port; a
 * port on which a device makes up EIDs must not take what other ports have.
 */

/** Bytes that one peer may keep in an inbox, files and announced sizes of unfinished files together. */
export const DEFAULT_QUOTA_BYTES: number = 256 * 1024 * 1024;

/** What a peer, its port and the whole inbox may have of something. */
export interface Share {
  readonly peer: number;
  readonly port: number;
  readonly inAll: number;
}

/** In quotas. */
export const QUOTA_SHARES: Share = { peer: 1, port: 4, inAll: 16 };
/** Stored and unfinished files. */
export const FILE_SHARES: Share = { peer: 1024, port: 2048, inAll: 8192 };

type PortShare = Omit<Share, "inAll">;

/** Transfers with an open descriptor. The peer's own longest unused one makes room for its next. */
export const OPEN_SHARES: PortShare = { peer: 4, port: 16 };
/** Unfinished files that are kept to go on from. The peer's own oldest makes room for its next. */
export const PARTIAL_SHARES: PortShare = { peer: 16, port: 64 };
/** File Opens under way; one more is answered with "busy". */
export const OPENING_SHARES: PortShare = { peer: 4, port: 16 };
/** Files that are being hashed and made durable; one more is answered with "busy". */
export const STORING_SHARES: PortShare = { peer: 2, port: 8 };
/** Transfers that have ended and whose File Close may come again; the oldest is forgotten. */
export const FINISHED_SHARES: PortShare = { peer: 16, port: 64 };

/** A transfer that is not used for so long gives its place up; its partial file stays. */
export const IDLE_MILLISECONDS = 60_000;
/** A partial file that has not grown for so long is removed. */
export const PARTIAL_LIFE_MILLISECONDS: number = 24 * 60 * 60 * 1000;

/** Bytes of a file after which the disk is told to write them, while more come. */
export const EARLY_SYNC_BYTES: number = 8 * 1024 * 1024;

/** Names of a folder that are looked at when files are counted: more than any folder of an inbox has of the agent's own. */
export const LISTED_NAMES: number = 2 * FILE_SHARES.inAll;

/** What the file system keeps free: one part in so many, and no more than so many bytes. */
export const FREE_PARTS = 20;
export const MOST_FREE_BYTES: number = 1024 * 1024 * 1024;

/** Counting the inbox again, because its user may have removed files, takes at most one part in so many of the time. */
export const RECOUNT_PARTS = 20;

/** Kinds of refusals, for peers, that the log names once each. */
export const TOLD_LIMIT = 1024;

/** What became of files of peers. */
export const FILE_COUNTERS = {
  filesReplaced: { clause: "Annex G.3", text: "files received under the name of an earlier one, which they replaced" },
  filesNotTaken: { clause: "Annex G.3", text: "files refused: this agent has no inbox (--inbox)" },
  filesTooLarge: { clause: "Annex G.3", text: "files refused: larger than one may be (--inbox-limit)" },
  fileNamesRefused: { clause: "Annex G.3", text: "files refused: the name is not allowed, or not a received file's" },
  filesOverQuota: { clause: "Annex G.3", text: "files refused: the peer's quota is used up (--inbox-quota)" },
  filesOverPortQuota: { clause: "Annex G.3", text: "files refused: the quota of the peer's port is used up" },
  filesOverInboxQuota: { clause: "Annex G.3", text: "files refused: the quota of the inbox is used up" },
  filesOverDisk: { clause: "Annex G.3", text: "files refused: the disk keeps the rest of its space free" },
  filesBusy: { clause: "Annex G.3", text: "file requests refused: the peer has too many under way" },
  filesPortBusy: { clause: "Annex G.3", text: "file requests refused: the peer's port has too many under way" },
  filesDiscarded: { clause: "Annex G.3", text: "files discarded: other contents than announced" },
  filesNotStored: { clause: "Annex G.3", text: "file requests that failed: disk or inbox gives trouble" },
} as const;

export type FileCounter = keyof typeof FILE_COUNTERS;
