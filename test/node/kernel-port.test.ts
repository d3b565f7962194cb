/** A node with an interface of the kernel beside its channel: who has which EID, and what the node answers. */
import { describe, expect, test } from "@jest/globals";
import { BusOwner } from "../../src/core/mctp/bus-owner/bus-owner.ts";
import { eid, millis, type Eid } from "../../src/core/wire/units.ts";
import { assignEid } from "../../src/node/assigning.ts";
import { CHANNEL_KIND, TUN_KIND, type LinkPlan, type LinkPort } from "../../src/node/link.ts";
import { Node } from "../../src/node/node.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { bmcIdentity, endpointConfig, hostIdentity } from "../support/endpoints.ts";
import { packetBytes } from "../support/memory-link.ts";
import { packet } from "../support/packets.ts";

const NOW = millis(0);
const CHANNEL_UNIT = 4096;

interface BenchOptions {
  readonly role: "bmc" | "host";
  readonly owner?: "agent" | "kernel";
  readonly eid?: number;
}

class Bench {
  readonly node: Node;
  readonly told: string[] = [];
  /** Units of the channel that the interface was told, and EIDs that the kernel was given. */
  readonly followed: number[] = [];
  readonly given: (Eid | undefined)[] = [];
  refuses: string | undefined;
  readonly ports: LinkPort[] = [];

  constructor({ role, owner = "agent", eid: fixed }: BenchOptions) {
    const isOwner = role === "bmc" && owner === "agent";
    const own = fixed === undefined ? undefined : eid(fixed);
    const portEids = new Map(own === undefined ? [] : [[1, own]]);
    const pool = { first: eid(9), count: 246 };
    const config = { own: eid(8), pool, statics: new Map<string, Eid>(), portEids, ports: 2 };
    this.node = new Node({
      endpoint: endpointConfig(role === "bmc" ? bmcIdentity() : hostIdentity({ kind: "bridge" })),
      links: [this.#channel(), this.#interface(owner, own)],
      owner: isOwner ? new BusOwner(config) : undefined,
      poolSize: 4,
      peerEid: eid(9),
      discover: "never",
      clock: { now: () => NOW },
      tell: (line) => this.told.push(line),
      linkChanged: () => undefined,
    });
  }

  /** The channel comes up or goes down; the interface follows. */
  channel(isUp: boolean): this {
    if (isUp) for (const port of this.ports) port.linkUp(NOW);
    else for (const port of [...this.ports].reverse()) port.linkDown(NOW);
    return this;
  }

  get endpoints(): readonly string[] {
    return this.node.bridge.owner.endpoints.map(
      (one) => `${String(one.eid)} ${one.presence} ${one.fixed ?? "next"} at ${String(one.port)}`,
    );
  }

  /** Takes a packet from a port's link; gives what the others send then. */
  passes(from: number, bytes: Uint8Array): readonly string[] {
    this.ports[from]!.receivePacket(bytes, 0, bytes.length, NOW);
    const parts = this.ports[1 - from]!.nextPacket(CHANNEL_UNIT, NOW);
    if (parts === undefined) return [];
    const sent = toHex(packetBytes(parts));
    this.ports[1 - from]!.packetDone(NOW);
    return [sent];
  }

  #channel(): LinkPlan {
    return {
      name: "the channel",
      kind: CHANNEL_KIND,
      showsPresence: true,
      open: (port) => {
        this.ports[0] = port;
        return { unit: CHANNEL_UNIT, kick: none, start: done, stop: done };
      },
    };
  }

  #interface(owner: "agent" | "kernel", own: Eid | undefined): LinkPlan {
    return {
      name: "tun:lpc0",
      kind: TUN_KIND,
      showsPresence: false,
      kernel: { owner, eid: own },
      open: (port) => {
        this.ports[1] = port;
        return {
          unit: 65_531,
          kick: none,
          start: done,
          stop: done,
          mainChanged: (unit) => this.followed.push(unit),
          setKernelEid: (one) => {
            this.given.push(one);
            return this.refuses;
          },
        };
      },
    };
  }
}

const none = (): void => undefined;
const done = (): Promise<void> => Promise.resolve();

function from(source: number, destination: number): Uint8Array {
  return packet(Uint8Array.of(0x7e, 1, 2), { source, destination });
}

