/**
 * Seeded schedules: both sides access by access in an order that chance picks, with crashes, stops and resets of the
 * platform between any two accesses, until the last fault; then a channel that must come back without a timer and carry messages.
 */
import type { RoleName } from "../../src/core/binding/side.ts";
import type { VersionRange } from "../../src/core/binding/versions.ts";
import { SeededRandom } from "../../src/platform/faulty.ts";
import { RESETS } from "./pair.ts";
import { SteppedPair, type SteppedOptions } from "./stepped.ts";
import { Traffic } from "./traffic.ts";

const STEP_LIMIT = 60_000;
/** How likely the driver's interrupt handler, if it has something to take, runs before an access. */
const HANDLER_CHANCE = 0.3;
const ROLES: readonly RoleName[] = ["host", "bmc"];

export type ScheduleOptions = (random: SeededRandom) => Omit<SteppedOptions, "onMessage">;

export interface ScheduleTotals {
  crashes: number;
  stops: number;
  resets: number;
  delivered: number;
}

/** Runs access by access in a random order until the condition holds. */
class Schedule {
  readonly pair: SteppedPair;
  readonly #random: SeededRandom;
  /** How likely the side that was last goes on: from access by access to whole turns. */
  readonly #loyalty: number;
  #role: RoleName = "host";

  constructor(pair: SteppedPair, random: SeededRandom, loyalty: number) {
    this.pair = pair;
    this.#random = random;
    this.#loyalty = loyalty;
  }

  step(): boolean {
    if (this.#random.chance(HANDLER_CHANCE)) this.pair.takeIdr();
    if (!this.#random.chance(this.#loyalty)) this.#role = ROLES[this.#random.below(2)]!;
    return this.pair.step(this.#role);
  }

  until(condition: () => boolean, what: string): void {
    for (let step = 0; step < STEP_LIMIT; step++) {
      if (condition()) return;
      if (!this.step()) throw new Error(`stuck before "${what}"\n${this.pair.toString()}`);
    }
    throw new Error(`running in circles before "${what}"\n${this.pair.toString()}`);
  }
}

/** Runs the schedules of seeds 1 to `seeds`; the error of one that fails says which. */
export function runSchedules(seeds: number, options: ScheduleOptions): ScheduleTotals {
  const totals: ScheduleTotals = { crashes: 0, stops: 0, resets: 0, delivered: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      run(seed, options, totals);
    } catch (error) {
      throw new Error(`seed ${String(seed)}: ${error instanceof Error ? error.message : ""}`, { cause: error });
    }
  }
  return totals;
}

function run(seed: number, options: ScheduleOptions, totals: ScheduleTotals): void {
  const random = new SeededRandom(seed);
  const traffic = new Traffic(random, 150);
  const pair = new SteppedPair({
    ...options(random),
    onMessage: (receiver, bytes) => {
      traffic.arrived(receiver, bytes);
    },
  });
  const schedule = new Schedule(pair, random, [0, 0.5, 0.8, 0.95][seed % 4]!);
  const chance = [0.0005, 0.003, 0.02][seed % 3]!;
  let faults = 1 + random.below(6);
  for (let step = 0; faults > 0 && step < 8000; step++) {
    // Whoever is up soon has something to send, be it the first thing in a session.
    if (random.chance(0.2)) traffic.sendIfIdle(pair, random.chance(0.5) ? "hostToBmc" : "bmcToHost");
    for (const role of ROLES) {
      const member = pair.member(role);
      if (member === undefined) {
        if (random.chance(0.1)) pair.start(role);
      } else if (member.side.stopped) {
        pair.end(role, "killed");
      } else if (random.chance(chance / 3)) {
        // It takes effect at the next round, wherever the side is; a crash may still cut it off.
        pair.stop(role);
        totals.stops++;
      } else if (random.chance(chance)) {
        pair.end(role, role === "bmc" && random.chance(0.3) ? "reset" : "killed");
        totals.crashes++;
        faults--;
      }
    }
    if (random.chance(chance)) {
      pair.resetPlatform(RESETS[random.below(RESETS.length)]!);
      totals.resets++;
      faults--;
    }
    schedule.step();
  }
  for (const role of ROLES) {
    if (pair.member(role)?.isStopAsked === true) pair.end(role, "killed");
    if (pair.member(role) === undefined) pair.start(role);
  }
  afterTheLastFault(schedule, traffic);
  totals.delivered += traffic.received;
}

function afterTheLastFault(schedule: Schedule, traffic: Traffic): void {
  const { pair } = schedule;
  for (let attempt = 0; attempt < 10; attempt++) {
    const sentBefore = schedule.pair.now;
    schedule.until(() => pair.bothActive, "both sides active");
    if (pair.now > sentBefore) throw new Error(`recovery took a timer\n${pair.toString()}`);
    const sent = [0, 1, 2].flatMap(() => [traffic.send(pair, "hostToBmc"), traffic.send(pair, "bmcToHost")]);
    schedule.until(() => sent.every((message) => message === undefined || message.outcome !== undefined), "outcomes");
    if (!sent.every((message) => message?.outcome === "sent")) continue;
    schedule.until(() => traffic.complete, "all received");
    return;
  }
  throw new Error(`no session carries traffic\n${pair.toString()}`);
}

/** Sides that come back with other wishes than they had. */
export function anyConfig(random: SeededRandom): ReturnType<ScheduleOptions> {
  const mtu = (): number | undefined => [64, 100, 500, undefined][random.below(4)];
  const versions = (): VersionRange => ({ min: 1, cur: [3, 3, 3, 2, 1][random.below(5)]! });
  return { host: () => ({ mtu: mtu(), versions: versions() }), bmc: () => ({ mtu: mtu(), versions: versions() }) };
}
