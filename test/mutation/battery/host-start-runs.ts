/** Directed runs of the project's host that lead to no session or to its end: other interfaces, falls of BMC Active, stops. */
import { encodeU16, Field } from "../../../src/core/binding/control-region.ts";
import { Command, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import { ofHost } from "./directed.ts";
import type { BatteryRun } from "./run.ts";
import { ScriptedBmc } from "./scripted-bmc.ts";
import { begin, SMALL } from "./host-begin.ts";

export const HOST_START_RUNS: readonly BatteryRun[] = [
  // Another interface uses the registers: no magic, bytes in ODR, any status.
  ofHost("no-magic", (stage) => {
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
  // BMC Active without the magic; then a start as it should be.
  ofHost("magic-comes-late", (stage) => {
    const bmc = begin(stage);
    bmc.setStatus(Status.BMC_ACTIVE);
    stage.look();
    stage.pass(500);
    bmc.bringUp();
    bmc.send(bmc.frame(20));
  }),
  // BMC Active falls at every place of the start-up, and comes back.
  ofHost("bmc-active-falls", (stage) => {
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
  // A BMC that does not read IDR at every place of the start-up, while ODR fills.
  ofHost("idr-unread-in-start-up", (stage) => {
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
  }),
  // A BMC that refills ODR at once, for a while, in a start-up.
  ofHost("odr-never-empty", (stage) => {
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
  // ODR is filled again as soon as it is read, in front of the proposal.
  ofHost("odr-refilled-before-proposal", (stage) => {
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
  }),
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((bytes) =>
    ofHost(`stop/${String(bytes)}`, (stage) => {
      const bmc = begin(stage);
      let read = 0;
      bmc.onByte = () => {
        if (read++ === bytes) stage.askToStop("host");
      };
      bmc.start();
      bmc.serve();
      if (stage.member("host") !== undefined && read <= bytes) stage.askToStop("host");
      bmc.wait(1500);
    }),
  ),
];
