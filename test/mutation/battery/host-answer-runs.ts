/** Directed runs of the project's host: answers of a BMC that are right, wrong, late or lost. */
import type { HostConfig } from "../../../host/role/state.ts";
import { encodeU16, encodeVersionRange, Field, type Layout } from "../../../src/core/binding/control-region.ts";
import { Command, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import { testMessage } from "../../support/endpoints.ts";
import { ofHost } from "./directed.ts";
import type { BatteryRun } from "./run.ts";
import { layoutOf, ScriptedBmc, type Answer } from "./scripted-bmc.ts";
import type { Stage } from "./stage.ts";
import { begin, SMALL } from "./host-begin.ts";

/** The host asks again until the BMC answers as it should. */
function answeredWrongAtFirst(wrong: Partial<Answer>, config: Partial<HostConfig> = SMALL) {
  return (stage: Stage): void => {
    const bmc = begin(stage, config);
    const right: Answer = { version: 3, layout: bmc.layout, isActive: true };
    let proposals = 0;
    bmc.answer = () => (++proposals < 4 ? { ...right, ...wrong } : right);
    bmc.start();
    bmc.serve();
    stage.send("hostToBmc", testMessage(100));
    bmc.serve();
    if (stage.host.active) bmc.send(bmc.frame(40));
    bmc.wait(4500);
    stage.send("hostToBmc", testMessage(100));
    bmc.wait(100);
  };
}

const buffer = (offset: number, size: number): { readonly offset: number; readonly size: number } => ({ offset, size });
const GOOD = buffer(0x100, 76);

/** Layouts that no host may use. */
const BAD_LAYOUTS: Readonly<Record<string, Layout>> = {
  overlapping: { bmcToHost: GOOD, hostToBmc: buffer(0x120, 76) },
  "same-place": { bmcToHost: GOOD, hostToBmc: GOOD },
  "in-control-region": { bmcToHost: buffer(0x80, 76), hostToBmc: buffer(0x900, 76) },
  "behind-window": { bmcToHost: GOOD, hostToBmc: buffer(0x4000 - 40, 76) },
  "wraps-around": { bmcToHost: GOOD, hostToBmc: buffer(0xffff_fff0, 76) },
  "below-btu": { bmcToHost: GOOD, hostToBmc: buffer(0x900, 75) },
};

export const HOST_ANSWER_RUNS: readonly BatteryRun[] = [
  ...Object.entries(BAD_LAYOUTS).map(([name, layout]) => ofHost(`layout/${name}`, answeredWrongAtFirst({ layout }))),
  ...[0, 4, 7, 0x0300].map((version) => ofHost(`version/${String(version)}`, answeredWrongAtFirst({ version }))),
  // Three answers with version 2 for a host of version 3 alone, then a good one.
  ofHost("version/below", answeredWrongAtFirst({ version: 2 }, { mtu: 64, versions: { min: 3, cur: 3 } })),
  // Three answers with a larger rx_size than was asked for, then a good one.
  ofHost("rx-size-above-asked", answeredWrongAtFirst({ layout: layoutOf(100) })),
  // Three refusals, then a session.
  ofHost("refused", answeredWrongAtFirst({ version: 0, isActive: false })),
  // A refusal, a session, a refusal, a session: no rest.
  ofHost("refused-between-sessions", (stage) => {
    const bmc = begin(stage);
    let proposals = 0;
    bmc.answer = () => {
      proposals++;
      const isRefused = proposals === 1 || proposals === 3;
      return { version: isRefused ? 0 : 3, layout: bmc.layout, isActive: !isRefused };
    };
    bmc.start();
    bmc.serve();
    bmc.setStatus(Status.BMC_ACTIVE);
    bmc.write(Command.DUMMY);
    bmc.serve();
    bmc.wait(2500);
  }),
  // The versions are zeroed under a rest, as by a start that is seen late.
  ofHost("fields-zeroed-while-resting", (stage) => {
    const bmc = begin(stage);
    let refuses = true;
    bmc.answer = () => ({ version: refuses ? 0 : 3, layout: bmc.layout, isActive: !refuses });
    bmc.start();
    bmc.serve();
    bmc.wait(300);
    refuses = false;
    bmc.put(Field.hostVersionMin, encodeVersionRange({ min: 0, cur: 0 }));
    stage.look();
    bmc.wait(200);
    bmc.wait(1500);
  }),
  // A BMC that zeroes the versions behind every proposal: the host rests in the end.
  ofHost("restarts-for-ever", (stage) => {
    const bmc = begin(stage);
    bmc.answer = () => {
      bmc.put(Field.hostVersionMin, encodeVersionRange({ min: 0, cur: 0 }));
      return { version: 0, layout: bmc.layout, isActive: false };
    };
    bmc.start();
    bmc.wait(4500);
  }),
  // Negotiated_ver 0 with Channel Active, and zeroed versions: a restart seen half.
  ofHost("restarts-then-refuses", (stage) => {
    const bmc = begin(stage);
    let proposals = 0;
    bmc.answer = () => {
      proposals++;
      if (proposals > 3) return { version: 3, layout: bmc.layout, isActive: true };
      bmc.put(Field.hostVersionMin, encodeVersionRange({ min: 0, cur: 0 }));
      return { version: 0, layout: bmc.layout, isActive: true };
    };
    bmc.start();
    bmc.wait(2500);
  }),
  // STR loses Channel Active while the terms are read.
  ofHost("session-bits-fall-while-judging", (stage) => {
    const bmc = begin(stage);
    let falls = 3;
    stage.afterRow = (row) => {
      if (row.side !== "host" || row.step !== "H1.20" || falls === 0) return;
      falls--;
      bmc.setStatus(Status.BMC_ACTIVE);
      bmc.put(Field.hostVersionMin, encodeVersionRange({ min: 0, cur: 0 }));
    };
    bmc.start();
    bmc.wait(2500);
  }),
  // Channel Active behind a close and its fences: the close was lost.
  ofHost("close-lost", (stage) => {
    const bmc = begin(stage);
    let closes = 0;
    bmc.onByte = (byte) => {
      // The last fence: a reset took the close, and Channel Active is set as if it had never come.
      if (byte === Command.DUMMY && ++closes === 2) bmc.setStatus(SESSION_BITS);
    };
    bmc.start();
    bmc.wait(1500);
  }),
  // A Tx Begin between the answer and the last fence.
  ofHost("first-tx-begin-early", (stage) => {
    const bmc = begin(stage);
    let fences = 0;
    bmc.onByte = (byte) => {
      if (byte !== Command.DUMMY || ++fences !== 3) return;
      bmc.put(bmc.layout.bmcToHost.offset, bmc.frame(40));
      bmc.write(Command.TX_BEGIN);
    };
    bmc.start();
    bmc.serve();
    bmc.wait(1500);
  }),
  // A Tx Begin in ODR in front of the host's start, and one behind the close.
  ofHost("tx-begin-of-old-session", (stage) => {
    const bmc = new ScriptedBmc(stage);
    bmc.writeRegion();
    bmc.put(Field.magic, Uint8Array.of(0x4d, 0x43, 0x54, 0x50));
    bmc.setStatus(SESSION_BITS);
    bmc.put(bmc.layout.bmcToHost.offset, bmc.frame(40));
    bmc.writeAtOnce(Command.TX_BEGIN);
    stage.startHost(SMALL);
    let fences = 0;
    bmc.onByte = (byte) => {
      if (byte === Command.DUMMY && ++fences === 1) bmc.write(Command.TX_BEGIN);
    };
    bmc.serve();
    bmc.wait(1500);
    bmc.send(bmc.frame(20));
  }),
  // A BMC whose pad is not 0.
  ofHost("pad", (stage) => {
    const bmc = begin(stage);
    bmc.answer = () => {
      bmc.put(Field.pad, encodeU16(0x0102));
      return { version: 3, layout: bmc.layout, isActive: true };
    };
    bmc.start();
    bmc.serve();
    bmc.send(bmc.frame(40));
    bmc.wait(1500);
  }),
  // Tx_offset below rx_offset, and little room behind it.
  ofHost("buffers-out-of-order", (stage) => {
    const bmc = begin(stage, { mtu: undefined });
    bmc.layout = { bmcToHost: buffer(0x3000, 0x800), hostToBmc: buffer(0x200, 0x200) };
    bmc.start();
    bmc.serve();
    bmc.send(bmc.frame(1500));
    stage.send("hostToBmc", testMessage(2000));
    bmc.serve();
  }),
];
