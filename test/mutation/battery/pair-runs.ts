/** Directed runs of both sides of the project. */
import type { Direction, RoleName } from "../../../src/core/binding/side.ts";
import type { VersionRange } from "../../../src/core/binding/versions.ts";
import { Control } from "../../../src/core/mctp/control/codec.ts";
import { eid } from "../../../src/core/wire/units.ts";
import { BMC_EID, HOST_EID, testMessage } from "../../support/endpoints.ts";
import { packetOf, partsOf } from "../../support/frames.ts";
import { RESETS } from "../../support/pair.ts";
import { ofBoth } from "./directed.ts";
import type { BatteryRun } from "./run.ts";
import type { Stage } from "./stage.ts";

const DIRECTIONS: readonly Direction[] = ["hostToBmc", "bmcToHost"];
const ROLES: readonly RoleName[] = ["host", "bmc"];
const RANGES: readonly VersionRange[] = [
  { min: 1, cur: 1 },
  { min: 1, cur: 2 },
  { min: 1, cur: 3 },
  { min: 2, cur: 2 },
  { min: 2, cur: 3 },
  { min: 3, cur: 3 },
];
/** Host, BMC; undefined: the largest there is. */
const MTUS: readonly (readonly [host: number | undefined, bmc: number | undefined])[] = [
  [64, 64],
  [undefined, 4096],
  [300, undefined],
  [1000, 100],
];

function rangeText({ min, cur }: VersionRange): string {
  return `${String(min)}-${String(cur)}`;
}

/** Messages around every edge: of a packet, of two, of the pieces that a packet is written in. */
function traffic(stage: Stage): void {
  const mtu = stage.host.side.session?.mtu.hostToBmc ?? 64;
  const lengths = [1, 2, 3, 4, 5, 59, 60, 61, 63, 64, 65, 100, mtu - 1, mtu, mtu + 1, 2 * mtu, 3 * mtu + 5];
  for (const length of new Set(lengths.filter((one) => one <= 9000))) {
    for (const direction of DIRECTIONS) {
      stage.send(direction, testMessage(length, length));
      stage.settle();
    }
  }
}

function hasCommonVersion(one: VersionRange, other: VersionRange): boolean {
  return one.min <= other.cur && other.min <= one.cur;
}

/** A start-up with each pair of MTUs, and traffic; without a common version some seconds of rests. */
function startUps(stage: Stage, host: VersionRange, bmc: VersionRange, first: RoleName): void {
  const common = hasCommonVersion(host, bmc);
  for (const [hostMtu, bmcMtu] of common ? MTUS : MTUS.slice(0, 1)) {
    const start: Record<RoleName, () => void> = {
      host: () => void stage.startHost({ versions: host, mtu: hostMtu }),
      bmc: () => void stage.startBmc({ versions: bmc, mtu: bmcMtu }),
    };
    start[first]();
    stage.settle();
    start[first === "host" ? "bmc" : "host"]();
    if (common) {
      stage.bringUp();
      traffic(stage);
    } else {
      stage.pass(3500);
    }
    stage.stop("host");
    stage.stop("bmc");
  }
}

const START_UPS: readonly BatteryRun[] = RANGES.flatMap((host, hostPlace) =>
  RANGES.map((bmc, bmcPlace) =>
    ofBoth(`start/${rangeText(host)}/${rangeText(bmc)}`, (stage) => {
      startUps(stage, host, bmc, (hostPlace + bmcPlace) % 2 === 0 ? "host" : "bmc");
    }),
  ),
);

/** Messages of many packets both ways at once. */
function streams(stage: Stage, version: number, depth: 0 | 1): void {
  const versions = { min: 1, cur: version };
  stage.startBmc({ mtu: 64 });
  stage.startHost({ versions, mtu: 64 });
  stage.bringUp();
  for (let message = 0; message < 4; message++) {
    for (const direction of DIRECTIONS) stage.send(direction, testMessage(500 + 100 * depth + message, message));
  }
  stage.settle();
}

