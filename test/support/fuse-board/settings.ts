/** What a board is: given at its start as `NAME=VALUE`, most of it changed while it runs through the file `control`. */

export interface BoardSettings {
  /** Host bytes that the driver holds beside IDR: 1 as the raw KCS driver does, 0 for registers alone. */
  depth: 0 | 1;
  /** How often the driver looks whether the host has read ODR, in ms; 0: it learns it at once. */
  noticeMilliseconds: number;
  /** How late the driver's interrupt handler takes a byte out of IDR, in ms. Until then the host sees IBF = 1. */
  interruptMilliseconds: number;
  /**
   * How long a program works on a byte that it has read from IDR, in ms: as if it did, its next call on the node takes effect
   * so much later.
   */
  handlingMilliseconds: number;
  /** An open unmasks the interrupt though the shadow holds a byte: the next byte of the host is taken over it. */
  opensUnmasked: boolean;
  /** A second open, which fails, has the driver ignore interrupts until the next read, as its latest source says. */
  deafAfterBusyOpen: boolean;
  /** STR writes store every bit, IBF included, as QEMU's model does. */
  qemu: boolean;
  /** Bytes of the reserved memory; 0: the device tree names none. Fixed at the start. */
  readonly regionBytes: number;
  /** The host's data port; the status port is the next one. Fixed at the start. */
  readonly dataPort: number;
  /** Mappings of memory through FUSE are asked for. Fixed at the start. */
  readonly passthrough: boolean;
}

const MIB = 1024 * 1024;

/** A POWER10 machine's BMC ("Rainier") with the raw KCS driver. */
export const DEFAULTS: Readonly<BoardSettings> = {
  depth: 1,
  noticeMilliseconds: 500,
  interruptMilliseconds: 0,
  handlingMilliseconds: 0,
  opensUnmasked: true,
  deafAfterBusyOpen: false,
  qemu: false,
  regionBytes: 64 * MIB,
  dataPort: 0xca2,
  passthrough: true,
};

/** Settings that a running board takes. */
type Changeable =
  | "depth"
  | "noticeMilliseconds"
  | "interruptMilliseconds"
  | "handlingMilliseconds"
  | "opensUnmasked"
  | "deafAfterBusyOpen"
  | "qemu";
const CHANGEABLE: ReadonlySet<string> = new Set<Changeable>([
  "depth",
  "noticeMilliseconds",
  "interruptMilliseconds",
  "handlingMilliseconds",
  "opensUnmasked",
  "deafAfterBusyOpen",
  "qemu",
]);

/** `assignments`: "depth=0" and so on; numbers as JavaScript writes them. Throws where one means nothing. */
export function readSettings(assignments: readonly string[]): BoardSettings {
  return Object.assign({ ...DEFAULTS }, ...assignments.map((text) => assignment(text))) as BoardSettings;
}

/** Changes a running board's settings. */
export function changeSettings(settings: BoardSettings, text: string): void {
  const change = assignment(text);
  const fixed = Object.keys(change).find((name) => !CHANGEABLE.has(name));
  if (fixed !== undefined) throw new Error(`${fixed} is fixed at the board's start`);
  Object.assign(settings, change);
}

function assignment(text: string): Partial<BoardSettings> {
  const [name = "", value = ""] = text.split("=");
  if (!(name in DEFAULTS)) throw new Error(`a board has no setting ${name}`);
  const wanted = typeof DEFAULTS[name as keyof BoardSettings];
  const read = wanted === "boolean" ? { true: true, false: false }[value] : Number(value);
  if (read === undefined || Number.isNaN(read)) throw new Error(`${name} takes a ${wanted}, not "${value}"`);
  return { [name]: read };
}
