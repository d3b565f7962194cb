/**
 * The flight recorder: when something goes wrong on the bus, the accesses that led to it are written to a file of their
 * own, in the background. The bus waits for a copy of them in memory, and for nothing else.
 */
import { encodeTraceRow } from "../../core/trace/format.ts";
import { encodeTraceHead } from "../../core/trace/head.ts";
import { Budget } from "../../core/wire/budget.ts";
import type { Millis } from "../../core/wire/units.ts";
import { withinTime } from "../../node/within-time.ts";
import { pathTrouble } from "../../platform/failure.ts";
import type { HeldAccesses } from "../bus/held-accesses.ts";
import { IncidentFolder, type IncidentFile } from "./incident-folder.ts";
import type { IncidentLosses } from "./output-counters.ts";
import { TRACE_FLUSH_LIMIT } from "./stop-limits.ts";
import type { Tell } from "../../platform/log-events.ts";

/** Files at once, and milliseconds after which there may be one more. */
export const INCIDENT_BURST = 4;
export const INCIDENT_MILLISECONDS = 10_000;
/** Milliseconds until an incident of the same kind gets a file again. */
export const SAME_INCIDENT_MILLISECONDS = 600_000;
/** The first bytes of a window access that a file has, at most. */
export const INCIDENT_SHOWN_BYTES = 64;
/** Copies of the recorder that wait for the disk, the one that is being written included. */
export const INCIDENTS_WAITING = 2;
/** Bytes that a file has at most, about: rows of all entries. */
const FILE_BYTES: number = 1024 * 1024;
/** Entries that are encoded in one go: a millisecond or less. */
const PIECE_ENTRIES = 256;

export class IncidentFiles {
  readonly counts: IncidentLosses = { incidentsRecorded: 0, incidentsPassedOver: 0, incidentsLost: 0 };
  readonly #folder: IncidentFolder;
  readonly #tell: Tell;
  readonly #rate = new Budget(INCIDENT_BURST, 1000 / INCIDENT_MILLISECONDS);
  /** When there was a file of each kind last; kinds are requirements. */
  readonly #last = new Map<string, Millis>();
  #waiting = 0;
  #written: Promise<void> = Promise.resolve();
  #hasFailed = false;

  /** `tell`: a line for people of each file. Throws a Failure for a folder that is refused. */
  constructor(path: string, tell: Tell) {
    this.#folder = new IncidentFolder(path);
    this.#tell = tell;
  }

  /** `copy`: what is held at this moment; called only where it is written. */
  record(why: string, now: Millis, copy: () => HeldAccesses): void {
    const last = this.#last.get(why);
    const isTooSoon = last !== undefined && now - last < SAME_INCIDENT_MILLISECONDS;
    if (isTooSoon || this.#waiting >= INCIDENTS_WAITING || !this.#rate.take(1, now)) {
      this.counts.incidentsPassedOver++;
      return;
    }
    this.#last.set(why, now);
    this.#waiting++;
    const [held, date] = [copy(), Date.now()];
    this.#written = this.#written
      .then(() => this.#write(why, date, held))
      .finally(() => {
        this.#waiting--;
      });
  }

  /** Waits for what is being written, no longer than the limit in milliseconds. Never rejects. */
  async close(limit: number = TRACE_FLUSH_LIMIT): Promise<void> {
    await withinTime(this.#written, limit);
    void this.#written.then(() => {
      this.#folder.close();
    });
  }

  /** Never rejects. */
  async #write(why: string, date: number, held: HeldAccesses): Promise<void> {
    let file: IncidentFile | undefined;
    try {
      file = await this.#folder.create(date, why, FILE_BYTES);
      await file.write(`${encodeTraceHead(held.head)}\n`);
      for (const rows of held.pieces(PIECE_ENTRIES, INCIDENT_SHOWN_BYTES)) {
        await file.write(rows.map((row) => `${encodeTraceRow(row)}\n`).join(""));
      }
      await file.close();
      this.counts.incidentsRecorded++;
      this.#hasFailed = false;
      this.#tell(`${why}: the accesses that led to it are in ${file.path}`, "incident");
    } catch (error) {
      await file?.discard().catch(() => undefined);
      this.counts.incidentsLost++;
      // Told once, until one is written again.
      if (!this.#hasFailed)
        this.#tell(
          `${why}: the accesses that led to it could not be written: ${pathTrouble(error)}`,
          "recording-ended",
        );
      this.#hasFailed = true;
    }
  }
}