const STREAMS: readonly BatteryRun[] = [1, 2, 3].flatMap((version) =>
  ([0, 1] as const).map((depth) =>
    ofBoth(
      `streams/v${String(version)}/d${String(depth)}`,
      (stage) => {
        streams(stage, version, depth);
      },
      { depth },
    ),
  ),
);

const TURNS = 26;
const SMALL = { mtu: 64 };

function startSmall(stage: Stage, role: RoleName): void {
  if (role === "host") stage.startHost(SMALL);
  else stage.startBmc(SMALL);
}

/** Lives that `cut` ends or disturbs after one turn, two and so on: traffic must flow behind each. */
function cutAtEveryTurn(cut: (stage: Stage) => void) {
  return (stage: Stage): void => {
    for (let turns = 0; turns <= TURNS; turns++) {
      for (const role of ["bmc", "host"] as const) startSmall(stage, role);
      for (let turn = 0; turn < turns; turn++) stage.step();
      for (const direction of DIRECTIONS) {
        if (stage.bothActive) stage.send(direction, testMessage(200, turns));
      }
      for (let turn = 0; turn < turns % 5; turn++) stage.step();
      cut(stage);
      stage.pass(300);
      if (!stage.bothActive) stage.bringUp();
      for (const direction of DIRECTIONS) stage.send(direction, testMessage(70, turns));
      stage.settle();
      for (const role of ROLES) stage.kill(role);
    }
  };
}

type Cut = readonly [name: string, cut: (stage: Stage) => void];

const CUTS: readonly Cut[] = [
  ...ROLES.flatMap((role) =>
    (["kill", "stop"] as const).map((how): Cut => [
      `${how === "kill" ? "killed" : "stopped"}/${role}`,
      (stage) => {
        stage[how](role);
        startSmall(stage, role);
      },
    ]),
  ),
  ...RESETS.map((reset): Cut => [
    `reset/${reset}`,
    (stage) => {
      stage.reset(reset);
      stage.look();
    },
  ]),
];

const CUT_LIVES: readonly BatteryRun[] = ([0, 1] as const).flatMap((depth) =>
  CUTS.map(([name, cut]) => ofBoth(`${name}/d${String(depth)}`, cutAtEveryTurn(cut), { depth })),
);

