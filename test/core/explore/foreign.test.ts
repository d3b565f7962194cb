/** A KCS channel that is somebody else's: whatever it does, our host looks at STR and the window, and touches nothing. */
import { describe, expect, test } from "@jest/globals";
import { WINDOW_BYTES, hostModel } from "../../../src/cli/explore/models.ts";
import { Move } from "../../../src/core/explore/moves.ts";
import { WIDTH } from "../../../src/core/explore/state-table.ts";
import { World } from "../../../src/core/explore/world.ts";
import { SESSION_BITS } from "../../../src/core/binding/registers.ts";
import { toy, toyScenario } from "./toys.ts";

/** As an IPMI controller may stand there: session bits in STR by chance, a byte in ODR; no magic in the window. */
const ipmi = toy("bmc", (bus, state) => {
  if (state.count === 0) bus.writeStatus(SESSION_BITS);
  else if (state.count === 1) bus.writeData(0x01);
  else bus.readStatus();
  state.count = Math.min(state.count + 1, 2);
  return "again";
});

describe("LPC-HOST-14: without the magic in the window", () => {
  test("the host makes no access to ODR or IDR and writes nothing, in every order of accesses", () => {
    const world = new World(
      toyScenario(hostModel({ mtu: 64 }), ipmi, { spuriousRounds: true, needsTime: true }),
      WINDOW_BYTES,
    );
    const kinds = new Set<string>();
    const seen = new Set<string>();
    const open: Int32Array[] = [world.first()];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      const key = state.join();
      if (seen.has(key)) continue;
      seen.add(key);
      world.expand(state, (move) => {
        expect(world.violation).toBeUndefined();
        if (move === Move.hostAccess || move === Move.hostPoll || move === Move.hostDeadline) {
          kinds.add(world.made?.access.kind ?? "none");
        }
        open.push(Int32Array.from(world.next));
      });
    }
    expect(seen.size).toBeGreaterThan(WIDTH);
    expect([...kinds].sort()).toEqual(["readStatus", "readWindow"]);
  });
});
