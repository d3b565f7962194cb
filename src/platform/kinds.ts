/**
 * The kinds of platforms and links there are, and the one parser of their specs: `KIND:PLACE[,KEY=VALUE]…`. The older
 * `KIND:PLACE?KEY=VALUE&…` is read, too.
 */
import { resolve } from "node:path";
import type { RoleName } from "../core/binding/side.ts";
import { aspeedMemKind } from "./aspeed-mem/kind.ts";
import type { AspeedMemSpec } from "./aspeed-mem/spec.ts";
import { Failure } from "./failure.ts";
import type { Kind, OpenOptions, Spec, Use } from "./kind.ts";
import type { BmcPlatform, HostPlatform } from "./port.ts";
import { powernvKind } from "./powernv/kind.ts";
import type { PowernvSpec } from "./powernv/spec.ts";
import { qemuKind } from "./qemu/kind.ts";
import type { QemuSpec } from "./qemu/spec.ts";
import { rawKcsKind } from "./raw-kcs/kind.ts";
import type { RawKcsSpec } from "./raw-kcs/spec.ts";
import { serialKind, type SerialLinkSpec } from "./serial/kind.ts";
import { sharedFileKind } from "./shared-file/kind.ts";
import type { SharedFileSpec } from "./shared-file/spec.ts";
import { tunKind, type TunLinkSpec } from "./tun/kind.ts";
import { x86Kind } from "./x86/kind.ts";
import type { X86Spec } from "./x86/spec.ts";

/** What the parser has found for `--platform`. */
export type PlatformSpec = SharedFileSpec | RawKcsSpec | AspeedMemSpec | X86Spec | PowernvSpec | QemuSpec;
/** What the parser has found for `--link`. */
export type LinkSpec = SerialLinkSpec | SharedFileSpec | TunLinkSpec;

/** A new kind is one row here, and one folder beside this file. */
export const KINDS: readonly Kind[] = [
  sharedFileKind,
  rawKcsKind,
  aspeedMemKind,
  x86Kind,
  powernvKind,
  qemuKind,
  serialKind,
  tunKind,
];

const EXAMPLE = "serial:/dev/ttyUSB0,baud=921600,unit=128";

const USE_TEXT: Readonly<Record<Use, string>> = {
  host: "platform of the host",
  bmc: "platform of the BMC",
  link: "link",
  endpoint: "line of an endpoint",
};

/** The platform of a side. Throws a Failure that says what is wrong and what there is. */
export function parsePlatform(text: string, side: RoleName = "host"): PlatformSpec {
  return parseSpec(text, side) as PlatformSpec;
}

/** The name of a platform, by which its agents are found, whichever side the kind is for. Throws a Failure. */
export function platformName(text: string): string {
  const isForBmcAlone = KINDS.some(
    ({ name, uses }) => text.startsWith(`${name}:`) && !("host" in uses) && "bmc" in uses,
  );
  return parsePlatform(text, isForBmcAlone ? "bmc" : "host").name;
}

/** A further link of an agent. Throws a Failure. */
export function parseLink(text: string): LinkSpec {
  return parseSpec(text, "link") as LinkSpec;
}

/** The line of an endpoint. Throws a Failure. */
export function parseLine(text: string): SerialLinkSpec {
  return parseSpec(text, "endpoint") as SerialLinkSpec;
}

/** Throws a Failure where a spec names a place that no machine has; opening it would throw the same. */
export function checkPlatform(spec: PlatformSpec, side: RoleName): void {
  kindNamed(spec.kind, side).check?.(spec);
}

/** Opens the host's end of a platform; a virtual board that does not exist is made. Throws a Failure. */
export function openHostPlatform(spec: PlatformSpec, options: OpenOptions): HostPlatform {
  return kindNamed(spec.kind, "host").openHost!(spec, options);
}

/** As openHostPlatform, for the BMC's end. */
export function openBmcPlatform(spec: PlatformSpec, options: OpenOptions): BmcPlatform {
  return kindNamed(spec.kind, "bmc").openBmc!(spec, options);
}