const OTHERS: readonly BatteryRun[] = [
  // A BMC without a host: its announcements stay unread, twice.
  ofBoth("announcements-unread", (stage) => {
    stage.startBmc(SMALL);
    stage.pass(1500);
    stage.stop("bmc");
    stage.startBmc(SMALL);
    stage.pass(700);
    stage.startHost(SMALL);
    stage.bringUp();
    traffic(stage);
  }),
  // A BMC is asked to stop before its first access, and while it announces.
  ofBoth("bmc-stops-at-once", (stage) => {
    stage.startBmc(SMALL);
    stage.stop("bmc");
    stage.startBmc(SMALL);
    stage.turn("bmc");
    stage.stop("bmc");
    stage.startBmc(SMALL);
    stage.pass(700);
    stage.stop("bmc");
  }),
  // A host without a BMC, which stops; then one that meets a BMC.
  ofBoth("host-alone", (stage) => {
    const { side } = stage.startHost(SMALL);
    // A driver that asks in front of a session is told no, and one that offers all the same is refused.
    try {
      if (side.canOffer) side.offer(partsOf(packetOf(10)));
    } catch {
      stage.look();
    }
    stage.pass(1500);
    stage.stop("host");
    stage.startHost(SMALL);
    stage.pass(300);
    stage.startBmc(SMALL);
    stage.bringUp();
    traffic(stage);
  }),
  ...([0, 1] as const).map((depth) =>
    ofBoth(
      `idr-unread/d${String(depth)}`,
      (stage) => {
        stage.startBmc(SMALL);
        stage.startHost(SMALL);
        stage.bringUp();
        stage.kill("bmc");
        stage.send("hostToBmc", testMessage(10));
        stage.settle();
        stage.stop("host");
        stage.pass(1000);
      },
      { depth },
    ),
  ),
  // No common version with a BMC's first life, one with its second.
  ofBoth("refused-then-renewed", (stage) => {
    stage.startBmc({ ...SMALL, versions: { min: 1, cur: 1 } });
    stage.startHost({ ...SMALL, versions: { min: 2, cur: 3 } });
    stage.pass(2300);
    stage.kill("bmc");
    stage.startBmc(SMALL);
    stage.pass(100);
    stage.bringUp();
    traffic(stage);
    stage.kill("bmc");
    stage.startBmc({ ...SMALL, versions: { min: 1, cur: 1 } });
    stage.pass(2500);
  }),
  // Messages of many packets both ways, cut by each side's restart.
  ofBoth("messages-cut", (stage) => {
    stage.startBmc(SMALL);
    stage.startHost(SMALL);
    for (const role of [...ROLES, ...ROLES, ...ROLES]) {
      stage.bringUp();
      for (const direction of DIRECTIONS) {
        for (const seed of [1, 2]) stage.send(direction, testMessage(600, seed));
      }
      for (let turn = 0; turn < 9; turn++) stage.step();
      stage.kill(role);
      startSmall(stage, role);
    }
    stage.bringUp();
    traffic(stage);
  }),
  // Each side is offered a packet with more payload than the session's MTU.
  ofBoth("offer-above-mtu", (stage) => {
    for (const cur of [1, 3]) {
      stage.startBmc({ mtu: 300 });
      stage.startHost({ ...SMALL, versions: { min: 1, cur } });
      stage.bringUp();
      for (const role of ROLES) {
        const { side } = stage.member(role)!;
        const mtu = side.session?.mtu.hostToBmc ?? 64;
        try {
          side.offer(partsOf(packetOf(mtu + 1)));
        } catch (error) {
          // What a side without the mistake says to it.
          if (!(error instanceof RangeError)) throw error;
        }
        stage.look();
      }
      traffic(stage);
      stage.stop("host");
      stage.stop("bmc");
    }
  }),
  // Control requests both ways, answered; then some without an answer, sent again.
  ofBoth("requests", (stage) => {
    stage.startBmc(SMALL);
    stage.startHost(SMALL);
    stage.bringUp();
    const { endpoint: host } = stage.host;
    const { endpoint: bmc } = stage.bmc;
    const none = (): void => undefined;
    for (const command of [Control.GET_ENDPOINT_ID, Control.GET_ENDPOINT_UUID, Control.GET_MESSAGE_TYPE_SUPPORT]) {
      host.requestControl(BMC_EID, command, new Uint8Array(0), stage.now, none);
      stage.settle();
      bmc.requestControl(HOST_EID, command, new Uint8Array(0), stage.now, none);
      stage.settle();
    }
    host.requestControl(eid(20), Control.GET_ENDPOINT_ID, new Uint8Array(0), stage.now, none);
    bmc.requestControl(eid(21), Control.GET_ENDPOINT_ID, new Uint8Array(0), stage.now, none);
    stage.pass(3000);
    host.request(BMC_EID, testMessage(100), stage.now, none);
    stage.pass(8000);
  }),
  // Both sides as they are when they are told nothing, in a window of 64 KiB.
  ofBoth(
    "defaults",
    (stage) => {
      stage.startBmc();
      stage.startHost();
      stage.bringUp();
      for (const length of [1, 64, 1000, 5000, 30_000]) {
        for (const direction of DIRECTIONS) {
          stage.send(direction, testMessage(length));
          stage.settle();
        }
      }
    },
    { windowBytes: 64 * 1024, usualVersions: true },
  ),
];

export const PAIR_RUNS: readonly BatteryRun[] = [...START_UPS, ...STREAMS, ...CUT_LIVES, ...OTHERS];
