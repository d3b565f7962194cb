/**
 * What an agent tells the service manager that started it, by the protocol of sd_notify(3): when it is on the bus, its
 * state in words, that it stops, and while it serves that it is alive. It decides nothing: where the manager cannot be
 * told, the agent goes on.
 */
import { messageOf } from "../../platform/failure.ts";
import { NotifySocket } from "../../platform/notify-socket.ts";
import { logLine } from "../log-limiter.ts";
import type { Tell } from "../../platform/log-events.ts";

/** Between two states told; the last one of a storm is told at its end. */
export const STATUS_INTERVAL_MILLISECONDS = 1000;
/** Until a message that the manager did not take is sent again. */
export const RETRY_MILLISECONDS = 500;
/** So many signs of life in the time that the manager waits for one. */
const SIGNS_IN_LIMIT = 4;
/** An idle agent has a turn each second (LPC-KCS-11): a limit must be longer than that. */
export const LEAST_WATCHDOG_MILLISECONDS = 2000;

const MICROSECONDS_PER_MILLISECOND = 1000;

/** Where a service manager says how it is told, and how long it waits for a sign of life. */
const VARIABLES = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] as const;

type Environment = Record<string, string | undefined>;
type Field = "READY" | "STATUS" | "STOPPING";

export class ServiceManager {
  readonly #socket: NotifySocket;
  readonly #tell: Tell;
  /** Between two signs of life; undefined: none is asked for. */
  readonly #signInterval: number | undefined;
  /** What the manager has still to be told. */
  readonly #unsent = new Map<Field, string>();
  #retry: NodeJS.Timeout | undefined;
  #statusTimer: NodeJS.Timeout | undefined;
  #status: string | undefined;
  #statusAt = Number.NEGATIVE_INFINITY;
  #signAt = Number.NEGATIVE_INFINITY;
  #troubleTold = false;
  #isStopping = false;

  /**
   * The manager that the environment names, whose variables are taken out: they are for this process, not for its
   * children. Undefined where it names none, or one that cannot be told, which `tell` gets a line about.
   */
  static of(environment: Environment, tell: Tell): ServiceManager | undefined {
    const [address = "", limit, limitFor] = VARIABLES.map((name) => environment[name]);
    for (const name of VARIABLES) Reflect.deleteProperty(environment, name);
    if (address === "") return undefined;
    try {
      const isForOther = limitFor !== undefined && limitFor !== String(process.pid);
      return new ServiceManager(new NotifySocket(address), tell, isForOther ? undefined : watchdogLimit(limit, tell));
    } catch (error) {
      tell(
        `the service manager cannot be told of this agent: NOTIFY_SOCKET is ${address}, ${messageOf(error)}`,
        "service-manager",
      );
      return undefined;
    }
  }

  /** `limit`: milliseconds that the manager waits for a sign of life. */
  private constructor(socket: NotifySocket, tell: Tell, limit: number | undefined) {
    this.#socket = socket;
    this.#tell = tell;
    this.#signInterval = limit === undefined ? undefined : limit / SIGNS_IN_LIMIT;
  }

  /** The links of the agent are open, its side is on the bus, and the control socket takes clients. `state`: in words. */
  ready(state: string): void {
    this.#unsent.set("READY", "1");
    this.#status = state;
    this.#sendStatus();
  }

  /** In words; what is the same as before is not told again. */
  status(text: string): void {
    if (text === this.#status || this.#isStopping) return;
    this.#status = text;
    if (this.#statusTimer !== undefined) return;
    const wait = this.#statusAt + STATUS_INTERVAL_MILLISECONDS - performance.now();
    if (wait <= 0) this.#sendStatus();
    else this.#statusTimer = setTimeout(this.#sendStatus, wait).unref();
  }

  /** The agent leaves the bus, and why. */
  stopping(why: string): void {
    this.#isStopping = true;
    this.#status = why;
    this.#unsent.set("STOPPING", "1");
    this.#sendStatus();
  }

  /** To be called by the loop that serves, each time it does: a sign of life where one is asked for and due. */
  served(): void {
    if (this.#signInterval === undefined) return;
    const now = performance.now();
    if (now < this.#signAt + this.#signInterval) return;
    this.#signAt = now;
    // One that is not taken is followed by the next.
    this.#attempt("WATCHDOG=1");
  }

  /** The last that is told of this process. */
  close(): void {
    clearTimeout(this.#statusTimer);
    clearTimeout(this.#retry);
    this.#flush();
    clearTimeout(this.#retry);
    this.#socket.close();
  }

  readonly #sendStatus = (): void => {
    clearTimeout(this.#statusTimer);
    this.#statusTimer = undefined;
    this.#statusAt = performance.now();
    // One line, whatever is in it: another line would be another message.
    this.#unsent.set("STATUS", logLine(this.#status ?? ""));
    this.#flush();
  };

  /** All in one message, so that the manager takes all or nothing. */
  #flush(): void {
    if (this.#unsent.size === 0) return;
    const message = [...this.#unsent].map(([field, value]) => `${field}=${value}`).join("\n");
    if (this.#attempt(message)) {
      this.#unsent.clear();
      return;
    }
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#flush();
    }, RETRY_MILLISECONDS).unref();
  }

  #attempt(message: string): boolean {
    try {
      this.#socket.send(message);
      return true;
    } catch (error) {
      if (!this.#troubleTold)
        this.#tell(`the service manager does not take messages: ${messageOf(error)}`, "service-manager");
      this.#troubleTold = true;
      return false;
    }
  }
}

/** Milliseconds; undefined where no sign of life is asked for. */
function watchdogLimit(text: string | undefined, tell: Tell): number | undefined {
  if (text === undefined || !/^[1-9]\d*$/.test(text)) return undefined;
  const limit = Number(text) / MICROSECONDS_PER_MILLISECOND;
  if (limit < LEAST_WATCHDOG_MILLISECONDS) {
    const least = String(LEAST_WATCHDOG_MILLISECONDS / 1000);
    tell(
      `the service manager waits ${String(limit)} ms for a sign of life (WATCHDOG_USEC): give it ${least} s or more`,
      "service-manager",
    );
  }
  return limit;
}
