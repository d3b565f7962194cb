/** What a host does wrong in its start-up, in its stop, and behind the bytes that it reads. */
import { Command, Status } from "../../core/binding/registers.ts";
import type { Deed, Misdeed } from "./misdeed.ts";

const FENCES = ["H1.7", "H1.8", "H1.14", "H1.15"];

/** The close is left out, fields and Initialise, where the host stops or where it does not. */
function noClose(atStop: boolean): Deed {
  return (bus, act) => {
    let isLeftOut = false;
    return {
      writeWindow: (step, offset, bytes, start, end) => {
        if (step === "H1.2") isLeftOut = act.isStopping() === atStop && act.strikes();
        if (step !== "H1.2" || !isLeftOut) bus.writeWindow(step, offset, bytes, start, end);
      },
      writeData: (step, value) => {
        if (step !== "H1.3" || !isLeftOut) bus.writeData(step, value);
      },
    };
  };
}

const oneFence: Deed = (bus, act) => ({
  writeData: (step, value) => {
    if ((step !== "H1.8" && step !== "H1.15") || !act.strikes()) bus.writeData(step, value);
  },
});

/** From one start-up to the next. */
const noFence: Deed = (bus, act) => {
  let isLeftOut = false;
  return {
    writeData: (step, value) => {
      if (step === FENCES[0]) isLeftOut = act.strikes();
      if (!isLeftOut || !FENCES.includes(step)) bus.writeData(step, value);
    },
  };
};

/** In the round behind the one that writes Initialise: a BMC that is quick finds host versions 0/0. */
const versionsAfterInitialise: Deed = (bus, act) => {
  let late: { readonly offset: number; readonly bytes: Uint8Array } | undefined;
  let isDue = false;
  return {
    writeWindow: (step, offset, bytes, start, end) => {
      if (step === "H1.11") late = act.strikes() ? { offset, bytes: bytes.slice(start, end) } : undefined;
      if (step !== "H1.11" || late === undefined) bus.writeWindow(step, offset, bytes, start, end);
    },
    writeData: (step, value) => {
      bus.writeData(step, value);
      if (step === "H1.13") isDue = late !== undefined;
    },
    readStatus: (step) => {
      if (isDue && late !== undefined) bus.writeWindow("H1.11", late.offset, late.bytes, 0, late.bytes.length);
      isDue = false;
      return bus.readStatus(step);
    },
  };
};

/** Behind a Tx Begin; what the host believes of STR is what it read before, less the byte that it took. */
const noSecondLook: Deed = (bus, act) => {
  let status = 0;
  let isBehindBegin = false;
  return {
    readData: (step) => {
      const byte = bus.readData(step);
      isBehindBegin = byte === Command.TX_BEGIN;
      return byte;
    },
    readStatus: (step) => {
      if (step === "H2.11" && isBehindBegin && act.strikes()) return status & ~Status.OBF;
      status = bus.readStatus(step);
      return status;
    },
  };
};

export const HOST_DEEDS: readonly Misdeed[] = [
  {
    name: "no-close",
    help: "begins a start-up without a close",
    breaks: { host: ["LPC-HOST-3"] },
    afterwards: "goesOn",
    deed: noClose(false),
  },
  {
    name: "no-close-at-stop",
    help: "stops without a close",
    breaks: { host: ["LPC-HOST-12"] },
    afterwards: "newStart",
    deed: noClose(true),
  },
  {
    name: "one-fence",
    help: "leaves the second fence behind an Initialise out; each start-up has two such places",
    breaks: { host: ["LPC-HOST-4", "LPC-HOST-6"] },
    afterwards: "goesOn",
    deed: oneFence,
  },
  {
    name: "no-fence",
    help: "leaves all fences of a start-up out",
    breaks: { host: ["LPC-HOST-4", "LPC-HOST-6"] },
    afterwards: "goesOn",
    deed: noFence,
  },
  {
    name: "versions-after-initialise",
    help: "writes its versions in the round behind the Initialise that proposes them",
    breaks: { host: ["LPC-HOST-5"] },
    afterwards: "goesOn",
    deed: versionsAfterInitialise,
  },
  {
    name: "no-second-look",
    help: "does not read STR behind a Tx Begin, before it writes Rx Complete",
    breaks: { host: ["LPC-HOST-10"] },
    afterwards: "goesOn",
    deed: noSecondLook,
  },
];
