/**
 * The explorer's machines against sides that run on a board as in the program: the same moves, made by chance, must give
 * the same accesses with the same values.
 */
import { describe, expect, test } from "@jest/globals";
import type { BusAccess, Procedure, Progress } from "../../../src/core/binding/bus.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { CONFIGURATIONS } from "../../../src/cli/explore/configurations.ts";
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import { performForBmc, performForHost } from "../../../src/drive/executor.ts";
import { Move, moverOf } from "../../../src/core/explore/moves.ts";
import { packetOf, type Scenario } from "../../../src/core/explore/scenario.ts";
import type { MadeAccess } from "../../../src/core/explore/world.ts";
import { World } from "../../../src/core/explore/world.ts";
import { WIDTH } from "../../../src/core/explore/state-table.ts";
import { SeededRandom } from "../../../src/platform/faulty.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";
import type { PacketParts } from "../../../src/core/wire/packet-parts.ts";
import { millis } from "../../../src/core/wire/units.ts";

/** A side on the board, left in the middle of a round after every access. */
class Running {
  readonly #side;
  readonly #perform: (access: BusAccess) => number;
  #round: Procedure<Progress> | undefined;
  #access: BusAccess | undefined;

  constructor(scenario: Scenario, role: RoleName, board: LoopbackBoard) {
    this.#side = scenario[role].create(0, undefined);
    this.#perform =
      role === "host"
        ? (access) => performForHost(board.host.port, board.host.window, access as never)
        : (access) => performForBmc(board.bmc.port, board.bmc.window, access);
  }

  /** Makes the next access; begins a round if none is under way. */
  step(): string {
    if (this.#round === undefined) {
      this.#round = this.#side.service(millis(0));
      this.#access = this.#round.next(0).value as BusAccess;
    }
    const access = this.#access!;
    const value = this.#perform(access);
    const text = accessText(access, value);
    const next = this.#round.next(value);
    this.#access = next.done === true ? undefined : next.value;
    if (next.done === true) this.#round = undefined;
    this.#side.takeReceived();
    return text;
  }

  offer(packet: PacketParts): void {
    this.#side.offer(packet);
  }
}

function accessText(access: BusAccess, value: number): string {
  switch (access.kind) {
    case "readStatus":
    case "readData":
      return `${access.kind} ${value}`;
    case "writeData":
    case "writeStatus":
      return `${access.kind} ${access.value}`;
    case "readWindow":
      return `readWindow ${access.offset} ${toHex(access.into.subarray(access.at, access.at + access.length))}`;
    case "writeWindow":
      return `writeWindow ${access.offset} ${toHex(access.bytes.subarray(access.start, access.end))}`;
  }
}

function madeText({ access, value, bytes }: MadeAccess): string {
  return access.kind === "readWindow" || access.kind === "writeWindow"
    ? `${access.kind} ${access.offset} ${toHex(bytes ?? new Uint8Array(0))}`
    : `${access.kind} ${value}`;
}

interface Option {
  readonly move: Move;
  readonly state: Int32Array;
  readonly made: MadeAccess | undefined;
}

function optionsIn(world: World, state: Int32Array): readonly Option[] {
  const options: Option[] = [];
  world.expand(state, (move, kind) => {
    if (kind === "plain") options.push({ move, state: Int32Array.from(world.next), made: world.made });
  });
  return options;
}

const WALKED = ["v3", "v1", "large-packets", "messages"];

describe("runs of the explorer are runs of the program", () => {
  test.each(WALKED)("%s, by chance, access by access", (name) => {
    const { scenario } = CONFIGURATIONS.find((candidate) => candidate.scenario.name === name)!;
    const world = new World(scenario, WINDOW_BYTES);
    for (let seed = 1; seed <= 40; seed++) {
      const random = new SeededRandom(seed);
      const board = new LoopbackBoard(WINDOW_BYTES);
      const sides = { host: new Running(scenario, "host", board), bmc: new Running(scenario, "bmc", board) };
      const offered = { host: 0, bmc: 0 };
      let state: Int32Array = world.first();
      expect(state).toHaveLength(WIDTH);
      for (let options = optionsIn(world, state); options.length > 0; options = optionsIn(world, state)) {
        const { move, made, state: next } = options[random.below(options.length)]!;
        const role = moverOf(move)!;
        if (move === Move.hostOffer || move === Move.bmcOffer) {
          const direction = role === "host" ? "hostToBmc" : "bmcToHost";
          sides[role].offer(packetOf(scenario, direction, ++offered[role], 1));
        } else {
          expect(sides[role].step()).toBe(madeText(made!));
        }
        state = next;
      }
      expect({ seed, isEnd: world.isEnd(state) }).toEqual({ seed, isEnd: true });
    }
  });
});
