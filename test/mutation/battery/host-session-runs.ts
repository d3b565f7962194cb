/** Directed runs of the project's host in a session with a scripted BMC: packets and bytes of every kind. */
import { hostStatusOf } from "../../../src/core/binding/kcs-word.ts";
import { Command, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import { writeU32be } from "../../../src/core/wire/bytes.ts";
import { testMessage } from "../../support/endpoints.ts";
import { frameOf } from "../../support/frames.ts";
import { ofHost } from "./directed.ts";
import { beginTwice, completeTooEarly, sendEveryPacket } from "./peer-plays.ts";
import type { BatteryRun } from "./run.ts";
import { layoutOf } from "./scripted-bmc.ts";
import type { Stage } from "./stage.ts";
import { begin, inSession } from "./host-begin.ts";

/** Packets of the peer that are right or wrong, one after the other. */
function packets(version: Version, mtu: number, otherMtu: number) {
  return (stage: Stage): void => {
    const bmc = inSession(stage, version, layoutOf(mtu, otherMtu));
    const limit = version === 1 ? 64 : mtu + (version === 2 ? 4 : 0);
    sendEveryPacket(stage, bmc, limit, version === 1 ? 2048 - 8 : limit);
  };
}

/** A Get Endpoint ID request to the host; the trailer may be wrong. */
function controlRequest(version: Version, isDamaged: boolean): Uint8Array {
  const packet = Uint8Array.of(0x01, 0x09, 0x08, 0xc8, 0x00, 0x80, 0x02);
  const frame = frameOf(version, packet);
  if (isDamaged) frame[frame.length - 1]! ^= 0x01;
  return frame;
}

export const HOST_SESSION_RUNS: readonly BatteryRun[] = [
  ...([1, 2, 3] as const).flatMap((version) => [
    ofHost(`packets/v${String(version)}`, packets(version, 64, 64)),
    ofHost(`packets/v${String(version)}/larger`, packets(version, 300, 64)),
    ofHost(`packets/v${String(version)}/smaller`, packets(version, 64, 300)),
  ]),
  // The length changes behind its first read.
  ofHost("length-changes", (stage) => {
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
  // Bytes that have no place in a session, alone and while packets are on their way.
  ofHost("bytes", (stage) => {
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
  ofHost("rx-complete-too-early", (stage) => {
    completeTooEarly(stage, inSession(stage));
  }),
  ofHost("tx-begin-while-owing", (stage) => {
    beginTwice(stage, inSession(stage));
  }),
  // IDR is emptied late, with packets both ways waiting: whose turn it is.
  ofHost("turns", (stage) => {
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
  // A host that has more packets and stays behind an Rx Complete is called again at once.
  ofHost("looks-again", (stage) => {
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
  }),
  // Bits of STR that mean nothing are set and cleared in a session and in a start-up.
  ofHost("reserved-bits", (stage) => {
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
  }),
  ...(["with a packet to send", "idle"] as const).flatMap((what) =>
    [Status.BMC_ACTIVE, 0, Status.CHANNEL_ACTIVE].map((status) =>
      ofHost(`session-lost/${what.split(" ")[0]!}/${status.toString(16)}`, (stage) => {
        const bmc = inSession(stage);
        bmc.setStatus(status);
        if (what !== "idle") stage.send("hostToBmc", testMessage(150));
        stage.look();
        bmc.send(bmc.frame(20));
        bmc.wait(300);
        bmc.start();
        bmc.serve();
        bmc.wait(1500);
      }),
    ),
  ),
  // STR falls behind a byte of ODR: a Tx Begin is read as the session ends.
  ofHost("session-lost-behind-byte", (stage) => {
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
  }),
  // The session ends with packets waiting and under way; the next one begins anew.
  ofHost("session-lost-with-packet", (stage) => {
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
  }),
  // A BMC that never answers Tx Begin, for some seconds.
  ofHost("stalled", (stage) => {
    const bmc = inSession(stage);
    bmc.completes = false;
    stage.send("hostToBmc", testMessage(10));
    bmc.wait(4000);
    bmc.write(Command.RX_COMPLETE);
    bmc.serve();
  }),
  // A host that stops behind a full IDR; BMC Active falls meanwhile.
  ofHost("stop/bmc-goes", (stage) => {
    const bmc = inSession(stage);
    stage.send("hostToBmc", testMessage(10));
    stage.settle();
    stage.askToStop("host");
    stage.settle();
    bmc.setStatus(0);
    stage.look();
  }),
  // A BMC that does not read IDR, in a session; the host stops.
  ofHost("idr-unread", (stage) => {
    const bmc = inSession(stage);
    stage.send("hostToBmc", testMessage(10));
    stage.settle();
    bmc.put(bmc.layout.bmcToHost.offset, bmc.frame(20));
    bmc.writeAtOnce(Command.TX_BEGIN);
    stage.pass(500);
    stage.askToStop("host");
    stage.pass(2500);
  }),
  // The first packet of a message whose others never come, for some seconds; then a whole one.
  ofHost("half-message", (stage) => {
    const bmc = inSession(stage);
    const firstOf = (source: number, tag: number): Uint8Array =>
      frameOf(3, Uint8Array.of(0x01, 0x09, source, 0x88 | tag, 0x7f, 1, 2, 3));
    bmc.send(firstOf(8, 1));
    bmc.wait(2500);
    // As many as there may be at once, and more.
    for (let message = 0; message < 12; message++) bmc.send(firstOf(message < 8 ? 8 : 11, message % 8));
    bmc.send(controlRequest(3, false));
  }),
  // Control requests, some with a wrong trailer.
  ofHost("damaged-requests", (stage) => {
    const bmc = inSession(stage);
    for (const isDamaged of [false, true, true, false, true]) {
      bmc.send(controlRequest(3, isDamaged));
      bmc.serve();
    }
  }),
];
