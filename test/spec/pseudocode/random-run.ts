/**
 * Random runs of both sides on a board, in virtual time, with all that goes wrong: sides that end in the middle of an
 * access, resets, lost and foreign bytes, damaged packets and fields, stops, long waits. What the sides do is compared
 * in shadow.ts; here things only happen.
 */
import { CONTROL_FIELDS, Field } from "../../../src/core/binding/control-region.ts";
import { Command, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import { afterIdrWrite, afterOdrWrite, type Depth } from "../../../src/core/binding/kcs-word.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { SeededRandom } from "../../../src/platform/faulty.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { testMessage } from "../../support/endpoints.ts";
import { Crash, Pair, RESETS } from "../../support/pair.ts";
import { shadowBmc, shadowHost, type Listings } from "./shadow.ts";

const DEEDS = 30;
/** So many turns are enough for a start-up. */
const TURNS = 40;
const WINDOWS = [4096, 4096, 65_536];
const MTUS = [undefined, undefined, 64, 65, 100, 600, 1500];
/** Sizes, versions and offsets about every edge that a side judges. */
const FIELD_VALUES = [0, 1, 2, 3, 4, 71, 72, 75, 76, 90, 0xff, 0x100, 0x14c, 0xfff, 0x1000, 0xffff, 0xffff_ffff];
const REGISTERS = ["STR", "IDR", "ODR"];
const FIELDS = CONTROL_FIELDS.map(({ name }) => name);
const BYTES = [Command.INITIALISE, Command.TX_BEGIN, Command.RX_COMPLETE, Command.DUMMY, 0x55];
/** What a side judges at a step, by what is spoiled there: a field, a register, a packet. */
const JUDGED: Readonly<Record<string, readonly string[]>> = {
  "H0.4": ["ODR"],
  "H1.10": ["bmc_ver_cur", "bmc_ver_min", "rx_offset", "tx_offset", "same offsets"],
  "H1.16": ["host_ver_min"],
  "H1.20": ["negotiated_ver", "negotiated_ver", "rx_offset", "rx_size", "tx_offset", "tx_size", "rx_size", "tx_size"],
  "H1.21": ["STR"],
  "H1.23": ["host_ver_cur"],
  "H1.30": ["host_ver_min"],
  "H2.4": ["ODR"],
  "H2.5": ["length"],
  "H2.6": ["packet"],
  "H2.11": ["STR", "ODR"],
  "B2.5": ["IDR"],
  "B2.6": ["length"],
  "B2.7": ["packet"],
  "B2.8": ["STR", "IDR"],
  "B2.11": ["IDR"],
  // Where nothing else gets a chance if STR is often changed.
  "B3.1": ["STR", ...Array.from({ length: 7 }, () => "pad")],
  "B3.4": ["host_ver_min", "host_ver_cur", "rx_size"],
};

class RandomRun {
  readonly #random: SeededRandom;
  readonly #pair: Pair;
  /** How likely an access meets a deed from outside: any access, and one whose result is judged. */
  readonly #trouble: number;
  readonly #aimed: number;
  /** Whose judgements: begins a step of the host, or of the BMC, or of either. */
  readonly #aimedAt: RegExp;
  /** So that sides come to rest at last. */
  #deedsFromOutside = 120;

  constructor(listings: Listings, seed: number) {
    const random = new SeededRandom(seed);
    this.#random = random;
    const versions = (): { min: number; cur: number } => {
      const cur = random.chance(0.6) ? 3 : 1 + random.below(3);
      return { min: random.chance(0.7) ? 1 : 1 + random.below(cur), cur };
    };
    const host = { versions: versions(), mtu: this.#one(MTUS) };
    const bmc = { versions: versions(), mtu: this.#one(MTUS) };
    this.#trouble = this.#one([0, 0.003, 0.015]);
    this.#aimed = this.#one([0, 0.05, 0.15, 0.4, 0.9]);
    this.#aimedAt = this.#one([/^H/, /^H/, /^B/, /^/]);
    const announceLimit = millis(this.#one([2, 40]));
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
      this.#turns(this.#random.below(this.#random.chance(0.3) ? 2 * TURNS : 8));
    }
  }

  #one<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)]!;
  }

  #turns(turns: number): void {
    for (let turn = 0; turn < turns; turn++) if (!this.#pair.step()) return;
  }

  #beforeAccess(role: RoleName, step: string): void {
    if (this.#deedsFromOutside === 0) return;
    const judged = JUDGED[step];
    if (judged !== undefined && this.#aimedAt.test(step) && this.#random.chance(this.#aimed))
      this.#spoil(this.#one(judged));
    if (step === "H0.1" && this.#pair.host.side.state.phase.name === "opening" && this.#random.chance(this.#aimed / 4))
      this.#spoil("active");
    if (!this.#random.chance(this.#trouble)) return;
    const kind = this.#random.below(12);
    if (kind === 0 && this.#pair.member(role)?.running === true) throw new Crash();
    this.#spoil(this.#one(kind < 4 ? REGISTERS : FIELDS));
  }

  #deed(): void {
    const pair = this.#pair;
    const random = this.#random;
    const role = this.#one<RoleName>(["host", "bmc"]);
    const kind = random.below(12);
    if (kind < 5) this.#send(role);
    else if (kind === 5) pair.pass(this.#one([1, 20, 600, 1200, 12_000]));
    else if (kind === 6) this.#endOrStart(role);
    else if (kind === 7) pair.resetPlatform(this.#one(RESETS));
    else if (kind === 8) this.#spoil(this.#one(REGISTERS));
    else if (kind === 9) this.#spoilBuffer();
    else if (kind === 10) this.#spoil(this.#one(FIELDS));
    else if (random.chance(0.5)) this.#stop(role);
    for (const each of ["host", "bmc"] as const) {
      const member = pair.member(each);
      if (member !== undefined) member.wanted = true;
    }
  }

  /** A stop, at times of a side whose peer is gone, or does not read. */
  #stop(role: RoleName): void {
    const { board } = this.#pair;
    this.#pair.member(role)?.side.stop();
    const kind = this.#random.below(4);
    if (kind === 0) board.word &= ~SESSION_BITS;
    if (kind < 2 || role === "bmc") return;
    this.#pair.end("bmc", "killed");
    board.word = afterIdrWrite(board.word, Command.DUMMY);
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

  /** Another value in a field, other session bits in STR; in IDR or ODR a byte is lost, or comes from outside. */
  #spoil(what: string): void {
    const { board } = this.#pair;
    this.#deedsFromOutside = Math.max(0, this.#deedsFromOutside - 1);
    const isLost = this.#random.chance(0.3);
    const byte = this.#one(BYTES);
    if (what === "STR") board.word ^= this.#one([SESSION_BITS, Status.BMC_ACTIVE, Status.CHANNEL_ACTIVE]);
    else if (what === "IDR") board.word = isLost ? board.word & ~Status.IBF : afterIdrWrite(board.word, byte);
    else if (what === "ODR") board.word = isLost ? board.word & ~Status.OBF : afterOdrWrite(board.word, byte);
    else if (what === "active") board.word |= SESSION_BITS;
    else if (what === "packet") this.#spoilBuffer();
    else if (what === "length") this.#spoilLength();
    else if (what === "same offsets") board.window.copyWithin(Field.txOffset, Field.rxOffset, Field.rxSize);
    else this.#spoilField(what);
  }

  #spoilField(name: string): void {
    const field = CONTROL_FIELDS.find((candidate) => candidate.name === name)!;
    const view = new DataView(this.#pair.board.window.buffer);
    const value = this.#one(FIELD_VALUES);
    if (field.bytes === 2) view.setUint16(field.offset, value);
    else view.setUint32(field.offset, value);
  }

  /** A length about each bound, in both buffers. */
  #spoilLength(): void {
    const { window } = this.#pair.board;
    const { layout } = this.#pair.region;
    for (const { offset, size } of [layout.bmcToHost, layout.hostToBmc]) {
      const length = this.#one([3, 4, 4, 5, 68, 69, size - 8, size - 7, size - 4, size - 3]);
      if (offset + 4 <= window.length) new DataView(window.buffer).setUint32(offset, length);
    }
  }

  #spoilBuffer(): void {
    const { window } = this.#pair.board;
    const { layout } = this.#pair.region;
    const buffer = this.#one([layout.bmcToHost, layout.hostToBmc]);
    const at = buffer.offset + this.#random.below(this.#one([4, 12, 80]));
    if (at < window.length) window[at] = this.#random.below(256);
  }
}

/** One run, the same for every seed. Throws where listing and program differ. */
export function randomRun(listings: Listings, seed: number): void {
  new RandomRun(listings, seed).run();
}