describe("behind a bus owner", () => {
  test("the kernel has the next EID of the pool, without being asked anything", () => {
    const bench = new Bench({ role: "bmc" }).channel(true);
    expect([bench.given, bench.endpoints]).toEqual([[9], ["9 present next at 1"]]);
    expect(bench.told).toEqual(["EID 9 is this machine's kernel, on tun:lpc0"]);
    expect(bench.ports[1]!.nextPacket(64, NOW)).toBeUndefined();
  });

  test("the kernel has the EID of eid=, which no other endpoint gets", () => {
    const bench = new Bench({ role: "bmc", eid: 9 }).channel(true);
    expect([bench.given, bench.endpoints]).toEqual([[9], ["9 present own at 1"]]);
    expect(bench.node.bridge.owner.provisional(0)).toBe(10);
  });

  test("packets for it leave by the interface, and its own by the channel", () => {
    const bench = new Bench({ role: "bmc", eid: 20 }).channel(true);
    bench.node.router.routes.add({ first: eid(9), count: 1, port: 0, isStatic: false, bridge: undefined });
    expect(bench.passes(0, from(9, 20))).toEqual([toHex(from(9, 20))]);
    expect(bench.passes(1, from(20, 9))).toEqual([toHex(from(20, 9))]);
  });

  test("the interface follows the channel; the kernel is gone with it and back with its EID", () => {
    const bench = new Bench({ role: "bmc" }).channel(true);
    expect(bench.followed).toEqual([CHANNEL_UNIT]);
    bench.channel(false);
    expect([bench.followed, bench.endpoints]).toEqual([[CHANNEL_UNIT, 0], ["9 gone next at 1"]]);
    bench.channel(true);
    expect([bench.given, bench.endpoints]).toEqual([[9, 9], ["9 present next at 1"]]);
    expect(bench.told).toHaveLength(1);
  });

  test("a kernel that does not take its EID is told of once, and noted", () => {
    const bench = new Bench({ role: "bmc" });
    bench.refuses = "permission denied";
    bench.channel(true);
    const text = "The kernel has no EID on tun:lpc0: EID 9 cannot be set: permission denied";
    expect([bench.told, bench.endpoints]).toEqual([[text], []]);
    expect(bench.node.notes).toContain(`${text}.`);
  });

  test("an operator cannot assign it another EID, and is told how to", async () => {
    const bench = new Bench({ role: "bmc" }).channel(true);
    await expect(assignEid(bench.node, eid(30), { current: eid(9) })).rejects.toMatchObject({
      code: "kernel-eid",
      message: "EID 9 is this machine's kernel: give it another with eid= of its --link, and start the agent again",
    });
  });
});

describe("behind a host's agent", () => {
  function allocated(bench: Bench, first: number, count: number): void {
    bench.node.router.ports[0]!.local.services.pool!.allocate({ operation: "force", first: eid(first), count }, eid(8));
    bench.node.bridge.eidAssigned(eid(8));
  }

  test("the kernel has no EID until the bus owner gives some, then the first of them", () => {
    const bench = new Bench({ role: "host" }).channel(true);
    expect(bench.given).toEqual([]);
    allocated(bench, 20, 4);
    expect(bench.given.at(-1)).toBe(20);
    expect(bench.endpoints).toEqual(["20 present next at 1"]);
  });

  test("an EID that the bus owner did not give is refused in words", () => {
    const bench = new Bench({ role: "host", eid: 100 }).channel(true);
    allocated(bench, 20, 4);
    expect([bench.given, bench.endpoints]).toEqual([[], []]);
    expect(bench.told.at(-1)).toBe(
      "The kernel has no EID on tun:lpc0: EID 100 is none of those that the bus owner gave this agent, 20 to 23; choose one of them with eid=, or leave eid= out",
    );
  });
});

describe("with a kernel that owns the bus", () => {
  test("the node gives no EID, asks nothing and answers nothing: all goes through", () => {
    const bench = new Bench({ role: "host", owner: "kernel" }).channel(true);
    expect([bench.given, bench.endpoints, bench.node.notes, bench.told]).toEqual([[], [], [], []]);
    for (const port of bench.ports) expect(port.nextPacket(64, NOW)).toBeUndefined();
    // Set Endpoint ID to the null EID, for the endpoint at the other end of the channel.
    const set = packet(Uint8Array.of(0x00, 0x80, 0x01, 0x00, 0x14), { source: 8, destination: 0 });
    expect(bench.passes(1, set)).toEqual([toHex(set)]);
    expect(bench.followed).toEqual([CHANNEL_UNIT]);
  });
});
