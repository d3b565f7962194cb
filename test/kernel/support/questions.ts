/** Requests of kernel sockets to agents, and what their answers must be. */
import { expect } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { Operation, encodeVendorRequest } from "../../../src/agent/files/vendor-messages.ts";
import { MessageType } from "../../../src/core/mctp/message.ts";
import { RESPONSE_FIELDS_AT } from "../../../src/core/vendor-messages/operations.ts";
import { MctpSocket, type Received } from "./mctp-socket.ts";

const LIMIT_MILLISECONDS = 20_000;
/** Of one echo, where the way may not be open yet. */
const ATTEMPT_MILLISECONDS = 1000;
/** Data of the longest message of Linux that Echo answers: the answer has a status, too. */
export const LONGEST_ECHO: number = 64 * 1024 - RESPONSE_FIELDS_AT;
/** Commands of PLDM's base: instance id 1, type 0. */
const GET_TID = Buffer.from([0x81, 0x00, 0x02]);
const GET_TYPES = Buffer.from([0x81, 0x00, 0x04]);

export function withSocket<Result>(
  type: number | undefined,
  act: (socket: MctpSocket) => Promise<Result>,
): Promise<Result> {
  const socket = new MctpSocket(type);
  return act(socket).finally(() => {
    socket.close();
  });
}

/** Has an agent echo data from a kernel socket, and compares what comes back. */
export async function echo(eid: number, dataBytes: number, limit: number = LIMIT_MILLISECONDS): Promise<Received> {
  return withSocket(undefined, async (socket) => {
    const data = randomBytes(dataBytes);
    const message = encodeVendorRequest({ operation: Operation.ECHO, data });
    const answer = await socket.request(eid, message[0]!, message.subarray(1), { limit });
    expect(answer).toMatchObject({ eid, type: MessageType.VENDOR_IANA });
    // The type is in the address.
    expect(answer.bytes.subarray(RESPONSE_FIELDS_AT - 1).equals(data)).toBe(true);
    return answer;
  });
}

/** The echo, once the way is open: what is sent before is lost. */
export async function echoSoon(eid: number, dataBytes = 20): Promise<void> {
  const end = performance.now() + LIMIT_MILLISECONDS;
  for (;;) {
    try {
      await echo(eid, dataBytes, ATTEMPT_MILLISECONDS);
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** An agent's PLDM terminus: GetTID, and GetPLDMTypes, which has the base. */
export async function askPldm(eid: number): Promise<void> {
  await withSocket(undefined, async (socket) => {
    const tid = await socket.request(eid, MessageType.PLDM, GET_TID);
    expect([...tid.bytes.subarray(0, 4)]).toEqual([0x01, 0x00, 0x02, 0x00]);
    const types = await socket.request(eid, MessageType.PLDM, GET_TYPES);
    expect([...types.bytes.subarray(0, 5)]).toEqual([0x01, 0x00, 0x04, 0x00, 0x01]);
  });
}

/** A control request of instance id 3 without its type: command and data. */
export function controlRequest(command: number, ...data: readonly number[]): Buffer {
  return Buffer.from([0x83, command, ...data]);
}

/** Waits until something holds. */
export async function soon(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + LIMIT_MILLISECONDS;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${String(LIMIT_MILLISECONDS)} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
