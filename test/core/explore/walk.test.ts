/**
 * The explorer's machines against sides that run on a board as in the program: the same moves, made by chance, must give
 * the same accesses with the same values.
 */
import { describe, expect, test } from "@jest/globals";
import type { BusAccess } from "../../../src/core/binding/access.ts";
import { ScriptedBus } from "../../../src/core/binding/scripted-bus.ts";
import type { RoleName, RoleState } from "../../../src/core/binding/side.ts";
import { CONFIGURATIONS } from "../../../src/cli/explore/configurations.ts";
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import { BmcPortBus, HostPortBus } from "../../../src/node/port-bus.ts";
import { makeForBmc, makeForHost } from "../../../src/core/binding/access-bus.ts";
import type { AnySide } from "../../../src/core/explore/side-machine.ts";
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

/**
 * A side on the board, left in the middle of a round after every access: each access is made by the round run again from
 * its start, on a copy of the side, with what was read so far.
 */
class Running {
  readonly #restore: (state: RoleState | undefined) => AnySide;
  readonly #perform: (access: BusAccess) => number;
  readonly #bus = new ScriptedBus();
  /** At the start of the round. */
  #state: RoleState;
  #answers: (readonly [value: number, bytes: Uint8Array | undefined])[] = [];

  constructor(scenario: Scenario, role: RoleName, board: LoopbackBoard) {
    this.#restore = (state) => scenario[role].create(0, state);
    this.#state = this.#restore(undefined).state;
    const hostBus = new HostPortBus(board.host);
    const bmcBus = new BmcPortBus(board.bmc);
    this.#perform = role === "host" ? (access) => makeForHost(hostBus, access) : (access) => makeForBmc(bmcBus, access);
  }

  /** The round as far as its answers go: what it waits for, undefined at its end. */
  #replay(): { readonly side: AnySide; readonly access: BusAccess | undefined } {
    const side = this.#restore(structuredClone(this.#state));
    const script = {
      length: this.#answers.length,
      answer: (index: number, access: BusAccess): number => {
        const [value, bytes] = this.#answers[index]!;
        if (access.kind === "readWindow") access.into.set(bytes!, access.at);
        return value;
      },
    };
    return { side, access: this.#bus.run(script, (bus) => side.service(bus, millis(0))).suspended };
  }

  /** Makes the next access; begins a round if none is under way. */
  step(): string {
    const access = this.#replay().access!;
    const value = this.#perform(access);
    const text = accessText(access, value);
    const bytes = access.kind === "readWindow" ? access.into.slice(access.at, access.at + access.length) : undefined;
    this.#answers.push([value, bytes]);
    const { side, access: next } = this.#replay();
    if (next === undefined) {
      this.#state = side.state;
      this.#answers = [];
    }
    return text;
  }

  offer(packet: PacketParts): void {
    const side = this.#restore(structuredClone(this.#state));
    side.offer(packet);
    this.#state = side.state;
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
    for (let seed = 1; seed <= 25; seed++) {
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
          const [done, expected] = [sides[role].step(), madeText(made!)];
          if (done !== expected) expect({ seed, done }).toEqual({ seed, done: expected });
        }
        state = next;
      }
      expect({ seed, isEnd: world.isEnd(state) }).toEqual({ seed, isEnd: true });
    }
  });
});
