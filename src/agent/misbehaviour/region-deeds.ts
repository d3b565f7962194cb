/** What a side does wrong with the control region: byte order, versions, sizes, offsets, fields that are not its own. */
import { Field } from "../../core/binding/control-region.ts";
import { bufferBytes, BTU } from "../../core/binding/layout.ts";
import { readU32be, writeU16be, writeU32be } from "../../core/wire/bytes.ts";
import type { Act, Deed, Misdeed } from "./misdeed.ts";

const FIELD_BYTES = 4;
const VERSION_BYTES = 2;
const LARGEST_U16 = 0xffff;
/** Steps that write fields of the side's own, in the order of a start or a proposal. */
const FIELDS = {
  host: { first: "H1.11", all: ["H1.11", "H1.12"] },
  bmc: { first: "B1.5", all: ["B1.5", "B1.6", "B3.5", "B3.6"] },
};
const MORE_THAN_ASKED = 16;
/** No version 9 has been written. */
const NO_VERSION = 9;

/** Bytes of the region from one offset on, changed by their place in it. */
type Change = (fields: Uint8Array, offset: number) => void;

function swapBytes(fields: Uint8Array, from: number, bytes: number): void {
  fields.subarray(from, from + bytes).reverse();
}

/** Magic and pad look the same. */
const littleEndian: Change = (fields, offset) => {
  for (let at = 0; at < fields.length;) {
    const place = offset + at;
    const bytes = place >= Field.rxOffset || place < Field.bmcVersionMin ? FIELD_BYTES : VERSION_BYTES;
    if (place >= Field.bmcVersionMin) swapBytes(fields, at, bytes);
    at += bytes;
  }
};

/** What begins with the step `first` is changed, or not, until it begins again. */
function changeFields(change: Change): Deed {
  return (bus, act) => {
    const { first, all } = FIELDS[act.role];
    let isChanged = false;
    return {
      writeWindow: (step, offset, bytes, start, end) => {
        if (step === first) isChanged = act.strikes();
        if (!isChanged || !all.includes(step)) {
          bus.writeWindow(step, offset, bytes, start, end);
          return;
        }
        const changed = bytes.slice(start, end);
        change(changed, offset);
        bus.writeWindow(step, offset, changed, 0, changed.length);
      },
    };
  };
}

/** The oldest version where the newest belongs, and the other way round. */
const swapVersions: Deed = (bus, act) => {
  const versionsAt = act.role === "host" ? Field.hostVersionMin : Field.bmcVersionMin;
  return {
    writeWindow: (step, offset, bytes, start, end) => {
      if (step !== FIELDS[act.role].first || !act.strikes()) {
        bus.writeWindow(step, offset, bytes, start, end);
        return;
      }
      const changed = bytes.slice(start, end);
      const at = versionsAt - offset;
      changed.copyWithin(at, at + VERSION_BYTES, at + 2 * VERSION_BYTES);
      changed.set(bytes.subarray(start + at, start + at + VERSION_BYTES), at + VERSION_BYTES);
      bus.writeWindow(step, offset, changed, 0, changed.length);
    },
  };
};

/** An answer to a proposal, not to a close: its layout and its version may be changed. `asked` is the rx_size asked for. */
function changeAnswer(at: "B3.5" | "B3.6", change: (fields: Uint8Array, asked: number, act: Act) => void): Deed {
  return (bus, act) => {
    let isProposal = false;
    let asked = 0;
    return {
      readWindow: (step, offset, into, at, length) => {
        bus.readWindow(step, offset, into, at, length);
        if (step !== "B3.4") return;
        isProposal = readU32be(into, at + Field.hostVersionMin) !== 0;
        asked = readU32be(into, at + Field.rxSize);
      },
      writeWindow: (step, offset, bytes, start, end) => {
        if (step !== at || !isProposal || !act.strikes()) {
          bus.writeWindow(step, offset, bytes, start, end);
          return;
        }
        const changed = bytes.slice(start, end);
        change(changed, asked, act);
        bus.writeWindow(step, offset, changed, 0, changed.length);
      },
    };
  };
}

