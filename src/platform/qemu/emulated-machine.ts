/** A QEMU that was started for agents: its process, from the first look for it to the removal of what it needed. */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Failure, errnoOf, messageOf } from "../failure.ts";
import { Folder } from "../folder.ts";
import { needLibc } from "../libc.ts";
import { replaceWhole } from "../opening.ts";
import { asFailure, Scope } from "../scope.ts";
import { LineChannel } from "./line-channel.ts";
import { encodeMachine, MACHINE_FILE } from "./machine-file.ts";
import { makeMachineFolder } from "./machine-maker.ts";
import { QEMU_PROGRAM, QMP, QTEST, type MachinePlan } from "./machine-plan.ts";
import { Qmp } from "./qmp.ts";
import { QtestRegisters } from "./qtest.ts";

/** QEMU is up after some 0.3 s. */
const START_LIMIT_MILLISECONDS = 30_000;
const LOOK_MILLISECONDS = 20;
/** Of one question, in which this process does nothing else. */
const ANSWER_MILLISECONDS = 1000;
const STOP_LIMIT_MILLISECONDS = 5000;
/** QEMU's complaints; more is left out. */
const LONGEST_COMPLAINT = 2000;
const LONGEST_VERSION = 100;

export class EmulatedMachine {
  readonly plan: MachinePlan;
  /** "7.2.22". */
  version = "";
  /** Resolves once QEMU's process has ended, with how and why. */
  readonly ended: Promise<string>;
  #hasEnded = false;
  #complaints = "";
  readonly #scope: Scope;
  readonly #process: ChildProcess;

  private constructor(plan: MachinePlan, scope: Scope) {
    this.plan = plan;
    this.#scope = scope;
    // In a session of its own: Ctrl-C is this program's, which then ends QEMU.
    this.#process = spawn(QEMU_PROGRAM, plan.arguments, {
      detached: true,
      env: process.env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process.stderr?.setEncoding("latin1").on("data", (text: string) => {
      this.#complaints = (this.#complaints + text).slice(0, LONGEST_COMPLAINT);
    });
    this.ended = new Promise((resolve) => {
      this.#process.once("error", (error) => {
        resolve(messageOf(error));
      });
      this.#process.once("close", (code, signal) => {
        resolve(signal ?? `exit status ${String(code)}`);
      });
    });
    void this.ended.then(() => (this.#hasEnded = true));
  }

  /** Resolves once QEMU answers and agents can find the machine. Rejects with a Failure; nothing is left then. */
  static async start(plan: MachinePlan): Promise<EmulatedMachine> {
    const scope = new Scope();
    let machine: EmulatedMachine | undefined;
    try {
      needLibc();
      makeMachineFolder(scope, plan);
      machine = new EmulatedMachine(plan, scope);
      await machine.#spawned();
      await machine.#answers();
      await machine.#publish();
      return machine;
    } catch (error) {
      await machine?.stop();
      scope.release();
      throw asFailure("qemu-folder", `make what QEMU needs in ${plan.folder}`, error);
    }
  }

  get processId(): number {
    return this.#process.pid ?? -1;
  }

  /** Why QEMU has ended, for people. */
  async failure(): Promise<Failure> {
    const how = await this.ended;
    // "warning: nic ftgmac100.0 has no peer", of each network interface.
    const lines = this.#complaints.split("\n").filter((line) => line.trim() !== "" && !/ warning: nic /.test(line));
    const said = lines.length === 0 ? "it said nothing" : `it said: ${lines.join("; ")}`;
    return new Failure("qemu-ended", `QEMU has ended (${how}); ${said}`);
  }

  /** Ends QEMU and removes what was made for it. */
  async stop(): Promise<void> {
    if (!this.#hasEnded) {
      this.#process.kill("SIGTERM");
      const timer = setTimeout(() => this.#process.kill("SIGKILL"), STOP_LIMIT_MILLISECONDS);
      await this.ended;
      clearTimeout(timer);
    }
    this.#scope.release();
  }

  async #spawned(): Promise<void> {
    const error = await new Promise<unknown>((resolve) => {
      this.#process.once("spawn", () => {
        resolve(undefined);
      });
      this.#process.once("error", resolve);
    });
    if (error === undefined) return;
    if (errnoOf(error) !== "ENOENT") throw asFailure("qemu-missing", `run ${QEMU_PROGRAM}`, error);
    throw new Failure(
      "qemu-missing",
      `the program ${QEMU_PROGRAM} is not there: install the Debian package of that name ("apt install ${QEMU_PROGRAM}")`,
      { cause: error },
    );
  }

  /** Asks until QMP and qtest answer. */
  async #answers(): Promise<void> {
    const end = performance.now() + START_LIMIT_MILLISECONDS;
    for (;;) {
      if (this.#hasEnded) throw await this.failure();
      try {
        this.version = this.#ask();
        return;
      } catch (error) {
        const isEarly = error instanceof Failure && (error.code === "qemu-ended" || error.code === "qemu-silent");
        if (!isEarly || performance.now() > end) throw error;
      }
      await pause(LOOK_MILLISECONDS);
    }
  }

  #ask(): string {
    const scope = new Scope();
    try {
      const folder = Folder.open(this.plan.folder, () => undefined);
      scope.add(() => {
        folder.close();
      });
      const version = versionOf(new Qmp(LineChannel.open(scope, folder, QMP, ANSWER_MILLISECONDS)));
      new QtestRegisters(LineChannel.open(scope, folder, QTEST, ANSWER_MILLISECONDS));
      return version;
    } finally {
      scope.release();
    }
  }

  /** Agents find the machine from now on. */
  async #publish(): Promise<void> {
    const told = { ...this.plan.machine, qemu: this.version, processId: this.processId };
    await replaceWhole(join(this.plan.folder, MACHINE_FILE), encodeMachine(told));
  }
}

/** "7.2.22": of the answer to query-version. */
function versionOf(qmp: Qmp): string {
  const { qemu } = qmp.execute("query-version") as { qemu?: Partial<Record<string, unknown>> };
  const parts = [qemu?.["major"], qemu?.["minor"], qemu?.["micro"]];
  return parts.map(String).join(".").slice(0, LONGEST_VERSION);
}
