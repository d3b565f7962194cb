/** The worked examples of the MTU negotiation, negotiated by both sides on a board. */
import { describe, expect, test } from "@jest/globals";
import { createBmcSide } from "../../bmc/role/side.ts";
import { createHostSide } from "../../host/role/side.ts";
import {
  Field,
  decodeControlRegion,
  encodeU32,
  encodeVersionRange,
  type ControlRegion,
} from "../../src/core/binding/control-region.ts";
import { Command, Status } from "../../src/core/binding/registers.ts";
import type { VersionRange } from "../../src/core/binding/versions.ts";
import { BmcPortBus, HostPortBus } from "../../src/node/port-bus.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import { TraceRecorder } from "../../src/platform/tracing.ts";
import { bytesOf, isRegisterRow } from "../../src/core/trace/format.ts";
import { readU32be } from "../../src/core/wire/bytes.ts";
import { millis } from "../../src/core/wire/units.ts";
import { cellOf, readSpecification, tableOf } from "./tables.ts";

const TURNS = 60;
const NOW = millis(0);
const HEADINGS = [
  "BMC versions, MTU",
  "host versions, MTU",
  "offer: rx_offset, tx_offset, sizes",
  "asked",
  "answer: version, sizes",
  "MTU",
] as const;
const rows = tableOf(readSpecification("mctp-lpc.md"), ...HEADINGS).map((row) =>
  HEADINGS.map((heading) => cellOf(row, heading)),
);

interface Wish {
  readonly versions: VersionRange;
  readonly mtu: number | undefined;
  /** An rx_size that no host of ours would write. */
  readonly forcedSize: number | undefined;
}

/** "1–3, 4096", "1–3, —" or "1–3, (writes 75)" */
function wishOf(cell: string): Wish {
  const [, min = "", cur = "", mtu, forced] = /^(\d)–(\d), (?:—|(\d+)|\(writes (\d+)\))$/.exec(cell) ?? [];
  return {
    versions: { min: Number(min), cur: Number(cur) },
    mtu: mtu === undefined ? undefined : Number(mtu),
    forcedSize: forced === undefined ? undefined : Number(forced),
  };
}

/** A BMC that has started, and what it offers. */
class Negotiation {
  readonly board = new LoopbackBoard();
  readonly offer: ControlRegion;
  readonly #runBmc: () => void;

  constructor({ versions, mtu }: Wish) {
    const bmc = createBmcSide({ versions, mtu }, createPacketMemory());
    const bus = new BmcPortBus(this.board.bmc);
    this.#runBmc = () => {
      bmc.service(bus, NOW);
    };
    for (let turn = 0; turn < TURNS; turn++) {
      this.#runBmc();
      if ((this.board.word & Status.OBF) !== 0) this.board.host.port.readData();
    }
    this.offer = this.region;
  }

  get region(): ControlRegion {
    return decodeControlRegion(this.board.window);
  }

  /** Lets a host of ours negotiate; gives the rx_size it wrote and the MTU of its session. */
  withHost({ versions, mtu }: Wish): { readonly asked: number | undefined; readonly mtu: number | undefined } {
    let asked: number | undefined;
    const recorder = new TraceRecorder((row) => {
      if (isRegisterRow(row) || row.op !== "lpc_write" || row.offset !== Field.rxSize) return;
      asked = readU32be(bytesOf(row), 0);
    });
    const host = createHostSide({ versions, mtu }, createPacketMemory());
    const bus = new HostPortBus(recorder.traceHost(this.board.host));
    for (let turn = 0; turn < TURNS; turn++) {
      host.service(bus, NOW);
      this.#runBmc();
    }
    return { asked, mtu: host.session?.mtu.bmcToHost };
  }

  /** Initialises with an rx_size that a host of ours would not write. */
  withSize(versions: VersionRange, size: number): void {
    const { window, port } = this.board.host;
    window.write(Field.hostVersionMin, encodeVersionRange(versions), 0, 4);
    window.write(Field.rxSize, encodeU32(size), 0, 4);
    port.writeData(Command.INITIALISE);
    for (let turn = 0; turn < TURNS; turn++) this.#runBmc();
  }
}

function layoutText({ layout }: ControlRegion): string {
  const { bmcToHost, hostToBmc } = layout;
  expect(hostToBmc.size).toBe(bmcToHost.size);
  return `0x${bmcToHost.offset.toString(16)}, 0x${hostToBmc.offset.toString(16)}, ${bmcToHost.size}`;
}

function numberText(value: number | undefined): string {
  return value === undefined ? "—" : String(value);
}

describe("LPC-MTU-3, LPC-MTU-4, LPC-MTU-7, LPC-MTU-8: the worked examples", () => {
  test("there are ten", () => {
    expect(rows).toHaveLength(10);
  });

  test.each(rows)("BMC %s and host %s", (bmcCell, hostCell, offer, asked, answer, mtu) => {
    const host = wishOf(hostCell);
    const negotiation = new Negotiation(wishOf(bmcCell));
    let outcome: { readonly asked: number | undefined; readonly mtu: number | undefined };
    if (host.forcedSize === undefined) {
      outcome = negotiation.withHost(host);
    } else {
      negotiation.withSize(host.versions, host.forcedSize);
      outcome = { asked: host.forcedSize, mtu: undefined };
    }
    const { region } = negotiation;
    const version = region.negotiatedVersion === 0 ? "refused" : String(region.negotiatedVersion);
    expect([
      layoutText(negotiation.offer),
      numberText(outcome.asked),
      `${version}, ${region.layout.bmcToHost.size}`,
      numberText(outcome.mtu),
    ]).toEqual([offer, asked, answer, mtu]);
  });
});
