/** Query Supported Interfaces, command 0x14: on which buses a device is an endpoint, and under which EID on each. */
import { countedList } from "../../../wire/field-table.ts";
import type { Eid } from "../../../wire/units.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { bindingField, eidField } from "../fields.ts";

export interface SupportedInterface {
  /** A kind of interface in the numbers of DSP0239. */
  readonly type: number;
  readonly eid: Eid;
}

export interface QueryInterfacesResponse {
  readonly interfaces: readonly SupportedInterface[];
}

export const QueryInterfaces: DescribedCommand<undefined, QueryInterfacesResponse> = describeCommand({
  code: Control.QUERY_INTERFACES,
  name: "Query Supported Interfaces",
  reference: "DSP0236, Query Supported Interfaces",
  response: countedList("interfaces", "interface", [
    bindingField("type", "interface type"),
    eidField("EID", { key: "eid" }),
  ]),
  line: { name: "interfaces", summary: "", by: "others" },
});
