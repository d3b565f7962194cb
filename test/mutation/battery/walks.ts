/**
 * Random walks through what the explorer explores: every move of a scenario, picked by chance. Faults that are used up
 * come back, so that a walk goes on through many lives of both sides.
 */
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { Move, moverOf, type MoveKind } from "../../../src/core/explore/moves.ts";
import { rowOf } from "../../../src/core/explore/run-trace.ts";
import type { Faults, Scenario } from "../../../src/core/explore/scenario.ts";
import { FAULT_SHIFT, REST, SIDES } from "../../../src/core/explore/state-fields.ts";
import { World, type MadeAccess } from "../../../src/core/explore/world.ts";
import { SeededRandom } from "../../../src/platform/faulty.ts";
import { SCENARIOS } from "../scenarios.ts";
import type { LifeEvent, TraceEntry } from "../../../src/core/trace/format.ts";
import type { BatteryRun } from "./run.ts";

const MOVES = 1500;
/** How likely a move of each kind is, where there is one of a kind that is likelier. */
const FAULT_CHANCE = 0.006;
const TIME_CHANCE = 0.04;
/** How likely the side that moved last goes on, by seed: from access by access to whole rounds. */
const LOYALTIES = [0.9, 0.5, 0];

const STARTS: ReadonlySet<Move> = new Set<Move>([Move.hostStart, Move.bmcStart]);
const STOPS: ReadonlySet<Move> = new Set<Move>([Move.hostStop, Move.bmcStop]);
const GOES: ReadonlySet<Move> = new Set<Move>([
  Move.hostKilled,
  Move.bmcKilled,
  Move.hostReset,
  Move.bmcReset,
  Move.bmcDriverReset,
]);
const ROLES: readonly RoleName[] = ["host", "bmc"];

interface Option {
  readonly move: Move;
  readonly kind: MoveKind;
  readonly state: Int32Array;
  readonly made: MadeAccess | undefined;
}

class Walk {
  readonly rows: TraceEntry[] = [];
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #loyalty: number;
  #state: Int32Array;
  #last: RoleName | undefined;

  constructor(scenario: Scenario, seed: number) {
    this.#world = new World(scenario, WINDOW_BYTES);
    this.#random = new SeededRandom(seed);
    this.#loyalty = LOYALTIES[seed % LOYALTIES.length]!;
    this.#state = this.#world.first();
    for (const role of ROLES) this.#tellLife(role, "started");
  }

  run(strict: boolean): readonly TraceEntry[] {
    try {
      for (let moves = 0; moves < MOVES; moves++) {
        this.#renewFaults();
        const options = this.#options();
        if (options.length === 0) break;
        this.#make(this.#picked(options));
      }
    } catch (error) {
      // A mistaken side may fail.
      if (strict) throw error;
    }
    return this.rows;
  }

  #options(): readonly Option[] {
    const options: Option[] = [];
    const world = this.#world;
    world.expand(this.#state, (move, kind) => {
      options.push({ move, kind, state: Int32Array.from(world.next), made: world.made });
    });
    return options;
  }

  #picked(options: readonly Option[]): Option {
    const random = this.#random;
    const of = (kind: MoveKind): readonly Option[] => options.filter((option) => option.kind === kind);
    const [plain, time, fault] = [of("plain"), of("time"), of("fault")];
    const isStill = plain.length === 0;
    if (fault.length > 0 && (random.chance(FAULT_CHANCE) || (isStill && (time.length === 0 || random.chance(0.2))))) {
      return this.#one(fault);
    }
    if (time.length > 0 && (isStill || random.chance(TIME_CHANCE))) return this.#one(time);
    const loyal = plain.filter(({ move }) => moverOf(move) === this.#last);
    return this.#one(loyal.length > 0 && random.chance(this.#loyalty) ? loyal : plain);
  }

  #one(options: readonly Option[]): Option {
    return options[this.#random.below(options.length)]!;
  }

  #make({ move, state, made }: Option): void {
    const role = moverOf(move);
    const wasThere = role !== undefined && this.#isThere(role);
    if (role !== undefined && STARTS.has(move)) this.#tellLife(role, "started");
    if (role !== undefined && STOPS.has(move)) this.#tellLife(role, "stopAsked");
    const row = rowOf(this.rows.length, move, made, this.#world.statusIn(state));
    if (row !== undefined) this.rows.push(row);
    this.#state = state;
    if (role === undefined) return;
    if (wasThere && !this.#isThere(role) && !GOES.has(move)) this.#tellLife(role, "ended");
    this.#last = role;
  }

  #isThere(role: RoleName): boolean {
    return this.#state[SIDES[role].node] !== 0;
  }

  #tellLife(side: RoleName, event: LifeEvent): void {
    this.rows.push({ n: this.rows.length, side, op: "life", event });
  }

  /** As many of each fault are left as at the start. */
  #renewFaults(): void {
    for (const [name, shift] of Object.entries(FAULT_SHIFT)) {
      const wanted = this.#world.scenario.faults[name as keyof Faults];
      this.#state[REST] = (this.#state[REST]! & ~(3 << shift)) | (wanted << shift);
    }
  }
}

/** The project's own sides of a scenario: the other one is a model of a deployed peer. */
function ownSides(name: string): readonly RoleName[] {
  if (name.startsWith("deployed BMC")) return ["host"];
  return name.startsWith("deployed host") ? ["bmc"] : ROLES;
}

const SEEDS = [1, 2];

export const WALKS: readonly BatteryRun[] = [...SCENARIOS].flatMap(([name, scenario]) =>
  SEEDS.map((seed) => ({
    name: `walk/${name.replace(/[^A-Za-z0-9+]+/g, "-")}/${String(seed)}`,
    judged: ownSides(name),
    depth: scenario.depth,
    windowBytes: WINDOW_BYTES,
    usualVersions: false,
    times: undefined,
    rows: (strict = false) => new Walk(scenario, seed).run(strict),
  })),
);
