/** What `mctp-lpc bmc isolation` prints of a chip's doors, for people and as JSON. */
import type {
  BarFinding,
  DoorFinding,
  DoorState,
  Isolation,
  Region,
  WayFinding,
  WindowFinding,
} from "../platform/aspeed/isolation/judgement.ts";
import { hexText } from "../platform/kind.ts";
import { bold, plain, type Line, type Style } from "./styled.ts";
import { amountText } from "./terminal.ts";

const TITLE_COLUMNS = 16;
const STATE_COLUMNS = 10;
const BAR_COLUMNS = 20;
/** Up to 80 columns. */
const WRAP = /.{1,52}(?= |$)/g;
const INDENT = " ".repeat(2 + TITLE_COLUMNS + STATE_COLUMNS);

const STYLES: Readonly<Record<DoorState, Style>> = {
  open: "wrong",
  filtered: "unusual",
  unknown: "unusual",
  closed: "plain",
};

/** SCU and SDMC take writes only after these. */
const KEYS = "write 0x1688a8a8 to 0x1e6e2000 before registers of the SCU, 0xfc600309 to 0x1e6e0000 before SDMC08";

/** `source`: what the registers were read through. */
export function isolationLines(isolation: Isolation, source: string, troubles: readonly string[]): readonly Line[] {
  const { soc, doors, window } = isolation;
  return [
    [bold(`${soc.toUpperCase()}, registers through ${source}: ways of the host into the BMC's memory (CVE-2019-6260)`)],
    [],
    ...doors.flatMap(doorLines),
    ...windowLines(window),
    [],
    ...troubles.map((text) => [plain(`not read: ${text}`)]),
    [plain(verdictText(isolation))],
  ];
}

/** A line of the table, and what does not fit on it below. */
function row(title: string, state: string, style: Style, text: string): readonly Line[] {
  const [first = "", ...rest] = wrapped(text);
  return [
    [plain(`  ${title.padEnd(TITLE_COLUMNS)}`), { text: state.padEnd(STATE_COLUMNS), style }, plain(first)],
    ...rest.map(below),
  ];
}

function below(text: string): Line {
  return [plain(`${INDENT}${text}`)];
}

/** Such that a line with its indent has 80 columns at most. */
function wrapped(text: string): readonly string[] {
  return (text.match(WRAP) ?? []).map((line) => line.trim());
}

function doorLines({ door, state, ways }: DoorFinding): readonly Line[] {
  const { title, gives, filtered, uBoot } = door;
  if (ways.length === 0) return row(title, state, STYLES[state], "this chip has none");
  const shown = ways.filter((way) => way.state === state || way.state !== "closed");
  const bars = shown.flatMap(wayLines).map(below);
  if (state === "closed") return [...row(title, state, STYLES[state], "no host gets through"), ...bars];
  if (state === "unknown")
    return [...row(title, state, STYLES[state], "a register that decides could not be read"), ...bars];
  return [
    ...row(title, state, STYLES[state], (state === "filtered" ? filtered : undefined) ?? gives),
    ...bars,
    ...wrapped(`to shut it: ${[...new Set(shown.map(shutText))].join("; ")}`).map(below),
    ...(uBoot === undefined ? [] : wrapped(`(OpenBMC's U-Boot shuts it, but with ${uBoot})`).map(below)),
  ];
}

/** What decides: the locks that shut a way; where none does, all bars. */
function wayLines({ name, state, locks, filters }: WayFinding): readonly string[] {
  const deciding = state === "closed" ? locks.filter(({ holds }) => holds === true) : [...locks, ...filters];
  return [...(name === undefined ? [] : [`${name}:`]), ...deciding.map(barText)];
}

/** "SCU510[3] = 0   0x1e6e2510: 0x00000000" */
function barText(bar: BarFinding): string {
  const { address, value } = bar;
  const bits = `${bitsName(bar)} = ${value === undefined ? "?" : bitsOf(bar)}`;
  return `${bits.padEnd(BAR_COLUMNS)}${hexText(address)}: ${value === undefined ? "not read" : word(value)}`;
}

/** "SCU2C[25:22]", "SDMC08[25,18]" */
function bitsName({ register, bits }: BarFinding): string {
  const isRange = bits.length > 1 && bits[0]! - bits.at(-1)! === bits.length - 1;
  return `${register}[${isRange ? `${String(bits[0])}:${String(bits.at(-1))}` : bits.join(",")}]`;
}

