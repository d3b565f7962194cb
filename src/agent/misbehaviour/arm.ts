/** How an agent comes to misbehave: its list is read, and refused on real devices unless the user asks for the damage. */
import { randomInt } from "node:crypto";
import type { Depth } from "../../core/binding/kcs-word.ts";
import type { RoleName } from "../../core/binding/side.ts";
import { Failure } from "../../platform/failure.ts";
import { isVirtual, type PlatformSpec } from "../../platform/kinds.ts";
import { parseMisbehaviours } from "./list.ts";
import { Misbehaviour } from "./misbehaviour.ts";
import { armedText } from "./texts.ts";
import type { Tell } from "../../platform/log-events.ts";

/** What `--misbehave` asks for. */
export interface MisbehaveOptions {
  /** `NAME[:VALUE][@N][%P]`, separated by commas. */
  readonly list: string;
  /** 0 to 4294967295. Default: another one at each start. */
  readonly seed?: number | undefined;
  /** The platform may be a real device. */
  readonly destructive?: boolean | undefined;
}

const SEEDS = 2 ** 32;

/** Throws a Failure for a list that is wrong, and for a real device without `destructive`. */
export function checkMisbehave(options: MisbehaveOptions, role: RoleName, platform: PlatformSpec): void {
  parseMisbehaviours(options.list, role);
  if (isVirtual(platform) || options.destructive === true) return;
  const peer = role === "host" ? "BMC" : "host";
  throw new Failure(
    "destructive",
    `--misbehave on ${platform.name}, a real device, may hang the ${peer} or corrupt what it holds, so that it needs a power cycle: use a virtual board (shm:) or an emulated machine (qemu:), or add --destructive if nothing there is of value`,
  );
}

/** Says in the log what the agent is about to do. Throws as checkMisbehave. */
export function armMisbehaviour(
  options: MisbehaveOptions | undefined,
  role: RoleName,
  on: { readonly spec: PlatformSpec; readonly depth: Depth; readonly restarted?: () => void },
  log: Tell,
): Misbehaviour | undefined {
  if (options === undefined) return undefined;
  checkMisbehave(options, role, on.spec);
  const entries = parseMisbehaviours(options.list, role);
  const seed = options.seed ?? randomInt(SEEDS);
  log(armedText(role, entries, seed), "misbehaviour");
  return new Misbehaviour({ role, entries, seed, depth: on.depth, tell: log, restarted: on.restarted });
}
