/** Query Supported Interfaces, command 0x14: on which buses a device is an endpoint, and under which EID on each. */
import { ok, reject } from "../../wire/result.ts";
import { eid, type Eid } from "../../wire/units.ts";
import { Control } from "./codec.ts";
import { NOTHING, atLeast, readList, type ControlCommand } from "./data.ts";

export interface SupportedInterface {
  /** A kind of interface in the numbers of DSP0239. */
  readonly type: number;
  readonly eid: Eid;
}

export interface QueryInterfacesResponse {
  readonly interfaces: readonly SupportedInterface[];
}

export const QueryInterfaces: ControlCommand<undefined, QueryInterfacesResponse> = {
  code: Control.QUERY_INTERFACES,
  request: NOTHING,
  response: {
    encode: ({ interfaces }) =>
      Uint8Array.of(interfaces.length, ...interfaces.flatMap(({ type, eid: own }) => [type, own])),
    decode: atLeast(1, (data) => {
      const interfaces = readList(data, 1, data[0]!, (bytes, at) =>
        bytes.length < at + 2 ? undefined : { element: { type: bytes[at]!, eid: eid(bytes[at + 1]!) }, next: at + 2 },
      );
      return interfaces === undefined ? reject("invalidLength") : ok({ interfaces });
    }),
  },
};
