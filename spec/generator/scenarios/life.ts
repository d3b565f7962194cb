/** One side of a scenario as it runs: role, driver and endpoint as the program has them. A restart begins a new life. */
import { createBmcSide, type BmcSide } from "../../../bmc/role/side.ts";
import type { BmcConfig } from "../../../bmc/role/state.ts";
import { createHostSide, type HostSide } from "../../../host/role/side.ts";
import type { HostConfig } from "../../../host/role/state.ts";
import { ENDPOINT_DEFAULTS } from "../../../src/core/mctp/endpoint-defaults.ts";
import { VENDOR_MESSAGE_TYPES } from "../../../src/agent/identity.ts";
import type { Session } from "../../../src/core/binding/channel.ts";
import { BINDING_COUNTERS, type BindingCounter, type BindingCounters } from "../../../src/core/binding/counters.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { isIncident } from "../../../src/cli/counters-text.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import { BmcPortBus, HostPortBus } from "../../../src/node/port-bus.ts";
import type { Pumped } from "../../../src/node/runner.ts";
import { SideDriver } from "../../../src/node/side-driver.ts";
import type { PacketExchange } from "../../../src/core/mctp/link.ts";
import { EndpointCore } from "../../../src/core/mctp/endpoint.ts";
import { MessageType } from "../../../src/core/mctp/message.ts";
import type { BmcPlatform, HostPlatform, Interrupts } from "../../../src/platform/port.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";
import { eid, type Millis } from "../../../src/core/wire/units.ts";
import { WatchedExchange } from "./watched-exchange.ts";
import type { ScenarioPacket, SideOutcome } from "./scenario.ts";

export const EID: Readonly<Record<RoleName, number>> = { host: 9, bmc: 8 };

/** Counters of what goes otherwise than hoped. */
const INCIDENTS: readonly BindingCounter[] = (Object.keys(BINDING_COUNTERS) as BindingCounter[]).filter(isIncident);

/** Who watches a life. */
export interface Witness {
  /** Something that no access shows; the words go on from the side's name. */
  happened(words: string): void;
  /** A packet passed between the binding and the endpoint. */
  passed(what: ScenarioPacket["what"], bytes: string): void;
}

export class Life {
  readonly side: HostSide | BmcSide;
  readonly endpoint: EndpointCore;
  readonly driver: Pumped;
  readonly #interrupts: Interrupts;
  readonly #witness: Witness;
  readonly #received: string[] = [];
  #toldSession: Session | undefined;
  #toldCounters: BindingCounters;
  /** There is work that no interrupt tells of. */
  wanted = true;

  private constructor(
    role: RoleName,
    witness: Witness,
    interrupts: Interrupts,
    begin: (exchange: PacketExchange) => { readonly side: HostSide | BmcSide; readonly driver: Pumped },
  ) {
    this.#witness = witness;
    this.#interrupts = interrupts;
    this.endpoint = makeEndpoint(role);
    this.endpoint.onWork = () => {
      this.wanted = true;
    };
    this.endpoint.handle(MessageType.VENDOR_IANA, ({ bytes }) => {
      this.tellChanges();
      this.#received.push(toHex(bytes));
      witness.happened(`has received a message of ${String(bytes.length)} bytes`);
    });
    const { side, driver } = begin(new WatchedExchange(this.endpoint, witness));
    this.side = side;
    this.driver = driver;
    this.#toldCounters = { ...side.state.counters };
  }

  static host(platform: HostPlatform, config: Partial<HostConfig>, witness: Witness): Life {
    return new Life("host", witness, platform.interrupts, (exchange) => {
      const side = createHostSide({ windowBytes: platform.window.size, ...config }, createPacketMemory());
      return { side, driver: new SideDriver(side, new HostPortBus(platform), exchange) };
    });
  }

  static bmc(platform: BmcPlatform, config: Partial<BmcConfig>, witness: Witness): Life {
    return new Life("bmc", witness, platform.interrupts, (exchange) => {
      const side = createBmcSide({ windowBytes: platform.window.size, ...config }, createPacketMemory());
      return { side, driver: new SideDriver(side, new BmcPortBus(platform), exchange) };
    });
  }

  /**
   * That this side has come into a session, or out of one, and what it counts as otherwise than hoped: to be called at
   * each of its accesses, before anything else is made of it.
   */
  tellChanges(): void {
    const { session, state } = this.side;
    const changes: string[] = [];
    if (session !== this.#toldSession) {
      changes.push(session === undefined ? "has no session any more" : `is in session: ${termsOf(session)}`);
    }
    const grown = INCIDENTS.filter((name) => state.counters[name] > this.#toldCounters[name]);
    if (grown.length > 0) changes.push(`counts ${grown.join(", ")}`);
    this.#toldSession = session;
    this.#toldCounters = { ...state.counters };
    if (changes.length > 0) this.#witness.happened(changes.join(", "));
  }

  /** Whether an event or own work calls for a turn. Asking takes the interrupt, so a turn must follow. */
  isCalled(): boolean {
    const rung = this.#interrupts.pending();
    return rung || this.wanted;
  }

  /** Does all that can be done now, whether anything calls for it or not. */
  turn(now: Millis): void {
    this.wanted = false;
    const due = this.driver.nextDeadline();
    const isDue = due !== undefined && due <= now;
    this.wanted ||= isDue ? this.driver.expire(now) : this.driver.pump(now);
    this.tellChanges();
  }

  get outcome(): SideOutcome {
    const { session, state } = this.side;
    const grown = (counters: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
      Object.fromEntries(Object.entries(counters).filter(([, count]) => count > 0));
    return {
      phase: state.phase.name,
      session,
      closeReason: session === undefined ? state.closeReason : undefined,
      bindingCounters: grown(state.counters),
      counters: grown({ ...state.counters, ...this.endpoint.counters }),
      received: this.#received,
    };
  }
}

function makeEndpoint(role: RoleName): EndpointCore {
  const own = eid(EID[role]);
  return new EndpointCore({
    ...ENDPOINT_DEFAULTS,
    identity: {
      eid: own,
      uuid: Uint8Array.from({ length: 16 }, (_, index) => 16 * own + index),
      kind: role === "host" ? "endpoint" : "busOwner",
      // 14.1: the host's EID is a default.
      staticEid: role === "host" ? undefined : own,
      assigned: false,
      messageTypes: VENDOR_MESSAGE_TYPES,
    },
    // LPC-MCTP-9: a bus owner answers Discovery Notify with success.
    ...(role === "bmc" ? { services: { onDiscoveryNotify: () => undefined } } : {}),
  });
}

/** "version 3, MTU 64" */
export function termsOf({ version, mtu: { hostToBmc, bmcToHost } }: Session): string {
  const mtu =
    hostToBmc === bmcToHost ? String(hostToBmc) : `${String(hostToBmc)} to the BMC, ${String(bmcToHost)} back`;
  return `version ${String(version)}, MTU ${mtu}`;
}
