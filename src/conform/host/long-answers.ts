/** Messages that have a host answer at length: what it has for that, it says in Get Message Type Support. */
import { Completion, Control } from "../../core/mctp/control/codec.ts";
import { MessageType } from "../../core/mctp/message.ts";
import {
  ENTERPRISE_NUMBER,
  OPERATION_AT,
  Operation,
  REQUEST_FIELDS_AT,
  RESPONSE_BIT,
  RESPONSE_FIELDS_AT,
  VENDOR_FORMAT,
} from "../../core/vendor-messages/operations.ts";
import { equalBytes, writeU32be } from "../../core/wire/bytes.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import type { SeenMessage } from "../player.ts";

/** Tag of such a request: no control request of a case that asks at length has it. */
export const LONG_TAG = 6;
const PLDM_PLATFORM = 2;
const GET_PDR = 0x51;
const PLDM_REQUEST = 0x80;

/** Makes a request whose answer has about so many bytes. */
export interface LongQuestion {
  /** `bytes`: of the answer, as far as the question can say. */
  readonly request: (bytes: number) => Uint8Array;
  readonly isAnswer: (message: SeenMessage) => boolean;
  /** What an answer has to hold, where the request says so. */
  readonly contents: (request: Uint8Array) => Uint8Array | undefined;
}

const ECHO: LongQuestion = {
  request: (bytes) => {
    const message = Uint8Array.from({ length: REQUEST_FIELDS_AT + bytes }, (_, at) => (at * 5 + (at >> 8)) & 0xff);
    message[0] = MessageType.VENDOR_IANA;
    writeU32be(message, 1, ENTERPRISE_NUMBER);
    message[OPERATION_AT - 1] = VENDOR_FORMAT;
    message[OPERATION_AT] = Operation.ECHO;
    return message;
  },
  isAnswer: ({ bytes, tag, tagOwner }) => {
    if (tagOwner || tag !== LONG_TAG || bytes[0] !== MessageType.VENDOR_IANA) return false;
    return bytes[OPERATION_AT] === (Operation.ECHO | RESPONSE_BIT) && bytes[RESPONSE_FIELDS_AT - 1] === 0;
  },
  contents: (request) => request.subarray(REQUEST_FIELDS_AT),
};

/** The first record of a PLDM terminus that has any. */
const PDR: LongQuestion = {
  request: (bytes) => {
    const count = [bytes & 0xff, bytes >> 8];
    const head = [MessageType.PLDM, PLDM_REQUEST, PLDM_PLATFORM, GET_PDR];
    return Uint8Array.from([...head, 0, 0, 0, 0, 0, 0, 0, 0, 1, ...count, 0, 0]);
  },
  isAnswer: ({ bytes, tag, tagOwner }) =>
    !tagOwner && tag === LONG_TAG && bytes[0] === MessageType.PLDM && bytes[3] === GET_PDR,
  contents: () => undefined,
};

/** What this host answers at length; not testable where it has nothing. */
export async function findLongQuestion(bmc: PlayedBmc): Promise<LongQuestion> {
  const types = await bmc.ask(Control.GET_MESSAGE_TYPE_SUPPORT);
  const listed = types?.completion === Completion.SUCCESS ? [...types.data.subarray(1)] : [];
  if (listed.includes(MessageType.VENDOR_IANA) && (await answersShortly(bmc, ECHO))) return ECHO;
  if (listed.includes(MessageType.PLDM) && (await answersShortly(bmc, PDR))) return PDR;
  return bmc.notTestable("the host has no message type that answers at length");
}

async function answersShortly(bmc: PlayedBmc, question: LongQuestion): Promise<boolean> {
  const { isAnswer, request, contents } = question;
  const message = request(8);
  if (!(await bmc.send(bmc.packet(message, { tag: LONG_TAG })))) bmc.notTestable("a packet gets no Rx Complete");
  const answer = await bmc.serveUntil(() => bmc.messages.find(isAnswer));
  if (answer === undefined) return false;
  bmc.messages.length = 0;
  const wanted = contents(message);
  return wanted === undefined || equalBytes(answer.bytes.subarray(RESPONSE_FIELDS_AT), wanted);
}

/** Sends a message in packets of `unit` payload bytes. */
export async function sendLong(bmc: PlayedBmc, message: Uint8Array, unit: number): Promise<void> {
  for (let at = 0, sequence = 0; at < message.length; at += unit, sequence++) {
    const end = at + unit >= message.length;
    const packet = bmc.packet(message.subarray(at, at + unit), { tag: LONG_TAG, sequence, start: at === 0, end });
    if (!(await bmc.send(packet))) bmc.notTestable("a packet gets no Rx Complete");
  }
}
