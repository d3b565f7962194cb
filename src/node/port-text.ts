/** What a bus owner says of a port, in words for people. */
import type { FarIdentity } from "../core/mctp/bus-owner/far-endpoints.ts";
import type { Joined } from "../core/mctp/bus-owner/joining.ts";
import { versionText } from "../core/mctp/control/version-number.ts";
import { messageTypeName } from "../core/mctp/message.ts";
import type { Eid, Millis } from "../core/wire/units.ts";

/** What an endpoint has said of itself. */
type ToldIdentity = Pick<FarIdentity, "controlVersions" | "messageTypes" | "uuid" | "isComplete">;

export function secondsText(time: Millis): string {
  return `${String(time / 1000)} s`;
}

/** "MCTP 1.3.1, message types: PLDM, UUID 75f5…" */
export function offerText({ found, record }: Joined): string {
  return identityText({ ...record, isComplete: found.uuidTrouble === undefined });
}

/** The same of an endpoint behind a bridge. */
export function identityText({ controlVersions, messageTypes, uuid, isComplete }: ToldIdentity): string {
  const types = messageTypes.map(messageTypeName).join(", ") || "control only";
  const newest = controlVersions.at(-1);
  const version = newest === undefined ? "?" : versionText(newest);
  const unknown = isComplete ? "no UUID" : "UUID not known yet";
  return `MCTP ${version}, message types: ${types}, ${uuid === undefined ? unknown : `UUID ${uuid}`}`;
}

/** Why no endpoint is known on a link. */
export function noEndpointText(name: string, why: string): string {
  return why.endsWith("no response") ? `No endpoint answers on ${name} (${why})` : `No endpoint on ${name}: ${why}`;
}

/** What an endpoint that has joined has not said or taken. */
export function troubleTexts({ found, record, poolTrouble }: Joined): readonly string[] {
  const eid = String(record.eid);
  const uuid = found.uuidTrouble && `EID ${eid} has not told its UUID (${found.uuidTrouble})`;
  const pool = poolTrouble && `EID ${eid}, a bridge, has no EIDs to give: ${poolTrouble}`;
  return [uuid, pool].filter((trouble) => trouble !== undefined);
}

/** What a link without a known endpoint waits for; the log and the notes are made of it. */
export type Wanting =
  | { readonly name: "waiting" }
  | { readonly name: "asking" }
  | { readonly name: "pausing"; readonly why: string; readonly pause: Millis };

/**
 * `lastSource`: the EID that packets come from meanwhile; undefined where none came. `remedy`: what a user can do who does
 * not want to wait.
 */
export function wantingTexts(
  wanting: Wanting,
  name: string,
  remedy: string,
  lastSource: Eid | undefined,
): readonly string[] {
  const from = lastSource === undefined ? undefined : `Packets arrive from EID ${String(lastSource)}, which`;
  switch (wanting.name) {
    case "waiting":
      return [...(from === undefined ? [] : [`${from} was not asked who it is.`]), waitingText(name, remedy)];
    case "asking":
      return [from === undefined ? `Discovery on ${name} is under way.` : `${from} has not answered discovery yet.`];
    case "pausing": {
      const next = `next try within ${secondsText(wanting.pause)}`;
      if (from === undefined) return [`${noEndpointText(name, wanting.why)}; ${next}.`];
      return [`${from} has not joined on ${name} (${wanting.why}); ${next}.`];
    }
  }
}

export function waitingText(name: string, remedy: string): string {
  return `Waiting for a control message on ${name} before discovery (LPC-MCTP-19)${remedy}.`;
}

/** The first refusal of a kind on a link; `text` and `clause` are its counter's. */
export function refusalText(name: string, text: string, clause: string): string {
  return `On ${name}: ${text} (${clause}); "mctp-lpc status" counts further ones`;
}