/** Nothing real is behind the platform: what a side does there harms a board in a file, or an emulated machine. */
export function isVirtual({ kind }: PlatformSpec): boolean {
  return KINDS.some(({ name, isVirtual: isOne }) => name === kind && isOne === true);
}

/** The kinds for a use as people write them: "shm:PATH, a virtual board in a file". */
export function kindsText(use: Use): string {
  return KINDS.flatMap(({ name, place, uses }) => (use in uses ? `${name}:${place}, ${uses[use]!}` : [])).join("; or ");
}

/** The settings of the kinds for some uses: kind, name, what it takes and sets. */
export function settingRows(uses: readonly Use[]): readonly (readonly [string, string, string])[] {
  return KINDS.filter((kind) => uses.some((use) => use in kind.uses)).flatMap((kind) =>
    Object.entries(kind.keys).map(
      ([name, { help, takes, otherwise }]) => [kind.name, name, `${takes}: ${help} (default: ${otherwise})`] as const,
    ),
  );
}

/** The same for the end of a help text. */
export function settingsHelp(...uses: readonly Use[]): string {
  const rows = settingRows(uses).map(([kind, name, text]) => {
    // A terminal has 80 columns, the names take 22 of them.
    const lines = text.match(/.{1,58}(?= |$)/g) ?? [];
    return `  ${kind.padEnd(10)}  ${name.padEnd(6)}  ${lines.map((line) => line.trim()).join(`\n${" ".repeat(22)}`)}`;
  });
  return [`Settings, behind the path, as in ${EXAMPLE}:`, ...rows].join("\n");
}

function parseSpec(text: string, use: Use): Spec {
  const refuse = (why: string): Failure => new Failure(`${wordFor(use)}-spec`, why);
  const [, name, place = "", rest] = /^([^:,?]*):([^,?]*)(?:[,?](.*))?$/s.exec(text) ?? [];
  if (name === undefined) throw refuse(`"${text}" names no ${wordFor(use)}: write ${kindsText(use)}`);
  const kind = kindNamed(name, use);
  const read = (kind.readPlace ?? pathOf)(place);
  if (read === undefined) {
    const what = `a ${kind.place.toLowerCase()}, as in ${name}:${kind.example}`;
    throw refuse(place === "" ? `${name}: needs ${what}` : `${name}: takes ${what}, not "${place}"`);
  }
  return kind.spec(
    read,
    readSettings(kind.keys, rest, (why) => refuse(`"${text}": ${why}`)),
  );
}

function pathOf(place: string): string | undefined {
  return place === "" ? undefined : resolve(place);
}

function readSettings(
  keys: Kind["keys"],
  rest: string | undefined,
  refuse: (why: string) => Failure,
): Readonly<Record<string, unknown>> {
  const given = new Map<string, unknown>();
  for (const part of rest?.split(/[,&]/) ?? []) {
    const [, name = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(part) ?? [];
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (key === undefined) {
      const names = Object.keys(keys).join(", ");
      throw refuse(`there is no setting "${name}", there are ${names}; a comma or question mark ends the path`);
    }
    const read = key.read(value);
    if (read === undefined) throw refuse(`${name} takes ${key.takes}, not "${value}"`);
    if (given.has(name)) throw refuse(`${name} is given twice: give it once`);
    given.set(name, read);
  }
  for (const [name, { required, takes, help }] of Object.entries(keys)) {
    if (required && !given.has(name)) throw refuse(`${name}= is missing: give ${takes}, the ${help}`);
  }
  return Object.fromEntries(
    Object.entries(keys).map(([name, { fallback }]) => [name, given.has(name) ? given.get(name) : fallback]),
  );
}

function kindNamed(name: string, use: Use): Kind {
  const kind = KINDS.find((kind) => kind.name === name);
  if (kind !== undefined && use in kind.uses) return kind;
  const why = kind === undefined ? "is not known" : `is no ${USE_TEXT[use]}`;
  throw new Failure(`${wordFor(use)}-spec`, `the kind "${name}:" ${why}: there is ${kindsText(use)}`);
}

function wordFor(use: Use): "platform" | "link" {
  return use === "host" || use === "bmc" ? "platform" : "link";
}
