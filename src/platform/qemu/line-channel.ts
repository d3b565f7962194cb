/**
 * Lines to QEMU and back through a pair of FIFOs, NAME.in and NAME.out, as QEMU's "pipe" devices have them. All calls are
 * synchronous and have a limit in time. Each end is opened one way only, so that the end of QEMU is noticed at once: a write
 * fails then, and a read meets the end of the file.
 */
import { Failure, errnoOf } from "../failure.ts";
import { whyRefused, type FileRule } from "../opening.ts";
import { deviceLoss } from "../device/device-file.ts";
import type { Folder } from "../folder.ts";
import type { Scope } from "../scope.ts";
import { system, type How } from "../system.ts";

/** A busy machine lets QEMU wait for a processor; one that was stopped never answers. */
const ANSWER_MILLISECONDS = 5000;
/** An answer of QMP has some hundred characters. */
const LONGEST_LINE = 64 * 1024;
const CHUNK_BYTES = 16 * 1024;

const PRIVATE_FIFO: FileRule = { type: "fifo", without: 0o077, links: 1 };

export class LineChannel {
  /** For people: "/tmp/machine/qmp". */
  readonly name: string;
  readonly #in: number;
  readonly #out: number;
  readonly #limit: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  /** What came behind the last whole line. */
  #rest = "";
  /** Once an answer is missing, nobody knows which question the next one is for. */
  #loss: Failure | undefined;

  private constructor(name: string, ends: { readonly in: number; readonly out: number }, limit: number) {
    this.name = name;
    this.#in = ends.in;
    this.#out = ends.out;
    this.#limit = limit;
  }

  /** Opens both ends, which are closed with the scope. Throws a Failure: no QEMU has them open, or they are no FIFOs. */
  static open(scope: Scope, folder: Folder, pair: string, limit: number = ANSWER_MILLISECONDS): LineChannel {
    const end = (suffix: string, how: How): number => openEnd(scope, folder, `${pair}.${suffix}`, how);
    return new LineChannel(`${folder.path}/${pair}`, { in: end("in", "peerFifo"), out: end("out", "read") }, limit);
  }

  /** Sends a line and gives the first one of the answers that `read` makes something of; others are left out. Throws a Failure. */
  ask<Answer>(line: string, read: (answer: string) => Answer | undefined): Answer {
    if (this.#loss !== undefined) throw this.#loss;
    try {
      const end = performance.now() + this.#limit;
      // At once or not at all: it is shorter than what the kernel never divides (PIPE_BUF).
      system.write(this.#in, `${line}\n`);
      for (;;) {
        const answer = read(this.#line(end));
        if (answer !== undefined) return answer;
      }
    } catch (error) {
      this.#loss = this.#lossBy(error);
      throw this.#loss;
    }
  }

  #line(end: number): string {
    for (;;) {
      const at = this.#rest.indexOf("\n");
      if (at >= 0) {
        const line = this.#rest.slice(0, at);
        this.#rest = this.#rest.slice(at + 1);
        return line.trimEnd();
      }
      if (this.#rest.length > LONGEST_LINE) throw wrongAnswer(this.name, this.#rest);
      this.#rest += this.#more(end);
    }
  }

  #more(end: number): string {
    for (;;) {
      const left = Math.ceil(end - performance.now());
      if (left <= 0) throw this.#silence();
      if (!system.waitForBytes(this.#out, left)) continue;
      const count = system.read(this.#out, this.#chunk, null);
      if (count === 0) throw this.#end();
      return this.#chunk.toString("latin1", 0, count);
    }
  }

  #lossBy(error: unknown): Failure {
    if (error instanceof Failure) return error;
    if (errnoOf(error) === "EPIPE") return this.#end(error);
    return errnoOf(error) === "EAGAIN" ? this.#silence() : deviceLoss(this.name, error);
  }

  #end(cause?: unknown): Failure {
    return new Failure("qemu-ended", `QEMU has ended (${this.name}): start it again, then the agents`, { cause });
  }

  #silence(): Failure {
    return new Failure(
      "qemu-silent",
      `QEMU does not answer within ${String(this.#limit / 1000)} s (${this.name}): is its process stopped? Start the agent again when it runs`,
    );
  }
}

/** QEMU, or what stands for it, says what has no place here. */
export function wrongAnswer(name: string, answer: string): Failure {
  const shown = answer.length > 100 ? `${answer.slice(0, 100)}…` : answer;
  return new Failure(
    "qemu-answer",
    `QEMU answers ${JSON.stringify(shown)} (${name}), which this agent cannot use: is the machine one with an ASPEED BMC?`,
  );
}

function openEnd(scope: Scope, folder: Folder, name: string, how: How): number {
  try {
    const fd = folder.open(name, how);
    scope.add(system.close, fd);
    const why = whyRefused(system.stat(fd), PRIVATE_FIFO);
    if (why === undefined) return fd;
    throw new Failure("device-refused", `${folder.path}/${name} is refused (LPC-SEC-8): ${why}`);
  } catch (error) {
    if (errnoOf(error) !== "ENXIO" && errnoOf(error) !== "ENOENT") throw error;
    throw new Failure(
      "qemu-ended",
      `no QEMU runs in ${folder.path}: start one with "mctp-lpc qemu start ${folder.path}"`,
      { cause: error },
    );
  }
}
