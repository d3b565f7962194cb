/**
 * Questions to a PLDM terminus, as generators: each yields the data of a request, is handed the response, and returns
 * what it says. Its caller knows how messages travel.
 */
import { ok, reject, type Result } from "../wire/result.ts";
import {
  COMMANDS_BITMAP_BYTES,
  PldmCommand,
  PldmCompletion,
  PldmType,
  PLDM_INSTANCE_IDS,
  TYPES_BITMAP_BYTES,
  decodePldm,
  encodePldmRequest,
  pldmCompletionName,
  readBitmap,
  writeU32le,
} from "./codec.ts";
import { TransferFlag, TransferOperation, decodePart, decodeVersions } from "./version-transfer.ts";

/** Why a question has no answer: what the terminus refused, or what is wrong with what it said. */
export type PldmReject =
  | { readonly kind: "refused"; readonly completion: number; readonly text: string }
  | { readonly kind: "badAnswer"; readonly text: string };

/** Yields whole request messages, is handed whole response messages. */
export type PldmQuestion<Value> = Generator<Uint8Array, Result<Value, PldmReject>, Uint8Array>;

/** Parts of one version list; more would be no list. */
const LARGEST_LIST_BYTES = 4096;
const NO_DATA = new Uint8Array(0);

function badAnswer(text: string): { readonly ok: false; readonly reject: PldmReject } {
  return reject({ kind: "badAnswer", text });
}

/** One request and the data of its response, which must carry the request's instance id, type and command. */
function* ask(instance: number, command: number, data: Uint8Array): PldmQuestion<Uint8Array> {
  const response = decodePldm(yield encodePldmRequest(instance, PldmType.BASE, command, data));
  const fits =
    response?.kind === "response" &&
    response.instance === instance &&
    response.type === PldmType.BASE &&
    response.command === command;
  if (!fits) return badAnswer("the message that came is no response to the request");
  if (response.completion === PldmCompletion.SUCCESS) return ok(response.data);
  const { completion } = response;
  return reject({ kind: "refused", completion, text: pldmCompletionName(completion) });
}

function* askExactly(
  instance: number,
  command: number,
  data: Uint8Array,
  answerBytes: number,
): PldmQuestion<Uint8Array> {
  const answer = yield* ask(instance, command, data);
  if (!answer.ok || answer.value.length === answerBytes) return answer;
  const { length } = answer.value;
  return badAnswer(`${String(length)} bytes of data instead of ${String(answerBytes)}`);
}

export function* setTid(instance: number, tid: number): PldmQuestion<undefined> {
  const answer = yield* askExactly(instance, PldmCommand.SET_TID, Uint8Array.of(tid), 0);
  return answer.ok ? ok(undefined) : answer;
}

/** The terminus id, 0 when none was set. */
export function* getTid(instance: number): PldmQuestion<number> {
  const answer = yield* askExactly(instance, PldmCommand.GET_TID, NO_DATA, 1);
  return answer.ok ? ok(answer.value[0]!) : answer;
}

/** The PLDM types that the terminus speaks. */
export function* getPldmTypes(instance: number): PldmQuestion<readonly number[]> {
  const answer = yield* askExactly(instance, PldmCommand.GET_PLDM_TYPES, NO_DATA, TYPES_BITMAP_BYTES);
  return answer.ok ? ok(readBitmap(answer.value)) : answer;
}

/** The commands of a type that the terminus takes in a version of it, in the coding of versionNumber. */
export function* getPldmCommands(instance: number, type: number, version: number): PldmQuestion<readonly number[]> {
  const data = new Uint8Array(5);
  data[0] = type;
  writeU32le(data, 1, version);
  const answer = yield* askExactly(instance, PldmCommand.GET_PLDM_COMMANDS, data, COMMANDS_BITMAP_BYTES);
  return answer.ok ? ok(readBitmap(answer.value)) : answer;
}

/** The versions of a type, part after part until the last, their CRC-32 checked. Each part is a request of its own. */
export function* getPldmVersions(instance: number, type: number): PldmQuestion<readonly number[]> {
  let whole = NO_DATA;
  let handle = 0;
  for (let parts = 0; ; parts++) {
    const first = parts === 0;
    const data = new Uint8Array(6);
    writeU32le(data, 0, handle);
    data[4] = first ? TransferOperation.GET_FIRST_PART : TransferOperation.GET_NEXT_PART;
    data[5] = type;
    const answer = yield* ask((instance + parts) % PLDM_INSTANCE_IDS, PldmCommand.GET_PLDM_VERSION, data);
    if (!answer.ok) return answer;
    const received = decodePart(answer.value);
    if (received === undefined) return badAnswer("a part of the version list has no header");
    const { flag, part, nextHandle } = received;
    const { START, MIDDLE, END, START_AND_END } = TransferFlag;
    const isExpected = first ? flag === START || flag === START_AND_END : flag === MIDDLE || flag === END;
    if (!isExpected)
      return badAnswer(`transfer flag 0x${flag.toString(16)} in ${first ? "the first" : "a later"} part`);
    if (part.length === 0) return badAnswer("a part of the version list is empty");
    if (whole.length + part.length > LARGEST_LIST_BYTES) return badAnswer("the version list does not end");
    whole = Uint8Array.of(...whole, ...part);
    handle = nextHandle;
    if (flag === END || flag === START_AND_END) break;
  }
  const versions = decodeVersions(whole);
  if (versions.ok) return versions;
  return badAnswer(
    versions.reject === "badCrc"
      ? "the CRC-32 behind the version list is wrong"
      : `${String(whole.length)} bytes are no list of versions with a CRC-32`,
  );
}
