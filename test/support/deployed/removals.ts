/**
 * Our sides with one ruling left out, to see what it is for. Each stands between a side and its bus: it changes what the
 * side is handed, what it asks for, or its state between two rounds.
 */
import { replacePhase } from "../../../src/core/binding/transitions.ts";
import { setTransmit } from "./deployed-side.ts";
import {
  writeData,
  writeStatus,
  writeWindow,
  type BusAccess,
  type Procedure,
  type Progress,
} from "../../../src/core/binding/bus.ts";
import { newChannel, openSession } from "../../../src/core/binding/channel.ts";
import {
  CONTROL_REGION_BYTES,
  Field,
  decodeLayout,
  encodeLayout,
  type Layout,
} from "../../../src/core/binding/control-region.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import { Side, type RoleState } from "../../../src/core/binding/side.ts";
import { createPacketMemory } from "../../../src/drive/packet-memory.ts";
import type { SideModel } from "../../../src/core/explore/side-machine.ts";
import { millis } from "../../../src/core/wire/units.ts";
import type { BmcState } from "../../../bmc/role/state.ts";
import type { HostState } from "../../../host/role/state.ts";

const memory = createPacketMemory();

/** Carries out a round: `state` may be changed before and after. */
type Alteration<State> = (round: Procedure<Progress>, state: State) => Procedure<Progress>;

function altered<State extends RoleState>(model: SideModel, alteration: Alteration<State>): SideModel {
  return {
    ...model,
    create: (life, before) => {
      const { role, config, state } = model.create(life, before);
      const service: typeof role.service = (own, ownConfig, tools, now, direct) =>
        alteration(role.service(own, ownConfig, tools, now, direct), own as unknown as State);
      return new Side<RoleState, unknown, BusAccess>({ ...role, service }, config, memory, state);
    },
  };
}

/** Runs a round whose accesses are made by `make`. */
function* through(round: Procedure<Progress>, make: (access: BusAccess) => Procedure<number>): Procedure<Progress> {
  let step = round.next(0);
  while (step.done !== true) step = round.next(yield* make(step.value));
  return step.value;
}

/** The round with some bits of STR never seen. */
function blindTo(bits: number, round: Procedure<Progress>): Procedure<Progress> {
  return through(round, function* (access) {
    const value = yield access;
    return access.kind === "readStatus" ? value & ~bits : value;
  });
}

/* ---- The BMC ---- */

/** B1: one announcement. */
export function announcesOnce(bmc: SideModel): SideModel {
  return altered<BmcState>(bmc, function* (round, state) {
    if (state.phase.name === "announcing" && state.phase.written === 1)
      replacePhase(state, state.phase, { ...state.phase, written: 2 });
    return yield* round;
  });
}

/** B1: STR is not cleared at the start. */
export function startsUnseen(bmc: SideModel): SideModel {
  return altered<BmcState>(bmc, (round) =>
    through(round, function* (access) {
      return access.kind === "writeStatus" && access.value === KEEP_OBF ? 0 : yield access;
    }),
  );
}

/** B2: the dummy does not wait for OBF = 0. */
export function overwritesWithDummy(bmc: SideModel): SideModel {
  const rude = altered<BmcState>(bmc, function* (round, state) {
    const progress = yield* through(round, function* (access) {
      yield* [];
      const value = yield access;
      if (access.kind === "writeStatus" && access.value !== KEEP_OBF) yield writeData(Command.DUMMY);
      return value;
    });
    if (state.phase.name !== "starting") state.dummyPending = false;
    return progress;
  });
  return { ...rude, leeway: { overwrites: true } };
}

/** LPC-KCS-3: writing STR clears OBF. */
export function clearsObf(bmc: SideModel): SideModel {
  const careless = altered<BmcState>(bmc, (round) =>
    through(round, function* (access) {
      return yield access.kind === "writeStatus" ? writeStatus(access.value & ~KEEP_OBF) : access;
    }),
  );
  return { ...careless, leeway: { overwrites: true }, judge: () => undefined };
}

/** LPC-KCS-6: Tx Begin goes before the dummy. */
export function beginsBeforeDummy(bmc: SideModel): SideModel {
  return altered<BmcState>(bmc, (round, state) =>
    through(round, function* (access) {
      const { channel } = state;
      if (access.kind !== "writeData" || access.value !== Command.DUMMY || channel?.transmit !== "beginPending") {
        return yield access;
      }
      yield writeData(Command.TX_BEGIN);
      setTransmit(channel, "outstanding");
      state.dummyPending = true;
      return 0;
    }),
  );
}

