/** Directed runs of the project's host against a BMC that a script plays. */
import type { HostConfig } from "../../../host/role/state.ts";
import { encodeU16, encodeVersionRange, Field, type Layout } from "../../../src/core/binding/control-region.ts";
import { hostStatusOf } from "../../../src/core/binding/kcs-word.ts";
import { Command, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import { writeU32be } from "../../../src/core/wire/bytes.ts";
import { testMessage } from "../../support/endpoints.ts";
import { frameOf, packetOf } from "../../support/frames.ts";
import { ofHost } from "./directed.ts";
import type { BatteryRun } from "./run.ts";
import { layoutOf, ScriptedBmc, type Answer } from "./scripted-bmc.ts";
import type { Stage } from "./stage.ts";

const SMALL: Partial<HostConfig> = { mtu: 64 };

function begin(stage: Stage, config: Partial<HostConfig> = SMALL): ScriptedBmc {
  stage.startHost(config);
  return new ScriptedBmc(stage);
}

/** A session with this BMC, and a message in it. */
function inSession(stage: Stage, version: Version = 3, layout: Layout = layoutOf(64)): ScriptedBmc {
  const bmc = begin(stage, { mtu: undefined, versions: { min: 1, cur: version } });
  bmc.version = version;
  bmc.layout = layout;
  bmc.bringUp();
  stage.send("hostToBmc", testMessage(30));
  bmc.serve();
  return bmc;
}

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

const BAD_ANSWERS: readonly BatteryRun[] = [
  ...Object.entries(BAD_LAYOUTS).map(([name, layout]) =>
    ofHost(
      `layout/${name}`,
      `three answers with a layout that is ${name}, then a good one`,
      answeredWrongAtFirst({ layout }),
    ),
  ),
  ...[0, 4, 7, 0x0300].map((version) =>
    ofHost(
      `version/${String(version)}`,
      `three answers with negotiated_ver ${String(version)} and Channel Active, then a good one`,
      answeredWrongAtFirst({ version }),
    ),
  ),
  ofHost(
    "version/below",
    "three answers with version 2 for a host of version 3 alone, then a good one",
    answeredWrongAtFirst({ version: 2 }, { mtu: 64, versions: { min: 3, cur: 3 } }),
  ),
  ofHost(
    "rx-size-above-asked",
    "three answers with a larger rx_size than was asked for, then a good one",
    answeredWrongAtFirst({ layout: layoutOf(100) }),
  ),
  ofHost("refused", "three refusals, then a session", answeredWrongAtFirst({ version: 0, isActive: false })),
  ofHost("refused-for-ever", "a BMC that refuses for ever, then the host stops", (stage) => {
    const bmc = begin(stage);
    bmc.answer = () => ({ version: 0, layout: bmc.layout, isActive: false });
    bmc.start();
    bmc.wait(6500);
    stage.askToStop("host");
    bmc.serve();
  }),
  ofHost("refused-between-sessions", "a refusal, a session, a refusal, a session: no rest", (stage) => {
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
  ofHost(
    "fields-zeroed-while-resting",
    "the versions are zeroed under a rest, as by a start that is seen late",
    (stage) => {
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
    },
  ),
  ofHost(
    "restarts-for-ever",
    "a BMC that zeroes the versions behind every proposal: the host rests in the end",
    (stage) => {
      const bmc = begin(stage);
      bmc.answer = () => {
        bmc.put(Field.hostVersionMin, encodeVersionRange({ min: 0, cur: 0 }));
        return { version: 0, layout: bmc.layout, isActive: false };
      };
      bmc.start();
      bmc.wait(4500);
    },
  ),
  ofHost(
    "restarts-then-refuses",
    "negotiated_ver 0 with Channel Active, and zeroed versions: a restart seen half",
    (stage) => {
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
    },
  ),
  ofHost("session-bits-fall-while-judging", "STR loses Channel Active while the terms are read", (stage) => {
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
  ofHost("close-lost", "Channel Active behind a close and its fences: the close was lost", (stage) => {
    const bmc = begin(stage);
    let closes = 0;
    bmc.onByte = (byte) => {
      // The last fence: a reset took the close, and Channel Active is set as if it had never come.
      if (byte === Command.DUMMY && ++closes === 2) bmc.setStatus(SESSION_BITS);
    };
    bmc.start();
    bmc.wait(1500);
  }),
  ofHost("first-tx-begin-early", "a Tx Begin between the answer and the last fence", (stage) => {
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
  ofHost(
    "tx-begin-of-old-session",
    "a Tx Begin in ODR in front of the host's start, and one behind the close",
    (stage) => {
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
    },
  ),
  ofHost("pad", "a BMC whose pad is not 0", (stage) => {
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
  ofHost("buffers-out-of-order", "tx_offset below rx_offset, and little room behind it", (stage) => {
    const bmc = begin(stage, { mtu: undefined });
    bmc.layout = { bmcToHost: buffer(0x3000, 0x800), hostToBmc: buffer(0x200, 0x200) };
    bmc.start();
    bmc.serve();
    bmc.send(bmc.frame(1500));
    stage.send("hostToBmc", testMessage(2000));
    bmc.serve();
  }),
  ofHost("little-room", "the host wants more than the room between the buffers", (stage) => {
    const bmc = begin(stage, { mtu: 4000 });
    bmc.layout = { bmcToHost: buffer(0x100, 200), hostToBmc: buffer(0x200, 200) };
    bmc.start();
    bmc.serve();
    bmc.send(bmc.frame(100));
  }),
];

/** Packets of the peer that are right or wrong, one after the other. */
function packets(version: Version, mtu: number, otherMtu: number) {
  return (stage: Stage): void => {
    const bmc = inSession(stage, version, layoutOf(mtu, otherMtu));
    const limit = version === 1 ? 64 : mtu + (version === 2 ? 4 : 0);
    for (const payload of [0, 1, 2, 3, 59, 60, 64, 65, 66, 100, limit - 1, limit]) {
      if (payload <= limit) bmc.send(bmc.frame(payload, payload));
    }
    const packet = packetOf(40);
    const reach = version === 1 ? 2048 - 8 : limit;
    for (const length of [0, 1, 3, 4 + reach + 1, 4 + reach + 4, 4 + reach + 5, 2060, 0x1_0000, 0xffff_ffff]) {
      bmc.send(frameOf(version, packet, length));
      bmc.send(bmc.frame(20));
    }
    if (version === 1) for (const payload of [65, 68, 69, 100, 500, reach]) bmc.send(bmc.frame(payload));
    if (version === 3) {
      for (const payload of [10, 64, limit]) {
        const frame = bmc.frame(payload);
        frame[frame.length - 1]! ^= 0x40;
        bmc.send(frame);
        frame[frame.length - 1]! ^= 0x40;
        frame[9]! ^= 0x01;
        bmc.send(frame);
      }
    }
    for (const length of [1, 60, 64, 65, 200, 1000]) {
      stage.send("hostToBmc", testMessage(length));
      bmc.serve();
    }
  };
}

/** A Get Endpoint ID request to the host; the trailer may be wrong. */
function controlRequest(version: Version, isDamaged: boolean): Uint8Array {
  const packet = Uint8Array.of(0x01, 0x09, 0x08, 0xc8, 0x00, 0x80, 0x02);
  const frame = frameOf(version, packet);
  if (isDamaged) frame[frame.length - 1]! ^= 0x01;
  return frame;
}

const SESSIONS: readonly BatteryRun[] = [
  ...([1, 2, 3] as const).flatMap((version) => [
    ofHost(
      `packets/v${String(version)}`,
      `packets of every kind, version ${String(version)}`,
      packets(version, 64, 64),
    ),
    ofHost(
      `packets/v${String(version)}/larger`,
      `packets of every kind, version ${String(version)}, the BMC's larger than the host's`,
      packets(version, 300, 64),
    ),
    ofHost(
      `packets/v${String(version)}/smaller`,
      `packets of every kind, version ${String(version)}, the BMC's smaller than the host's`,
      packets(version, 64, 300),
    ),
  ]),
  ofHost("length-changes", "the length changes behind its first read", (stage) => {
    const bmc = inSession(stage);
    stage.afterRow = (row) => {
      if (row.side === "host" && row.op === "lpc_read" && row.step === "H2.5") {
        const bytes = new Uint8Array(4);
        writeU32be(bytes, 0, 0x1000);
        bmc.put(bmc.layout.bmcToHost.offset, bytes);
      }
    };
    bmc.send(bmc.frame(40));
    bmc.send(bmc.frame(20));
  }),
  ofHost("bytes", "bytes that have no place in a session, alone and while packets are on their way", (stage) => {
    const bmc = inSession(stage);
    for (const byte of [0x00, 0x03, 0x7f, 0x80, 0xfe, 0xff, 0x02, 0x02]) {
      bmc.write(byte);
      bmc.serve();
      bmc.send(bmc.frame(10));
      stage.send("hostToBmc", testMessage(150));
      bmc.serve();
      bmc.completes = false;
      stage.send("hostToBmc", testMessage(10));
      bmc.serve();
      bmc.completes = true;
      if (byte !== 0x02) bmc.write(byte);
      bmc.serve();
      bmc.write(Command.RX_COMPLETE);
      bmc.serve();
    }
  }),
  ofHost("rx-complete-too-early", "Rx Complete comes while Tx Begin waits for IDR, and again", (stage) => {
    const bmc = inSession(stage);
    for (let round = 0; round < 3; round++) {
      // Two packets: the second is written while the first one's Tx Begin stands in IDR.
      bmc.put(bmc.layout.bmcToHost.offset, bmc.frame(10));
      bmc.write(Command.TX_BEGIN);
      stage.settle();
      stage.send("hostToBmc", testMessage(40, 1));
      stage.send("hostToBmc", testMessage(50, 2));
      stage.settle();
      bmc.write(Command.RX_COMPLETE);
      stage.settle();
      bmc.write(Command.RX_COMPLETE);
      stage.settle();
      bmc.serve();
      bmc.serve();
    }
  }),
  ofHost("tx-begin-while-owing", "a second Tx Begin while the host owes Rx Complete", (stage) => {
    const bmc = inSession(stage);
    for (let round = 0; round < 3; round++) {
      stage.send("hostToBmc", testMessage(40));
      // Tx Begin fills IDR, so that Rx Complete has to wait.
      stage.settle();
      bmc.put(bmc.layout.bmcToHost.offset, bmc.frame(10));
      bmc.write(Command.TX_BEGIN);
      stage.settle();
      bmc.write(Command.TX_BEGIN);
      stage.settle();
      bmc.serve();
    }
  }),
  ofHost("turns", "IDR is emptied late, with packets both ways waiting: whose turn it is", (stage) => {
    const bmc = inSession(stage);
    for (let message = 0; message < 6; message++) stage.send("hostToBmc", testMessage(130, message));
    for (let round = 0; round < 40; round++) {
      stage.settle();
      bmc.put(bmc.layout.bmcToHost.offset, bmc.frame(10, round));
      bmc.writeAtOnce(Command.TX_BEGIN);
      stage.settle();
      if ((bmc.status() & Status.IBF) === 0) continue;
      const byte = stage.bmcPlatform.port.readData("peer");
      // Not settled before the answer is there: the host finds both in one round.
      if (byte === Command.TX_BEGIN) {
        bmc.get(bmc.layout.hostToBmc.offset, 80);
        if ((bmc.status() & Status.OBF) === 0) stage.bmcPlatform.port.writeData(Command.RX_COMPLETE, "peer");
      }
    }
    bmc.serve();
  }),
  ofHost(
    "looks-again",
    "a host that has more packets and stays behind an Rx Complete is called again at once",
    (stage) => {
      const bmc = inSession(stage);
      const { port } = stage.bmcPlatform;
      stage.send("hostToBmc", testMessage(400));
      for (let packet = 0; packet < 8; packet++) {
        stage.settle();
        if ((bmc.status() & Status.IBF) === 0) break;
        port.readData("peer");
        bmc.get(bmc.layout.hostToBmc.offset, 76);
        port.writeData(Command.RX_COMPLETE, "peer");
        stage.step();
        // Called for no other reason than that it has not gone on.
        if ((hostStatusOf(stage.board.word) & Status.IBF) === 0) stage.look();
      }
    },
  ),
  ofHost(
    "reserved-bits",
    "bits of STR that mean nothing are set and cleared in a session and in a start-up",
    (stage) => {
      const bmc = begin(stage);
      bmc.setStatus(0x3c);
      bmc.bringUp();
      for (const bits of [0x04, 0x08, 0x10, 0x20, 0x34]) {
        bmc.setStatus(SESSION_BITS | bits);
        stage.look();
        bmc.send(bmc.frame(10));
        stage.send("hostToBmc", testMessage(100));
        bmc.serve();
      }
    },
  ),
  ...(["with a packet to send", "idle"] as const).flatMap((what) =>
    [Status.BMC_ACTIVE, 0, Status.CHANNEL_ACTIVE].map((status) =>
      ofHost(
        `session-lost/${what.split(" ")[0]!}/${status.toString(16)}`,
        `STR becomes 0x${status.toString(16)} without a byte in ODR, the host ${what}`,
        (stage) => {
          const bmc = inSession(stage);
          bmc.setStatus(status);
          if (what !== "idle") stage.send("hostToBmc", testMessage(150));
          stage.look();
          bmc.send(bmc.frame(20));
          bmc.wait(300);
          bmc.start();
          bmc.serve();
          bmc.wait(1500);
        },
      ),
    ),
  ),
  ofHost(
    "session-lost-behind-byte",
    "STR falls behind a byte of ODR: a Tx Begin is read as the session ends",
    (stage) => {
      for (const row of ["H2.4", "H2.5", "H2.6"]) {
        const bmc = inSession(stage);
        stage.afterRow = ({ side, step }) => {
          if (side !== "host" || step !== row) return;
          stage.afterRow = undefined;
          bmc.setStatus(Status.BMC_ACTIVE);
        };
        stage.send("hostToBmc", testMessage(150));
        bmc.put(bmc.layout.bmcToHost.offset, bmc.frame(20));
        bmc.write(Command.TX_BEGIN);
        stage.settle();
        bmc.serve();
        bmc.wait(1500);
        stage.kill("host");
      }
    },
  ),
  ofHost(
    "session-lost-with-packet",
    "the session ends with packets waiting and under way; the next one begins anew",
    (stage) => {
      const bmc = inSession(stage);
      bmc.completes = false;
      for (const message of [1, 2, 3]) stage.send("hostToBmc", testMessage(200, message));
      bmc.serve();
      bmc.completes = true;
      bmc.setStatus(Status.BMC_ACTIVE);
      bmc.write(Command.DUMMY);
      bmc.serve();
      bmc.wait(100);
      stage.send("hostToBmc", testMessage(30));
      bmc.serve();
    },
  ),
  ofHost("stalled", "a BMC that never answers Tx Begin, for some seconds", (stage) => {
    const bmc = inSession(stage);
    bmc.completes = false;
    stage.send("hostToBmc", testMessage(10));
    bmc.wait(4000);
    bmc.write(Command.RX_COMPLETE);
    bmc.serve();
  }),
  ofHost("idr-unread", "a BMC that does not read IDR, in a session; the host stops", (stage) => {
    const bmc = inSession(stage);
    stage.send("hostToBmc", testMessage(10));
    stage.settle();
    bmc.put(bmc.layout.bmcToHost.offset, bmc.frame(20));
    bmc.writeAtOnce(Command.TX_BEGIN);
    stage.pass(500);
    stage.askToStop("host");
    stage.pass(2500);
  }),
  ofHost(
    "half-message",
    "the first packet of a message whose others never come, for some seconds; then a whole one",
    (stage) => {
      const bmc = inSession(stage);
      const firstOf = (source: number, tag: number): Uint8Array =>
        frameOf(3, Uint8Array.of(0x01, 0x09, source, 0x88 | tag, 0x7f, 1, 2, 3));
      bmc.send(firstOf(8, 1));
      bmc.wait(2500);
      // As many as there may be at once, and more.
      for (let message = 0; message < 12; message++) bmc.send(firstOf(message < 8 ? 8 : 11, message % 8));
      bmc.send(controlRequest(3, false));
    },
  ),
  ofHost("damaged-requests", "control requests, some with a wrong trailer", (stage) => {
    const bmc = inSession(stage);
    for (const isDamaged of [false, true, true, false, true]) {
      bmc.send(controlRequest(3, isDamaged));
      bmc.serve();
    }
  }),
];

const FOREIGN: readonly BatteryRun[] = [
  ofHost("no-magic", "another interface uses the registers: no magic, bytes in ODR, any status", (stage) => {
    const bmc = begin(stage);
    bmc.put(0, Uint8Array.of(0xde, 0xad, 0xbe, 0xef));
    for (const status of [0, 0x40, 0x80, 0xc0, 0x80]) {
      bmc.setStatus(status);
      stage.look();
      bmc.writeAtOnce(0x01);
      stage.look();
      stage.pass(300);
    }
    bmc.put(0, Uint8Array.of(0x4d, 0x43, 0x54, 0x50));
    stage.look();
  }),
  ofHost("magic-comes-late", "BMC Active without the magic; then a start as it should be", (stage) => {
    const bmc = begin(stage);
    bmc.setStatus(Status.BMC_ACTIVE);
    stage.look();
    stage.pass(500);
    bmc.bringUp();
    bmc.send(bmc.frame(20));
  }),
  ofHost("bmc-active-falls", "BMC Active falls at every place of the start-up, and comes back", (stage) => {
    stage.startHost(SMALL);
    for (let bytes = 1; bytes <= 7; bytes++) {
      const bmc = new ScriptedBmc(stage);
      let read = 0;
      bmc.onByte = () => {
        if (++read === bytes) bmc.setStatus(0);
      };
      bmc.start();
      bmc.serve();
      bmc.setStatus(0);
      stage.look();
      stage.pass(200);
      if ((bmc.status() & Status.IBF) !== 0) stage.bmcPlatform.port.readData("peer");
    }
    new ScriptedBmc(stage).bringUp();
  }),
  ofHost(
    "idr-unread-in-start-up",
    "a BMC that does not read IDR at every place of the start-up, while ODR fills",
    (stage) => {
      for (let bytes = 0; bytes <= 6; bytes++) {
        stage.startHost(SMALL);
        const bmc = new ScriptedBmc(stage);
        bmc.start();
        for (let read = 0; read < bytes; read++) {
          stage.settle();
          if ((bmc.status() & Status.IBF) === 0) break;
          bmc.taken.push(stage.bmcPlatform.port.readData("peer"));
          if (bmc.taken.length === 4) {
            bmc.put(Field.rxOffset, new Uint8Array(0));
            bmc.put(Field.negotiatedVersion, encodeU16(3));
            bmc.setStatus(SESSION_BITS);
          }
        }
        for (const byte of [0xff, 0x01, 0xff]) {
          stage.settle();
          bmc.writeAtOnce(byte);
          stage.look();
          stage.pass(200);
        }
        stage.askToStop("host");
        stage.settle();
        if ((bmc.status() & Status.IBF) !== 0) stage.bmcPlatform.port.readData("peer");
        stage.pass(700);
        bmc.serve();
      }
    },
  ),
  ofHost("odr-never-empty", "a BMC that refills ODR at once, for a while, in a start-up", (stage) => {
    const bmc = begin(stage);
    let fills = 30;
    stage.afterRow = (row) => {
      if (row.side !== "host" || !("reg" in row) || row.reg !== "ODR" || fills === 0) return;
      fills--;
      stage.bmcPlatform.port.writeData(Command.DUMMY, "peer");
    };
    bmc.bringUp();
    bmc.send(bmc.frame(20));
  }),
  ofHost(
    "odr-refilled-before-proposal",
    "ODR is filled again as soon as it is read, in front of the proposal",
    (stage) => {
      const bmc = begin(stage);
      let fills = 3;
      stage.afterRow = ({ side, step }) => {
        if (side !== "host" || step !== "H0.3" || bmc.taken.length < 3 || fills === 0) return;
        fills--;
        bmc.writeAtOnce(Command.DUMMY);
      };
      bmc.onByte = () => {
        // The second fence: IDR is empty, and the host finds ODR full.
        if (bmc.taken.length === 3) bmc.writeAtOnce(Command.DUMMY);
      };
      bmc.bringUp();
      bmc.send(bmc.frame(20));
    },
  ),
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((bytes) =>
    ofHost(
      `stop/${String(bytes)}`,
      `the host is asked to stop when the BMC has read ${String(bytes)} bytes`,
      (stage) => {
        const bmc = begin(stage);
        let read = 0;
        bmc.onByte = () => {
          if (read++ === bytes) stage.askToStop("host");
        };
        bmc.start();
        bmc.serve();
        if (stage.member("host") !== undefined && read <= bytes) stage.askToStop("host");
        bmc.wait(1500);
      },
    ),
  ),
];

export const HOST_RUNS: readonly BatteryRun[] = [...BAD_ANSWERS, ...SESSIONS, ...FOREIGN];
