/**
 * What the log is told of files: the peer, the name as it chose it, which the log's writer makes harmless, and refusals once
 * for each peer and kind.
 */
import { TOLD_LIMIT } from "./limits.ts";
import { folderNameOf, type Peer } from "./inbox.ts";
import type { LogEvent } from "../../platform/log-events.ts";

/** `port`: the number of the peer's. */
export type FileTell = (line: string, port: number, event: LogEvent) => void;

export class ReceiverLog {
  readonly #write: FileTell;
  readonly #told = new Set<string>();

  /** `write` is told the number of the peer's port, too, whose budget of log bytes the line is charged to. */
  constructor(write: FileTell) {
    this.#write = write;
  }

  write(peer: Peer, name: string, what: string, event: LogEvent): void {
    this.#write(`file "${name}": ${what} (${folderNameOf(peer)})`, peer.port, event);
  }

  /** As `write`, the first time that this kind happens to the peer; counters have the others. */
  writeOnce(kind: string, peer: Peer, name: string, what: string): void {
    const key = `${folderNameOf(peer)} ${kind}`;
    if (this.#told.has(key) || this.#told.size >= TOLD_LIMIT) return;
    this.#told.add(key);
    this.write(peer, name, `${what}; further ones are only counted (status)`, "file-refused");
  }
}
