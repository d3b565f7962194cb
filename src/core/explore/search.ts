/**
 * Visits every state that can be reached, breadth first, so that the first way to a state is a shortest one, and judges
 * the whole: nothing broken on the way, no run stuck or going in circles before its end.
 */
import { GrowingList } from "./growing.ts";
import type { Move, MoveKind } from "./moves.ts";
import { StateTable, WIDTH } from "./state-table.ts";
import type { Visit } from "./world.ts";

/** What a search needs of a world: World, or a model of another protocol. */
export interface SearchedWorld {
  /** The successor being visited. */
  readonly next: Int32Array;
  /** What the move being visited broke. */
  readonly violation: string | undefined;
  readonly scenario: { readonly needsTime: boolean };
  first(): Int32Array;
  expand(state: Int32Array, visit: Visit): void;
  isEnd(state: Int32Array): boolean;
  /** A state in words. */
  describe(state: Int32Array): string;
}

export type FindingKind =
  /** A rule was broken by the last move. */
  | "broken"
  /** The last state is no end, and nothing can happen in it without a fault or, where time must not matter, the clock. */
  | "stuck"
  /** The moves of `cycle` lead round in a circle, without fault and clock. */
  | "circle"
  /** From the last state no end can be reached any more. */
  | "lost";

export interface Finding {
  readonly kind: FindingKind;
  readonly what: string;
  /** The moves from the first state. */
  readonly moves: readonly Move[];
  /** The moves of a circle that begins where `moves` ends; empty for other kinds. */
  readonly cycle: readonly Move[];
}

export interface SearchResult {
  readonly states: number;
  readonly transitions: number;
  /** Moves of the longest of the shortest ways. */
  readonly depth: number;
  readonly ends: number;
  readonly bytes: number;
  readonly finding: Finding | undefined;
  /** False when the limit of states was reached: then nothing is said of what lies behind, nor of circles. */
  readonly complete: boolean;
}

export interface SearchOptions {
  readonly stateLimit: number;
  /** Called every so often. */
  readonly onProgress?: (states: number, transitions: number, depth: number) => void;
}

const PROGRESS_EVERY = 1 << 16;

export class Search {
  readonly #world: SearchedWorld;
  readonly #options: SearchOptions;
  readonly #table = new StateTable();
  /** For each state where it was first reached from, and by which move. */
  readonly #parents = new GrowingList();
  readonly #moves = new GrowingList();
  readonly #depths = new GrowingList();
  /** Moves without faults, state by state: those of state i begin at #edgeStarts[i]. Those of the clock are inverted. */
  readonly #edgeStarts = new GrowingList();
  readonly #edges = new GrowingList();
  readonly #isEnd = new GrowingList();
  #transitions = 0;
  #ends = 0;

  constructor(world: SearchedWorld, options: SearchOptions) {
    this.#world = world;
    this.#options = options;
  }

  run(): SearchResult {
    const finding = this.#visitAll() ?? (this.#isComplete ? this.#judgeRuns() : undefined);
    return {
      states: this.#table.count,
      transitions: this.#transitions,
      depth: this.#depths.length === 0 ? 0 : this.#depths.at(this.#depths.length - 1),
      ends: this.#ends,
      bytes: this.#bytes,
      finding,
      complete: this.#isComplete,
    };
  }

