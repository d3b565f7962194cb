/** The tables of speed: this binding beside other transports, the bus's cycles, and each version at several MTUs. */
import {
  CLOCK_HERTZ,
  DEPLOYED_READ,
  IO_CLOCKS,
  LARGEST_READ,
  READ_CYCLES,
  WRITE_CYCLES,
  cycleRate,
  efficiency,
  firmwareClocks,
  packetSeconds,
  payloadRate,
  type BusOptions,
} from "../../../src/cli/bench/bus-model.ts";
import type { Direction } from "../../../src/core/binding/side.ts";
import type { Fragments } from "../fragments.ts";
import { bothWays, markdownTable, rateText, threeDigits, timeText } from "./markdown-table.ts";
import {
  SHOWN_MTUS,
  TRANSPORTS,
  messageCost,
  speaksMtu,
  transportRate,
  type Cost,
  type Transport,
} from "./transports.ts";

const SHORT_MESSAGE = 64;
const LONG_MESSAGE = 4096;

/** One row a transport; where the directions differ, host to BMC / BMC to host. */
export function comparisonTable(): string {
  const cost = (transport: Transport, message: number, show: (cost: Cost) => string): string =>
    bothWays(show(messageCost(transport, message, "hostToBmc")), show(messageCost(transport, message, "bmcToHost")));
  const bytes = ({ bytes: count }: Cost): string => String(Math.round(count));
  const time = ({ seconds }: Cost): string => timeText(seconds);
  return markdownTable(
    [
      "transport",
      "interrupts",
      "in flight",
      "payload of a packet",
      "64 B: bytes on the wire",
      "time",
      "4096 B: bytes on the wire",
      "time",
      "payload throughput",
    ],
    TRANSPORTS.map((transport) => [
      transport.name,
      transport.interrupts,
      transport.inFlight,
      String(transport.payload),
      cost(transport, SHORT_MESSAGE, bytes),
      cost(transport, SHORT_MESSAGE, time),
      cost(transport, LONG_MESSAGE, bytes),
      cost(transport, LONG_MESSAGE, time),
      bothWays(rateText(transportRate(transport, "hostToBmc")), rateText(transportRate(transport, "bmcToHost"))),
    ]),
  );
}

/** Clocks and speed of each cycle that the binding uses. */
export function cycleTable(): string {
  const microseconds = (clocks: number): string => threeDigits((clocks / CLOCK_HERTZ) * 1e6);
  const sizes = [...new Set([...READ_CYCLES, ...WRITE_CYCLES])].sort((one, other) => one - other);
  return markdownTable(
    ["cycle", "bytes", "clocks", "µs", "MB/s"],
    [
      [
        "I/O read or write (KCS register)",
        "1",
        String(IO_CLOCKS),
        microseconds(IO_CLOCKS),
        threeDigits(CLOCK_HERTZ / IO_CLOCKS / 1e6),
      ],
      ...sizes.map((size) => [
        WRITE_CYCLES.includes(size) ? "firmware read or write" : "firmware read",
        String(size),
        String(firmwareClocks(size)),
        microseconds(firmwareClocks(size)),
        threeDigits(cycleRate(size) / 1e6),
      ]),
    ],
  );
}

/** Each version at each MTU: bus time of a full packet, payload throughput, and that as a share of the cycles' own. */
export function throughputTable(): string {
  const columns: readonly (readonly [head: string, direction: Direction, options: BusOptions])[] = [
    ["host to BMC", "hostToBmc", {}],
    [`BMC to host, reads of ${String(LARGEST_READ)}`, "bmcToHost", { largestRead: LARGEST_READ }],
    [`BMC to host, reads of ${String(DEPLOYED_READ)}`, "bmcToHost", { largestRead: DEPLOYED_READ }],
  ];
  return markdownTable(
    ["version", "MTU", ...columns.map(([head]) => head)],
    ([1, 2, 3] as const).flatMap((version) =>
      SHOWN_MTUS.filter((mtu) => speaksMtu(version, mtu)).map((mtu) => [
        String(version),
        String(mtu),
        ...columns.map(([, direction, options]) => {
          const time = timeText(packetSeconds(version, direction, mtu, options));
          const rate = rateText(payloadRate(version, direction, mtu, options));
          const share = (100 * efficiency(version, direction, mtu, options)).toFixed(1);
          return `${time}, ${rate} (${share} %)`;
        }),
      ]),
    ),
  );
}

export const SPEED_FRAGMENTS: Fragments = new Map([
  ["comparison", comparisonTable()],
  ["bus-cycles", cycleTable()],
  ["throughput", throughputTable()],
]);
