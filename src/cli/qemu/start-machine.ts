/** `mctp-lpc qemu start`: an emulated machine for as long as this process runs. */
import { EmulatedMachine } from "../../platform/qemu/emulated-machine.ts";
import {
  commandLine,
  planMachine,
  QEMU_PROGRAM,
  type MachineChoice,
  type MachinePlan,
} from "../../platform/qemu/machine-plan.ts";
import { print, printLines } from "../output.ts";

export interface StartArguments extends MachineChoice {
  readonly memory?: number;
  readonly untilEof?: true;
  /** Only the command line. */
  readonly print?: true;
}

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export async function startMachine(given: StartArguments): Promise<void> {
  const plan = planMachine({ ...given, memoryBytes: given.memory });
  if (given.print === true) {
    print(commandLine([QEMU_PROGRAM, ...plan.arguments]));
    return;
  }
  const interrupted = interruption(given.untilEof === true);
  print(commandLine([QEMU_PROGRAM, ...plan.arguments]));
  try {
    await runMachine(plan, interrupted);
  } finally {
    // An input that has not ended keeps this process no longer.
    process.stdin.pause();
  }
}

/** Rejects with a Failure where QEMU does not start, or ends before the interruption. */
async function runMachine(plan: MachinePlan, interrupted: Promise<string>): Promise<void> {
  const machine = await EmulatedMachine.start(plan);
  try {
    printLines(readyLines(plan, machine));
    const why = await Promise.race([interrupted, machine.ended.then(() => undefined)]);
    if (why === undefined) throw await machine.failure();
    print(`${why}: ending QEMU`);
  } finally {
    await machine.stop();
  }
}

function readyLines({ folder, machine, memoryPath }: MachinePlan, { version, processId }: EmulatedMachine): string[] {
  const { offset, bytes } = machine.region;
  const place = commandLine([`qemu:${folder}`]);
  return [
    `QEMU ${version} emulates ${machine.machine} (${machine.soc}), process ${String(processId)}; its processor stands still`,
    `region of the BMC: ${String(bytes)} bytes at 0x${offset.toString(16)} of ${memoryPath}; the window is its end`,
    `start the agents: mctp-lpc bmc run --platform ${place}`,
    `                  mctp-lpc host run --platform ${place}`,
    "Ctrl-C ends QEMU and removes what was made",
  ];
}

/** Resolves with the name of the first signal, or with "end of input" where that is asked for. */
function interruption(untilEof: boolean): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of STOP_SIGNALS) process.on(signal, resolve);
    if (!untilEof) return;
    process.stdin.resume().once("end", () => {
      resolve("end of input");
    });
  });
}
