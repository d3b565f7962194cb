import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createCipheriv, randomInt } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import type { SentFile } from "../../src/agent/files/file-sender.ts";
import { SeededRandom } from "../../src/platform/faulty.ts";
import { Sandbox, pause, sha256Of, within, type AgentProcess, receivedAs, receivedIn } from "../support/processes.ts";

type SideName = "host" | "bmc";

const KILLS = 50;
/** A round that takes longer is stuck. */
const ROUND_LIMIT_MILLISECONDS = 20_000;
const LATEST_KILL_MILLISECONDS = 150;
/** How long an undisturbed transfer should take, so that kills fall into it. */
const TRANSFER_MILLISECONDS = 300;
const LEAST_BYTES = 256 * 1024;
const MOST_BYTES = 8 * 1024 * 1024;
/** Small packets: thousands of them, and of bus accesses, in every transfer. */
const AGENT_OPTIONS = ["--mtu", "1024"] as const;

const seed = Number(process.env["MCTP_LPC_SEED"] ?? randomInt(2 ** 31));

/** The long-lived board with both agents, and the rounds that are played on it. */
class Duel {
  readonly #sandbox: Sandbox;
  readonly #random: SeededRandom;
  readonly #agents = new Map<SideName, AgentProcess>();
  #round = 0;
  #transfer: "begun" | "under way" | "over" = "over";
  /** Kills that fell into a transfer: after its first progress and before its end. */
  inTransfer = 0;

  constructor(sandbox: Sandbox, random: SeededRandom) {
    this.#sandbox = sandbox;
    this.#random = random;
  }

  async start(): Promise<void> {
    const { host, bmc } = await this.#sandbox.pair(...AGENT_OPTIONS);
    this.#agents.set("host", host).set("bmc", bmc);
  }

  agent(side: SideName): AgentProcess {
    return this.#agents.get(side)!;
  }

  /** How many bytes go through in the time that a transfer should take. */
  async fittingBytes(): Promise<number> {
    const name = this.#makeFile(1024 * 1024);
    const sent = await this.#send("host", name);
    this.#takeArrived("bmc", name);
    const fitting = (sent.bytes * TRANSFER_MILLISECONDS) / sent.milliseconds;
    return Math.round(Math.min(MOST_BYTES, Math.max(LEAST_BYTES, fitting)));
  }

  /** One file, one kill while it is sent, the same file whole at the other side. */
  async round(bytes: number): Promise<void> {
    this.#round++;
    const sender = this.#pick();
    const receiver = sender === "host" ? "bmc" : "host";
    const victim = this.#pick();
    const delay = this.#random.below(LATEST_KILL_MILLISECONDS + 1);
    const what = `seed ${String(seed)}, round ${String(this.#round)}: ${sender} sends, ${victim} killed after ${String(delay)} ms`;
    try {
      await within(ROUND_LIMIT_MILLISECONDS, this.#play(bytes, sender, receiver, victim, delay));
    } catch (error) {
      const said = await Promise.all([...this.#agents.values()].map((agent) => this.#stateOf(agent)));
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${what}: ${why}\n${said.join("\n")}`, { cause: error });
    }
  }

  /** For a round that failed: what the agent said last, and what it is about. */
  async #stateOf(agent: AgentProcess): Promise<string> {
    const status = await within(1000, agent.status()).catch(String);
    const files = receivedIn(agent.inbox).join(", ");
    return [`${agent.side}:`, ...agent.lines.slice(-8), agent.stderr, `inbox: ${files}`, JSON.stringify(status)].join(
      "\n  ",
    );
  }

  async #play(bytes: number, sender: SideName, receiver: SideName, victim: SideName, delay: number): Promise<void> {
    const survivor = this.agent(victim === "host" ? "bmc" : "host");
    const survivorId = survivor.pid;
    const name = this.#makeFile(bytes);
    const transfer = this.#watch(this.#send(sender, name, () => (this.#transfer = "under way")));
    // Looked at below; a killed sender's client is told first.
    transfer.catch(() => undefined);
    await pause(delay);
    if (this.#transfer === "under way") this.inTransfer++;
    expect(await this.agent(victim).end("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
    this.#checkArrived(receiver, name);
    this.#agents.set(victim, await this.#sandbox.agent(victim, ...AGENT_OPTIONS));

    const outcome = await transfer.catch((error: unknown) => {
      if (victim !== sender) throw error;
      return undefined;
    });
    const sent = outcome ?? (await this.#send(sender, name));
    expect(sent).toMatchObject({ name, bytes, sha256: sha256Of(this.#sandbox.path(name)) });
    this.#takeArrived(receiver, name);
    expect({ running: survivor.running, pid: survivor.pid }).toEqual({ running: true, pid: survivorId });
    for (const agent of this.#agents.values()) {
      const { counters } = await agent.status();
      expect(counters.binding).toMatchObject({ crcMismatch: 0, lengthOutOfBounds: 0, layoutInvalid: 0 });
    }
  }

  /** Follows a transfer from before its first progress to its end. */
  #watch(transfer: Promise<SentFile>): Promise<SentFile> {
    this.#transfer = "begun";
    return transfer.finally(() => (this.#transfer = "over"));
  }

  #pick(): SideName {
    return this.#random.chance(0.5) ? "host" : "bmc";
  }

  /** A file of its own contents in the sandbox. */
  #makeFile(bytes: number): string {
    const name = `round-${String(this.#round)}.bin`;
    const key = Buffer.alloc(16);
    key.writeUInt32LE(this.#random.next());
    const contents = createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
    writeFileSync(this.#sandbox.path(name), contents);
    return name;
  }

  #send(sender: SideName, name: string, onProgress?: () => void): Promise<SentFile> {
    const parameters = { path: this.#sandbox.path(name), patience: ROUND_LIMIT_MILLISECONDS };
    return this.agent(sender).call("sendFile", parameters, () => onProgress?.());
  }

  /** Whatever shows in the inbox is the file that is sent, and whole. */
  #checkArrived(receiver: SideName, name: string): void {
    const { inbox } = this.agent(receiver);
    for (const found of receivedIn(inbox)) {
      expect(found).toBe(name);
      expect(sha256Of(receivedAs(inbox, found))).toBe(sha256Of(this.#sandbox.path(name)));
    }
  }

  /** The file is there, whole, and alone: not even the part of an interrupted transfer is left. */
  #takeArrived(receiver: SideName, name: string): void {
    const { inbox } = this.agent(receiver);
    expect([receivedIn(inbox), readdirSync(`${inbox}/.partial`)]).toEqual([[name], []]);
    this.#checkArrived(receiver, name);
    rmSync(receivedAs(inbox, name));
    rmSync(this.#sandbox.path(name), { force: true });
  }
}

describe("agents killed at random moments", () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = new Sandbox();
  });
  afterAll(() => sandbox.dispose());

  test(`${String(KILLS)} kills in the middle of file transfers: nothing corrupted, nothing stuck, the other side lives on`, async () => {
    const duel = new Duel(sandbox, new SeededRandom(seed));
    await duel.start();
    const bytes = await duel.fittingBytes();
    for (let kill = 0; kill < KILLS; kill++) await duel.round(bytes);
    // A board on which nothing was under way would have proved little.
    expect(duel.inTransfer).toBeGreaterThan(KILLS / 2);
    expect(await duel.agent("host").call("ping", { count: 10, interval: 0 })).toMatchObject({ answered: 10 });
    expect(await duel.agent("bmc").call("ping", { count: 10, interval: 0 })).toMatchObject({ answered: 10 });
  }, 300_000);
});
