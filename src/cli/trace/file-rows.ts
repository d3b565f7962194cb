/** What a file of rows is read by: as text (text-rows.ts), or as a capture (capture-rows.ts). */
import type { TraceEntry } from "../../core/trace/format.ts";
import type { TraceHead } from "../../core/trace/head.ts";

export interface FileRows {
  readonly head: TraceHead | undefined;
  /** There may be a row to take. */
  readonly hasMore: boolean;
  /** The bytes that follow. Throws a Failure for what holds no trace. */
  push(bytes: Uint8Array): void;
  /** No more bytes come. `isWhole`: they are the file to its end. */
  end(isWhole: boolean): void;
  /** The next row; undefined while none is here. Throws a Failure at what is no row. */
  take(): TraceEntry | undefined;
}
