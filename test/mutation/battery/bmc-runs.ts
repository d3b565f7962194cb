/** Directed runs of the project's BMC against a host that a script plays. */
import type { BmcConfig } from "../../../bmc/role/state.ts";
import { encodeU32, encodeVersionRange, Field } from "../../../src/core/binding/control-region.ts";
import { Command, Status } from "../../../src/core/binding/registers.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import { testMessage } from "../../support/endpoints.ts";
import { frameOf, packetOf } from "../../support/frames.ts";
import { ofBmc } from "./directed.ts";
import { beginTwice, completeTooEarly, sendEveryPacket } from "./peer-plays.ts";
import type { BatteryRun } from "./run.ts";
import { ScriptedHost, type Proposal } from "./scripted-host.ts";
import type { Stage } from "./stage.ts";

const SMALL: Partial<BmcConfig> = { mtu: 64 };

function begin(stage: Stage, config: Partial<BmcConfig> = SMALL): ScriptedHost {
  stage.startBmc(config);
  return new ScriptedHost(stage);
}

function inSession(stage: Stage, version: Version = 3, mtu = 64): ScriptedHost {
  const host = begin(stage, { mtu });
  host.open({ versions: { min: 1, cur: version }, rxSize: mtu + (version === 3 ? 12 : 8) });
  host.send(host.frame(20));
  return host;
}

/** Proposals one after the other, each in a start-up of its own, with a packet each way where a session comes of it. */
function proposals(all: readonly Proposal[], config: Partial<BmcConfig>) {
  return (stage: Stage): void => {
    const host = begin(stage, config);
    for (const proposal of all) {
      if (!host.open(proposal)) continue;
      host.send(host.frame(64));
      stage.send("bmcToHost", testMessage(64));
      host.serve();
    }
  };
}

const ANY = { min: 1, cur: 3 };
const RANGES = [
  { min: 0, cur: 3 },
  { min: 0, cur: 1 },
  { min: 3, cur: 1 },
  { min: 4, cur: 9 },
  { min: 0x0100, cur: 0x0300 },
  { min: 1, cur: 0xffff },
  { min: 2, cur: 7 },
  { min: 0xffff, cur: 0xffff },
  { min: 1, cur: 0 },
];
const SIZES = [0, 1, 11, 12, 64, 72, 75, 76, 77, 100, 200, 0x1000, 0x8000_0000, 0xffff_ffff];

const PROPOSALS: readonly BatteryRun[] = [
  ...[ANY, { min: 2, cur: 2 }, { min: 1, cur: 1 }, { min: 3, cur: 3 }].map((versions) =>
    ofBmc(
      `versions/${String(versions.min)}-${String(versions.cur)}`,
      proposals(
        [...RANGES, ANY, { min: 1, cur: 2 }, { min: 1, cur: 1 }, { min: 3, cur: 3 }, ANY].map((range) => ({
          versions: range,
          rxSize: 76,
        })),
        { ...SMALL, versions },
      ),
    ),
  ),
  ...[1, 2, 3].map((cur) =>
    ofBmc(
      `sizes/v${String(cur)}`,
      proposals(
        [...SIZES, undefined, 76, 11, undefined].map((rxSize) => ({ versions: { min: 1, cur }, rxSize })),
        { mtu: 100 },
      ),
    ),
  ),
  // An older host: Initialise with its versions, no close and no fences.
  ofBmc("asked-without-close", (stage) => {
    const host = begin(stage);
    host.await();
    for (let session = 0; session < 3; session++) {
      host.propose({ rxSize: 76 });
      host.version = 3;
      host.sendsAt = 0x100 + 76;
      host.receivesAt = 0x100;
      host.send(host.frame(30));
      stage.send("bmcToHost", testMessage(30));
      host.serve();
    }
  }),
];

function packets(version: Version, mtu: number) {
  return (stage: Stage): void => {
    const host = inSession(stage, version, mtu);
    const limit = version === 1 ? 64 : mtu;
    sendEveryPacket(stage, host, limit, version === 1 ? 16 * 1024 - host.sendsAt - 8 : limit);
  };
}

