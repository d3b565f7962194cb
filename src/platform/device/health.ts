/** What goes wrong with the devices of a platform while they are in use. */
import { Failure, errnoOf } from "../failure.ts";
import { deviceLoss } from "./device-file.ts";
import type { Tell } from "../log-events.ts";

export class DeviceHealth {
  /** Accesses that no hardware answered. */
  unanswered = 0;
  #loss: Failure | undefined;
  #tell: ((why: Failure) => void) | undefined;
  readonly #log: Tell;

  constructor(log: Tell) {
    this.#log = log;
  }

  /** Whether a device failed: none of the platform is accessed any more. */
  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  /**
   * Judges the error of an access: true where it is to be made again. Otherwise it has had no effect: nothing answered at
   * the moment, which the log says once, or the device is lost.
   */
  shallRepeat(path: string, error: unknown): boolean {
    const errno = errnoOf(error);
    // A signal came while the driver waited.
    if (errno === "EINTR") return true;
    if (errno === "ENXIO") this.noAnswer(path);
    else this.#lose(deviceLoss(path, error));
    return false;
  }

  /** Nothing decodes the address: the board is off, or the BMC has not mapped the window yet. */
  noAnswer(path: string): void {
    if (this.unanswered++ > 0) return;
    this.#log(
      `no hardware answers through ${path}: is the BMC up, and is the window mapped there? It is tried again, a read counts as 0xff (LPC-HOST-14)`,
      "device-trouble",
    );
  }

  /** Gives what an access gives; undefined where the device is lost, which a Failure of the access makes it. */
  access<Given>(make: () => Given): Given | undefined {
    if (this.isLost) return undefined;
    try {
      return make();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#lose(error);
      return undefined;
    }
  }

  /** Has `tell` called when a device is lost, never from within an access: the procedure under way goes to its end. */
  whenLost(tell: (why: Failure) => void): void {
    this.#tell = tell;
    if (this.#loss !== undefined) this.#tellLater(this.#loss);
  }

  #lose(loss: Failure): void {
    if (this.#loss !== undefined) return;
    this.#loss = loss;
    this.#tellLater(loss);
  }

  #tellLater(loss: Failure): void {
    queueMicrotask(() => this.#tell?.(loss));
  }
}
