/** What annex M's listings compute in a negotiation, beside what the program computes, about every edge. */
import { negotiate, offer } from "../../../bmc/role/negotiation.ts";
import { AccessBus } from "../../../src/core/binding/access-bus.ts";
import { openSession } from "../../../src/core/binding/channel.ts";
import { MAGIC, type Layout } from "../../../src/core/binding/control-region.ts";
import { askedSize, judgeLayout } from "../../../src/core/binding/layout.ts";
import { negotiateVersion, type Version, type VersionRange } from "../../../src/core/binding/versions.ts";
import { BMC_DEFAULTS } from "../../../bmc/role/state.ts";
import { configurationOf, type EitherConfig } from "./listings.ts";
import { Machine } from "./machine.ts";
import type { Program } from "./syntax.ts";
import { textOf, type Value } from "./values.ts";

const WINDOW_BYTES = 4096;
const VERSIONS: readonly Version[] = [1, 2, 3];
const MTUS = [undefined, 64, 65, 100, 100_000];
const NUMBERS = [0, 1, 2, 3, 4, 0xffff];
const SIZES = [0, 71, 72, 75, 76, 77, 90, 0xffff_ffff];
const OFFSETS = [0, 0xff, 0x100, 0x148, 0x14c, 0x14d, WINDOW_BYTES - 76, WINDOW_BYTES, 0xffff_ffff];

/** A machine that computes only. */
function computing(program: Program, config: EitherConfig): Machine {
  return new Machine(program, configurationOf({ windowBytes: WINDOW_BYTES, ...config }), new AccessBus(() => 0));
}

function compare(what: string, given: readonly unknown[], listing: Value, own: Value): void {
  if (listing !== own) throw new Error(`${what} of ${JSON.stringify(given)} is ${textOf(listing)}, not ${textOf(own)}`);
}

/** Every way to take one of each. */
function* each<Items extends readonly (readonly unknown[])[]>(
  ...lists: Items
): Generator<{ -readonly [Index in keyof Items]: Items[Index][number] }> {
  type Taken = { -readonly [Index in keyof Items]: Items[Index][number] };
  const [first, ...others] = lists;
  if (first === undefined) {
    yield [] as unknown as Taken;
    return;
  }
  for (const item of first) for (const rest of each(...others)) yield [item, ...rest] as unknown as Taken;
}

const OWN_RANGES: readonly VersionRange[] = [...each(VERSIONS, VERSIONS)]
  .map(([min, cur]) => ({ min, cur }))
  .filter(({ min, cur }) => min <= cur);

/** Throws where the two differ. */
export function checkArithmetic(program: Program): void {
  checkVersions(program);
  checkLayouts(program);
  checkProposals(program);
  checkAnswers(program);
}

function checkVersions(program: Program): void {
  const machine = computing(program, {});
  for (const [own, min, cur] of each(OWN_RANGES, NUMBERS, NUMBERS)) {
    const other = { min, cur };
    for (const [bmc, host] of [
      [own, other],
      [other, own],
    ] as const) {
      const given = [bmc.min, bmc.cur, host.min, host.cur];
      compare("common_version", given, machine.call("common_version", ...given), negotiateVersion(bmc, host));
    }
  }
}

function checkLayouts(program: Program): void {
  const machine = computing(program, {});
  for (const [version, rxOffset, rxSize, txOffset, txSize] of each(VERSIONS, OFFSETS, SIZES, OFFSETS, SIZES)) {
    const layout: Layout = {
      bmcToHost: { offset: rxOffset, size: rxSize },
      hostToBmc: { offset: txOffset, size: txSize },
    };
    const given = [version, rxOffset, rxSize, txOffset, txSize];
    const isUsable = judgeLayout(layout, version, WINDOW_BYTES).ok;
    compare("usable", given, machine.call("usable", ...given), isUsable);
    if (!isUsable) continue;
    const { mtu, receiveLimit } = openSession(version, layout, WINDOW_BYTES);
    machine.call("open_session", version, txOffset, txSize, rxOffset, rxSize);
    compare("a host's mtu", given, machine.state.get("mtu")!, mtu.hostToBmc);
    compare("a host's receive_limit", given, machine.state.get("receive_limit")!, receiveLimit.bmcToHost);
    machine.call("open_session", version, rxOffset, rxSize, txOffset, txSize);
    compare("a BMC's mtu", given, machine.state.get("mtu")!, mtu.bmcToHost);
    compare("a BMC's receive_limit", given, machine.state.get("receive_limit")!, receiveLimit.hostToBmc);
  }
}

function checkProposals(program: Program): void {
  for (const mtu of MTUS) {
    const machine = computing(program, { mtu });
    for (const [version, rxOffset, txOffset] of each([2, 3] as const, OFFSETS, OFFSETS)) {
      const offered: Layout = { bmcToHost: { offset: rxOffset, size: 0 }, hostToBmc: { offset: txOffset, size: 0 } };
      const size = askedSize(offered, version, mtu, WINDOW_BYTES);
      const given = [version, rxOffset, txOffset];
      compare("size_to_ask", given, machine.call("size_to_ask", ...given), size);
    }
  }
}

function checkAnswers(program: Program): void {
  for (const [versions, mtu, windowBytes] of each(OWN_RANGES, MTUS, [WINDOW_BYTES, 4097, 65_536])) {
    const config = { ...BMC_DEFAULTS, versions, mtu, windowBytes };
    const machine = computing(program, config);
    machine.call("bmc_begin");
    const layout = offer(config);
    compare("offer_size", [versions, mtu, windowBytes], machine.state.get("offer_size")!, layout.bmcToHost.size);
    compare("offer_tx", [versions, mtu, windowBytes], machine.state.get("offer_tx")!, layout.hostToBmc.offset);
    for (const [host, size] of each(OWN_RANGES, SIZES)) {
      const proposed = { ...layout, bmcToHost: { offset: 0x100, size } };
      const region = {
        magic: MAGIC,
        bmcVersions: versions,
        hostVersions: host,
        negotiatedVersion: 0,
        layout: proposed,
      };
      const answer = negotiate(region, config);
      const common = negotiateVersion(versions, host);
      const answered = answer.version === 0 ? 0 : answer.layout.bmcToHost.size;
      compare("answered_size", [versions, mtu, host, size], machine.call("answered_size", common, size), answered);
    }
  }
}
