/** A side that misbehaves beside one that does not, on a board in memory with a virtual clock. */
import { parseMisbehaviours } from "../../../src/agent/misbehaviour/list.ts";
import { Misbehaviour } from "../../../src/agent/misbehaviour/misbehaviour.ts";
import type { Afterwards } from "../../../src/agent/misbehaviour/misdeed.ts";
import type { Depth } from "../../../src/core/binding/kcs-word.ts";
import { peerOf, type Direction, type RoleName } from "../../../src/core/binding/side.ts";
import type { Finding } from "../../../src/core/judge/finding.ts";
import { Stage } from "../../mutation/battery/stage.ts";
import { testMessage } from "../../support/endpoints.ts";
import { judged } from "../../support/judging.ts";

const DIRECTIONS: readonly Direction[] = ["hostToBmc", "bmcToHost"];
const SEED = 7;
/** Longer than every rest, wait and silence of these runs. */
const LONG = 6000;

export class MisbehavingRun {
  readonly stage: Stage;
  readonly misbehaviour: Misbehaviour;
  readonly role: RoleName;
  readonly lines: string[] = [];

  constructor(role: RoleName, list: string, depth: Depth = 0) {
    this.role = role;
    this.misbehaviour = new Misbehaviour({
      role,
      entries: parseMisbehaviours(list, role),
      seed: SEED,
      depth,
      tell: (line) => this.lines.push(line),
      restarted: () => {
        this.stage.tellLife(role, "started");
      },
    });
    this.stage = new Stage({ depth, misbehaviours: { [role]: this.misbehaviour } });
    this.stage.startBmc();
    this.stage.startHost();
  }

  /** How often each entry was done. */
  get times(): readonly number[] {
    return this.misbehaviour.status().done.map(({ times }) => times);
  }

  /** Past the start-up, with no traffic yet. */
  up(): this {
    this.stage.bringUp();
    return this;
  }

  /** A start-up, traffic of packets in one access and in several, and time. */
  run(): void {
    this.stage.pass(LONG);
    for (const length of [20, 700]) {
      for (const direction of DIRECTIONS) {
        this.stage.send(direction, testMessage(length, length));
        this.stage.pass(LONG);
      }
    }
  }

  /** What the channel needs when the misbehaviour is over. */
  recover(needed: Afterwards): void {
    if (needed === "goesOn") return;
    const role = needed === "newSession" ? peerOf(this.role) : this.role;
    this.stage.stop(role);
    this.stage.start(role);
    this.stage.pass(LONG);
  }

  /** Whether a message passes each way, unchanged. */
  passes(): Readonly<Record<Direction, boolean>> {
    const results = DIRECTIONS.map((direction) => {
      const receiver = this.stage[direction === "hostToBmc" ? "bmc" : "host"];
      const message = testMessage(33, receiver.received.length + 1);
      this.stage.send(direction, message);
      this.stage.pass(LONG);
      const arrived = receiver.received.some(({ bytes }) => Buffer.from(bytes).equals(message));
      return [direction, arrived] as const;
    });
    return Object.fromEntries(results) as Record<Direction, boolean>;
  }

  findings(recorded: readonly RoleName[]): readonly Finding[] {
    const { depth, window } = this.stage.board;
    return judged(this.stage.rows, { recorded, depth, windowBytes: window.length, livesTold: true, timed: true })
      .findings;
  }
}
