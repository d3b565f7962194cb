/**
 * `raw-kcs3`, as the OpenBMC raw KCS driver behaves (one byte at offset 0 is IDR or ODR, one at offset 1 is STR).
 *
 * The driver's interrupt handler moves IDR into a shadow of one byte at once, and masks its interrupt until the shadow has
 * been read. An open unmasks it, whatever the shadow holds: one byte may be lost after each open. A write of ODR blocks while OBF is set. Nothing tells the driver that the host has read ODR: it looks at OBF
 * at the moment of the write, then once a period.
 *
 * Measured, but for four things that the driver's source says and the measurements do not reach: what becomes of a byte in
 * the shadow when another follows after an open (`opensUnmasked`), what an open that fails does (`deafAfterBusyOpen`), how late
 * the handler may be (`interruptMilliseconds`), and that a poll puts the next look at OBF off. The source has the driver look
 * for 100 us after a write, too; no program on a FUSE file is that quick.
 */
import type { AccessRecord } from "./accesses.ts";
import { Errno, PollEvent, SystemCallError, type Call, type OpenFile, type ServedFile } from "./fuse/served-file.ts";
import { STATUS_IBF, STATUS_OBF, type KcsRegisters } from "./registers.ts";
import type { BoardSettings } from "./settings.ts";
import { SlowProgram } from "./slow-program.ts";

const STR_OFFSET = 1;
const END_OFFSET = 2;

interface WaitingRead {
  readonly call: Call;
  readonly length: number;
}

interface WaitingWrite {
  readonly call: Call;
  readonly odr: number;
  readonly length: number;
}

export class RawKcs implements ServedFile {
  readonly name = "raw-kcs3";
  /** Of a device it would be 0; the kernel lets writes below the end run at the same time only. */
  readonly sizeBytes: number = END_OFFSET;
  readonly hasNoEnd = true;
  readonly #registers: KcsRegisters;
  readonly #settings: BoardSettings;
  readonly #accesses: AccessRecord;
  readonly #program = new SlowProgram();
  readonly #wakePolls: () => void;
  /** Reads of STR by the BMC. */
  looks = 0;
  #isOpen = false;
  /** The byte that the interrupt handler took out of IDR. */
  #shadow: number | undefined;
  /** The interrupt is unmasked though the shadow holds a byte: none was read since the node was opened. */
  #isUnmasked = false;
  /** Interrupts are ignored: host bytes stay in IDR, and nobody is woken. */
  #isDeaf = false;
  #reads: WaitingRead[] = [];
  #writes: WaitingWrite[] = [];
  /** When the driver looks at OBF again, in the time of performance.now(); undefined while it need not. */
  #nextLook: number | undefined;
  /** When the interrupt handler runs, where it is late; undefined while no interrupt waits. */
  #interruptAt: number | undefined;

  constructor(registers: KcsRegisters, settings: BoardSettings, accesses: AccessRecord, wakePolls: () => void) {
    this.#registers = registers;
    this.#settings = settings;
    this.#accesses = accesses;
    this.#wakePolls = wakePolls;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get shadow(): number | undefined {
    return this.#shadow;
  }

  get blockedReads(): number {
    return this.#reads.length;
  }

  get blockedWrites(): number {
    return this.#writes.length;
  }

  get heldCalls(): number {
    return this.#program.heldCalls;
  }

  /** STR as a read of the node gives it: IBF is 1 while the shadow or IDR holds a byte. */
  get status(): number {
    return this.#registers.status | (this.#shadow === undefined ? 0 : STATUS_IBF);
  }

