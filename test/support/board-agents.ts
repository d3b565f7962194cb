/**
 * Both agents as processes on a FUSE board: the BMC on the raw KCS driver and the reserved memory, the host on I/O ports and
 * physical memory, or on PowerNV's debugfs.
 */
import { expect } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import type { AgentStatus } from "../../src/agent/status.ts";
import type { FuseBoard } from "./fuse-board.ts";
import { AgentProcess, Sandbox, receivedAs, sha256Of } from "./processes.ts";

type Side = "host" | "bmc";

/** Where the host's window is: the end of the region, mapped to the end of firmware space. */
const WINDOW_ADDRESS = 0x0ff0_0000;
const [INITIALISE, FENCE] = [0x00, 0xff];
const FILE_BYTES = 1024 * 1024;
export const TRANSFER_LIMIT_MILLISECONDS = 20_000;

/** The kinds of host that a FUSE board has, and what they are named there. */
export const BOARD_HOSTS = [
  {
    kind: "x86:",
    placeOn: (board: FuseBoard): string =>
      `x86:0xca2,window=0x3f00000,size=1M,port=${board.path("port")},mem=${board.path("mem")}`,
  },
  { kind: "powernv:", placeOn: (board: FuseBoard): string => `powernv:${board.folder}/dev` },
] as const;

export class BoardAgents {
  readonly sandbox: Sandbox = new Sandbox();
  readonly #board: () => FuseBoard;
  readonly #placeOfHost: (board: FuseBoard) => string;
  readonly #agents = new Map<Side, AgentProcess>();

  constructor(board: () => FuseBoard, placeOfHost: (board: FuseBoard) => string) {
    this.#board = board;
    this.#placeOfHost = placeOfHost;
  }

  agent(side: Side): AgentProcess {
    const agent = this.#agents.get(side);
    if (agent === undefined) throw new Error(`no ${side} agent was started`);
    return agent;
  }

  /** Starts an agent, in the place of one that has ended, and waits until it listens. */
  async start(side: Side): Promise<AgentProcess> {
    const board = this.#board();
    const [node, lpc] = [board.path("raw-kcs3"), board.path("aspeed-lpc-ctrl")];
    const place =
      side === "host"
        ? this.#placeOfHost(board)
        : `raw-kcs:${node},lpc=${lpc},map=0x${WINDOW_ADDRESS.toString(16).padStart(8, "0")}`;
    const control = this.sandbox.path(`${side}.sock`);
    const inbox = this.sandbox.folderAt(`${side}-inbox`);
    const files = ["--platform", place, "--control", control, "--inbox", inbox];
    const child = await this.sandbox.launch([side, "run", "--until-eof", ...files]);
    const agent = new AgentProcess(side, child, control, inbox);
    this.#agents.set(side, agent);
    await agent.line(/control socket/);
    return agent;
  }

  /** Ends both agents, at once. */
  async end(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.end("SIGKILL")));
    this.#agents.clear();
  }

  async dispose(): Promise<void> {
    await this.sandbox.dispose();
  }

  /** Sends a new file of 1 MiB and checks what arrived. */
  async send(from: Side, name: string): Promise<void> {
    const path = this.sandbox.path(name);
    writeFileSync(path, randomBytes(FILE_BYTES));
    const sent = await this.agent(from).call("sendFile", { path, patience: TRANSFER_LIMIT_MILLISECONDS });
    const digest = sha256Of(path);
    expect(sent).toMatchObject({ name, bytes: FILE_BYTES, sha256: digest });
    const { inbox } = this.agent(from === "host" ? "bmc" : "host");
    expect(sha256Of(receivedAs(inbox, name))).toBe(digest);
  }

  /** Nothing came across other than it was sent, and hardware has answered each access. */
  async expectSound(): Promise<void> {
    for (const agent of this.#agents.values()) {
      const { counters } = await agent.status();
      expect(counters.binding).toMatchObject({
        crcMismatch: 0,
        lengthOutOfBounds: 0,
        layoutInvalid: 0,
        versionRefused: 0,
        unknownCommand: 0,
      });
      expect(counters).toMatchObject({ drive: { busUnanswered: 0 } });
    }
  }

  /**
   * Starts the host, waits for the channel, and kills it. A false refusal would show in the board's own record: the host
   * would write Initialise again. One start writes it twice, as close and as proposal, each with two fences behind it.
   */
  async startHostOnce(): Promise<void> {
    const bmc = this.agent("bmc");
    const before = sessionsOf(await bmc.status());
    this.#board().control("forget");
    const host = await this.start("host");
    await host.line(/^channel up/);
    // Not by its log, in which a port has so many bytes a minute.
    await bmc.until((status) => sessionsOf(status) > before);
    const { counters } = await host.status();
    const startUp = this.#board()
      .accesses()
      .filter(({ side, register }) => side === "host" && register === "IDR")
      .map(({ value }) => value)
      .filter((value) => value === INITIALISE || value === FENCE);
    expect(startUp).toEqual([INITIALISE, FENCE, FENCE, INITIALISE, FENCE, FENCE]);
    expect(counters.binding).toMatchObject({
      sessionsOpened: 1,
      versionRefused: 0,
      startupRestarted: 0,
      bmcRestartSeen: 0,
      closeLost: 0,
    });
    expect(host.matching(/no common protocol version|BMC cleared|channel lost/)).toEqual([]);
    await host.end("SIGKILL");
    this.#agents.delete("host");
  }
}

function sessionsOf({ counters }: AgentStatus): number {
  return counters.binding["sessionsOpened"] ?? 0;
}