  get #isComplete(): boolean {
    return this.#edgeStarts.length === this.#table.count;
  }

  get #bytes(): number {
    const lists = [this.#parents, this.#moves, this.#depths, this.#edgeStarts, this.#edges, this.#isEnd];
    return this.#table.bytes + lists.reduce((sum, list) => sum + list.bytes, 0);
  }

  /* ---- Visiting ---- */

  #visitAll(): Finding | undefined {
    const world = this.#world;
    const state = new Int32Array(WIDTH);
    this.#add(world.first(), -1, 0);
    let current = 0;
    let plainMoves = 0;
    let finding: Finding | undefined;
    const visit = (move: Move, kind: MoveKind): void => {
      this.#transitions++;
      if (world.violation !== undefined) {
        finding ??= { kind: "broken", what: world.violation, moves: [...this.#wayTo(current), move], cycle: [] };
        return;
      }
      const successor = this.#add(world.next, current, move);
      if (kind === "plain") plainMoves++;
      if (kind !== "fault") this.#edges.push(kind === "plain" ? successor : ~successor);
    };
    for (; current < this.#table.count && this.#table.count < this.#options.stateLimit; current++) {
      this.#table.read(current, state);
      this.#edgeStarts.push(this.#edges.length);
      plainMoves = 0;
      world.expand(state, visit);
      if (finding !== undefined) return finding;
      const isEnd = world.isEnd(state);
      this.#isEnd.push(isEnd ? 1 : 0);
      if (isEnd) this.#ends++;
      else if (plainMoves === 0 && !world.scenario.needsTime) {
        return { kind: "stuck", what: world.describe(state), moves: this.#wayTo(current), cycle: [] };
      }
      if (current % PROGRESS_EVERY === 0) {
        this.#options.onProgress?.(this.#table.count, this.#transitions, this.#depths.at(current));
      }
    }
    return undefined;
  }

  #add(state: Int32Array, parent: number, move: number): number {
    const before = this.#table.count;
    const index = this.#table.add(state);
    if (this.#table.count > before) {
      this.#parents.push(parent);
      this.#moves.push(move);
      this.#depths.push(parent < 0 ? 0 : this.#depths.at(parent) + 1);
    }
    return index;
  }

  #wayTo(index: number): readonly Move[] {
    const moves: Move[] = [];
    for (let at = index; this.#parents.at(at) >= 0; at = this.#parents.at(at)) moves.push(this.#moves.at(at) as Move);
    return moves.reverse();
  }

  /* ---- Judging runs ---- */

  #judgeRuns(): Finding | undefined {
    return this.#findCircle() ?? this.#findLost();
  }

  /**
   * Takes away, one after the other, states that no plain move leads to any more: what remains when none is left to
   * take lies on circles or behind them.
   */
  #findCircle(): Finding | undefined {
    const count = this.#table.count;
    const incoming = new Int32Array(count);
    for (const edge of this.#edges.items) if (edge >= 0) incoming[edge]!++;
    const free: number[] = [];
    for (let index = 0; index < count; index++) if (incoming[index] === 0) free.push(index);
    let taken = 0;
    for (let index = free.pop(); index !== undefined; index = free.pop()) {
      taken++;
      for (const edge of this.#edgesOf(index)) if (edge >= 0 && --incoming[edge]! === 0) free.push(edge);
    }
    if (taken === count) return undefined;
    return this.#nameCircle(incoming);
  }

  /** Every state that remains has a remaining one before it: going back from any of them leads into a circle. */
  #nameCircle(incoming: Int32Array): Finding {
    const before = new Int32Array(this.#table.count).fill(-1);
    let start = -1;
    for (let index = 0; index < this.#table.count; index++) {
      if (incoming[index]! <= 0) continue;
      if (start < 0) start = index;
      for (const edge of this.#edgesOf(index)) if (edge >= 0 && incoming[edge]! > 0) before[edge] = index;
    }
    const seen = new Set<number>();
    while (!seen.has(start)) {
      seen.add(start);
      start = before[start]!;
    }
    const circle = [start];
    for (let at = before[start]!; at !== start; at = before[at]!) circle.push(at);
    circle.push(start);
    circle.reverse();
    const first = Math.min(...circle);
    const turned = circle.indexOf(first);
    const ring = [...circle.slice(turned, -1), ...circle.slice(0, turned), first];
    const cycle = ring.slice(1).map((next, place) => this.#moveBetween(ring[place]!, next));
    const state = new Int32Array(WIDTH);
    this.#table.read(first, state);
    return { kind: "circle", what: this.#world.describe(state), moves: this.#wayTo(first), cycle };
  }

  #moveBetween(from: number, to: number): Move {
    const state = new Int32Array(WIDTH);
    this.#table.read(from, state);
    let found: Move | undefined;
    this.#world.expand(state, (move, kind) => {
      if (kind === "plain" && this.#table.add(this.#world.next) === to) found ??= move;
    });
    if (found === undefined) throw new Error("an edge without a move");
    return found;
  }

  /** From every state an end must be within reach, without a fault; the clock may be needed. */
  #findLost(): Finding | undefined {
    const count = this.#table.count;
    const starts = new Int32Array(count + 1);
    for (const edge of this.#edges.items) starts[(edge >= 0 ? edge : ~edge) + 1]!++;
    for (let index = 0; index < count; index++) starts[index + 1]! += starts[index]!;
    const sources = new Int32Array(this.#edges.length);
    const filled = starts.slice(0, count);
    for (let index = 0; index < count; index++) {
      for (const edge of this.#edgesOf(index)) sources[filled[edge >= 0 ? edge : ~edge]!++] = index;
    }
    const reaches = new Uint8Array(count);
    const open: number[] = [];
    const mark = (index: number): void => {
      if (reaches[index] !== 0) return;
      reaches[index] = 1;
      open.push(index);
    };
    for (let index = 0; index < count; index++) if (this.#isEnd.at(index) === 1) mark(index);
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      for (let at = starts[index]!; at < starts[index + 1]!; at++) mark(sources[at]!);
    }
    const lost = reaches.indexOf(0);
    if (lost < 0) return undefined;
    const state = new Int32Array(WIDTH);
    this.#table.read(lost, state);
    return { kind: "lost", what: this.#world.describe(state), moves: this.#wayTo(lost), cycle: [] };
  }

  #edgesOf(index: number): Int32Array {
    const end = index + 1 < this.#edgeStarts.length ? this.#edgeStarts.at(index + 1) : this.#edges.length;
    return this.#edges.items.subarray(this.#edgeStarts.at(index), end);
  }
}
