/**
 * The demo: a virtual board, both agents as processes on it, a file there and back, pings both ways; shown while
 * it happens, judged at the end, nothing left behind.
 */
import { createHash } from "node:crypto";
import { accessSync, constants, createReadStream, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { Depth } from "../../core/binding/kcs-word.ts";
import type { AgentClient } from "../../agent/control/methods.ts";
import type { PingSummary } from "../../agent/echo.ts";
import type { SentFile } from "../../agent/files/file-sender.ts";
import { folderNameOf } from "../../agent/files/inbox.ts";
import { DEFAULT_BMC_EID, DEFAULT_HOST_EID } from "../../agent/identity.ts";
import { isFileName } from "../../core/vendor-messages/file-names.ts";
import type { Eid } from "../../core/wire/units.ts";
import { Failure } from "../../platform/failure.ts";
import { opening } from "../../platform/scope.ts";
import { boardText, makeBoard } from "../../platform/shared-file/board-file.ts";
import { onOutputLost } from "../../platform/standard-streams.ts";
import { system } from "../../platform/system.ts";
import { DemoAgent, boardStatus, waitForStatus, type DemoPaths } from "./demo-agents.ts";
import { isReaderGone } from "../output.ts";
import { DemoView, summaryLines } from "./demo-view.ts";
import { PACKAGE_FOLDER } from "../package.ts";

const LARGEST_FILE_BYTES = 64 * 1024 * 1024;
const CHANNEL_LIMIT_MILLISECONDS = 20_000;
const PING_COUNT = 100;
const REASON_LIMIT = 2000;
/** A ladder line stands for fewer accesses than this. */
const ACCESSES_PER_LINE = 8;

export interface DemoArguments {
  readonly file?: string;
  readonly window: number;
  readonly depth: Depth;
  readonly ladder: number;
  readonly mtu?: string;
  readonly poll?: string;
  readonly versions?: string;
}

export class Demo {
  readonly #given: DemoArguments;
  readonly #file: string;
  readonly #view: DemoView;
  readonly #folders: string[] = [];
  readonly #agents: DemoAgent[] = [];
  readonly #clients: AgentClient[] = [];
  #cleaning: Promise<void> | undefined;

  constructor(given: DemoArguments) {
    this.#given = given;
    this.#file = given.file === undefined ? defaultFile() : resolve(given.file);
    this.#view = new DemoView(given.ladder);
  }

  async run(): Promise<void> {
    checkFile(this.#file);
    const interrupted = interruption();
    try {
      const [bmc, host] = this.#startAgents();
      const ended = Promise.race([bmc.unexpectedEnd(), host.unexpectedEnd()]);
      await Promise.race([this.#show(bmc, host).catch(awaitReason(ended)), interrupted, ended]);
    } finally {
      await this.#cleanUp();
    }
  }

  #startAgents(): readonly [DemoAgent, DemoAgent] {
    const boardFolder = this.#makeFolder(boardParent());
    const fileFolder = this.#makeFolder(tmpdir());
    const board = join(boardFolder, "board");
    const { window, depth } = this.#given;
    makeBoard(board, window, depth);
    this.#view.heading(`board ${board}, ${boardText({ windowBytes: window, depth })}`);
    const extra = [
      ...(this.#given.mtu === undefined ? [] : ["--mtu", this.#given.mtu]),
      ...(this.#given.versions === undefined ? [] : ["--versions", this.#given.versions]),
      ...(this.#given.poll === undefined ? [] : ["--poll", this.#given.poll]),
      "--trace-limit",
      String(Math.max(1, this.#given.ladder * ACCESSES_PER_LINE)),
    ];
    const start = (side: "host" | "bmc"): DemoAgent => {
      const paths: DemoPaths = {
        board,
        control: join(boardFolder, `${side}.sock`),
        inbox: join(fileFolder, `${side}-inbox`),
        trace: join(boardFolder, `${side}.trace`),
      };
      system.makeFolder(paths.inbox);
      const agent = new DemoAgent(side, paths, extra, (line) => {
        // That a trace ends is no news: it is as long as the ladder.
        if (!line.includes(paths.trace)) this.#view.agentLine(side, line);
      });
      this.#agents.push(agent);
      return agent;
    };
    const agents = [start("bmc"), start("host")] as const;
    this.#view.watch(agents.map(({ trace }) => trace));
    return agents;
  }

  async #show(bmc: DemoAgent, host: DemoAgent): Promise<void> {
    this.#view.waitsFor("both agents to start");
    const [bmcControl, hostControl] = await Promise.all([this.#connect(bmc), this.#connect(host)]);
    this.#view.waitsFor("the channel, and for the BMC to discover the host's endpoint");
    await waitForStatus(
      bmcControl,
      CHANNEL_LIMIT_MILLISECONDS,
      "the channel was up and the host's endpoint discovered",
      ({ channel, endpoints }) => channel.up && endpoints.length > 0,
    );
    await waitForStatus(
      hostControl,
      CHANNEL_LIMIT_MILLISECONDS,
      "the host saw the channel up",
      ({ channel }) => channel.up,
    );
    await this.#view.ladderDone();

    // Receivers refuse other names.
    const name = isFileName(basename(this.#file)) ? basename(this.#file) : "file";
    const there = await this.#send(hostControl, this.#file, name, "host to BMC");
    const arrived = receivedAt(bmc, DEFAULT_HOST_EID, name);
    const back = await this.#send(bmcControl, arrived, name, "BMC to host");
    const digests = await Promise.all([this.#file, arrived, receivedAt(host, DEFAULT_BMC_EID, name)].map(sha256Of));
    if (new Set(digests).size !== 1) {
      throw new Failure(
        "files-differ",
        `the files differ: sent ${digests[0] ?? ""}, arrived ${digests[1] ?? ""}, came back ${digests[2] ?? ""}`,
      );
    }
    this.#view.waitsFor("the echoes");
    const pings = {
      hostToBmc: await ping(hostControl, "host to BMC"),
      bmcToHost: await ping(bmcControl, "BMC to host"),
    };
    const statuses = { bmc: await boardStatus(bmcControl), host: await boardStatus(hostControl) };
    for (const line of summaryLines({ there, back, pings, ...statuses })) {
      this.#view.summaryLine(line);
    }
  }

  async #connect(agent: DemoAgent): Promise<AgentClient> {
    const client = await agent.connect();
    this.#clients.push(client);
    return client;
  }

  async #send(client: AgentClient, path: string, name: string, way: string): Promise<SentFile> {
    this.#view.beginProgress(`${name}: ${way}`);
    const sent = await client.call("sendFile", { path, name }, (told) => {
      if ("bytes" in told) this.#view.progress(told);
    });
    this.#view.endProgress(sent);
    return sent;
  }

  #makeFolder(parent: string): string {
    const folder = opening("demo-folder", `make a folder in ${parent}`, () =>
      system.makeTemporary(join(parent, "mctp-lpc-demo-")),
    );
    this.#folders.push(folder);
    return folder;
  }

  #cleanUp(): Promise<void> {
    this.#cleaning ??= (async () => {
      this.#view.close();
      for (const client of this.#clients) client.close();
      // The host first: it closes the channel while the BMC can still answer.
      for (const agent of this.#agents.toReversed()) await agent.stop();
      for (const folder of this.#folders) system.removeTree(folder);
    })();
    return this.#cleaning;
  }
}

/** An agent's socket closes before its process is known to have ended: how it ended says more. */
function awaitReason(ended: Promise<never>): (error: unknown) => Promise<never> {
  return async (error) => {
    if (error instanceof Failure && error.code === "agent-gone") {
      // The timer must not keep the process alive after an interrupt.
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, REASON_LIMIT).unref())]);
    }
    throw error;
  };
}

const SIGNAL_STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Rejects on the first signal, and when the output has no reader any more; the status says which. */
function interruption(): Promise<never> {
  const interrupted = new Promise<never>((_resolve, reject) => {
    const end = (why: string, status: number): void => {
      process.exitCode = status;
      reject(new Failure("interrupted", `interrupted (${why})`));
    };
    for (const [signal, status] of Object.entries(SIGNAL_STATUS)) {
      process.on(signal, () => {
        end(signal, status);
      });
    }
    onOutputLost((error) => {
      end(isReaderGone(error) ? "the output has no reader" : "the output cannot be written", 1);
    });
  });
  // Without a race to be in yet, it must not count as unhandled.
  interrupted.catch(() => undefined);
  return interrupted;
}

async function ping(client: AgentClient, direction: string): Promise<PingSummary> {
  const summary = await client.call("ping", { count: PING_COUNT, interval: 0 });
  if (summary.answered === summary.sent) return summary;
  throw new Failure(
    "ping-lost",
    `${direction}: only ${String(summary.answered)} of ${String(summary.sent)} echoes were answered`,
  );
}

/** The specification that comes with the program, else its README. */
function defaultFile(): string {
  const found = ["spec/mctp-lpc.md", "README.md"]
    .map((name) => join(PACKAGE_FOLDER, name))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Failure("no-file", "there is no file to send: name one with --file PATH");
  return found;
}

function checkFile(path: string): void {
  const what = `send ${path}`;
  const status = opening("no-file", what, () => system.lookUp(path));
  if (status === undefined) throw new Failure("no-file", `there is no file ${path}: name another with --file`);
  if (status.type !== "file") throw new Failure("no-file", `${path} is no regular file: name another with --file`);
  try {
    accessSync(path, constants.R_OK);
  } catch {
    throw new Failure("no-file", `${path} may not be read: run as a user who may, or name another with --file`);
  }
  if (status.size > LARGEST_FILE_BYTES) {
    throw new Failure(
      "file-size",
      `${path} has ${String(status.size)} bytes, the demo sends up to ${String(LARGEST_FILE_BYTES)}`,
    );
  }
}

/** Shared memory where there is some, else the temporary folder. */
function boardParent(): string {
  try {
    accessSync("/dev/shm", constants.W_OK | constants.X_OK);
    return "/dev/shm";
  } catch {
    return tmpdir();
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex");
}

/** Where a file is that an agent got from its peer on the board. */
function receivedAt({ inbox }: DemoAgent, peer: Eid, name: string): string {
  return join(inbox, folderNameOf({ port: 0, eid: peer }), name);
}
