/** A serial line over the package serialport, opened again with growing pauses whenever it is lost. */
import type { ByteLine, LineEvents } from "../byte-line.ts";
import { Failure, messageOf, packageMissing } from "../failure.ts";
import { privilegedAt } from "../privileges.ts";
import { system } from "../system.ts";

/** Pauses between attempts to open a line that was lost double from the first to the last. */
const FIRST_PAUSE_MILLISECONDS = 100;
const LAST_PAUSE_MILLISECONDS = 5000;
/** How often the path of an open line is looked at. */
const LOOK_MILLISECONDS = 500;

/** Code of the failure to open a device for want of rights. */
const DENIED = "serial-denied";

/** What is used of a SerialPort, or of a stand-in for one. */
export interface PortStream {
  readonly isOpen: boolean;
  on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
  on(event: "error" | "close", listener: (error?: Error | null) => void): unknown;
  open(done: (error: Error | null) => void): void;
  write(bytes: Uint8Array, done: (error: Error | null | undefined) => void): unknown;
  /** Tells when all that was written has left the machine. */
  drain(done: (error: Error | null | undefined) => void): void;
  /** No data comes until `resume`. */
  pause(): unknown;
  resume(): unknown;
  close(done: (error: Error | null) => void): void;
}

export interface SerialSettings {
  readonly path: string;
  readonly baudRate: number;
}

/** Makes a port that is not open yet. */
export type PortMaker = (settings: SerialSettings) => Promise<PortStream>;

const realPort: PortMaker = async (settings) => {
  // Loaded only here: its native part is nothing for an agent without a serial line.
  const { SerialPort } = await import("serialport").catch((error: unknown) => {
    throw packageMissing("serialport", "serial lines", error);
  });
  return new SerialPort({ ...settings, autoOpen: false });
};

export class SerialLine implements ByteLine {
  readonly name: string;
  readonly #settings: SerialSettings;
  readonly #makePort: PortMaker;
  #events: LineEvents | undefined;
  /** Open ahead of `start`. */
  #opened: PortStream | undefined;
  #port: PortStream | undefined;
  #stuckTold: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #pause = FIRST_PAUSE_MILLISECONDS;

  constructor(settings: SerialSettings, makePort: PortMaker = realPort) {
    this.name = `serial:${settings.path}`;
    this.#settings = settings;
    this.#makePort = makePort;
  }

  async open(): Promise<void> {
    this.#opened = await this.#openPort();
  }

  async start(events: LineEvents): Promise<void> {
    this.#events = events;
    try {
      await this.#open();
    } catch (error) {
      this.#events = undefined;
      throw error;
    }
  }

