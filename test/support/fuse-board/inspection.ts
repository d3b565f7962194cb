/** Files for tests alone: `state` says what the board holds, without a side effect; `control` changes it. */
import { Errno, SystemCallError, type OpenFile, type ServedFile } from "./fuse/served-file.ts";
import type { FwAccesses } from "./host-files.ts";
import type { Mapping } from "./lpc-ctrl.ts";

/** What `state` holds, as JSON. */
export interface BoardState {
  readonly idr: number;
  readonly odr: number;
  /** STR as the host reads it, and as the raw KCS driver tells it. */
  readonly hostStatus: number;
  readonly bmcStatus: number;
  /** The byte that the driver holds; null while it holds none. */
  readonly shadow: number | null;
  readonly isNodeOpen: boolean;
  /** Programs that wait in a read or a write of raw-kcs3. */
  readonly blockedReads: number;
  readonly blockedWrites: number;
  /** Calls on raw-kcs3 that a slow program has not come to yet (`handlingMilliseconds`). */
  readonly heldCalls: number;
  /** Where the host's firmware addresses lead; null where the BMC has mapped nothing. */
  readonly mapping: Mapping | null;
  readonly fwAccesses: FwAccesses;
  /** Reads of STR since the board's start. */
  readonly looks: Readonly<Record<"host" | "bmc", number>>;
}

/** Each open has the state of that moment. */
export class StateFile implements ServedFile {
  readonly name = "state";
  readonly sizeBytes = 0;
  readonly #state: () => BoardState;

  constructor(state: () => BoardState) {
    this.#state = state;
  }

  open(): OpenFile {
    const text = Buffer.from(JSON.stringify(this.#state()));
    return {
      read: (call, offset, length) => {
        call.answer(text.subarray(offset, offset + length));
      },
    };
  }
}

/** Each write is one command; one that means nothing fails with EINVAL, and the board's stderr says why. */
export class ControlFile implements ServedFile {
  readonly name = "control";
  readonly sizeBytes = 0;
  readonly #command: (text: string) => void;

  constructor(command: (text: string) => void) {
    this.#command = command;
  }

  open(): OpenFile {
    return {
      write: (call, _offset, bytes) => {
        const text = Buffer.from(bytes).toString().trim();
        try {
          this.#command(text);
        } catch (error) {
          console.error(`control: ${text}: ${String(error)}`);
          throw new SystemCallError(Errno.EINVAL);
        }
        call.wrote(bytes.length);
      },
    };
  }
}
