/** One side of the LPC binding on a platform, as a link: its rounds in the event loop, from the start to an orderly end. */
import type { RoleState, Side } from "../core/binding/side.ts";
import type { LifeEvent } from "../core/trace/format.ts";
import type { PacketExchange } from "../core/mctp/link.ts";
import type { Failure } from "../platform/failure.ts";
import { abandon } from "../platform/scope.ts";
import type { Interrupts } from "../platform/port.ts";
import { monotonicClock } from "./clock.ts";
import { closeChannel } from "./close-channel.ts";
import type { PortLink } from "./link.ts";
import type { LinkShare } from "./processor-share.ts";
import { Runner, type PollMode, type Pumped } from "./runner.ts";
import { SideDriver } from "./side-driver.ts";

/** What a channel needs of a platform, whichever side it is for. */
export interface ChannelPlatform {
  readonly interrupts: Interrupts;
  whenLost?(tell: (why: Failure) => void): void;
  close(): void;
  abandon?(): void;
}

export interface ChannelOptions<State extends RoleState, Config, Bus> {
  readonly side: Side<State, Config, Bus>;
  readonly bus: Bus;
  readonly platform: ChannelPlatform;
  readonly poll: PollMode;
  /** What the peer may make this side cost. Default: that of a link that shares with no other. */
  readonly share?: LinkShare;
  /** Told when the peer has the first rest for that. */
  readonly flooded?: () => void;
  /** Told after each turn of the side, see Runner.onTurn. */
  readonly served?: (() => void) | undefined;
  /** The platform can never be used again; `stop` is still to be called. */
  readonly lost: (why: Failure) => void;
  /** Looks at each round. */
  readonly watch?: (rounds: Pumped) => Pumped;
  /** Told when the side begins to run, is asked to stop, and runs no more. */
  readonly life?: (event: LifeEvent) => void;
}

export class Channel<State extends RoleState, Config, Bus> implements PortLink {
  readonly #options: ChannelOptions<State, Config, Bus>;
  readonly #runner: Runner;
  #isStarted = false;
  #isLost = false;

  constructor(options: ChannelOptions<State, Config, Bus>, exchange: PacketExchange) {
    this.#options = options;
    const { side, bus, platform, poll, watch = (rounds: Pumped): Pumped => rounds } = options;
    const driver = watch(new SideDriver(side, bus, exchange));
    this.#runner = new Runner(driver, platform.interrupts, monotonicClock, poll, options.share);
    this.#runner.onFirstRest = options.flooded;
    this.#runner.onTurn = options.served;
    platform.whenLost?.((why) => {
      this.#isLost = true;
      this.#runner.stop();
      options.lost(why);
    });
  }

  get unit(): number {
    const { side } = this.#options;
    return side.session?.mtu[side.role.sends] ?? 0;
  }

  get incomingUnit(): number {
    const { side } = this.#options;
    return side.session?.mtu[side.role.sends === "hostToBmc" ? "bmcToHost" : "hostToBmc"] ?? 0;
  }

  /** Rests that the peer was given, see pacer.ts. */
  get paced(): number {
    return this.#runner.paced;
  }

  kick(): void {
    this.#runner.kick();
  }

  endTurn(): void {
    this.#runner.breakTurn();
  }

  start(): Promise<void> {
    this.#isStarted = true;
    this.#options.life?.("started");
    this.#runner.start();
    return Promise.resolve();
  }

  async stop(inVain = false): Promise<void> {
    const { platform, life } = this.#options;
    if (this.#isStarted && !this.#isLost) await this.#close();
    this.#runner.stop();
    if (this.#isStarted) life?.("ended");
    if (inVain) abandon(platform);
    else platform.close();
  }

  async #close(): Promise<void> {
    const { side, life } = this.#options;
    life?.("stopAsked");
    await closeChannel(side, this.#runner);
  }
}
