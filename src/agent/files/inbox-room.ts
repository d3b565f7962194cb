/** Whether there is room for one more file of a peer: its quota, its port's, the inbox's, and the file system's reserve. */
import type { Folder } from "../../platform/folder.ts";
import { system } from "../../platform/system.ts";
import { FILE_SHARES, FREE_PARTS, MOST_FREE_BYTES, QUOTA_SHARES } from "./limits.ts";
import type { Peer } from "./inbox.ts";
import { InboxUsage, type Used } from "./inbox-usage.ts";
import type { PartialFiles } from "./partial-files.ts";

/** What there is too little of, in words for the log. */
export type Lack =
  "the peer's quota" | "the quota of its port" | "the quota of the inbox" | "the free space of the disk";

export class InboxRoom {
  readonly usage: InboxUsage;
  readonly #inbox: Folder;
  readonly #quotaBytes: number;
  readonly #partials: PartialFiles;

  constructor(inbox: Folder, quotaBytes: number, partials: PartialFiles) {
    this.usage = new InboxUsage(inbox);
    this.#inbox = inbox;
    this.#quotaBytes = quotaBytes;
    this.#partials = partials;
  }

  /**
   * Makes room for a new file of `size` bytes, at the cost of the peer's own unfinished files that are none of
   * `inUse`. Gives what there is too little of; undefined: there is room. Throws what the system says.
   */
  make(peer: Peer, size: number, inUse: ReadonlySet<string>): Lack | undefined {
    for (;;) {
      const lack = this.#lack(peer, size);
      if (lack !== "the peer's quota") return lack;
      const oldest = this.#partials.oldestOf(peer, inUse);
      // Files that are finished would stay: to give up unfinished ones for them makes no room.
      if (oldest === undefined || this.#isBeyond(this.usage.of(peer), NOTHING, size, "peer")) return lack;
      this.#partials.remove(oldest);
    }
  }

  #lack(peer: Peer, size: number): Lack | undefined {
    const { usage } = this;
    const partials = this.#partials;
    if (this.#isBeyond(usage.of(peer), partials.of(peer), size, "peer")) return "the peer's quota";
    if (this.#isBeyond(usage.ofPort(peer.port), partials.ofPort(peer.port), size, "port"))
      return "the quota of its port";
    if (this.#isBeyond(usage.inAll, partials.inAll, size, "inAll")) return "the quota of the inbox";
    return this.#isDiskFull(size) ? "the free space of the disk" : undefined;
  }

  #isBeyond(stored: Used, partial: Used, size: number, whose: keyof typeof QUOTA_SHARES): boolean {
    const files = stored.files + partial.files + 1;
    return files > FILE_SHARES[whose] || stored.bytes + partial.bytes + size > this.#quotaBytes * QUOTA_SHARES[whose];
  }

  #isDiskFull(size: number): boolean {
    const { free, total } = system.freeSpace(this.#inbox.at("."));
    // A file system that keeps no count, such as ramfs.
    if (total === 0) return false;
    return free - this.#partials.missingBytes - size < Math.min(MOST_FREE_BYTES, total / FREE_PARTS);
  }
}

const NOTHING: Used = { files: 0, bytes: 0 };
