/**
 * The driver of the explorer's boards of depth 1, on walks by chance: when it takes a byte out of IDR, and when it takes it
 * over one that it holds (5.6).
 */
import { expect, test } from "@jest/globals";
import { configurationNamed } from "../../../src/cli/explore/explore-one.ts";
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import { Status } from "../../../src/core/binding/registers.ts";
import { drawnRun } from "../../../src/core/explore/run-drawing.ts";
import { tellRun } from "../../../src/core/explore/run-trace.ts";
import { Move } from "../../../src/core/explore/moves.ts";
import { BMC } from "../../../src/core/explore/state-fields.ts";
import { World } from "../../../src/core/explore/world.ts";
import { SeededRandom } from "../../../src/platform/faulty.ts";

const WALKS = 60;
const MOVES = 120;

interface Step {
  readonly move: Move;
  readonly state: Int32Array;
  readonly readsIdr: boolean;
}

function stepsFrom(world: World, state: Int32Array): readonly Step[] {
  const steps: Step[] = [];
  world.expand(state, (move) => {
    const { made } = world;
    const readsIdr = made?.role === "bmc" && made.access.kind === "readData";
    steps.push({ move, state: Int32Array.from(world.next), readsIdr });
  });
  return steps;
}

test("LPC-KCS-13: it takes a byte while it holds none, and once over one that it held when the BMC opened it", () => {
  const world = new World(configurationNamed("killed-twice-d1").scenario, WINDOW_BYTES);
  const random = new SeededRandom(1);
  const seen = { taken: 0, takenOver: 0, keptUnmasked: 0 };
  let losing: readonly Move[] = [];
  for (let walk = 0; walk < WALKS; walk++) {
    let state = world.first();
    const moves: Move[] = [];
    let isUnmasked = false;
    for (let count = 0; count < MOVES; count++) {
      const steps = stepsFrom(world, state);
      const held = world.heldIn(state);
      const isFull = (world.statusIn(state) & Status.IBF) !== 0;
      const mayTake = isFull && state[BMC] !== 0 && (held === undefined || isUnmasked);
      // Nothing else takes a byte over another: this is what the driver may do, and all that it may do.
      const takes = steps.filter(({ move }) => move === Move.driverTakes);
      expect(takes).toHaveLength(mayTake ? 1 : 0);
      // A BMC is killed where that matters, while the driver holds a byte, and comes back.
      const isKilled = held !== undefined && random.below(3) === 0;
      const kills = steps.filter(({ move }) => move === Move.bmcKilled && isKilled);
      const others = steps.filter(({ move }) => move !== Move.bmcKilled && move !== Move.hostKilled);
      const wanted = kills.length > 0 ? kills : others;
      if (wanted.length === 0) break;
      const { move, state: next, readsIdr } = wanted[random.below(wanted.length)]!;
      moves.push(move);
      if (move === Move.bmcStart) isUnmasked = held !== undefined;
      else if (readsIdr && isUnmasked) {
        seen.keptUnmasked++;
        isUnmasked = false;
      } else if (move === Move.driverTakes) {
        if (held === undefined) seen.taken++;
        else {
          seen.takenOver++;
          losing = [...moves];
        }
        isUnmasked = false;
        expect(world.statusIn(next) & Status.IBF).toBe(0);
      } else if (move === Move.bmcKilled) {
        isUnmasked = false;
        expect(world.heldIn(next)).toBe(held);
      }
      state = next;
    }
  }
  expect(seen.taken).toBeGreaterThan(WALKS);
  expect(seen.takenOver).toBeGreaterThan(5);
  expect(seen.keptUnmasked).toBeGreaterThan(5);
  const { marks } = drawnRun(tellRun(world, losing));
  expect(marks.at(-1)?.text).toMatch(/^driver takes [\da-f]{2} from IDR, [\da-f]{2} is lost$/);
});