const SESSIONS: readonly BatteryRun[] = [
  ...([1, 2, 3] as const).flatMap((version) =>
    [64, 300].map((mtu) => ofBmc(`packets/v${String(version)}/${String(mtu)}`, packets(version, mtu))),
  ),
  // Bytes that have no place in a session, alone and while packets are on their way.
  ofBmc("bytes", (stage) => {
    const host = inSession(stage);
    for (const byte of [0x03, 0x7f, 0x80, 0xfe, 0xff, 0x02, 0x02]) {
      host.write(byte);
      host.drain();
      host.send(host.frame(10));
      stage.send("bmcToHost", testMessage(150));
      host.serve();
      stage.send("bmcToHost", testMessage(10));
      if (byte !== 0x02) host.write(byte);
      host.serve();
    }
  }),
  ofBmc("rx-complete-too-early", (stage) => {
    completeTooEarly(stage, inSession(stage));
  }),
  ofBmc("tx-begin-while-owing", (stage) => {
    beginTwice(stage, inSession(stage));
  }),
  // ODR is emptied late, with packets both ways waiting: whose turn it is.
  ofBmc("turns", (stage) => {
    const host = inSession(stage);
    const { port } = stage.hostPlatform;
    for (let message = 0; message < 6; message++) stage.send("bmcToHost", testMessage(130, message));
    let isOwed = false;
    let isMine = true;
    for (let round = 0; round < 80; round++) {
      stage.settle();
      // Both in one go: the packet's Tx Begin, or what is owed, and the byte that waits.
      const status = port.readStatus("peer");
      if ((status & Status.OBF) !== 0) {
        const byte = port.readData("peer");
        if (byte === Command.RX_COMPLETE) isMine = true;
        if (byte === Command.TX_BEGIN) {
          host.get(host.receivesAt, 80);
          isOwed = true;
        }
      }
      if ((port.readStatus("peer") & Status.IBF) !== 0) continue;
      if (isOwed) {
        port.writeData(Command.RX_COMPLETE, "peer");
        isOwed = false;
      } else if (isMine) {
        host.put(host.sendsAt, host.frame(10, round));
        port.writeData(Command.TX_BEGIN, "peer");
        isMine = false;
      }
    }
  }),
  // An Initialise in a session, idle and with packets both ways under way.
  ofBmc("initialise-in-session", (stage) => {
    const host = inSession(stage);
    for (const state of ["idle", "owing", "outstanding", "waiting", "all"] as const) {
      if (state !== "idle" && state !== "owing") stage.send("bmcToHost", testMessage(200));
      stage.settle();
      if (state !== "idle" && state !== "outstanding") {
        host.put(host.sendsAt, host.frame(10));
        host.write(Command.TX_BEGIN);
      }
      if (state === "waiting" || state === "all") stage.settle();
      host.close();
      host.fences();
      host.propose({ rxSize: 76 });
      host.fences();
      host.send(host.frame(20));
      stage.send("bmcToHost", testMessage(20));
      host.serve();
    }
  }),
  // An Initialise, or a Rx Complete, comes while a packet is read.
  ofBmc("initialise-behind-packet", (stage) => {
    for (const byte of [Command.INITIALISE, Command.RX_COMPLETE, Command.DUMMY, 0x55]) {
      const host = inSession(stage);
      stage.afterRow = ({ side, step }) => {
        if (side !== "bmc" || step !== "B2.6") return;
        stage.afterRow = undefined;
        if (byte === Command.INITIALISE) host.put(Field.hostVersionMin, encodeVersionRange(ANY));
        host.writeAtOnce(byte);
      };
      host.send(host.frame(40));
      stage.afterRow = undefined;
      host.drain();
      stage.pass(200);
      host.fences();
      host.drain();
      host.open({ rxSize: 76 });
      host.send(host.frame(20));
      stage.stop("bmc");
    }
  }),
  // Tx Begin, Rx Complete and fences outside a session.
  ofBmc("closed", (stage) => {
    const host = begin(stage);
    host.await();
    for (const state of ["before", "closed", "refused"] as const) {
      if (state !== "before") {
        host.open({ rxSize: 76 });
        host.send(host.frame(20));
        if (state === "closed") host.close();
        else host.propose({ versions: { min: 7, cur: 9 } });
      }
      for (const byte of [0x01, 0x02, 0xff, 0xff, 0x33]) {
        host.put(0x100 + 76, frameOf(3, packetOf(20)));
        host.write(byte);
        host.drain();
      }
    }
    host.open({ rxSize: 76 });
    host.send(host.frame(20));
  }),
  // A host that leaves ODR as it is, at every place of a start-up and a session.
  ofBmc("odr-unread", (stage) => {
    for (let reads = 0; reads <= 4; reads++) {
      const host = begin(stage);
      for (let read = 0; read < reads; read++) host.take();
      stage.pass(1200);
      for (const byte of [0x00, 0xff, 0xff]) {
        stage.settle();
        host.writeAtOnce(byte);
        stage.settle();
      }
      stage.pass(300);
      host.drain();
      stage.stop("bmc");
    }
    const host = inSession(stage);
    stage.send("bmcToHost", testMessage(200));
    stage.settle();
    host.put(host.sendsAt, host.frame(20));
    host.write(Command.TX_BEGIN);
    stage.pass(500);
    stage.stop("bmc");
  }),
  // A packet of the BMC waits when a session opens: the dummy goes first.
  ofBmc("packet-and-dummy", (stage) => {
    for (let session = 0; session < 3; session++) {
      const host = begin(stage);
      host.await();
      host.close();
      host.fences();
      stage.bmc.endpoint.onLinkChange = (up) => {
        if (up) stage.send("bmcToHost", testMessage(30));
      };
      host.put(Field.hostVersionMin, encodeVersionRange(ANY));
      host.put(Field.rxSize, encodeU32(76));
      // ODR is full when the answer is written: what waits is written when it is emptied.
      host.write(Command.INITIALISE);
      stage.settle();
      host.version = 3;
      host.receivesAt = 0x100;
      host.sendsAt = 0x100 + 76;
      if (session > 0) {
        host.put(host.sendsAt, host.frame(20));
        host.writeAtOnce(Command.TX_BEGIN);
        stage.settle();
      }
      host.serve();
      stage.kill("bmc");
    }
  }),
  // The dummy of an answer waits behind an unread byte, and a packet comes meanwhile.
  ofBmc("dummy-waits", (stage) => {
    const host = inSession(stage);
    for (let round = 0; round < 3; round++) {
      stage.send("bmcToHost", testMessage(30));
      stage.settle();
      // Tx Begin stands in ODR. The close is handled; its dummy waits.
      host.put(Field.hostVersionMin, encodeVersionRange(ANY));
      host.put(Field.rxSize, encodeU32(76));
      host.writeAtOnce(Command.INITIALISE);
      stage.settle();
      host.put(host.sendsAt, host.frame(20));
      host.writeAtOnce(Command.TX_BEGIN);
      stage.settle();
      host.drain();
      host.drain();
    }
  }),
  // A host that never answers Tx Begin, for some seconds.
  ofBmc("stalled", (stage) => {
    const host = inSession(stage);
    stage.send("bmcToHost", testMessage(10));
    host.drain();
    stage.pass(4000);
    host.write(Command.RX_COMPLETE);
    host.drain();
  }),
  ...(["B2.5", "B2.6", "B2.7", "B3.4"] as const).map((place) =>
    ofBmc(`reset-at/${place}`, (stage) => {
      for (let round = 0; round < 3; round++) {
        const host = inSession(stage);
        stage.afterRow = ({ side, step }) => {
          if (side !== "bmc" || step !== place) return;
          stage.afterRow = undefined;
          stage.reset("status");
        };
        host.put(host.sendsAt, host.frame(40));
        host.write(place === "B3.4" ? Command.INITIALISE : Command.TX_BEGIN);
        stage.settle();
        stage.afterRow = undefined;
        stage.look();
        host.drain();
        stage.pass(700);
        host.open({ rxSize: 76 });
        host.send(host.frame(20));
        stage.kill("bmc");
      }
    }),
  ),
  // All registers are cleared; what the BMC reads then looks like an Initialise.
  ofBmc("reset-leaves-zero", (stage) => {
    const host = inSession(stage);
    for (let round = 0; round < 4; round++) {
      host.put(host.sendsAt, host.frame(40));
      host.write(round % 2 === 0 ? Command.DUMMY : Command.TX_BEGIN);
      stage.afterRow = ({ side, step }) => {
        if (side !== "bmc" || step !== "B2.2") return;
        stage.afterRow = undefined;
        stage.reset("registers");
      };
      stage.settle();
      stage.afterRow = undefined;
      stage.look();
      host.drain();
      stage.pass(700);
      host.open({ rxSize: 76 });
      host.send(host.frame(20));
    }
  }),
];

const STOPS: readonly BatteryRun[] = [
  // A BMC is asked to stop at every place: ODR empty and full, idle and with packets under way.
  ofBmc("stops", (stage) => {
    for (const odr of ["empty", "full"] as const) {
      for (const state of ["started", "session", "receiving", "sending"] as const) {
        const host = begin(stage);
        host.await();
        if (state !== "started") {
          host.open({ rxSize: 76 });
          if (state === "receiving") host.put(host.sendsAt, host.frame(20));
          if (state === "receiving") host.writeAtOnce(Command.TX_BEGIN);
          if (state === "sending") stage.send("bmcToHost", testMessage(200));
        }
        if (odr === "full") stage.settle();
        stage.stop("bmc");
        stage.settle();
        host.drain();
      }
    }
  }),
];

export const BMC_RUNS: readonly BatteryRun[] = [...PROPOSALS, ...SESSIONS, ...STOPS];