/** tx_size of a host, the host's versions of a BMC: behind the last field that is the side's own. */
const foreignField: Deed = (bus, act) => {
  const [step, offset, bytes] = act.role === "host" ? HOST_FOREIGN : BMC_FOREIGN;
  return {
    writeWindow: (at, ...rest) => {
      bus.writeWindow(at, ...rest);
      if (at === step && act.strikes()) bus.writeWindow(at, offset, bytes, 0, bytes.length);
    },
  };
};
const HOST_FOREIGN = ["H1.11", Field.txSize, Uint8Array.of(0, 0, 0x10, 0)] as const;
const BMC_FOREIGN = ["B3.6", Field.hostVersionMin, Uint8Array.of(0, NO_VERSION, 0, NO_VERSION)] as const;

const tooSmall: Deed = (bus, act) => ({
  writeWindow: (step, offset, bytes, start, end) => {
    if (step !== "H1.12" || !act.strikes()) {
      bus.writeWindow(step, offset, bytes, start, end);
      return;
    }
    const changed = new Uint8Array(FIELD_BYTES);
    writeU32be(changed, 0, bufferBytes(2, BTU) - 1);
    bus.writeWindow(step, offset, changed, 0, FIELD_BYTES);
  },
});

/** Offsets within rx_offset, rx_size, tx_offset, tx_size. */
const [RX_OFFSET, RX_SIZE, TX_OFFSET, TX_SIZE] = [0, 4, 8, 12] as const;

export const REGION_DEEDS: readonly Misdeed[] = [
  {
    name: "byte-order",
    help: "writes its fields of the control region little-endian, from a start or a proposal to the next",
    breaks: { host: ["LPC-REG-1"], bmc: ["LPC-REG-1"] },
    afterwards: { host: "goesOn", bmc: "newStart" },
    deed: changeFields(littleEndian),
  },
  {
    name: "swap-versions",
    help: "writes its newest version in the place of its oldest and the other way round; with one version alone nothing changes",
    breaks: { host: ["LPC-REG-1"], bmc: ["LPC-REG-1"] },
    afterwards: { host: "goesOn", bmc: "newStart" },
    deed: swapVersions,
  },
  {
    name: "foreign-field",
    help: "writes a field of the control region that is the other side's: tx_size, or the host versions",
    breaks: { host: ["LPC-REG-3"], bmc: ["LPC-REG-3"] },
    afterwards: "goesOn",
    deed: foreignField,
  },
  {
    name: "overlapping-layout",
    help: "answers a proposal with both buffers in one place",
    breaks: { bmc: ["LPC-MTU-5"] },
    afterwards: "goesOn",
    deed: changeAnswer("B3.5", (layout) => {
      layout.copyWithin(TX_OFFSET, RX_OFFSET, RX_OFFSET + FIELD_BYTES);
    }),
  },
  {
    name: "size-above-asked",
    help: "answers a proposal with sizes 16 bytes above the rx_size that was asked for",
    breaks: { bmc: ["LPC-MTU-4"] },
    afterwards: "goesOn",
    deed: changeAnswer("B3.5", (layout, asked) => {
      writeU32be(layout, RX_SIZE, asked + MORE_THAN_ASKED);
      writeU32be(layout, TX_SIZE, asked + MORE_THAN_ASKED);
    }),
  },
  {
    name: "negotiated",
    value: { label: "V", least: 0, most: LARGEST_U16, fallback: NO_VERSION },
    help: "answers a proposal with negotiated_ver V; the right one is no misbehaviour",
    breaks: { bmc: ["LPC-VER-1", "LPC-VER-2"] },
    afterwards: "newSession",
    deed: changeAnswer("B3.6", (version, _asked, { value }) => {
      writeU16be(version, 0, value);
    }),
  },
  {
    name: "rx-size-too-small",
    help: "asks for an rx_size one byte below the least that there is",
    breaks: { host: ["LPC-MTU-3"] },
    afterwards: "goesOn",
    deed: tooSmall,
  },
];