  write(bytes: Uint8Array, taken: () => void): void {
    const port = this.#port;
    if (port === undefined) return;
    // The stream keeps what it is given.
    // An error is told by the stream's own event, too, which ends the line.
    const unlessLost =
      (then: () => void) =>
      (error: Error | null | undefined): void => {
        if (this.#port === port && (error === null || error === undefined)) then();
      };
    port.write(
      Uint8Array.from(bytes),
      unlessLost(() => {
        // What the system holds back is not out yet: seconds of it, on a slow line.
        port.drain(unlessLost(taken));
      }),
    );
  }

  pause(isPaused: boolean): void {
    if (isPaused) this.#port?.pause();
    else this.#port?.resume();
  }

  async close(): Promise<void> {
    this.#events = undefined;
    clearTimeout(this.#timer);
    clearInterval(this.#look);
    const ports = [this.#port, this.#opened];
    this.#port = this.#opened = undefined;
    await Promise.all(ports.map(closed));
  }

  /** Rejects with a Failure. */
  async #openPort(): Promise<PortStream> {
    try {
      return await privilegedAt(this.#settings.path, async () => {
        const port = await this.#makePort(this.#settings);
        port.on("error", (error) => {
          this.#lose(port, error);
        });
        port.on("close", (error) => {
          this.#lose(port, error);
        });
        await new Promise<void>((resolve, reject) => {
          port.open((error) => {
            if (error === null) resolve();
            else reject(error);
          });
        });
        return port;
      });
    } catch (error) {
      if (error instanceof Failure) throw error;
      const code = isDenied(error) ? DENIED : "serial-open";
      throw new Failure(code, `cannot open ${this.#settings.path}: ${openTrouble(error)}`, { cause: error });
    }
  }

  async #open(): Promise<void> {
    const hasPath = isThere(this.#settings.path);
    const ahead = this.#opened;
    this.#opened = undefined;
    const port = ahead?.isOpen === true ? ahead : await this.#openPort();
    if (this.#events === undefined) {
      await closed(port);
      return;
    }
    this.#port = port;
    this.#pause = FIRST_PAUSE_MILLISECONDS;
    this.#stuckTold = undefined;
    port.on("data", (bytes) => {
      if (this.#port === port) this.#events?.received(bytes);
    });
    if (hasPath) this.#lookAtPath(port);
    this.#events.opened();
  }

  /** A hung-up terminal may read as empty without end: the package goes on reading. Its path is gone then. */
  #lookAtPath(port: PortStream): void {
    this.#look = setInterval(() => {
      if (!isThere(this.#settings.path)) this.#lose(port, new Error("the device is gone"));
    }, LOOK_MILLISECONDS).unref();
  }

  #lose(port: PortStream, error: Error | null | undefined): void {
    if (this.#port !== port) return;
    this.#port = undefined;
    clearInterval(this.#look);
    void closed(port);
    const why = error === null || error === undefined ? "it was closed" : openTrouble(error);
    this.#events?.lost(new Failure("serial-lost", `lost ${this.#settings.path}: ${why}; waiting for it to come back`));
    this.#openLater();
  }

  #openLater(): void {
    if (this.#events === undefined) return;
    this.#timer = setTimeout(() => {
      this.#open().catch((error: unknown) => {
        this.#tellStuck(error);
        this.#openLater();
      });
    }, this.#pause);
    this.#pause = Math.min(2 * this.#pause, LAST_PAUSE_MILLISECONDS);
  }

  /** A device that is not back yet comes back; rights do not. */
  #tellStuck(error: unknown): void {
    if (!(error instanceof Failure) || error.code !== DENIED || messageOf(error) === this.#stuckTold) return;
    this.#stuckTold = messageOf(error);
    this.#events?.stuck?.(error);
  }
}

/** A path that cannot be looked at says nothing of the device. */
function isThere(path: string): boolean {
  try {
    return system.lookUp(path) !== undefined;
  } catch {
    return true;
  }
}

/** Resolves once a port is shut; one that is already, or that a removed device took with it, is none to wait for. */
function closed(port: PortStream | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (port?.isOpen !== true) resolve();
    else {
      port.close(() => {
        resolve();
      });
    }
  });
}

function isDenied(error: unknown): boolean {
  return /permission denied|EACCES|not permitted|EPERM/i.test(messageOf(error));
}

/** The package tells errors of the system in the system's words, "Error: No such file or directory, cannot open /dev/ttyUSB0". */
const PACKAGES_WORDS = /^(?:Error:? )*([A-Za-z ()]+)(?:,|$)/;

function openTrouble(error: unknown): string {
  const text = messageOf(error);
  if (/no such file|ENOENT/i.test(text)) return "there is no such device; see which there are with ls /dev/tty*";
  if (isDenied(error)) {
    return "permission denied; add this user to the group that owns it (often dialout), or have a udev rule give it to the user";
  }
  if (/lock|busy/i.test(text)) return "another program uses it; stop that first";
  if (/inappropriate|ENOTTY|not a (tty|typewriter)/i.test(text)) return "it is no serial line";
  const [, trouble] = OTHER_TROUBLE.find(([pattern]) => pattern.test(text)) ?? [];
  return trouble ?? PACKAGES_WORDS.exec(text)?.[1] ?? "the system refuses it";
}

const OTHER_TROUBLE: readonly (readonly [RegExp, string])[] = [
  [/^Error: Is a directory/, "it is a folder"],
  [/^Error: Not a directory/, "a part of the path is a file, not a folder"],
  [/^Error: Too many levels of symbolic links/, "its symbolic links lead in a circle"],
  [/^Error: No such device or address/, "no device answers there"],
  [/^Error: File name too long/, "its name is too long"],
];
