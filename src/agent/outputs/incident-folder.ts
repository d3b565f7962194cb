/** The folder of an agent's incident files: which names are its own, whom it may belong to, and what makes room. */
import { dirname } from "node:path";
import { Failure, errnoOf } from "../../platform/failure.ts";
import { Folder } from "../../platform/folder.ts";
import { ownUser, whyUnsafeWay } from "../../platform/opening.ts";
import { opening } from "../../platform/scope.ts";
import { system, type FileStatus } from "../../platform/system.ts";

/** Files in the folder, and their bytes, at most. */
export const MOST_INCIDENT_FILES = 16;
export const MOST_INCIDENT_BYTES: number = 16 * 1024 * 1024;

const OTHERS_MAY_WRITE = 0o022;
/** Names that are looked at: more is no folder for incidents alone. */
const NAMES_LOOKED_AT = 10_000;
/** Incidents of one kind in one second that get names: agents may share a folder. */
const NAMES_TRIED = 9;
/** "2026-11-30T07-10-11Z-LPC-BUF-5.jsonl" */
const OWN_NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9]+)*\.jsonl$/;

/** Whether a file of this name is one that agents write, and may remove. */
export function isIncidentName(name: string): boolean {
  return OWN_NAME.test(name);
}

/** `date`: milliseconds since 1970. `attempt`: from 1, for a name that is taken. */
export function incidentName(date: number, why: string, attempt = 1): string {
  const second = new Date(date).toISOString().slice(0, 19).replaceAll(":", "-");
  return `${second}Z-${why.replace(/[^A-Za-z0-9_-]/g, "")}${attempt === 1 ? "" : `-${String(attempt)}`}.jsonl`;
}

/** Judges a folder that is to be one for incidents. Throws a Failure that says what to do. */
export function checkIncidentFolder(path: string): void {
  openIncidentFolder(path).close();
}

function openIncidentFolder(path: string): Folder {
  const what = `record incidents in ${path}`;
  return opening("incidents", what, () => {
    const status = system.lookUp(path);
    if (status?.type !== "folder") {
      throw new Failure("incidents", `cannot ${what}: it is no folder; make it first (mkdir -m 700), or name another`);
    }
    const real = system.realPath(path);
    const folder = Folder.open(real, (opened) => {
      const why = whyNotOwn(real, opened);
      if (why !== undefined) throw new Failure("incidents", `cannot ${what}: ${why}`);
      return undefined;
    });
    try {
      system.checkUsable(real);
      return folder;
    } catch {
      folder.close();
      throw new Failure("incidents", `cannot ${what}: this user may not write to it; name another`);
    }
  });
}

/** Who may write to the folder, or replace it, decides which files are removed from it. */
function whyNotOwn(path: string, { uid, mode }: FileStatus): string | undefined {
  if (uid !== ownUser()) return `it belongs to user ${String(uid)}; make one of your own`;
  if ((mode & OTHERS_MAY_WRITE) !== 0) return "other users may write to it; take that away with chmod go-w";
  const why = whyUnsafeWay(dirname(path));
  return why && `other users may replace it, by way of ${why}; make one elsewhere`;
}

/** A file that is being written. */
export interface IncidentFile {
  readonly path: string;
  write(text: string): Promise<void>;
  /** It is whole. */
  close(): Promise<void>;
  /** It is not, and goes. */
  discard(): Promise<void>;
}

export class IncidentFolder {
  readonly #folder: Folder;

  /** Throws a Failure. */
  constructor(path: string) {
    this.#folder = openIncidentFolder(path);
  }

  /** Makes a file, and room for it: `bytes` are about as many as it will have. Rejects with what the system says. */
  async create(date: number, why: string, bytes: number): Promise<IncidentFile> {
    await this.#makeRoom(bytes);
    for (let attempt = 1; ; attempt++) {
      const name = incidentName(date, why, attempt);
      try {
        return await this.#open(name);
      } catch (error) {
        if (errnoOf(error) !== "EEXIST" || attempt === NAMES_TRIED) throw error;
      }
    }
  }

  close(): void {
    this.#folder.close();
  }

  async #open(name: string): Promise<IncidentFile> {
    const file = await system.openLater(this.#folder.at(name), "create");
    return {
      path: `${this.#folder.path}/${name}`,
      write: async (text) => {
        const bytes = Buffer.from(text);
        for (let done = 0; done < bytes.length;) done += await system.writeLater(file.fd, bytes.subarray(done));
      },
      close: () => file.close(),
      discard: async () => {
        await file.close().catch(() => undefined);
        await system.removeLater(this.#folder.at(name));
      },
    };
  }

  /** The oldest files go, until there is room for one more. Files of other names, other users and other kinds stay. */
  async #makeRoom(bytes: number): Promise<void> {
    const own: { readonly name: string; readonly size: number }[] = [];
    for await (const name of this.#folder.names(NAMES_LOOKED_AT)) {
      if (!isIncidentName(name)) continue;
      const status = await system.lookAtLater(this.#folder.at(name));
      if (status?.type === "file" && status.uid === ownUser()) own.push({ name, size: status.size });
    }
    // Their names begin with the time.
    own.sort((one, other) => (one.name < other.name ? -1 : 1));
    let used = own.reduce((sum, { size }) => sum + size, 0);
    let count = own.length;
    for (const { name, size } of own) {
      if (count < MOST_INCIDENT_FILES && used + bytes <= MOST_INCIDENT_BYTES) return;
      await system.removeLater(this.#folder.at(name));
      used -= size;
      count--;
    }
  }
}