  /** When `run` has something to do next, in the time of performance.now(). */
  get nextRun(): number {
    return Math.min(this.#nextLook ?? Infinity, this.#interruptAt ?? Infinity, this.#program.nextRun);
  }

  /** Does what is due. */
  run(now: number): void {
    if (this.#interruptAt !== undefined && now >= this.#interruptAt) this.#handleInterrupt();
    if (this.#nextLook !== undefined && now >= this.#nextLook) this.#look();
    this.#program.run(now);
  }

  open(): OpenFile {
    if (this.#isOpen) {
      this.#isDeaf = this.#settings.deafAfterBusyOpen;
      throw new SystemCallError(Errno.EBUSY);
    }
    this.#isOpen = true;
    this.#isUnmasked = this.#settings.opensUnmasked && this.#shadow !== undefined;
    this.hostWrote();
    return {
      read: (call, offset, length) => {
        this.#program.call(call, () => {
          this.#read(call, offset, length);
        });
      },
      write: (call, offset, bytes) => {
        const kept = Uint8Array.from(bytes);
        this.#program.call(call, () => {
          this.#write(call, offset, kept);
        });
      },
      poll: () => this.#poll(),
      // The shadow's byte stays, and with the interrupt masked the next host byte stays in IDR.
      close: () => {
        this.#isOpen = this.#isDeaf = false;
        this.#nextLook = undefined;
        this.#interruptAt = undefined;
        this.#program.begin();
      },
    };
  }

  /** The driver begins anew. Calls that are blocked stay so. */
  reset(): void {
    this.#shadow = undefined;
    this.#interruptAt = undefined;
    this.#program.begin();
  }

  /** The host has written IDR: an interrupt, where it is not masked. */
  hostWrote(): void {
    if (!this.#isOpen || this.#isDeaf || this.#isMasked || !this.#registers.isInputFull) return;
    const { interruptMilliseconds } = this.#settings;
    if (interruptMilliseconds === 0) this.#handleInterrupt();
    else this.#interruptAt ??= performance.now() + interruptMilliseconds;
  }

  /** The host has read ODR. The driver does not learn it, unless the board is to tell at once. */
  hostReadOdr(): void {
    if (this.#settings.noticeMilliseconds === 0 && this.#nextLook !== undefined) this.#look();
  }

  get #isMasked(): boolean {
    return this.#shadow !== undefined && !this.#isUnmasked;
  }

  get #hasByte(): boolean {
    return this.#shadow !== undefined || this.#registers.isInputFull;
  }

  #handleInterrupt(): void {
    this.#interruptAt = undefined;
    // The BMC may have read the byte out of IDR before the handler ran.
    if (this.#settings.depth === 1 && this.#registers.isInputFull) {
      this.#shadow = this.#registers.bmcReadsIdr();
      this.#isUnmasked = false;
    }
    if (!this.#hasByte) return;
    const read = this.#reads.shift();
    if (read !== undefined) this.#finishRead(read.call, read.length);
    this.#wakePolls();
  }

  /** The driver looks at OBF: where it is clear, one waiting write ends, and poll is woken. */
  #look(): void {
    if (this.#registers.isOutputFull) {
      this.#lookLater();
      return;
    }
    this.#nextLook = undefined;
    const write = this.#writes.shift();
    if (write !== undefined) {
      this.#writeOdr(write.odr);
      write.call.wrote(write.length);
    }
    if (this.#writes.length > 0) this.#lookLater();
    this.#wakePolls();
  }

  /** A period from now: each write and each poll that finds OBF set puts the look off. */
  #lookLater(): void {
    const { noticeMilliseconds } = this.#settings;
    this.#nextLook = noticeMilliseconds === 0 ? Infinity : performance.now() + noticeMilliseconds;
  }

  #read(call: Call, offset: number, length: number): void {
    judge(offset, length);
    if (offset === STR_OFFSET) {
      this.looks += 1;
      call.answer(Uint8Array.of(this.status));
      return;
    }
    // The driver has this the wrong way round, and looks at IDR alone: EAGAIN where there is a byte, blocked where not.
    if (call.isNonblocking && this.#registers.isInputFull) throw new SystemCallError(Errno.EAGAIN);
    if (this.#hasByte) {
      this.#finishRead(call, length);
      return;
    }
    this.#reads.push({ call, length });
    call.onInterrupt = () => {
      this.#reads = this.#reads.filter((read) => read.call !== call);
      call.fail(Errno.EINTR);
    };
  }

  #finishRead(call: Call, length: number): void {
    const byte = this.#shadow ?? this.#registers.bmcReadsIdr();
    this.#shadow = undefined;
    this.#isUnmasked = this.#isDeaf = false;
    this.#interruptAt = undefined;
    this.#accesses.add("bmc", "reads", "IDR", byte);
    this.#program.hasRead(this.#settings.handlingMilliseconds);
    // The caller saw IBF = 1, or it would not have got a byte: so says the second byte, whatever holds by now.
    const both = Uint8Array.of(byte, this.#registers.status | STATUS_IBF);
    call.answer(length === 1 ? both.subarray(0, 1) : both);
    // The interrupt is enabled again: a byte that waits in IDR follows at once.
    this.hostWrote();
  }

  #write(call: Call, offset: number, bytes: Uint8Array): void {
    judge(offset, bytes.length);
    const length = bytes.length;
    if (offset === STR_OFFSET || length === END_OFFSET) {
      // Before ODR, and even where ODR then has to wait.
      this.#accesses.add("bmc", "writes", "STR", bytes.at(-1)!);
      this.#registers.bmcWritesStatus(bytes.at(-1)!, this.#settings.qemu);
    }
    if (offset === STR_OFFSET) {
      call.wrote(length);
      return;
    }
    const odr = bytes[0]!;
    if (!this.#registers.isOutputFull) {
      this.#writeOdr(odr);
      call.wrote(length);
      return;
    }
    if (call.isNonblocking) throw new SystemCallError(Errno.EAGAIN);
    this.#lookLater();
    this.#writes.push({ call, odr, length });
    call.onInterrupt = () => {
      this.#writes = this.#writes.filter((write) => write.call !== call);
      call.fail(Errno.EINTR);
    };
  }

  #writeOdr(value: number): void {
    this.#accesses.add("bmc", "writes", "ODR", value);
    this.#registers.bmcWritesOdr(value);
  }

  #poll(): number {
    let events = 0;
    if (this.#hasByte) events |= PollEvent.POLLIN | PollEvent.POLLRDNORM;
    if ((this.#registers.status & STATUS_OBF) === 0) events |= PollEvent.POLLOUT | PollEvent.POLLWRNORM;
    else this.#lookLater();
    return events;
  }
}

/** The kernel does not ask for reads and writes of 0 bytes. */
function judge(offset: number, length: number): void {
  if (offset > STR_OFFSET || offset + length > END_OFFSET) throw new SystemCallError(Errno.EINVAL);
}
