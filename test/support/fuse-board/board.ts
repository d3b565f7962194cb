/** The board: one KCS channel, the reserved memory, and the files that lead to them. */
import { AccessRecord } from "./accesses.ts";
import { changeSettings, type BoardSettings } from "./settings.ts";
import type { ServedFile } from "./fuse/served-file.ts";
import { FwFile, IoFile, MemFile, PortFile, type IoSpace } from "./host-files.ts";
import { ControlFile, StateFile, type BoardState } from "./inspection.ts";
import { LpcCtrl } from "./lpc-ctrl.ts";
import { RawKcs } from "./raw-kcs.ts";
import { KcsRegisters } from "./registers.ts";

export class Board {
  readonly settings: BoardSettings;
  readonly rawKcs: RawKcs;
  readonly files: readonly ServedFile[];
  /** Has programs that wait in poll ask again; set by the one that serves the files. */
  onPollChange: (file: ServedFile) => void = () => undefined;
  readonly #startSettings: Readonly<BoardSettings>;
  readonly #registers = new KcsRegisters();
  readonly #accesses = new AccessRecord();
  readonly #lpcCtrl: LpcCtrl;
  readonly #fw: FwFile;
  #hostLooks = 0;

  /** `memory`: descriptor of a file of `settings.regionBytes`, the reserved memory. */
  constructor(settings: BoardSettings, memory: number) {
    this.settings = settings;
    this.#startSettings = { ...settings };
    this.rawKcs = new RawKcs(this.#registers, settings, this.#accesses, () => {
      this.onPollChange(this.rawKcs);
    });
    this.#lpcCtrl = new LpcCtrl(settings.regionBytes);
    this.#fw = new FwFile(memory, this.#lpcCtrl);
    const ports = this.#ports(settings.dataPort);
    this.files = [
      this.rawKcs,
      this.#lpcCtrl,
      new PortFile(ports),
      new IoFile(ports),
      this.#fw,
      new MemFile(memory, settings.regionBytes),
      new StateFile(() => this.#state()),
      this.#accesses,
      new ControlFile((text) => {
        this.#control(text);
      }),
    ];
  }

  /** The host's side of the channel. */
  #ports(dataPort: number): IoSpace {
    const statusPort = dataPort + 1;
    return {
      read: (port) => {
        if (port === statusPort) {
          this.#hostLooks += 1;
          return this.#registers.status;
        }
        if (port !== dataPort) return undefined;
        const value = this.#registers.hostReadsOdr();
        this.#accesses.add("host", "reads", "ODR", value);
        this.rawKcs.hostReadOdr();
        return value;
      },
      write: (port, value) => {
        if (port !== dataPort && port !== statusPort) return false;
        this.#accesses.add("host", "writes", "IDR", value);
        this.#registers.hostWrites(value, port === statusPort);
        this.rawKcs.hostWrote();
        return true;
      },
    };
  }

  /**
   * `NAME=VALUE`: a setting. `map ADDRESS OFFSET SIZE`: as another program of the BMC would have mapped, without a
   * judgement; `unmap`: no program has. `forget`: the record of accesses begins anew. `reset`: all is as it was at the start, but for open files and the memory.
   */
  #control(text: string): void {
    const [command, ...numbers] = text.split(/\s+/);
    if (command === "reset") {
      Object.assign(this.settings, this.#startSettings);
      this.#registers.reset();
      this.rawKcs.reset();
      this.#lpcCtrl.mapping = undefined;
      this.#fw.resetAccesses();
      this.#accesses.forget();
    } else if (command === "forget") {
      this.#accesses.forget();
    } else if (command === "unmap") {
      this.#lpcCtrl.mapping = undefined;
    } else if (command === "map") {
      const [address = NaN, offset = NaN, size = NaN] = numbers.map(Number);
      if (Number.isNaN(address + offset + size)) throw new Error("map takes ADDRESS OFFSET SIZE");
      this.#lpcCtrl.mapping = { address, offset, size };
    } else {
      changeSettings(this.settings, text);
    }
  }

  #state(): BoardState {
    const { idr, odr, status } = this.#registers;
    return {
      idr,
      odr,
      hostStatus: status,
      bmcStatus: this.rawKcs.status,
      shadow: this.rawKcs.shadow ?? null,
      isNodeOpen: this.rawKcs.isOpen,
      blockedReads: this.rawKcs.blockedReads,
      blockedWrites: this.rawKcs.blockedWrites,
      heldCalls: this.rawKcs.heldCalls,
      mapping: this.#lpcCtrl.mapping ?? null,
      fwAccesses: this.#fw.accesses,
      looks: { host: this.#hostLooks, bmc: this.rawKcs.looks },
    };
  }
}
