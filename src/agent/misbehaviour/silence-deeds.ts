/** What a side does by doing nothing: it hangs, it is gone, or it hears no interrupt. */
import { STEPS, type Misdeed } from "./misdeed.ts";

const LONGEST_SILENCE = 3_600_000;
const DEFAULT_HANG = 2000;
const DEFAULT_RESTART = 500;
/** It is done to the side's interrupts: it has no deed. */
export const LOSE_INTERRUPT = "lose-interrupt";

export const SILENCE_DEEDS: readonly Misdeed[] = [
  {
    name: LOSE_INTERRUPT,
    help: "is not woken by an interrupt, and finds what it told of when it polls",
    breaks: { host: ["LPC-KCS-10"], bmc: ["LPC-KCS-10"] },
    unseen: "a side that looks late makes the same accesses",
    afterwards: "goesOn",
  },
  {
    name: "hang",
    value: { label: "MS", least: 1, most: LONGEST_SILENCE, fallback: DEFAULT_HANG },
    help: "makes no access for so many milliseconds behind each Rx Complete, and goes on",
    breaks: { host: ["LPC-KCS-11"], bmc: ["LPC-KCS-11"] },
    unseen: "a side that makes no round cannot be told from one that is gone",
    afterwards: "goesOn",
    deed: (bus, act) => ({
      writeData: (step, value) => {
        bus.writeData(step, value);
        if (step === STEPS[act.role].rxComplete && act.strikes()) act.hang(act.value);
      },
    }),
  },
  {
    name: "restart",
    value: { label: "MS", least: 1, most: LONGEST_SILENCE, fallback: DEFAULT_RESTART },
    help: "is gone without a word in place of a Tx Begin, and starts anew after so many milliseconds",
    breaks: { host: ["LPC-HOST-12"], bmc: ["LPC-BMC-7"] },
    unseen: "a side that is gone makes no access; its next life keeps the rules",
    afterwards: "goesOn",
    deed: (bus, act) => ({
      writeData: (step, value) => {
        if (step === STEPS[act.role].txBegin && act.strikes()) act.vanish(act.value);
        bus.writeData(step, value);
      },
    }),
  },
];
