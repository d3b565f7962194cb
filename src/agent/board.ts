/**
 * What an agent on a board has beside one on a line: its side of the binding as the link of port 0, a watch over the bus,
 * and lines for people about the channel and the peer.
 */
import debugFactory from "debug";
import type { SideListener } from "../core/judge/listener.ts";
import type { CloseReason } from "../core/binding/channel.ts";
import { Status } from "../core/binding/registers.ts";
import { peerOf, type RoleState, type Side } from "../core/binding/side.ts";
import { Judge } from "../core/judge/judge.ts";
import { tellLife } from "../core/judge/rows.ts";
import type { LifeEvent } from "../core/trace/format.ts";
import type { TraceTimes } from "../core/trace/head.ts";
import { Channel, type ChannelPlatform } from "../node/channel.ts";
import { monotonicClock } from "../node/clock.ts";
import { floodText } from "../node/flood-text.ts";
import { CHANNEL_KIND, type LinkPlan } from "../node/link.ts";
import type { Failure } from "../platform/failure.ts";
import type { HostPort, Platform, Window } from "../platform/port.ts";
import { optionalOf } from "../platform/wrapping.ts";
import { BusWatch, DEFAULT_JUDGE_MODE } from "./bus/bus-watch.ts";
import { downText, endedText, upText } from "./channel-text.ts";
import type { Misbehaviour } from "./misbehaviour/misbehaviour.ts";
import type { CaptureLosses, IncidentLosses, TraceLosses } from "./outputs/output-counters.ts";
import type { TraceRecorder } from "../platform/tracing.ts";
import { Monitors } from "./bus/monitors.ts";
import { TraceSwitch, type EndedTrace } from "./bus/trace-switch.ts";
import { IncidentFiles } from "./outputs/incident-files.ts";
import type { TraceTarget } from "./outputs/trace-file.ts";
import type { RunOptions } from "./start-options.ts";
import type { AgentStatus } from "./status.ts";
import type { TracedPlatform } from "./traced-platform.ts";
import type { LogEvent, Tell } from "../platform/log-events.ts";

/** The bus of a side, and how its accesses take another way to the same board. */
export interface SwitchedBus<End, Bus> {
  readonly bus: Bus;
  use(platform: End): void;
}

/** A side's end of the board, as a wing makes it. */
export interface BoardEnd<End extends Platform<HostPort>, State extends RoleState, Config, Bus> {
  readonly platform: End & Pick<TracedPlatform<HostPort>, "tellLife" | "trace" | "capture">;
  readonly side: Side<State, Config, Bus>;
  /** The bus of the side, whose accesses the listener is told. */
  readonly bus: (platform: End, listener: SideListener) => SwitchedBus<End, Bus>;
  /** The same board, whose accesses are recorded. */
  readonly trace: (recorder: TraceRecorder, platform: End) => End;
  /** As the side is configured. */
  readonly times: TraceTimes;
  /** The window beside the traced one, for looks that are no accesses of the side. */
  readonly window?: Pick<Window, "read">;
  /** What of the open session went otherwise than asked, a sentence for people. */
  readonly note?: () => string | undefined;
  /** What the side does wrong on purpose; `bus` goes through it. */
  readonly misbehaviour?: Misbehaviour | undefined;
}

const REFUSALS: ReadonlySet<CloseReason> = new Set<CloseReason>([
  "versionRefused",
  "mtuRefused",
  "magicMismatch",
  "layoutInvalid",
  "declined",
]);

const OUTBOUND = {
  host: { register: "IDR", full: Status.IBF },
  bmc: { register: "ODR", full: Status.OBF },
} as const;

const WATCH_INTERVAL_MILLISECONDS = 500;
/** Looks at the peer before an agent without a session says what it waits for. */
const LOOKS_BEFORE_WAITING = 2;

/** What a channel needs of a platform, with interrupts of which some may be lost. */
function wokenBy(platform: Platform<HostPort>, misbehaviour: Misbehaviour): ChannelPlatform {
  return {
    ...optionalOf(platform),
    interrupts: misbehaviour.interrupts(platform.interrupts),
    close: () => {
      platform.close();
    },
  };
}

export class Board<End extends Platform<HostPort>, State extends RoleState, Config, Bus> {
  readonly side: Side<State, Config, Bus>;
  readonly watch: BusWatch;
  readonly monitors: Monitors;
  /** Resolves when the board is lost, with the reason. */
  readonly failed: Promise<Failure>;
  /** Told after each turn of the side. */
  onTurn: (() => void) | undefined;
  /** Told when `stateText` may have changed. */
  onState: (() => void) | undefined;
  readonly #end: BoardEnd<End, State, Config, Bus>;
  readonly #options: RunOptions;
  readonly #debug: debugFactory.Debugger;
  #fail!: (why: Failure) => void;
  readonly #trace: TraceSwitch<End>;
  readonly #incidents: IncidentFiles | undefined;
  #tell: Tell = () => undefined;
  #channel: Channel<State, Config, Bus> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #session = 0;
  #looks = 0;
  #stallsTold = 0;
  #refusalTold: CloseReason | undefined;
  #noteTold: string | undefined;
  #peerWasAttached: boolean | undefined;
  #isLost = false;

