/**
 * A node whose links are held by the test: at the other end of each port is a device that answers control requests, by
 * rule or as the test has it. One virtual clock jumps from deadline to deadline.
 */
import { BusOwner } from "../../src/core/mctp/bus-owner/bus-owner.ts";
import type { BusOwnerConfig } from "../../src/core/mctp/bus-owner/config.ts";
import type { BusOwnerMemory } from "../../src/core/mctp/bus-owner/memory.ts";
import { Completion, Control } from "../../src/core/mctp/control/codec.ts";
import { NULL_EID } from "../../src/core/mctp/message.ts";
import { destinationOf } from "../../src/core/mctp/packet.ts";
import { fromHex, toHex } from "../../src/core/wire/bytes.ts";
import { eid, millis, type Millis } from "../../src/core/wire/units.ts";
import { CHANNEL_KIND, SERIAL_KIND, type LinkPlan, type LinkPort } from "../../src/node/link.ts";
import { Node, type NodeOptions } from "../../src/node/node.ts";
import { bmcIdentity, endpointConfig, hostIdentity } from "./endpoints.ts";
import { packet } from "./packets.ts";

/** Completion code and data in hexadecimal, so many milliseconds late. */
export interface Answer {
  readonly hex: string;
  readonly after?: number;
}

/** What a device makes of a request of one command; `count`: how often it was asked before. */
export type Script = (request: Uint8Array, count: number) => Answer | "silence" | "asUsual";

export interface DeviceOptions {
  /** 32 hexadecimal digits, or "none". */
  readonly uuid?: string;
  /** EIDs that it wants for what is behind it. */
  readonly pool?: number;
  /** An EID that it does not give up. */
  readonly insistsOn?: number;
}

export class Device {
  own = 0;
  /** The EIDs that it was allocated. */
  held: { readonly first: number; readonly count: number } | undefined;
  isSilent = false;
  uuid: string;
  /** Commands asked, in hexadecimal, with the data. */
  readonly asked: string[] = [];
  readonly script = new Map<number, Script>();
  /** Endpoints behind it, by EID: it forwards to them, and to no other EID. */
  readonly behind = new Map<number, Device>();
  /** It has a routing table with these entries: first EID and count. */
  routes: readonly (readonly [first: number, count: number])[] | undefined;
  readonly #options: DeviceOptions;
  readonly #counts = new Map<number, number>();

  constructor(options: DeviceOptions = {}) {
    this.#options = options;
    this.uuid = options.uuid ?? "11".repeat(16);
    this.own = options.insistsOn ?? 0;
  }

  /** It loses its EID and what it was allocated. */
  restart(): void {
    this.own = this.#options.insistsOn ?? 0;
    this.held = undefined;
  }

  answer(request: Uint8Array): Answer | undefined {
    const command = request[2]!;
    const count = this.#counts.get(command) ?? 0;
    this.#counts.set(command, count + 1);
    this.asked.push(toHex(request.subarray(2)));
    if (this.isSilent) return undefined;
    const scripted = this.script.get(command)?.(request, count) ?? "asUsual";
    if (scripted === "silence") return undefined;
    return scripted === "asUsual" ? { hex: this.usual(request) } : scripted;
  }

  usual(request: Uint8Array): string {
    const { pool = 0, insistsOn } = this.#options;
    const [, , command, operation, value] = request;
    switch (command) {
      case Control.SET_ENDPOINT_ID: {
        const accepted = insistsOn === undefined;
        if (accepted) this.own = value!;
        const wants = pool === 0 ? 0 : this.held === undefined ? 1 : 2;
        return `00${byte((accepted ? 0 : 0x10) | wants)}${byte(this.own)}${byte(pool)}`;
      }
      case Control.GET_ENDPOINT_ID:
        return `00${byte(this.own)}0000`;
      case Control.GET_ENDPOINT_UUID:
        return this.uuid === "none" ? byte(Completion.UNSUPPORTED_COMMAND) : `00${this.uuid}`;
      case Control.GET_VERSION_SUPPORT:
        return "0001f1f3f100";
      case Control.GET_MESSAGE_TYPE_SUPPORT:
        return "00017f";
      case Control.ALLOCATE_ENDPOINT_IDS: {
        const isTaken = operation === 1 || (operation === 0 && this.held === undefined);
        if (isTaken) this.held = { count: request[4]!, first: request[5]! };
        return `00${byte(isTaken ? 0 : 1)}${byte(this.held?.count ?? 0)}${byte(this.held?.first ?? 0)}`;
      }
      case Control.GET_ROUTING_TABLE_ENTRIES: {
        if (this.routes === undefined) return byte(Completion.UNSUPPORTED_COMMAND);
        const part = this.routes.slice(9 * operation!, 9 * operation! + 9);
        const next = 9 * (operation! + 1) < this.routes.length ? operation! + 1 : 0xff;
        return `00${byte(next)}${byte(part.length)}${part.map(([first, count]) => `${byte(count)}${byte(first)}00ff0000`).join("")}`;
      }
      case Control.ROUTING_INFORMATION_UPDATE:
        return pool === 0 ? byte(Completion.UNSUPPORTED_COMMAND) : "00";
      default:
        return byte(Completion.UNSUPPORTED_COMMAND);
    }
  }

  /** How often a command was asked. */
  countOf(command: number): number {
    return this.#counts.get(command) ?? 0;
  }
}

function byte(value: number): string {
  return value.toString(16).padStart(2, "0");
}

interface Waiting {
  readonly at: Millis;
  readonly deliver: () => void;
}

