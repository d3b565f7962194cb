/**
 * The honest traffic of an attacked agent: echoes both ways with the endpoint on another port, files both ways, and a local
 * tool. It measures how long each takes and what of it is lost.
 */
import { randomBytes } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentClient } from "../../src/agent/control/methods.ts";
import type { AbusedAgent } from "./agent.ts";
import { pause } from "./pause.ts";

const ECHO_INTERVAL_MILLISECONDS = 20;
/** An echo that is not back by then is lost, however busy the machine is. */
const ECHO_TIMEOUT_MILLISECONDS = 5000;
const END_LIMIT_MILLISECONDS: number = 2 * ECHO_TIMEOUT_MILLISECONDS;
const TOOL_INTERVAL_MILLISECONDS = 50;
const FILE_INTERVAL_MILLISECONDS = 250;
const FILE_BYTES = 256 * 1024;
/** More than are sent in any attack. */
const MANY = 1_000_000;

/** One kind of request: times in milliseconds of those that were answered. */
export interface Answers {
  lost: number;
  readonly milliseconds: number[];
}

export interface TrafficFigures {
  /** From the honest endpoint to the attacked agent. */
  readonly inbound: Answers;
  /** From the attacked agent to the honest endpoint. */
  readonly outbound: Answers;
  /** Status calls on the attacked agent's control socket. */
  readonly tools: Answers;
  files: number;
  /** What was wrong with files and answers, a sentence each. */
  readonly wrong: string[];
}

interface Ends {
  readonly victim: AbusedAgent;
  readonly victimEid: number;
  readonly honest: AbusedAgent;
  readonly honestEid: number;
  /** Where the files to be sent are made. */
  readonly folder: string;
  readonly victimInbox: string;
  readonly honestInbox: string;
}

export class HonestTraffic {
  readonly figures: TrafficFigures = {
    inbound: { lost: 0, milliseconds: [] },
    outbound: { lost: 0, milliseconds: [] },
    tools: { lost: 0, milliseconds: [] },
    files: 0,
    wrong: [],
  };
  readonly #ends: Ends;
  readonly #clients: AgentClient[] = [];
  #lanes: Promise<unknown>[] = [];
  #stopped = false;

  constructor(ends: Ends) {
    this.#ends = ends;
  }

  async start(): Promise<void> {
    const { victim, victimEid, honest, honestEid, victimInbox, honestInbox } = this.#ends;
    const { inbound, outbound } = this.figures;
    const [toVictim, toHonest, tool, senderIn, senderOut] = await Promise.all([
      this.#client(honest),
      this.#client(victim),
      this.#client(victim),
      this.#client(honest),
      this.#client(victim),
    ]);
    this.#lanes = [
      this.#echoes("an echo to the attacked agent", toVictim, victimEid, inbound),
      this.#echoes("an echo of the attacked agent", toHonest, honestEid, outbound),
      this.#calls(tool),
      this.#sendFiles("to", senderIn, victimEid, victimInbox),
      this.#sendFiles("from", senderOut, honestEid, honestInbox),
    ];
  }

  /** Ends when every call has come to its end. */
  async stop(): Promise<TrafficFigures> {
    this.#stopped = true;
    await Promise.all(this.#lanes);
    for (const client of this.#clients) client.close();
    return this.figures;
  }

  async #client(agent: AbusedAgent): Promise<AgentClient> {
    const client = await agent.client();
    this.#clients.push(client);
    return client;
  }

  /** One call of many echoes: their times are taken where the requests are sent, not where this process reads of them. */
  async #echoes(what: string, client: AgentClient, eid: number, answers: Answers): Promise<void> {
    const parameters = {
      eid,
      count: MANY,
      interval: ECHO_INTERVAL_MILLISECONDS,
      timeout: ECHO_TIMEOUT_MILLISECONDS,
      bytes: 64,
    };
    let told = 0;
    const ended = client.call("ping", parameters, ({ microseconds, notAsked }) => {
      told++;
      if (microseconds !== undefined) answers.milliseconds.push(microseconds / 1000);
      else answers.lost++;
      if (notAsked !== undefined) this.figures.wrong.push(`${what} was not sent: ${notAsked}`);
    });
    const failed = ended.then(
      () => "it ended",
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    let why: string | undefined;
    while (!this.#stopped && why === undefined) why = await Promise.race([failed, pause(TOOL_INTERVAL_MILLISECONDS)]);
    // The echo that is under way is waited for: it may be the one that is lost.
    const [before, limit] = [told, performance.now() + END_LIMIT_MILLISECONDS];
    while (why === undefined && told === before) {
      why = await Promise.race([failed, pause(1)]);
      if (performance.now() > limit) why = "nothing more was told of it";
    }
    if (why !== undefined) {
      answers.lost++;
      this.figures.wrong.push(`${what}: ${why}`);
    }
    client.close();
    await failed;
  }

  async #calls(client: AgentClient): Promise<void> {
    const { tools } = this.figures;
    while (!this.#stopped) {
      const began = performance.now();
      try {
        await client.call("status", {});
        tools.milliseconds.push(performance.now() - began);
      } catch {
        tools.lost++;
      }
      await pause(TOOL_INTERVAL_MILLISECONDS);
    }
  }

  async #sendFiles(direction: "to" | "from", client: AgentClient, eid: number, inbox: string): Promise<void> {
    const name = `honest-${direction}.bin`;
    const path = join(this.#ends.folder, name);
    while (!this.#stopped) {
      const contents = randomBytes(FILE_BYTES);
      writeFileSync(path, contents);
      try {
        await client.call("sendFile", { path, eid });
        this.figures.files++;
        if (!copiesOf(inbox, name).some((copy) => copy.equals(contents))) {
          this.figures.wrong.push(`a file ${direction} the attacked agent was reported as sent and is not there`);
        }
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.figures.wrong.push(`a file ${direction} the attacked agent failed: ${why}`);
      }
      await pause(FILE_INTERVAL_MILLISECONDS);
    }
  }
}

/** What an inbox has under this name, whoever sent it. */
function copiesOf(inbox: string, name: string): readonly Buffer[] {
  return readdirSync(inbox, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(`/${name}`))
    .map((path) => readFileSync(join(inbox, path)));
}
