/**
 * Random runs of both sides on a board, in virtual time, with all that goes wrong: sides that end in the middle of an
 * access, resets, lost and foreign bytes, damaged packets and fields, stops, long waits. What the sides do is compared
 * in shadow.ts; here things only happen.
 */
import { CONTROL_FIELDS } from "../../../src/core/binding/control-region.ts";
import { Command, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import { afterIdrWrite, afterOdrWrite, type Depth } from "../../../src/core/binding/kcs-word.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { SeededRandom } from "../../../src/platform/faulty.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { testMessage } from "../../support/endpoints.ts";
import { Crash, Pair, RESETS } from "../../support/pair.ts";
import { shadowBmc, shadowHost, type Listings } from "./shadow.ts";

const DEEDS = 60;
/** So many turns are enough for a start-up. */
const TURNS = 40;
const WINDOWS = [4096, 4096, 65_536];
const MTUS = [undefined, undefined, 64, 65, 100, 600, 1500];
/** Sizes, versions and offsets about every edge that a side judges. */
const FIELD_VALUES = [0, 1, 2, 3, 4, 71, 72, 75, 76, 0xff, 0x100, 0x14c, 0xfff, 0x1000, 0xffff, 0xffff_ffff];
const BYTES = [Command.INITIALISE, Command.TX_BEGIN, Command.RX_COMPLETE, Command.DUMMY, 0x55];
/** Where a change of the board meets a side between two looks at it. */
const JUDGED = new Set(["H0.2", "H1.16", "H1.20", "H1.21", "H1.23", "H1.30", "H2.11", "B2.5", "B2.8", "B3.1", "B3.4"]);

class RandomRun {
  readonly #random: SeededRandom;
  readonly #pair: Pair;
  /** How likely an access meets a deed from outside. */
  readonly #trouble: number;

  constructor(listings: Listings, seed: number) {
    const random = new SeededRandom(seed);
    this.#random = random;
    const versions = (): { min: number; cur: number } => {
      const cur = random.chance(0.6) ? 3 : 1 + random.below(3);
      return { min: random.chance(0.7) ? 1 : 1 + random.below(cur), cur };
    };
    const host = { versions: versions(), mtu: this.#one(MTUS) };
    const bmc = { versions: versions(), mtu: this.#one(MTUS) };
    this.#trouble = this.#one([0, 0, 0.01, 0.05]);
    const announceLimit = millis(this.#one([2, 500]));
    this.#pair = new Pair({
      windowBytes: this.#one(WINDOWS),
      depth: this.#one<Depth>([0, 1]),
      poll: this.#one([100, 1000]),
      starts: this.#one<readonly RoleName[]>([["host", "bmc"], ["bmc", "host"], ["host"], ["bmc"]]),
      createHost: (windowBytes, memory) => shadowHost(listings, { windowBytes, ...host }, memory),
      createBmc: (windowBytes, memory) => shadowBmc(listings, { windowBytes, ...bmc, announceLimit }, memory),
      beforeAccess: (role, { step }) => {
        this.#beforeAccess(role, step);
      },
    });
  }

  run(): void {
    this.#turns(TURNS);
    for (let deed = 0; deed < DEEDS; deed++) {
      this.#deed();
      this.#turns(this.#random.below(this.#random.chance(0.1) ? TURNS : 8));
    }
  }

  #one<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)]!;
  }

  #turns(turns: number): void {
    for (let turn = 0; turn < turns; turn++) if (!this.#pair.step()) return;
  }

  #beforeAccess(role: RoleName, step: string): void {
    const random = this.#random;
    if (!random.chance(JUDGED.has(step) ? 5 * this.#trouble : this.#trouble)) return;
    if (random.chance(0.6)) this.#spoilField();
    else if (random.chance(0.5)) this.#spoilRegisters();
    else if (random.chance(0.2) && this.#pair.member(role)?.running === true) throw new Crash();
  }

  #deed(): void {
    const pair = this.#pair;
    const random = this.#random;
    const role = this.#one<RoleName>(["host", "bmc"]);
    const kind = random.below(12);
    if (kind < 5) this.#send(role);
    else if (kind === 5) pair.pass(this.#one([1, 20, 600, 1200]));
    else if (kind === 6) this.#endOrStart(role);
    else if (kind === 7) pair.resetPlatform(this.#one(RESETS));
    else if (kind === 8) this.#spoilRegisters();
    else if (kind === 9) this.#spoilBuffer();
    else if (kind === 10) this.#spoilField();
    else if (random.chance(0.3)) pair.member(role)?.side.stop();
    for (const each of ["host", "bmc"] as const) {
      const member = pair.member(each);
      if (member !== undefined) member.wanted = true;
    }
  }

  #send(role: RoleName): void {
    const member = this.#pair.member(role);
    if (member === undefined) return;
    const length = 1 + this.#random.below(this.#one([20, 200, 4000]));
    this.#pair.send(role === "host" ? "hostToBmc" : "bmcToHost", testMessage(length));
  }

  #endOrStart(role: RoleName): void {
    const pair = this.#pair;
    if (pair.member(role) !== undefined) pair.end(role, this.#one(["killed", "killed", "reset"]));
    if (this.#random.chance(0.8)) pair.start(role);
  }

  #spoilField(): void {
    const field = this.#one(CONTROL_FIELDS);
    const view = new DataView(this.#pair.board.window.buffer);
    const value = this.#one(FIELD_VALUES);
    if (field.bytes === 2) view.setUint16(field.offset, value);
    else view.setUint32(field.offset, value);
  }

  #spoilBuffer(): void {
    const { window } = this.#pair.board;
    const { layout } = this.#pair.region;
    const buffer = this.#one([layout.bmcToHost, layout.hostToBmc]);
    const at = buffer.offset + this.#random.below(this.#one([4, 80]));
    if (at < window.length) window[at] = this.#random.below(256);
  }

  /** A byte is lost, or comes from outside; or STR is changed. */
  #spoilRegisters(): void {
    const { board } = this.#pair;
    const kind = this.#random.below(6);
    if (kind === 0) board.word &= ~Status.IBF;
    else if (kind === 1) board.word &= ~Status.OBF;
    else if (kind === 2) board.word ^= this.#one([SESSION_BITS, Status.BMC_ACTIVE, Status.CHANNEL_ACTIVE]);
    else if (kind < 5) board.word = afterOdrWrite(board.word, this.#one(BYTES));
    else board.word = afterIdrWrite(board.word, this.#one(BYTES));
  }
}

/** One run, the same for every seed. Throws where listing and program differ. */
export function randomRun(listings: Listings, seed: number): void {
  new RandomRun(listings, seed).run();
}
