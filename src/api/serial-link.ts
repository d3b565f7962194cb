/** A serial line as a link of an endpoint (DSP0253). */
import { LineDriver } from "../node/line-driver.ts";
import { monotonicClock } from "../node/clock.ts";
import { SERIAL_KIND } from "../node/link.ts";
import { parseLine } from "../platform/kinds.ts";
import { SerialLine } from "../platform/serial/serial-line.ts";
import { asBoardError } from "./errors.ts";
import type { Link } from "./link.ts";

/**
 * The link over a serial line: `serial:PATH[,baud=RATE][,unit=BYTES]`, as `--link` takes it. It is up while the line is open,
 * and a line that is lost is opened again. Needs the package serialport. Throws an MctpError with code `misuse`; a line
 * that cannot be opened ends the endpoint with code `link-lost`.
 *
 * @example
 * ```ts
 * await using sensor = new Endpoint(serialLink("serial:/dev/ttyUSB0,baud=115200"), { eid: 10 });
 * await sensor.up();
 * ```
 */
export function serialLink(spec: string): Link {
  const parsed = parsedLine(spec);
  const { name, unit, escaping } = parsed;
  return {
    name,
    kind: SERIAL_KIND,
    start: (exchange, lost) => {
      const driver = new LineDriver(new SerialLine(parsed), exchange, monotonicClock, { unit, escaping });
      driver.start().catch((error: unknown) => {
        lost(error instanceof Error ? error : new Error(String(error)));
      });
      return {
        get unit() {
          return driver.unit;
        },
        kick: () => {
          driver.kick();
        },
        close: () => driver.stop(),
      };
    },
  };
}

function parsedLine(spec: string): ReturnType<typeof parseLine> {
  try {
    return parseLine(spec);
  } catch (error) {
    throw asBoardError(error);
  }
}
