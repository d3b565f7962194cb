/**
 * Questions to a PLDM terminus, as generators: each yields the data of a request, is handed the response, and returns
 * what it says. Its caller knows how messages travel.
 */
import { ok, reject, type Result } from "../wire/result.ts";
import {
  GetPldmCommands,
  GetPldmTypes,
  GetPldmVersion,
  GetTid,
  SetTid,
  TransferFlag,
  type PldmBaseCommand,
} from "./base-commands.ts";
import {
  PldmCompletion,
  PldmType,
  PLDM_INSTANCE_IDS,
  decodePldm,
  encodePldmRequest,
  pldmCompletionName,
  pldmCommandName,
} from "./codec.ts";
import { decodeVersions } from "./version-transfer.ts";

/** Why a question has no answer: what the terminus refused, or what is wrong with what it said. */
export type PldmReject =
  | { readonly kind: "refused"; readonly completion: number; readonly text: string }
  | { readonly kind: "badAnswer"; readonly text: string };

/** Yields whole request messages, is handed whole response messages. */
export type PldmQuestion<Value> = Generator<Uint8Array, Result<Value, PldmReject>, Uint8Array>;

/** Parts of one version list; more would be no list. */
const LARGEST_LIST_BYTES = 4096;
function badAnswer(text: string): { readonly ok: false; readonly reject: PldmReject } {
  return reject({ kind: "badAnswer", text });
}

/** One request, and its response as a record: of the request's instance id, type and command. */
function* ask<Request, Response>(
  command: PldmBaseCommand<Request, Response>,
  instance: number,
  request: NoInfer<Request>,
): PldmQuestion<Response> {
  const data = command.request.encode(request);
  const response = decodePldm(yield encodePldmRequest(instance, PldmType.BASE, command.code, data));
  const fits =
    response?.kind === "response" &&
    response.instance === instance &&
    response.type === PldmType.BASE &&
    response.command === command.code;
  const name = pldmCommandName(PldmType.BASE, command.code);
  if (!fits) return badAnswer(`the message is not the response to the ${name} request`);
  const { completion } = response;
  if (completion !== PldmCompletion.SUCCESS) {
    return reject({ kind: "refused", completion, text: pldmCompletionName(completion) });
  }
  const read = command.response.decode(response.data);
  if (read.ok) return read;
  return badAnswer(`${String(response.data.length)} bytes of data are not a valid ${name} response`);
}

export function* setTid(instance: number, tid: number): PldmQuestion<undefined> {
  return yield* ask(SetTid, instance, { tid });
}

/** The terminus id, 0 when none was set. */
export function* getTid(instance: number): PldmQuestion<number> {
  const answer = yield* ask(GetTid, instance, undefined);
  return answer.ok ? ok(answer.value.tid) : answer;
}

/** The PLDM types that the terminus speaks. */
export function* getPldmTypes(instance: number): PldmQuestion<readonly number[]> {
  const answer = yield* ask(GetPldmTypes, instance, undefined);
  return answer.ok ? ok(answer.value.types) : answer;
}

/** The commands of a type that the terminus takes in a version of it, in the coding of versionNumber. */
export function* getPldmCommands(instance: number, type: number, version: number): PldmQuestion<readonly number[]> {
  const answer = yield* ask(GetPldmCommands, instance, { type, version });
  return answer.ok ? ok(answer.value.commands) : answer;
}

/** The versions of a type, part after part until the last, their CRC-32 checked. Each part is a separate request. */
export function* getPldmVersions(instance: number, type: number): PldmQuestion<readonly number[]> {
  let whole: Uint8Array = new Uint8Array(0);
  let handle = 0;
  for (let parts = 0; ; parts++) {
    const first = parts === 0;
    const operation = first ? "firstPart" : "nextPart";
    const answer = yield* ask(GetPldmVersion, (instance + parts) % PLDM_INSTANCE_IDS, { handle, operation, type });
    if (!answer.ok) return answer;
    const { flag, part, next } = answer.value;
    const { START, MIDDLE, END, START_AND_END } = TransferFlag;
    const isExpected = first ? flag === START || flag === START_AND_END : flag === MIDDLE || flag === END;
    if (!isExpected)
      return badAnswer(`transfer flag 0x${flag.toString(16)} in ${first ? "the first" : "a later"} part`);
    if (part.length === 0) return badAnswer("a part of the version list is empty");
    if (whole.length + part.length > LARGEST_LIST_BYTES) return badAnswer("the version list does not end");
    whole = Uint8Array.of(...whole, ...part);
    handle = next;
    if (flag === END || flag === START_AND_END) break;
  }
  const versions = decodeVersions(whole);
  if (versions.ok) return versions;
  return badAnswer(
    versions.reject === "badCrc"
      ? "the CRC-32 behind the version list is wrong"
      : `${String(whole.length)} bytes are not a list of versions with a CRC-32`,
  );
}
