/**
 * The version of what tools and agents say to each other over the control socket. A tool asks `hello` before all else;
 * an agent of version 1 does not know that method. Annex G.6.
 */
import { Failure } from "../../platform/failure.ts";

export const CONTROL_VERSION = 2;
/** The oldest version that tools and agents of this release work with. */
export const OLDEST_CONTROL_VERSION = 1;
const PROGRAM = "mctp-lpc";

/** The versions that one end works with, from `oldest` to `version`. */
export interface Hello {
  readonly program: typeof PROGRAM;
  readonly version: number;
  readonly oldest: number;
}

export const OWN_HELLO: Hello = { program: PROGRAM, version: CONTROL_VERSION, oldest: OLDEST_CONTROL_VERSION };

/** The agent's answer to a tool. Throws a Failure if they have no version in common. */
export function answerHello(parameters: unknown): Hello {
  const tool = readHello(parameters);
  if (tool !== undefined && tool.oldest > CONTROL_VERSION) {
    throw new Failure(
      "control-version",
      `this agent speaks ${ownVersions()} of the control socket, the tool needs ${String(tool.oldest)} or newer: use the tools of the mctp-lpc that the agent runs, or restart the agent with the newer one`,
    );
  }
  return OWN_HELLO;
}

/** Judges what an agent answered. Throws a Failure if tool and agent have no version in common. */
export function judgeHello(path: string, answer: unknown): void {
  const agent = readHello(answer);
  if (agent === undefined) {
    throw new Failure(
      "control-version",
      `what listens on ${path} is no agent of mctp-lpc: name its socket with --control`,
    );
  }
  if (agent.oldest > CONTROL_VERSION) {
    throw new Failure(
      "control-version",
      `the agent at ${path} speaks ${versionsText(agent)} of the control socket, this program ${ownVersions()}: use the mctp-lpc that the agent runs, or restart the agent with this one`,
    );
  }
}

function readHello(value: unknown): Hello | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { program, version, oldest } = value as Readonly<Record<string, unknown>>;
  return program === PROGRAM && isVersion(version) && isVersion(oldest) && oldest <= version
    ? { program, version, oldest }
    : undefined;
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function ownVersions(): string {
  return versionsText(OWN_HELLO);
}

function versionsText({ oldest, version }: Hello): string {
  return oldest === version ? `version ${String(version)}` : `versions ${String(oldest)} to ${String(version)}`;
}
