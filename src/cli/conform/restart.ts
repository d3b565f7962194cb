/** How the side under test is restarted or stopped: by a command of the user, or by the user. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline/promises";
import type { RoleName } from "../../core/binding/side.ts";
import { sideWord } from "../../core/judge/report.ts";
import { NotTestable } from "../../conform/outcome.ts";
import { messageOf } from "../../platform/failure.ts";

/** Milliseconds that such a command may take. */
const LONGEST_COMMAND = 60_000;

/**
 * Runs the command with sh; it has to end when what it is for is done, a restart for instance. What it says on
 * standard error is shown. A command that fails makes the case not testable.
 */
export function byCommand(what: "restart" | "stop", command: string, tested: RoleName): () => Promise<void> {
  return () =>
    new Promise((resolve, reject) => {
      const child = spawn("sh", ["-c", command], {
        stdio: ["ignore", "ignore", "inherit"],
        env: { ...process.env, MCTP_LPC_SIDE: tested },
      });
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new NotTestable(`the ${what} command was not done after ${String(LONGEST_COMMAND / 1000)} s`));
      }, LONGEST_COMMAND);
      child.on("error", (error) => {
        clearTimeout(timer);
        reject(new NotTestable(`the ${what} command cannot be run: ${messageOf(error)}`));
      });
      child.on("exit", (status, signal) => {
        clearTimeout(timer);
        if (status === 0) resolve();
        else reject(new NotTestable(`the ${what} command ended with ${signal ?? `status ${String(status)}`}`));
      });
    });
}

/** Asks the person at the terminal. Without an answer, at the end of input, the case is not testable. */
export function restartByHand(tested: RoleName): () => Promise<void> {
  return async () => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      const ended = new Promise<"ended">((resolve) => {
        terminal.once("close", () => {
          resolve("ended");
        });
      });
      const question = `Kill the ${sideWord(tested)} and start it again, then press Enter (or type s to skip): `;
      const answer = await Promise.race([terminal.question(question), ended]);
      if (answer === "ended" || answer.trim().toLowerCase() === "s") {
        throw new NotTestable(`the ${sideWord(tested)} was not restarted`);
      }
    } finally {
      terminal.close();
    }
  };
}
