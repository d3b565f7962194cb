/** Our sides with one ruling left out, to see what it is for. Each names the steps whose accesses it changes. */
import type { BmcState } from "../../../bmc/role/state.ts";
import type { HostState } from "../../../host/role/state.ts";
import { newChannel, openSession } from "../../../src/core/binding/channel.ts";
import { MAGIC, decodeLayout, encodeLayout, type Layout } from "../../../src/core/binding/control-region.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import type { RoleState } from "../../../src/core/binding/side.ts";
import { amendPhase } from "../../../src/core/binding/transitions.ts";
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import { altered, leavingOut } from "../../../src/core/explore/altered-side.ts";
import { DUE, type SideModel } from "../../../src/core/explore/side-machine.ts";
import { writeU32be } from "../../../src/core/wire/bytes.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { setTransmit } from "./deployed-side.ts";

/** The side sees some bits of STR as 0 at some steps, while `isBlind`. */
function blindTo(
  model: SideModel,
  bits: number,
  steps: readonly string[],
  isBlind: (phase: string) => boolean = () => true,
): SideModel {
  return altered<RoleState>(model, () => ({
    access: (access, make, state) => {
      const value = make(access);
      return steps.includes(access.step) && isBlind(state.phase.name) ? value & ~bits : value;
    },
  }));
}

/* ---- The BMC ---- */

/** Steps that write STR. */
const STATUS_WRITES: readonly string[] = ["B1.1", "B1.8", "B3.7", "B3.8", "B6.1"];

/** LPC-BMC-1: one announcement. */
export function announcesOnce(bmc: SideModel): SideModel {
  return altered<BmcState>(bmc, () => ({
    round: (state, run) => {
      if (state.phase.name === "announcing" && state.phase.written === 1) {
        amendPhase(state, { ...state.phase, written: 2 });
      }
      return run();
    },
  }));
}

/** LPC-BMC-1: STR is not cleared at the start. */
export function startsUnseen(bmc: SideModel): SideModel {
  return altered(bmc, () => ({ access: (access, make) => (access.step === "B1.1" ? 0 : make(access)) }));
}

/** LPC-BMC-11: the magic is written with the rest of the region, behind the announcements. */
export function announcesBeforeMagic(bmc: SideModel): SideModel {
  return altered(bmc, () => ({ access: (access, make) => (access.step === "B1.2" ? 0 : make(access)) }));
}

/** LPC-BMC-10: what wakes the BMC when an announcement was read comes late; it finds out by a deadline of its own. */
export function noticesLate(bmc: SideModel): SideModel {
  return altered<BmcState>(bmc, (now) => ({
    access: (access, make, { phase }) => {
      const value = make(access);
      const isTooEarly = phase.name === "announcing" && phase.written > 0 && now < DUE;
      return access.step === "B1.3" && isTooEarly ? value | Status.OBF : value;
    },
  }));
}

/** LPC-KCS-2: the dummy does not wait for OBF = 0. */
export function overwritesWithDummy(bmc: SideModel): SideModel {
  const rude = altered<BmcState>(bmc, () => ({
    access: (access, make) => {
      const value = make(access);
      if (["B1.8", "B3.7", "B3.8"].includes(access.step)) {
        make({ kind: "writeData", step: "B4.1", value: Command.DUMMY });
      }
      return value;
    },
    round: (state, run) => {
      const progress = run();
      if (state.phase.name !== "starting") state.dummyPending = false;
      return progress;
    },
  }));
  return { ...rude, leeway: { overwrites: true } };
}

/** LPC-KCS-3: writing STR clears OBF. */
export function clearsObf(bmc: SideModel): SideModel {
  const careless = altered(bmc, () => ({
    access: (access, make) =>
      access.kind === "writeStatus" && STATUS_WRITES.includes(access.step)
        ? make({ ...access, value: access.value & ~KEEP_OBF })
        : make(access),
  }));
  return { ...careless, leeway: { overwrites: true }, judge: () => undefined };
}

/** LPC-KCS-6: Tx Begin goes before the dummy. */
export function beginsBeforeDummy(bmc: SideModel): SideModel {
  return altered<BmcState>(bmc, () => {
    let wentBefore = false;
    return {
      access: (access, make, { channel }) => {
        if (access.step !== "B4.1" || channel?.transmit !== "beginPending") return make(access);
        make({ kind: "writeData", step: "B4.3", value: Command.TX_BEGIN });
        setTransmit(channel, "outstanding");
        wentBefore = true;
        return 0;
      },
      round: (state, run) => {
        const progress = run();
        if (wentBefore) state.dummyPending = true;
        return progress;
      },
    };
  });
}

/** LPC-BMC-3: what waits for ODR is written before IDR is read. */
export function writesBeforeReading(bmc: SideModel): SideModel {
  return altered<BmcState>(bmc, () => ({
    access: (access, make, { channel, dummyPending }) => {
      const value = make(access);
      const waits = dummyPending || channel?.rxCompleteOwed === true || channel?.transmit === "beginPending";
      return access.step === "B2.2" && waits && (value & Status.OBF) === 0 ? value & ~Status.IBF : value;
    },
  }));
}