/** The bits' values in the order of their names. */
function bitsOf({ bits, value = 0 }: BarFinding): string {
  return bits.map((bit) => String((value >>> bit) & 1)).join("");
}

function word(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}

function shutText({ locks }: WayFinding): string {
  return locks.map((lock) => `${lock.at === 1 ? "set" : "clear"} ${bitsName(lock)}`).join(" or ");
}

function windowLines({ state, locks, range, region, isInRegion }: WindowFinding): readonly Line[] {
  const title = "window";
  const bars = locks.map(barText).map(below);
  if (state === "unknown") return [...row(title, state, STYLES.unknown, "a register could not be read"), ...bars];
  if (range === undefined) {
    const off = "firmware cycles are off: no host reaches the window before bmc run maps it";
    return [...row(title, state, "plain", off), ...bars];
  }
  const shown = `${kibibytes(range.size)} from ${hexText(range.bmc)} of the BMC's memory, at ${hexText(range.host)} of firmware space (HICR7, HICR8)`;
  const isWide = isInRegion === false;
  return [
    ...row(title, isWide ? "too wide" : "needed", isWide ? "wrong" : "plain", shown),
    ...wrapped(regionText(region, isInRegion)).map(below),
    ...bars,
  ];
}

function regionText(region: Region | undefined, isInRegion: boolean | undefined): string {
  if (region === undefined) {
    return "what of that is reserved for the host is not known here: compare with memory-region of the device tree, or give --region";
  }
  const text = `the reserved ${kibibytes(region.size)} from ${hexText(region.start)}`;
  return isInRegion === true ? `within ${text}` : `not within ${text}: map the window alone (map=)`;
}

function kibibytes(bytes: number): string {
  return `${String(bytes / 1024)} KiB`;
}

function verdictText({ doors, window, verdict }: Isolation): string {
  if (verdict === "closed") return "All doors but the window's own are shut (LPC-SEC-5).";
  const open = doors.filter(({ state }) => state === "open" || state === "filtered").length;
  const unknown = doors.filter(({ state }) => state === "unknown").length + (window.state === "unknown" ? 1 : 0);
  const parts = [
    ...(open > 0 ? [`${amountText(open, "door")} open or filtered (LPC-SEC-5)`] : []),
    ...(window.isInRegion === false ? ["the window shows more than its region (LPC-SEC-5)"] : []),
    ...(unknown > 0 ? [`${String(unknown)} unknown`] : []),
  ];
  const how = open > 0 ? ` Shut them in the boot loader, before the host starts: ${KEYS}.` : "";
  return `${parts.join(", ")}.${how}`;
}

/* ---- JSON ---- */

/** Numbers of registers as text, "0x1e6e2070": JSON's readers expect them as data sheets have them. */
export function isolationJson(isolation: Isolation, source: string, troubles: readonly string[]): unknown {
  const { soc, doors, window, verdict } = isolation;
  return {
    soc,
    source,
    verdict,
    doors: doors.map(({ door: { id, title, uBoot }, state, ways }) => ({
      id,
      title,
      state,
      ...(uBoot === undefined ? {} : { leftOpenByUBootWith: uBoot }),
      ways: ways.map((way) => ({
        ...(way.name === undefined ? {} : { name: way.name }),
        state: way.state,
        locks: way.locks.map(barJson),
        filters: way.filters.map(barJson),
        shutBy: shutText(way),
      })),
    })),
    window: {
      state: window.state,
      locks: window.locks.map(barJson),
      ...(window.range === undefined
        ? {}
        : {
            bmcAddress: hexText(window.range.bmc),
            hostAddress: hexText(window.range.host),
            bytes: window.range.size,
          }),
      region: window.region === undefined ? null : { address: hexText(window.region.start), bytes: window.region.size },
      isInRegion: window.isInRegion ?? null,
    },
    notRead: troubles,
  };
}

function barJson(bar: BarFinding): unknown {
  const { register, address, bits, at, value, holds } = bar;
  return {
    register,
    address: hexText(address),
    bits,
    shutsAt: at,
    value: value === undefined ? null : word(value),
    holds: holds ?? null,
  };
}
