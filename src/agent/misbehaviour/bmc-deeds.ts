/** What a BMC does wrong with STR, its dummies and its start. */
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../../core/binding/registers.ts";
import { Field } from "../../core/binding/control-region.ts";
import { STEPS, type Deed, type Misdeed } from "./misdeed.ts";

/** Bits 5, 4 and 2 of STR. */
const RESERVED = 0x34;
const MAGIC_BYTES = Field.bmcVersionMin;
const NOT_THE_MAGIC = new Uint8Array(MAGIC_BYTES);

/** A byte of a step is not written. */
function leaveOut(left: string): Deed {
  return (bus, act) => ({
    writeData: (step, value) => {
      if (step !== left || !act.strikes()) bus.writeData(step, value);
    },
  });
}

/** Every value that is written to STR is changed. */
function changeStatus(change: (value: number) => number): Deed {
  return (bus, act) => ({
    writeStatus: (step, value) => {
      bus.writeStatus(step, act.strikes() ? change(value) : value);
    },
  });
}

/** The dummy stands in ODR before STR answers: a host that takes it for the answer is deceived. */
const staleDummy: Deed = (bus, act) => ({
  readStatus: (step) => {
    const status = bus.readStatus(step);
    if (step !== "B3.1" || (status & Status.OBF) !== 0 || !act.strikes()) return status;
    bus.writeData("B4.1", Command.DUMMY);
    return bus.readStatus(step);
  },
});

/** In service with nothing due: behind a byte of a session that the host has read. */
const extraDummy: Deed = (bus, act) => {
  const { rxComplete, txBegin, look } = STEPS.bmc;
  let isDue = false;
  return {
    writeData: (step, value) => {
      bus.writeData(step, value);
      if (step === rxComplete || step === txBegin) isDue = act.chosen();
    },
    readStatus: (step) => {
      const status = bus.readStatus(step);
      if (!isDue || step !== look) return status;
      if ((status & SESSION_BITS) !== SESSION_BITS) isDue = false;
      if (!isDue || (status & (Status.OBF | Status.IBF)) !== 0) return status;
      isDue = false;
      bus.writeData("B4.1", Command.DUMMY);
      act.done();
      return bus.readStatus(step);
    },
  };
};

/** The registers' bits go as by a reset, ODR with them; the BMC finds that in its next look and starts again. */
const resetStatus: Deed = (bus, act) => ({
  writeData: (step, value) => {
    if (step === STEPS.bmc.txBegin && act.strikes()) bus.writeStatus(step, 0);
    else bus.writeData(step, value);
  },
});

const ignoreInitialise: Deed = (bus, act) => ({
  readData: (step) => {
    const byte = bus.readData(step);
    return byte === Command.INITIALISE && act.strikes() ? Command.DUMMY : byte;
  },
});

const keepChannelActive: Deed = (bus, act) => ({
  writeStatus: (step, value) => {
    if (step !== "B1.1" || !act.strikes()) bus.writeStatus(step, value);
  },
});

const noMagic: Deed = (bus, act) => {
  let isLeftOut = false;
  return {
    writeWindow: (step, offset, bytes, start, end) => {
      if (step === "B1.2") isLeftOut = act.strikes();
      if (!isLeftOut || (step !== "B1.2" && step !== "B1.5")) {
        bus.writeWindow(step, offset, bytes, start, end);
        return;
      }
      const changed = bytes.slice(start, end);
      changed.set(NOT_THE_MAGIC);
      bus.writeWindow(step, offset, changed, 0, changed.length);
    },
  };
};

export const BMC_DEEDS: readonly Misdeed[] = [
  {
    name: "reset-str",
    help: "writes 0x00 to STR in place of Tx Begin, as a reset of the platform does",
    breaks: { bmc: ["LPC-KCS-3"] },
    afterwards: "goesOn",
    deed: resetStatus,
  },
  {
    name: "reserved-bits",
    help: "sets bits 5, 4 and 2 of each value that it writes to STR",
    breaks: { bmc: ["LPC-KCS-7"] },
    afterwards: "goesOn",
    deed: changeStatus((value) => value | RESERVED),
  },
  {
    name: "obf-cleared",
    help: "writes STR with bit 0 = 0, which clears OBF and loses an unread byte",
    breaks: { bmc: ["LPC-KCS-3"] },
    afterwards: "goesOn",
    deed: changeStatus((value) => value & ~KEEP_OBF),
  },
  {
    name: "stale-dummy",
    help: "writes a dummy behind each Initialise before it has answered, where ODR is empty",
    breaks: { bmc: ["LPC-BMC-4"] },
    afterwards: "goesOn",
    deed: staleDummy,
  },
  {
    name: "extra-dummy",
    help: "writes a dummy behind each Tx Begin and Rx Complete, STR unchanged",
    breaks: { bmc: ["LPC-BMC-13"] },
    afterwards: "goesOn",
    deed: extraDummy,
  },
  {
    name: "no-dummy",
    help: "leaves the dummy behind a change of STR out",
    breaks: { bmc: ["LPC-BMC-4", "LPC-BMC-13", "LPC-KCS-6"] },
    afterwards: "goesOn",
    deed: leaveOut("B4.1"),
  },
  {
    name: "no-announcement",
    help: "leaves an announcement of its start out; each start has two",
    breaks: { bmc: ["LPC-BMC-1"] },
    afterwards: "goesOn",
    deed: leaveOut("B1.4"),
  },
  {
    name: "keep-channel-active",
    help: "does not clear STR when it starts; with restart the host's session seems to live on",
    breaks: { bmc: ["LPC-BMC-1"] },
    afterwards: "goesOn",
    deed: keepChannelActive,
  },
  {
    name: "no-magic",
    help: "writes zeroes in place of the magic when it starts",
    breaks: { bmc: ["LPC-REG-1", "LPC-BMC-11"] },
    afterwards: "newStart",
    deed: noMagic,
  },
  {
    name: "ignore-initialise",
    help: "reads Initialise and passes it over",
    breaks: { bmc: ["LPC-BMC-4"] },
    afterwards: "goesOn",
    deed: ignoreInitialise,
  },
];
