/** What a side does wrong with the command bytes of a session: left out, late, twice, overwritten, unknown. */
import { Command, SESSION_BITS, Status } from "../../core/binding/registers.ts";
import { STEPS, type Act, type Deed, type Misdeed } from "./misdeed.ts";
import type { SideBus } from "./side-bus.ts";

const LONGEST_WAIT = 3_600_000;
const DEFAULT_DELAY = 2000;
/** How soon a byte that finds its register full is tried again. */
const RETRY_MILLISECONDS = 1;
const LARGEST_BYTE = 0xff;
const ORDER = { host: ["LPC-HOST-16"], bmc: ["LPC-BMC-13"] } as const;

function outboundFull({ role }: Act): number {
  return role === "host" ? Status.IBF : Status.OBF;
}

function isSession(status: number): boolean {
  return (status & SESSION_BITS) === SESSION_BITS;
}

function isTransfer(value: number): boolean {
  return value === Command.TX_BEGIN || value === Command.RX_COMPLETE;
}

/** A byte more behind each of `commands`, written when the peer has read that one. */
function behind(commands: readonly number[], step: "rxComplete" | "txBegin", byte: (act: Act) => number): Deed {
  return (bus, act) => {
    const steps = STEPS[act.role];
    let isDue = false;
    return {
      writeData: (at, value) => {
        bus.writeData(at, value);
        if ((at === steps.rxComplete || at === steps.txBegin) && commands.includes(value)) isDue = act.chosen();
      },
      readStatus: (at) => {
        const status = bus.readStatus(at);
        if (!isDue) return status;
        if (!isSession(status)) isDue = false;
        if (!isDue || at !== steps.look || (status & outboundFull(act)) !== 0) return status;
        isDue = false;
        bus.writeData(steps[step], byte(act));
        act.done();
        return bus.readStatus(at);
      },
    };
  };
}

/** Rx Complete some time later, into an empty register, where the session still stands. */
function writeLate(bus: SideBus, act: Act): void {
  const { look, rxComplete } = STEPS[act.role];
  const status = bus.readStatus(look);
  if (!isSession(status)) return;
  if ((status & outboundFull(act)) === 0) bus.writeData(rxComplete, Command.RX_COMPLETE);
  else {
    act.later(RETRY_MILLISECONDS, () => {
      writeLate(bus, act);
    });
  }
}

/** In the first round that finds room behind the host's close, of which each side has its own last step. */
const strayTxBegin: Deed = (bus, act) => {
  const [closed, look] = act.role === "host" ? (["H1.8", "H0.1"] as const) : (["B3.8", STEPS.bmc.look] as const);
  let isDue = false;
  return {
    writeData: (at, value) => {
      bus.writeData(at, value);
      if (at === closed) isDue = act.chosen();
    },
    writeStatus: (at, value) => {
      bus.writeStatus(at, value);
      if (at === closed) isDue = act.chosen();
    },
    readStatus: (at) => {
      const status = bus.readStatus(at);
      if (!isDue) return status;
      if ((status & SESSION_BITS) !== Status.BMC_ACTIVE) isDue = false;
      if (!isDue || at !== look || (status & outboundFull(act)) !== 0) return status;
      isDue = false;
      bus.writeData(STEPS[act.role].txBegin, Command.TX_BEGIN);
      act.done();
      return bus.readStatus(at);
    },
  };
};

function refuseCommand(value: number, role: "host" | "bmc"): string | undefined {
  if (value !== Command.DUMMY && !isTransfer(value) && (role === "bmc" || value !== Command.INITIALISE))
    return undefined;
  return "is a command of this side";
}

export const COMMAND_DEEDS: readonly Misdeed[] = [
  {
    name: "no-rx-complete",
    help: "leaves Rx Complete out",
    breaks: { host: ["LPC-BUF-8", "LPC-KCS-6"], bmc: ["LPC-BUF-8", "LPC-KCS-6"] },
    afterwards: "newSession",
    deed: (bus, act) => ({
      writeData: (step, value) => {
        if (step !== STEPS[act.role].rxComplete || !act.strikes()) bus.writeData(step, value);
      },
    }),
  },
  {
    name: "late-rx-complete",
    value: { label: "MS", least: 1, most: LONGEST_WAIT, fallback: DEFAULT_DELAY },
    help: "writes Rx Complete so many milliseconds late",
    breaks: { host: ["LPC-BUF-8", "LPC-KCS-6"], bmc: ["LPC-BUF-8", "LPC-KCS-6"] },
    afterwards: "goesOn",
    deed: (bus, act) => ({
      writeData: (step, value) => {
        if (step !== STEPS[act.role].rxComplete || !act.strikes()) bus.writeData(step, value);
        else {
          act.later(act.value, () => {
            writeLate(bus, act);
          });
        }
      },
    }),
  },
  {
    name: "extra-rx-complete",
    help: "writes a second Rx Complete behind one",
    breaks: ORDER,
    afterwards: "goesOn",
    deed: behind([Command.RX_COMPLETE], "rxComplete", () => Command.RX_COMPLETE),
  },
  {
    name: "double-tx-begin",
    help: "writes a second Tx Begin behind one, for the same packet",
    breaks: { host: ["LPC-HOST-16", "LPC-HOST-11"], bmc: ["LPC-BMC-13", "LPC-BUF-7"] },
    afterwards: "goesOn",
    deed: behind([Command.TX_BEGIN], "txBegin", () => Command.TX_BEGIN),
  },
  {
    name: "unknown-command",
    value: { label: "BYTE", least: 0, most: LARGEST_BYTE, fallback: 0x55, refuse: refuseCommand },
    help: "writes a byte that is no command of this side behind each Tx Begin and Rx Complete; 0x00 is one for a BMC alone",
    breaks: ORDER,
    afterwards: "goesOn",
    deed: behind([Command.TX_BEGIN, Command.RX_COMPLETE], "txBegin", ({ value }) => value),
  },
  {
    name: "stray-tx-begin",
    help: "writes Tx Begin outside a session, behind the host's close",
    breaks: { host: ["LPC-HOST-11"], bmc: ["LPC-BMC-5", "LPC-BMC-8"] },
    afterwards: "goesOn",
    deed: strayTxBegin,
  },
  overwriting("overwrite-idr", "host", "fences"),
  overwriting("overwrite-odr", "bmc", "a dummy"),
];

/** The register is written again at once: the peer finds the second byte alone, unless it was quick. */
function overwriting(name: string, role: "host" | "bmc", what: string): Misdeed {
  const register = role === "host" ? "IDR" : "ODR";
  return {
    name,
    help: `writes ${what} over each Tx Begin and Rx Complete in ${register}, STR not read between`,
    breaks: { [role]: ["LPC-KCS-2"] },
    afterwards: "newSession",
    deed: (bus, act) => ({
      writeData: (step, value) => {
        bus.writeData(step, value);
        const { rxComplete, txBegin } = STEPS[role];
        if ((step !== rxComplete && step !== txBegin) || !act.strikes()) return;
        // What the driver holds is out of reach: the byte behind it is overwritten then.
        const more = role === "host" ? 1 + act.depth : 1;
        for (let count = 0; count < more; count++) bus.writeData(step, Command.DUMMY);
      },
    }),
  };
}