export interface NodeBenchOptions extends Partial<
  Pick<NodeOptions, "discover" | "checkInterval" | "surveyInterval" | "remedy">
> {
  /** Undefined: a host, member on port 0. */
  readonly owner?: Partial<BusOwnerConfig> | undefined;
  readonly memory?: BusOwnerMemory;
  /** What kind of link each port has; the first is a channel unless named. */
  readonly lines?: readonly boolean[];
}

/** EID 8 and all EIDs to give, without options; the endpoints on lines are checked every 2 s. */
export class NodeBench {
  readonly node: Node;
  readonly devices: readonly Device[];
  readonly told: string[] = [];
  now: Millis = millis(0);
  readonly #ports: LinkPort[] = [];
  #waiting: Waiting[] = [];
  #requests = 0;

  constructor(devices: readonly Device[], options: NodeBenchOptions = {}) {
    const { owner = {}, memory, lines = [], ...rest } = options;
    this.devices = devices;
    const isOwner = !("owner" in options) || options.owner !== undefined;
    const pool = { first: eid(9), count: 246 };
    const config = { own: eid(8), pool, statics: new Map(), portEids: new Map(), ...owner };
    const kind = devices.length > 1 ? "bridge" : "endpoint";
    this.node = new Node({
      endpoint: endpointConfig(isOwner ? bmcIdentity() : hostIdentity({ kind })),
      links: devices.map((_, index) => this.#plan(index, lines[index] ?? index > 0)),
      owner: isOwner ? new BusOwner(config, memory) : undefined,
      poolSize: 8,
      peerEid: isOwner ? eid(9) : eid(8),
      clock: { now: () => this.now },
      tell: (line) => this.told.push(line),
      linkChanged: () => undefined,
      ...rest,
    });
  }

  up(...ports: readonly number[]): this {
    for (const one of ports.length === 0 ? this.devices.keys() : ports) this.#ports[one]!.linkUp(this.now);
    return this;
  }

  down(port = 0): this {
    this.#ports[port]!.linkDown(this.now);
    return this;
  }

  /** Lets so many milliseconds pass, everything that is due done and answered. */
  run(milliseconds: number): this {
    const end = millis(this.now + milliseconds);
    for (;;) {
      while (this.#move()) if (this.told.length > 100_000) throw new Error("it does not come to rest");
      const next = Math.min(this.node.router.nextDeadline() ?? Infinity, ...this.#waiting.map(({ at }) => at));
      if (next > end) break;
      this.now = millis(Math.max(this.now, next));
      this.node.router.expire(this.now);
      const due = this.#waiting.filter(({ at }) => at <= this.now);
      this.#waiting = this.#waiting.filter((one) => !due.includes(one));
      for (const { deliver } of due) deliver();
    }
    this.now = end;
    return this;
  }

  /** A device sends a control request of its own: command and data in hexadecimal. */
  hears(hex: string, port = 0, isDatagram = false, own = this.devices[port]!.own): this {
    const head = [0, isDatagram ? 0xc0 : 0x80 | (this.#requests++ & 0x1f)];
    const bytes = packet(Uint8Array.of(...head, ...fromHex(hex)!), {
      source: own,
      destination: NULL_EID,
      tagOwner: true,
      tag: this.#requests & 7,
    });
    this.#ports[port]!.receivePacket(bytes, 0, bytes.length, this.now);
    return this;
  }

  /** Who is there: EID, presence and UUID. */
  get present(): readonly string[] {
    return this.node.bridge.owner.endpoints.map(
      ({ eid: own, presence, uuid }) => `${String(own)} ${presence} ${uuid?.slice(0, 2) ?? "none"}`,
    );
  }

  #plan(index: number, isLine: boolean): LinkPlan {
    return {
      name: isLine ? `line ${String(index)}` : index === 0 ? "the channel" : `board ${String(index)}`,
      kind: isLine ? SERIAL_KIND : CHANNEL_KIND,
      showsPresence: !isLine,
      open: (port) => {
        this.#ports[index] = port;
        return { unit: 64, kick: () => undefined, start: () => Promise.resolve(), stop: () => Promise.resolve() };
      },
    };
  }

  #move(): boolean {
    let moved = false;
    for (const [index, port] of this.#ports.entries()) {
      const parts = port.isUp ? port.nextPacket(64, this.now) : undefined;
      if (parts === undefined) continue;
      moved = true;
      const { header, message, start, end } = parts;
      const bytes = message.slice(start, end);
      port.packetDone(this.now);
      // Only requests: TO and Rq are set.
      if ((header & 0x08) === 0 || bytes[0] !== 0 || (bytes[1]! & 0x80) === 0) continue;
      this.#answer(port, this.#askedAt(this.devices[index]!, destinationOf(header)), header & 7, bytes);
    }
    return moved;
  }

  /** Who gets a packet that has come to a device. */
  #askedAt(device: Device, destination: number): Device | undefined {
    return destination === NULL_EID || destination === device.own ? device : device.behind.get(destination);
  }

  #answer(port: LinkPort, device: Device | undefined, tag: number, request: Uint8Array): void {
    const answer = device?.answer(request);
    if (device === undefined || answer === undefined) return;
    const response = Uint8Array.of(0, request[1]! & 0x1f, request[2]!, ...fromHex(answer.hex)!);
    const bytes = packet(response, {
      source: device.own,
      destination: this.node.endpoint.identity.eid,
      tagOwner: false,
      tag,
    });
    const deliver = (): void => {
      port.receivePacket(bytes, 0, bytes.length, this.now);
    };
    if (answer.after === undefined) deliver();
    else this.#waiting.push({ at: millis(this.now + answer.after), deliver });
  }
}