/** LPC-BMC-4: a Tx Begin that waits is kept over an Initialise. */
export function keepsTxBegin(bmc: SideModel): SideModel {
  return altered<BmcState>(bmc, () => ({
    round: (state, run) => {
      const before = state.channel;
      const progress = run();
      if (before?.transmit === "beginPending" && state.channel !== undefined && state.channel !== before) {
        setTransmit(state.channel, "beginPending");
      }
      return progress;
    },
  }));
}

/** LPC-BMC-6: a packet that was read is handed on whatever has arrived in IDR since. */
export function looksOnce(bmc: SideModel): SideModel {
  return blindTo(bmc, Status.IBF, ["B2.8"]);
}

/** LPC-BMC-9: session bits that it did not write do not strike it. */
export function overlooksReset(bmc: SideModel): SideModel {
  return altered<BmcState>(bmc, () => ({
    access: (access, make, { channel }) => {
      const value = make(access);
      if (!["B2.2", "B2.8", "B3.1"].includes(access.step)) return value;
      return (value & ~SESSION_BITS) | (channel === undefined ? Status.BMC_ACTIVE : SESSION_BITS);
    },
  }));
}

/** LPC-MTU-4: tx_size is larger than rx_size by so much. */
export function answersWithMore(bmc: SideModel, bytes: number): SideModel {
  return altered<BmcState>(bmc, () => {
    let layout: Layout | undefined;
    return {
      access: (access, make) => {
        if (access.step !== "B3.5" || access.kind !== "writeWindow") return make(access);
        const { bmcToHost, hostToBmc } = decodeLayout(access.bytes);
        layout = { bmcToHost, hostToBmc: { ...hostToBmc, size: hostToBmc.size + bytes } };
        return make({ ...access, bytes: encodeLayout(layout) });
      },
      round: (state, run) => {
        const progress = run();
        if (layout !== undefined && state.channel !== undefined) {
          state.channel = newChannel(openSession(state.channel.session.version, layout, WINDOW_BYTES), millis(0));
        }
        return progress;
      },
    };
  });
}

/* ---- The host ---- */

/** Where a start-up looks at STR. */
const START_UP_LOOKS: readonly string[] = ["H0.1", "H0.4"];

/** LPC-HOST-13 left out, too: else the host notices that there was no close. */
function opensAnyway(host: SideModel): SideModel {
  return blindTo(host, Status.CHANNEL_ACTIVE, START_UP_LOOKS, (phase) => phase === "opening");
}

/** LPC-HOST-3: neither close nor fences behind it. */
export function opensWithoutClose(host: SideModel): SideModel {
  return opensAnyway(leavingOut(host, "H1.2", "H1.3", "H1.7", "H1.8"));
}

/** LPC-HOST-4: no fence behind the close. */
export function opensWithoutFences(host: SideModel): SideModel {
  return opensAnyway(leavingOut(host, "H1.7", "H1.8"));
}

/** LPC-HOST-4: ODR is not emptied. */
export function opensOverOdr(host: SideModel): SideModel {
  const before = ["closing", "fencingClose", "opening"];
  return blindTo(host, Status.OBF, START_UP_LOOKS, (phase) => before.includes(phase));
}

/** LPC-HOST-6: no fence behind the proposal. */
export function judgesWithoutFences(host: SideModel): SideModel {
  return leavingOut(host, "H1.14", "H1.15");
}

/** LPC-HOST-4, LPC-KCS-13: one fence behind the close. */
export function closesWithOneFence(host: SideModel): SideModel {
  return leavingOut(host, "H1.8");
}

/** LPC-HOST-6, LPC-KCS-13: one fence behind the proposal. */
export function opensWithOneFence(host: SideModel): SideModel {
  return leavingOut(host, "H1.15");
}

/** LPC-KCS-13: one fence at each place. */
export function fencesOnce(host: SideModel): SideModel {
  return leavingOut(host, "H1.8", "H1.15");
}

/** LPC-HOST-14: the magic is not read. */
export function takesMagicForGranted(host: SideModel): SideModel {
  return altered(host, () => ({
    access: (access, make) => {
      if (access.step !== "H0.2" || access.kind !== "readWindow") return make(access);
      writeU32be(access.into, access.at, MAGIC);
      return 0;
    },
  }));
}

/** LPC-HOST-8: a Tx Begin that comes before the judgement is not remembered. */
export function forgetsTxBegin(host: SideModel): SideModel {
  return altered<HostState>(host, () => ({
    round: (state, run) => {
      const progress = run();
      state.txBeginSeen = false;
      return progress;
    },
  }));
}

/* ---- Either ---- */

/** LPC-KCS-12: Rx Complete goes first every time. */
export function completesFirst(side: SideModel): SideModel {
  return altered<HostState | BmcState>(side, () => ({
    round: (state, run) => {
      const progress = run();
      if (state.channel !== undefined) state.channel.beginIsNext = false;
      return progress;
    },
  }));
}
