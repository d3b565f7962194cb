/** `tun:NAME`: an MCTP interface of this machine's Linux kernel, made by the agent (docs/guides/kernel.md). */
import { FIRST_ASSIGNABLE_EID, LAST_ASSIGNABLE_EID, isAssignable } from "../../core/mctp/message.ts";
import type { Eid } from "../../core/wire/units.ts";
import { choice, integer, type Key, type Kind, type Spec } from "../kind.ts";

/** Whose bus the channel is: the agent's or its bus owner's, or that of the kernel's MCTP stack. */
export type BusSide = "agent" | "kernel";

export interface TunLinkSpec extends Spec {
  readonly kind: "tun";
  readonly interfaceName: string;
  /** The kernel's number of the MCTP network that the interface is in. */
  readonly net: number;
  /** The kernel's EID at the interface; undefined: one that the bus owner gives, or that another program sets. */
  readonly eid: Eid | undefined;
  readonly owner: BusSide;
}

type Values = {
  readonly net: number;
  readonly eid: Eid | "auto";
  readonly owner: BusSide;
};

/** As Linux takes names, but for those that begin with a sign or that it would complete ("%d"). */
const INTERFACE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/;
const LARGEST_NET = 0x7fff_ffff;
/** Where Linux puts the network that sockets use which name none. */
const DEFAULT_NET = 1;

const EID_KEY: Key<Eid | "auto"> = {
  help: "the kernel's EID; with owner=kernel by default none",
  takes: `${String(FIRST_ASSIGNABLE_EID)} to ${String(LAST_ASSIGNABLE_EID)}, or auto`,
  otherwise: "auto: of the pool",
  fallback: "auto",
  read: (text) => {
    if (text === "auto") return text;
    const value = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
    return isAssignable(value) ? value : undefined;
  },
};

export const tunKind: Kind<TunLinkSpec, Values> = {
  name: "tun",
  uses: { link: "an MCTP interface of this machine's kernel" },
  place: "NAME",
  example: "mctplpc0",
  keys: {
    net: integer("the kernel's number of the MCTP network", 1, LARGEST_NET, DEFAULT_NET),
    eid: EID_KEY,
    owner: choice<BusSide>(
      "who owns the bus; kernel: packets pass between channel and kernel, for mctpd",
      { agent: "agent", kernel: "kernel" },
      "agent",
      "agent",
    ),
  },
  readPlace: (text) => (INTERFACE_NAME.test(text) ? text : undefined),
  spec: (interfaceName, { net, eid, owner }) => ({
    kind: "tun",
    path: `/sys/class/net/${interfaceName}`,
    name: `tun:${interfaceName}`,
    interfaceName,
    net,
    eid: eid === "auto" ? undefined : eid,
    owner,
  }),
};