/** B2: what waits for ODR is written before IDR is looked at. */
export function writesBeforeReading(bmc: SideModel): SideModel {
  return altered<BmcState>(bmc, function* (round, state) {
    const { channel, dummyPending } = state;
    let isFirst = true;
    return yield* through(round, function* (access) {
      const value = yield access;
      if (access.kind !== "readStatus" || !isFirst) return value;
      isFirst = false;
      const waits = dummyPending || channel?.rxCompleteOwed === true || channel?.transmit === "beginPending";
      return waits && (value & Status.OBF) === 0 ? value & ~Status.IBF : value;
    });
  });
}

/** B3: a Tx Begin that waits is kept over an Initialise. */
export function keepsTxBegin(bmc: SideModel): SideModel {
  return altered<BmcState>(bmc, function* (round, state) {
    const before = state.channel;
    const progress = yield* round;
    if (before?.transmit === "beginPending" && state.channel !== undefined && state.channel !== before) {
      setTransmit(state.channel, "beginPending");
    }
    return progress;
  });
}

/** B5: a packet that was read is handed on without another look at STR. */
export function looksOnce(bmc: SideModel): SideModel {
  return altered<BmcState>(bmc, function* (round) {
    let hasRead = false;
    return yield* through(round, function* (access) {
      const value = yield access;
      if (access.kind === "readWindow" && access.offset >= CONTROL_REGION_BYTES) hasRead = true;
      return access.kind === "readStatus" && hasRead ? value & ~Status.IBF : value;
    });
  });
}

/** LPC-BMC-9: session bits that it did not write do not strike it. */
export function overlooksReset(bmc: SideModel): SideModel {
  return altered<BmcState>(bmc, (round, state) =>
    through(round, function* (access) {
      const value = yield access;
      if (access.kind !== "readStatus" || state.phase.name === "announcing") return value;
      return (value & ~SESSION_BITS) | (state.channel === undefined ? Status.BMC_ACTIVE : SESSION_BITS);
    }),
  );
}

/** LPC-MTU-4: tx_size is larger than rx_size by so much. */
export function answersWithMore(bmc: SideModel, bytes: number): SideModel {
  return altered<BmcState>(bmc, function* (round, state) {
    let layout: Layout | undefined;
    const progress = yield* through(round, function* (access) {
      if (access.kind !== "writeWindow" || access.offset !== Field.rxOffset) return yield access;
      const { bmcToHost, hostToBmc } = decodeLayout(access.bytes);
      layout = { bmcToHost, hostToBmc: { ...hostToBmc, size: hostToBmc.size + bytes } };
      return yield writeWindow(access.offset, encodeLayout(layout));
    });
    if (layout !== undefined && state.channel !== undefined) {
      state.channel = newChannel(openSession(state.channel.session.version, layout), millis(0));
    }
    return progress;
  });
}

/* ---- The host ---- */

/** H1.2, H1.3: neither close nor first fence. */
export function opensWithoutClose(host: SideModel): SideModel {
  return altered<HostState>(host, function* (round, state) {
    if (state.phase.name === "closing" && state.phase.then === "open")
      replacePhase(state, state.phase, { name: "opening" });
    return yield* state.phase.name === "opening" ? blindTo(Status.CHANNEL_ACTIVE, round) : round;
  });
}

/** H1.3: no first fence. */
export function opensWithoutFence(host: SideModel): SideModel {
  return altered<HostState>(host, function* (round, state) {
    if (state.phase.name === "fencingClose") replacePhase(state, state.phase, { name: "opening" });
    return yield* state.phase.name === "opening" ? blindTo(Status.CHANNEL_ACTIVE, round) : round;
  });
}

/** H1.4: ODR is not emptied. */
export function opensOverOdr(host: SideModel): SideModel {
  const before = ["closing", "fencingClose", "opening"];
  return altered<HostState>(host, function* (round, state) {
    return yield* before.includes(state.phase.name) ? blindTo(Status.OBF, round) : round;
  });
}

/** H1.6: no second fence. */
export function judgesWithoutFence(host: SideModel): SideModel {
  return altered<HostState>(host, function* (round, state) {
    if (state.phase.name === "fencingOpen") replacePhase(state, state.phase, { ...state.phase, name: "judging" });
    return yield* round;
  });
}

/** LPC-HOST-8: a Tx Begin that comes before the judgement is not remembered. */
export function forgetsTxBegin(host: SideModel): SideModel {
  return altered<HostState>(host, function* (round, state) {
    const progress = yield* round;
    state.txBeginSeen = false;
    return progress;
  });
}
