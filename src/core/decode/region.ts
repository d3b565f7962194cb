/** Field table of the control region (LPC-REG-1): each field under its wire name, and what the layout rules say. */
import {
  CONTROL_FIELDS,
  CONTROL_REGION_BYTES,
  MAGIC,
  type BufferRange,
  type Layout,
} from "../binding/control-region.ts";
import {
  LARGEST_WINDOW_BYTES,
  LAYOUT_REJECT_TEXT,
  judgeLayout,
  mtuOfBuffer,
  overheadBytes,
} from "../binding/layout.ts";
import { OLDEST_VERSION, isVersion, negotiateVersion, type Version } from "../binding/versions.ts";
import { bytesOf, choose, remark, unusual, wrong, type Field, type Finding, type Seen } from "../wire/field-table.ts";

type Explained = {
  readonly meaning?: (value: number, seen: Seen) => string | undefined;
  readonly judge?: (value: number, seen: Seen) => Finding | undefined;
};

/** Numbers of versions that are above any known look like their bytes were written in the other order. */
const OTHER_ORDER = "; byte order? Fields are big-endian (LPC-REG-1)";

function swap32(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

function judgeMagic(value: number): Finding | undefined {
  if (value === MAGIC) return undefined;
  const guess = swap32(value) === MAGIC ? OTHER_ORDER : "";
  return wrong(`not "MCTP": a host touches neither window nor IDR (LPC-REG-2)${guess}`);
}

/** Judged where the newest version stands, when both are known. */
function judgeRange(side: "bmc" | "host"): Explained {
  return {
    judge: (cur, { value }) => {
      const min = value(`${side}_ver_min`);
      if (side === "host" && min === 0 && cur === 0) return undefined;
      if (min >= 1 && min <= cur && cur < 0x100) return undefined;
      const guess = min >= 0x100 || cur >= 0x100 ? OTHER_ORDER : "";
      if (min >= 1 && min <= cur) return unusual(`versions ${String(min)} to ${String(cur)}${guess}`);
      return wrong(`versions ${String(min)} to ${String(cur)} are not a range, the BMC refuses (LPC-VER-2)${guess}`);
    },
  };
}

function ranges({ value }: Seen): { readonly bmc: [number, number]; readonly host: [number, number] } {
  return {
    bmc: [value("bmc_ver_min"), value("bmc_ver_cur")],
    host: [value("host_ver_min"), value("host_ver_cur")],
  };
}

/** What the two ranges negotiate; 0 for nothing. */
function commonVersion(seen: Seen): Version | 0 {
  const { bmc, host } = ranges(seen);
  return negotiateVersion({ min: bmc[0], cur: bmc[1] }, { min: host[0], cur: host[1] });
}

function judgeNegotiated(value: number, seen: Seen): Finding | undefined {
  const common = commonVersion(seen);
  if (value === 0 || value === common) return undefined;
  if (!isVersion(value)) {
    return wrong(`not one of versions 1 to 3 (LPC-VER-3)${value >= 0x100 ? OTHER_ORDER : ""}`);
  }
  const { bmc, host } = ranges(seen);
  const said = `BMC ${bmc.join("-")} and host ${host.join("-")}`;
  const due = common === 0 ? "have no common version (LPC-VER-2)" : `negotiate ${String(common)} (LPC-VER-1)`;
  return unusual(`${said} ${due}: the host has proposed anew, and waits for the BMC's answer`);
}

/** The version whose framing the sizes are meant for: negotiated, foreseeable, or the BMC's newest. */
function framingVersion(seen: Seen): Version | undefined {
  const candidates = [seen.value("negotiated_ver"), commonVersion(seen), seen.value("bmc_ver_cur")];
  return candidates.find(isVersion);
}

function sizeMeaning(direction: keyof Layout): Explained {
  return {
    meaning: (value, seen) => {
      const version = framingVersion(seen);
      if (version === undefined || value <= overheadBytes(version)) return `bytes, ${direction}`;
      return `bytes, ${direction}: MTU ${String(mtuOfBuffer(version, value))} in version ${String(version)}`;
    },
  };
}

const placeMeaning = (direction: keyof Layout): Explained => ({ meaning: () => `${direction} buffer` });

const EXPLAINED: Readonly<Record<string, Explained>> = {
  magic: { meaning: (value) => (value === MAGIC ? '"MCTP"' : undefined), judge: judgeMagic },
  bmc_ver_cur: judgeRange("bmc"),
  host_ver_cur: judgeRange("host"),
  negotiated_ver: {
    meaning: (value) => (value === 0 ? "not negotiated yet, or refused" : undefined),
    judge: judgeNegotiated,
  },
  pad: { judge: (value) => (value === 0 ? undefined : unusual("not 0; it has no influence (LPC-REG-4)")) },
  rx_offset: placeMeaning("bmcToHost"),
  rx_size: sizeMeaning("bmcToHost"),
  tx_offset: placeMeaning("hostToBmc"),
  tx_size: sizeMeaning("hostToBmc"),
};

function judgePlaces(seen: Seen): Finding | undefined {
  const { value } = seen;
  const layout: Layout = {
    bmcToHost: { offset: value("rx_offset"), size: value("rx_size") },
    hostToBmc: { offset: value("tx_offset"), size: value("tx_size") },
  };
  const buffers = Object.values(layout) as readonly BufferRange[];
  if (buffers.every(({ offset, size }) => offset === 0 && size === 0)) return undefined;
  const judged = judgeLayout(layout, framingVersion(seen) ?? OLDEST_VERSION, LARGEST_WINDOW_BYTES);
  if (judged.ok) return undefined;
  const isSwapped = buffers.some(({ size }) => size > LARGEST_WINDOW_BYTES && swap32(size) <= LARGEST_WINDOW_BYTES);
  return wrong(`${LAYOUT_REJECT_TEXT[judged.reject]}${isSwapped ? OTHER_ORDER : ""}`);
}

const HEX_NAMES = /^(magic|pad|.x_offset)$/;

export const CONTROL_REGION: readonly Field[] = [
  ...CONTROL_FIELDS.map(({ name, bytes }): Field => ({
    kind: "number",
    name,
    bytes,
    reference: "LPC-REG-1",
    ...(HEX_NAMES.test(name) ? { show: "hex" } : {}),
    ...EXPLAINED[name],
  })),
  remark("layout", judgePlaces),
  choose(({ left, read }) =>
    left === 0
      ? []
      : [
          bytesOf("reserved", Math.min(left, CONTROL_REGION_BYTES - read), { reference: "LPC-REG-4" }),
          ...(left > CONTROL_REGION_BYTES - read ? [bytesOf("behind the control region", "rest")] : []),
        ],
  ),
];

/** "versions BMC 1-3, host 1-2; negotiated 2" */
export function regionTitle(values: ReadonlyMap<string, number>): string {
  const of = (name: string): string => String(values.get(name) ?? "?");
  const range = (side: string): string => `${of(`${side}_ver_min`)}-${of(`${side}_ver_cur`)}`;
  return `versions BMC ${range("bmc")}, host ${range("host")}; negotiated ${of("negotiated_ver")}`;
}
