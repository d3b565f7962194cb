/** `serial:PATH`: a serial line, which carries packets as the serial binding frames them (DSP0253). */
import { BASELINE_UNIT } from "../../core/mctp/packet.ts";
import { LARGEST_SERIAL_UNIT, type Escaping } from "../../core/serial/framing.ts";
import { choice, integer, type Kind, type Spec } from "../kind.ts";

export interface SerialLinkSpec extends Spec {
  readonly kind: "serial";
  readonly baudRate: number;
  /** Payload bytes of a packet; both ends must have the same. */
  readonly unit: number;
  readonly escaping: Escaping;
}

type Values = {
  readonly baud: number;
  readonly unit: number;
  readonly fcs: Escaping;
};

export const serialKind: Kind<SerialLinkSpec, Values> = {
  name: "serial",
  uses: { link: "a serial line (DSP0253)", endpoint: "a serial line (DSP0253)" },
  place: "PATH",
  example: "/dev/ttyUSB0",
  keys: {
    baud: integer("bits a second", 300, 4_000_000, 115_200),
    unit: integer(
      "payload bytes of a packet, the same at both ends",
      BASELINE_UNIT,
      LARGEST_SERIAL_UNIT,
      BASELINE_UNIT,
    ),
    fcs: choice<Escaping>(
      "how the check sequence is sent; plain as Linux does",
      { plain: "data", escaped: "all" },
      "plain",
      "data",
    ),
  },
  spec: (path, { baud, unit, fcs }) => ({
    kind: "serial",
    path,
    name: `serial:${path}`,
    baudRate: baud,
    unit,
    escaping: fcs,
  }),
};