  constructor(end: BoardEnd<End, State, Config, Bus>, options: RunOptions) {
    const { platform, side, times, window } = end;
    this.side = side;
    this.#end = end;
    this.#options = options;
    this.#debug = debugFactory(`mctp-lpc:${side.role.name}:binding`);
    this.failed = new Promise((resolve) => {
      this.#fail = (why) => {
        this.#isLost = true;
        resolve(why);
      };
    });
    this.watch = new BusWatch({
      side: side.role.name,
      mode: options.judge ?? DEFAULT_JUDGE_MODE,
      windowBytes: platform.window.size,
      depth: platform.depth,
      times,
      versions: options.versions,
      makeJudge: (judgeOptions) => new Judge(judgeOptions),
      misbehaves: end.misbehaviour !== undefined,
      ...(window === undefined ? {} : { window }),
    });
    this.monitors = new Monitors(this.watch, () => monotonicClock.now());
    const tell: Tell = (line, event) => {
      this.#tell(line, event);
    };
    this.#trace = new TraceSwitch({
      side: side.role.name,
      times,
      platform,
      trace: end.trace,
      context: () => ({ held: this.watch.held.context(), from: this.watch.recorder.told }),
      tell,
      first: platform.trace,
    });
    if (options.incidents !== undefined) {
      const incidents = new IncidentFiles(options.incidents, tell);
      this.#incidents = incidents;
      this.watch.onIncident = (why, now) => {
        incidents.record(why, now, () => this.watch.held.copy());
      };
    }
    const { capture } = platform;
    if (capture === undefined) return;
    capture.accessNumber = () => this.watch.recorder.told;
    this.watch.onFinding = (finding, access) => {
      capture.finding(finding, access);
    };
  }

  /** The channel as the link of port 0. */
  get plan(): LinkPlan {
    const { platform, side, bus, misbehaviour } = this.#end;
    const { watch } = this;
    return {
      name: "the channel",
      kind: CHANNEL_KIND,
      showsPresence: true,
      open: (port, tell, share) => {
        this.#tell = tell;
        watch.onLine = tell;
        const listened = bus(platform, watch.listener);
        this.#trace.bus = listened;
        this.#channel = new Channel(
          {
            side,
            bus: listened.bus,
            platform: misbehaviour === undefined ? platform : wokenBy(platform, misbehaviour),
            poll: this.#options.poll,
            share,
            flooded: () => {
              this.#tellOfPeer(floodText(peerOf(side.role.name) === "bmc" ? "BMC" : "host", "the channel"), "flood");
            },
            served: () => {
              this.onTurn?.();
            },
            lost: this.#fail,
            watch: (rounds) => {
              const watched = watch.watch(rounds, side.state, port.router.endpoint.counters);
              return misbehaviour?.rounds(watched, side) ?? watched;
            },
            life: (event) => {
              this.#lives(event);
            },
          },
          port,
        );
        return this.#channel;
      },
    };
  }

  /** `isStopping`: the end of the channel is this side's own wish. */
  linkChanged(up: boolean, isStopping: boolean): void {
    const { session, state } = this.side;
    if (up && session !== undefined) {
      this.#session++;
      this.#tell(`${upText(session)} (session ${String(this.#session)})`, "channel-up");
      this.#tellNote();
    } else if (!up && !isStopping) {
      this.#tellOfPeer(
        endedText(state.closeReason),
        state.closeReason === "closedByHost" ? "channel-closed" : "channel-lost",
      );
    }
    this.#debug("session %o", session);
    this.onState?.();
  }

  /**
   * Tells what the peer has done, or seems to have: registers of a board that was lost read as after a reset, and the loss is
   * told a moment later (Platform.whenLost). Then it was not the peer's doing.
   */
  #tellOfPeer(line: string, event: LogEvent): void {
    queueMicrotask(() => {
      if (!this.#isLost) this.#tell(line, event);
    });
  }

  /** "channel up: version 3, MTU 524144", or why there is none and what the agent waits for. */
  get stateText(): string {
    const { session } = this.side;
    return session === undefined ? `no channel: ${this.downText}` : upText(session);
  }

  /** Why there is no session, and what the agent waits for. */
  get downText(): string {
    const { platform, side } = this.#end;
    const peerAttached = platform.peerAttached?.();
    return downText({
      role: side.role.name,
      platform: platform.name,
      closeReason: side.state.closeReason,
      phase: side.state.phase.name,
      peerAttached,
    });
  }

  /** No line for people comes after this. */
  stop(): void {
    clearInterval(this.#timer);
  }

  get notes(): readonly string[] {
    const { note, platform } = this.#end;
    return [note?.(), this.#trace.note, platform.capture?.note].filter((text) => text !== undefined);
  }

  /** What traces, capture and records of incidents have lost; nothing of what there is not. */
  get recordingCounts(): TraceLosses & Partial<CaptureLosses & IncidentLosses> {
    return { ...this.#trace.losses, ...this.#end.platform.capture?.counts, ...this.#incidents?.counts };
  }

  /** Gives the path of the trace. Throws a Failure. */
  startTrace(target: TraceTarget): string {
    const path = this.#trace.start(target);
    this.#tell(`writing the trace ${path}`, "recording");
    return path;
  }

  /** Resolves when the trace is on its disk. Throws a Failure where none is written. */
  async stopTrace(): Promise<EndedTrace> {
    const ended = await this.#trace.stop();
    this.#tell(`the trace ${ended.path} has ended: ${String(ended.accesses)} accesses`, "recording");
    return ended;
  }

  /** Waits for trace and capture of a board that was closed, and for records of incidents. */
  async recordingsWritten(): Promise<void> {
    await Promise.all([this.#trace.settled(), this.#end.platform.capture?.written(), this.#incidents?.close()]);
  }

  /** The side starts anew, without a stop before: to the trace and to the recorder. */
  restarted(): void {
    this.#tellLife("started");
  }

  status(): Pick<AgentStatus, "role" | "poll" | "peerAttached" | "channel" | "bus" | "trace" | "misbehaviour"> & {
    readonly counters: Pick<AgentStatus["counters"], "binding">;
    readonly bellsRefused: number;
    readonly busUnanswered: number;
  } {
    const { session, state, role } = this.side;
    const { misbehaviour } = this.#end;
    return {
      role: role.name,
      poll: this.#options.poll,
      peerAttached: this.#end.platform.peerAttached?.(),
      channel:
        session === undefined
          ? { up: false, reason: this.downText }
          : { up: true, version: session.version, mtu: session.mtu },
      bus: { ...this.watch.status(), monitors: this.monitors.count },
      ...(this.#trace.running === undefined ? {} : { trace: this.#trace.running }),
      ...(misbehaviour === undefined ? {} : { misbehaviour: misbehaviour.status() }),
      counters: { binding: { ...state.counters } },
      bellsRefused: this.#end.platform.bellsRefused?.() ?? 0,
      busUnanswered: this.#end.platform.unanswered?.() ?? 0,
    };
  }

  /** To the trace and to the recorder. */
  #lives(event: LifeEvent): void {
    if (event === "started") {
      this.#peerWasAttached = this.#end.platform.peerAttached?.();
      this.#timer = setInterval(() => {
        this.#look();
      }, WATCH_INTERVAL_MILLISECONDS);
    }
    this.#tellLife(event);
    if (event === "ended") this.watch.catchUp();
  }

  #tellLife(event: LifeEvent): void {
    this.#end.platform.tellLife?.(event);
    this.#trace.tellLife(event);
    this.watch.setTime(monotonicClock.now());
    tellLife(this.watch.listener, event);
  }

  #tellNote(): void {
    const note = this.#end.note?.();
    if (note !== undefined && note !== this.#noteTold) this.#tell(note);
    this.#noteTold = note ?? this.#noteTold;
  }

  /** Says when the peer's process goes or comes, where the platform can tell, and when it stops taking packets. */
  #look(): void {
    const { platform, side } = this.#end;
    const peer = peerOf(side.role.name) === "bmc" ? "BMC" : "host";
    const attached = platform.peerAttached?.();
    this.onState?.();
    if (attached !== this.#peerWasAttached) {
      this.#peerWasAttached = attached;
      if (attached === true) this.#tell(`the ${peer} agent is on the board`, "peer-came");
      else this.#tell(`the ${peer} agent has left the board`, "peer-left");
    }
    if (++this.#looks === LOOKS_BEFORE_WAITING && this.#session === 0) {
      this.#tell(`no channel yet: ${this.downText}`, "channel-waiting");
    }
    this.#tellRefusal();
    const lost = side.role.name === "bmc" ? platform.lostInIdr?.() : undefined;
    if (lost !== undefined) this.watch.lookAtCounts(lost);
    const { transmitStalled } = side.state.counters;
    if (transmitStalled > this.#stallsTold) {
      this.#stallsTold = transmitStalled;
      // A stall that has ended by now, with its session or with an answer, is no news.
      if (side.state.channel?.stallReported !== true) return;
      const { register, full } = OUTBOUND[side.role.name];
      const isUnread = (platform.port.readStatus() & full) !== 0;
      this.#tell(
        isUnread
          ? `the ${peer} has left Tx Begin unread in ${register} for T_stall (LPC-KCS-11); the packet stays pending`
          : `no Rx Complete of the ${peer} within T_stall of Tx Begin (LPC-TIME-3); the packet stays pending`,
        "packet-stalled",
      );
    }
  }

  /** A refusal is told once, however often it is asked for again, until a session comes up. */
  #tellRefusal(): void {
    const { closeReason } = this.side.state;
    if (this.side.session !== undefined) this.#refusalTold = undefined;
    else if (REFUSALS.has(closeReason) && closeReason !== this.#refusalTold) {
      this.#refusalTold = closeReason;
      this.#tell(`no channel: ${this.downText}`, "channel-refused");
    }
  }
}
