/**
 * Which step of the specification's tables an access is: clause 10 for the host, clause 11 for the BMC. The phase of
 * a side says where in its procedure it stands, the access and the one before it in the same round say the rest.
 */
import type { BusAccess } from "../../src/core/binding/bus.ts";
import { Field } from "../../src/core/binding/control-region.ts";
import type { RoleName } from "../../src/core/binding/side.ts";
import { unreachable } from "../../src/core/wire/result.ts";

/** What there is to know of a side before one of its accesses. */
export interface SideMoment {
  readonly phase: { readonly name: string };
  readonly stopping: boolean;
}

export class ProcedureSteps {
  readonly #role: RoleName;
  /** The step of the round's last access. */
  #last: string | undefined;

  constructor(role: RoleName) {
    this.#role = role;
  }

  beginRound(): void {
    this.#last = undefined;
  }

  /** The step of the access that is about to be made. Throws for one that no step has. */
  next(access: BusAccess, moment: SideMoment): string {
    const step = this.#role === "host" ? hostStep(access, moment, this.#last) : bmcStep(access, moment, this.#last);
    if (step === undefined) {
      throw new Error(`${this.#role} ${moment.phase.name}: no step of the tables is ${access.kind}`);
    }
    this.#last = step;
    return step;
  }
}

/* ---- Host ---- */

/** The step that each phase of the host waits for. */
const HOST_STEPS: Readonly<Record<string, string>> = {
  awaitingBmc: "H1.2",
  closing: "H1.3",
  fencingClose: "H1.4",
  opening: "H1.5",
  fencingOpen: "H1.6",
  judging: "H1.7",
  resting: "H1.9",
};

function hostStep(access: BusAccess, { phase }: SideMoment, last: string | undefined): string | undefined {
  if (phase.name === "active") return hostServiceStep(access, last);
  if (access.kind === "readData") return "H0.2";
  if (access.kind !== "readStatus") return HOST_STEPS[phase.name];
  if (last === "H1.7") return last;
  return last === "H0.2" ? last : "H0.1";
}

function hostServiceStep(access: BusAccess, last: string | undefined): string | undefined {
  switch (access.kind) {
    case "readStatus":
      return last === "H2.3" || last === "H2.4" ? "H2.7" : "H2.2";
    case "readData":
      return "H2.3";
    case "readWindow":
      return "H2.4";
    case "writeData":
      return "H2.8";
    case "writeWindow":
      return "H3.1";
    case "writeStatus":
      return undefined;
    default:
      return unreachable(access);
  }
}

/* ---- BMC ---- */

const START_WRITES: ReadonlyMap<number, string> = new Map([
  [Field.magic, "B1.4"],
  [Field.negotiatedVersion, "B1.5"],
  [Field.hostVersionMin, "B1.6"],
]);

const ANSWER_WRITES: ReadonlyMap<number, string> = new Map([
  [Field.rxOffset, "B3.3"],
  [Field.negotiatedVersion, "B3.4"],
]);

function bmcStep(access: BusAccess, moment: SideMoment, last: string | undefined): string | undefined {
  if (moment.stopping) return bmcStopStep(access);
  switch (moment.phase.name) {
    case "starting":
      return access.kind === "writeStatus" ? "B1.1" : undefined;
    case "announcing":
      return bmcStartStep(access);
    default:
      return bmcServiceStep(access, last);
  }
}

function bmcStartStep(access: BusAccess): string | undefined {
  switch (access.kind) {
    case "readStatus":
      return "B1.2";
    case "writeData":
      return "B1.3";
    case "writeWindow":
      return START_WRITES.get(access.offset);
    case "writeStatus":
      return "B1.7";
    case "readData":
    case "readWindow":
      return undefined;
    default:
      return unreachable(access);
  }
}

function bmcServiceStep(access: BusAccess, last: string | undefined): string | undefined {
  const isAfterCopy = last === "B5.1";
  switch (access.kind) {
    case "readStatus":
      if (last === "B2.4" || last === "B5.3") return "B3.1";
      return last === "B2.5" ? "B5.1" : "B2.2";
    case "readData":
      return isAfterCopy ? "B5.3" : "B2.4";
    case "writeData":
      return isAfterCopy ? "B5.2" : "B2.3";
    case "readWindow":
      return access.offset === 0 ? "B3.2" : "B2.5";
    case "writeWindow":
      return ANSWER_WRITES.get(access.offset) ?? "B2.1";
    case "writeStatus":
      return "B3.5";
    default:
      return unreachable(access);
  }
}

function bmcStopStep(access: BusAccess): string | undefined {
  switch (access.kind) {
    case "writeStatus":
      return "B6.1";
    case "readStatus":
      return "B6.2";
    case "writeData":
      return "B6.3";
    case "readData":
    case "readWindow":
    case "writeWindow":
      return undefined;
    default:
      return unreachable(access);
  }
}
