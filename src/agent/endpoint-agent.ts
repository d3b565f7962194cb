/**
 * An MCTP endpoint on a serial line, by itself: it takes the EID that a bus owner gives it, answers echoes and files
 * like the agents on a board, and the tools can use it.
 */
import { monotonicClock } from "../node/clock.ts";
import { LineDriver } from "../node/line-driver.ts";
import { uuidText } from "../core/mctp/control/identifiers.ts";
import { Endpoint } from "../core/mctp/endpoint.ts";
import { NULL_EID } from "../core/mctp/message.ts";
import type { Failure } from "../platform/failure.ts";
import { takeAll } from "../platform/scope.ts";
import { SerialLine } from "../platform/serial/serial-line.ts";
import type { SerialCounters } from "../core/serial/counters.ts";
import type { Eid } from "../core/wire/units.ts";
import { ENDPOINT_DEFAULTS } from "./agent.ts";
import { noBusOwnerMethods } from "./control/bus-owner-methods.ts";
import { commonMethods } from "./control/control-methods.ts";
import { ControlServer } from "./control/control-socket.ts";
import { FileReceiver } from "./files/file-receiver.ts";
import { AGENT_MESSAGE_TYPES, VENDOR_SUPPORT } from "./identity.ts";
import type { SerialLinkSpec } from "../platform/serial/kind.ts";
import { LogLimiter } from "./log-limiter.ts";
import { Messenger } from "../node/messenger.ts";
import { PathUnits, type KnownPath } from "../node/path-mtu.ts";
import { PldmResponder } from "./pldm-responder.ts";
import { VendorResponder } from "./files/vendor-responder.ts";

export interface EndpointOptions {
  readonly link: SerialLinkSpec;
  /** Its own EID until a bus owner gives another; undefined: none. */
  readonly eid: Eid | undefined;
  readonly uuid: Uint8Array;
  readonly controlPath: string;
  /** Folder for received files; undefined refuses them. */
  readonly inbox: string | undefined;
  readonly largestFileBytes: number;
  readonly log: (line: string) => void;
}

export interface EndpointAgentStatus {
  readonly role: "endpoint";
  readonly processId: number;
  readonly platform: string;
  readonly uptimeSeconds: number;
  /** 0 until a bus owner gives one. */
  readonly eid: number;
  readonly peerEid: number;
  readonly uuid: string;
  readonly link: { readonly up: boolean; readonly unit: number };
  readonly filesReceived: number;
  readonly paths: readonly KnownPath[];
  readonly counters: {
    readonly mctp: Readonly<Record<string, number>>;
    readonly pldm: Readonly<Record<string, number>>;
    readonly serial: Readonly<SerialCounters>;
  };
}

export class EndpointAgent {
  readonly endpoint: Endpoint;
  readonly messenger: Messenger;
  /** The bus owner that gave the EID; the null EID, whoever is at the other end, before. */
  peerEid: Eid = NULL_EID;
  /** It never fails for good: a line that is lost is opened again. */
  readonly failed: Promise<Failure> = new Promise(() => undefined);
  readonly #options: EndpointOptions;
  readonly #driver: LineDriver;
  readonly #receiver: FileReceiver;
  readonly #responder: VendorResponder;
  readonly #pldm: PldmResponder;
  readonly #limiter: LogLimiter;
  readonly #paths: PathUnits;
  readonly #started = performance.now();
  #control: ControlServer | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#limiter = new LogLimiter(options.log, monotonicClock);
    const { link, eid, uuid } = options;
    this.endpoint = new Endpoint({
      ...ENDPOINT_DEFAULTS,
      identity: {
        eid: eid ?? NULL_EID,
        uuid,
        kind: "endpoint",
        staticEid: eid,
        assigned: false,
        messageTypes: AGENT_MESSAGE_TYPES,
      },
      services: { vendors: VENDOR_SUPPORT },
    });
    this.messenger = new Messenger(this.endpoint, monotonicClock);
    const tell = (line: string): void => {
      this.#limiter.write(line);
    };
    this.#receiver = new FileReceiver({
      inbox: options.inbox,
      largestFileBytes: options.largestFileBytes,
      log: tell,
    });
    this.#responder = new VendorResponder(this.endpoint, this.#receiver, "endpoint");
    this.#pldm = new PldmResponder(this.endpoint, "endpoint");
    const line = new SerialLine(link);
    const { unit, escaping } = link;
    this.#driver = new LineDriver(line, this.endpoint, monotonicClock, { unit, escaping });
    this.#driver.onLost = ({ message }) => {
      tell(message);
    };
    this.#paths = new PathUnits(
      this.endpoint,
      (destination) =>
        destination === this.peerEid || destination === NULL_EID || this.peerEid === NULL_EID
          ? undefined
          : { busOwner: this.peerEid },
      () => unit,
    );
    this.endpoint.onWork = () => {
      this.#driver.kick();
    };
    this.endpoint.onLinkChange = (up) => {
      this.#responder.linkChanged();
      this.messenger.linkChanged();
      this.#paths.forget();
      if (up) tell(`${link.name} is open`);
    };
    this.endpoint.onEidAssigned = (own, by) => {
      if (by !== this.peerEid) this.#paths.forget();
      this.peerEid = by;
      tell(`EID ${String(own)} assigned by the bus owner, EID ${String(by)}`);
    };
  }

  /** Throws a Failure when the line cannot be opened or the control socket not be used; the agent has stopped then. */
  async start(): Promise<void> {
    const methods = { ...commonMethods(this), ...noBusOwnerMethods() };
    try {
      this.#control = await ControlServer.listen(this.#options.controlPath, methods);
      await this.#driver.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= takeAll(
      () => this.#control?.close(),
      () => this.#driver.stop(),
      () => {
        this.#receiver.close();
        this.#limiter.flush();
      },
    );
    return this.#stopping;
  }

  log(line: string): void {
    this.#options.log(line);
  }

  packetBytes(): number {
    return this.endpoint.isUp ? this.#driver.unit : 0;
  }

  whyDown(): string | undefined {
    return this.endpoint.isUp ? undefined : `${this.#options.link.name} is down; opening it again`;
  }

  status(): EndpointAgentStatus {
    return {
      role: "endpoint",
      processId: process.pid,
      platform: this.#options.link.name,
      uptimeSeconds: (performance.now() - this.#started) / 1000,
      eid: this.endpoint.identity.eid,
      peerEid: this.peerEid,
      uuid: uuidText(this.endpoint.identity.uuid),
      link: { up: this.endpoint.isUp, unit: this.#driver.unit },
      filesReceived: this.#receiver.filesReceived,
      paths: this.#paths.known,
      counters: {
        mctp: { ...this.endpoint.counters },
        pldm: { ...this.#pldm.counters },
        serial: { ...this.#driver.counters },
      },
    };
  }
}
