/** Conformance runs in virtual time: one of the project's own sides, or a model of a deployed one, on a board in memory. */
import type { RoleName } from "../../src/core/binding/side.ts";
import { BMC_CASES } from "../../src/conform/bmc/cases.ts";
import { HOST_CASES } from "../../src/conform/host/cases.ts";
import type { CaseResult, RunResult } from "../../src/conform/run.ts";
import { testBmc, testHost } from "../../src/conform/run.ts";
import type { Surroundings } from "../../src/conform/surroundings.ts";
import { Control } from "../../src/core/mctp/control/codec.ts";
import { MessageType, NULL_EID } from "../../src/core/mctp/message.ts";
import {
  decodeVendorRequest,
  encodeVendorResponse,
  Operation,
  VendorStatus,
} from "../../src/agent/files/vendor-messages.ts";
import { Pair, type PairOptions } from "../support/pair.ts";
import { VirtualBmc, type VirtualBmcOptions } from "./virtual-bmc.ts";

/** How often a side looks at STR where nothing wakes it, in milliseconds. */
export const POLL = 20;
const WAITS = { patience: 1000, silence: 60 } as const;

export interface VirtualOptions extends Omit<PairOptions, "starts" | "poll" | "bmc">, Omit<VirtualBmcOptions, "poll"> {
  /** Only cases whose names this holds for. */
  readonly only?: (name: string) => boolean;
  readonly poll?: number;
}

/** Runs the cases for a side against the project's own one. */
export async function conformVirtually(tested: RoleName, options: VirtualOptions = {}): Promise<RunResult> {
  return tested === "bmc" ? conformBmc(options) : conformHost(options);
}

async function conformBmc({ only, poll = POLL, ...options }: VirtualOptions): Promise<RunResult> {
  return conformBmcOn(new VirtualBmc({ ...options, poll }), only);
}

async function conformHost({ only, poll = POLL, ...options }: VirtualOptions): Promise<RunResult> {
  return conformHostOn(new Pair({ ...options, starts: ["host"], poll }), only);
}

/** Runs the cases against a BMC that was made elsewhere, of other code perhaps. */
export async function conformBmcOn(bmc: VirtualBmc, only: (name: string) => boolean = () => true): Promise<RunResult> {
  const surroundings: Surroundings = {
    now: () => bmc.now,
    pause: (milliseconds) => {
      bmc.pause(milliseconds);
      return Promise.resolve();
    },
    restart: () => {
      bmc.restart();
      return Promise.resolve();
    },
    stop: () => {
      bmc.stop();
      return Promise.resolve();
    },
    ...WAITS,
  };
  const cases = BMC_CASES.filter(({ name }) => only(name));
  return testBmc(bmc.board.host, cases, { surroundings, depth: bmc.board.depth });
}

/** Runs the cases against the host of a pair without a BMC. */
export async function conformHostOn(pair: Pair, only: (name: string) => boolean = () => true): Promise<RunResult> {
  serveAsAgent(pair.host);
  const surroundings: Surroundings = {
    now: () => pair.now,
    pause: (milliseconds) => {
      if (milliseconds > 0) pair.pass(milliseconds);
      pair.settle();
      return Promise.resolve();
    },
    restart: () => {
      pair.end("host", "killed");
      pair.start("host");
      serveAsAgent(pair.host);
      return Promise.resolve();
    },
    ...WAITS,
  };
  const cases = HOST_CASES.filter(({ name }) => only(name));
  return testHost(pair.bmcPlatform, cases, { surroundings, depth: pair.board.depth });
}

/** The host of a pair answers control requests only; here it announces itself (LPC-MCTP-20) and echoes, as an agent does. */
function serveAsAgent({ endpoint }: Pair["host"]): void {
  // The pair takes messages of this type, and answers none.
  endpoint.unhandle(MessageType.VENDOR_IANA);
  endpoint.handle(MessageType.VENDOR_IANA, (message) => {
    const request = decodeVendorRequest(message.bytes);
    if (!request.ok || request.value.operation !== Operation.ECHO) return;
    endpoint.respond(message, encodeVendorResponse(message.bytes, VendorStatus.OK, request.value.data));
  });
  const { onLinkChange } = endpoint;
  endpoint.onLinkChange = (up, now) => {
    onLinkChange?.(up, now);
    if (up) endpoint.requestControl(NULL_EID, Control.DISCOVERY_NOTIFY, new Uint8Array(0), now, () => undefined);
  };
}

/** What went wrong, a line each: "start/session: LPC-VER-1: …". */
export function failuresOf({ results }: RunResult): readonly string[] {
  return results.flatMap((result: CaseResult) => {
    const { outcome } = result;
    if (outcome.kind !== "fail") return [];
    const { requirement, seen, expected } = outcome.evidence;
    return [`${result.case.name}: ${requirement}: ${seen}; expected: ${expected}`];
  });
}

/** Names of the cases that could not be played, with why. */
export function notTestableOf({ results }: RunResult): readonly string[] {
  return results.flatMap(({ case: one, outcome }) =>
    outcome.kind === "notTestable" ? [`${one.name}: ${outcome.why}`] : [],
  );
}
