/** A host that lies to the bus owner about who it is and what it wants. */
import { randomBytes } from "node:crypto";
import { NO_MORE_ENTRIES } from "../../../src/core/mctp/control/fields.ts";
import { Control, encodeResponse } from "../../../src/core/mctp/control/codec.ts";
import type { MakeHostile, Target } from "./hostile.ts";
import { control, destinationOf, isRequest, request, response, sourceOf, tagOf } from "./packets.ts";
import { RawHost } from "./raw-host.ts";

const ACCEPTED = 0x00;
const REJECTED = 0x10;
const WANTS_POOL = 0x01;
const BRIDGE = 0x10;
const NOTIFY = control(1, Control.DISCOVERY_NOTIFY);

interface Lie {
  /** Of the endpoint that it says to be, in this session. */
  readonly uuid: (target: Target, session: number) => Buffer;
  /** EIDs that it wants for what is behind it. */
  readonly wants?: number;
  /** The EID that it insists on. */
  readonly insistsOn?: (target: Target, session: number) => number;
  /** It comes anew when it was asked so many things. */
  readonly questionsOfSession: number;
  /**
   * Every EID of all is behind it, by its routes, which do not end each other time; they say that they have others' EIDs and UUIDs, other ones
   * each time, and it notifies without end.
   */
  readonly isCrowded?: boolean;
}

const ALL_EIDS = 255;
const LAST_HANDLE = 0xfe;

function liar({ uuid, wants = 0, insistsOn, questionsOfSession, isCrowded = false }: Lie): MakeHostile {
  return (target) => {
    const host = new RawHost(target.board);
    const owed: Buffer[] = [];
    let eid = 0;
    let questions = 0;
    let answered = 0;
    let notified = 0;
    let tables = 0;
    let shown = 0;
    const answer = (packet: Buffer): Uint8Array | undefined => {
      const message = packet.subarray(4);
      const [, flags = 0, command = 0, operation = 0, given = 0] = message;
      const data = (...bytes: readonly number[]): Uint8Array =>
        encodeResponse(flags & 0x1f, command, 0, Uint8Array.from(bytes));
      const asked = destinationOf(packet);
      const isFar = isCrowded && asked !== 0 && asked !== eid;
      if (isFar && command === Control.GET_ENDPOINT_ID) {
        return data([asked, asked, target.honest, target.victim][answered % 4]!, BRIDGE, 0);
      }
      if (isFar && command === Control.GET_ENDPOINT_UUID) {
        return data(...(shown++ % 2 === 0 ? Buffer.from(target.honestUuid, "hex") : randomBytes(16)));
      }
      if (isCrowded && command === Control.GET_ROUTING_TABLE_ENTRIES) {
        if (operation === 0) tables++;
        const next = tables % 2 === 1 ? NO_MORE_ENTRIES : (operation + 1) % LAST_HANDLE;
        return data(next, 1, ALL_EIDS, 0, 0, 0xff, 0, 0);
      }
      switch (command) {
        case Control.SET_ENDPOINT_ID:
          eid = insistsOn?.(target, host.sessions) ?? (operation < 2 ? given : eid);
          return data((eid === given ? ACCEPTED : REJECTED) | (wants > 0 ? WANTS_POOL : 0), eid, wants);
        case Control.GET_ENDPOINT_ID:
          return data(eid, wants > 0 ? BRIDGE : 0, 0);
        case Control.GET_ENDPOINT_UUID:
          return data(...uuid(target, host.sessions));
        case Control.GET_VERSION_SUPPORT:
          return data(1, 0xf1, 0xf3, 0xf1, 0x00);
        case Control.GET_MESSAGE_TYPE_SUPPORT:
          return data(1, 0x7f);
        case Control.ALLOCATE_ENDPOINT_IDS:
          return data(0, message[4] ?? 0, message[5] ?? 0);
        default:
          return encodeResponse(flags & 0x1f, command, 5);
      }
    };
    const player = {
      opened: () => {
        questions = 0;
        owed.length = 0;
        owed.push(request(target.victim, 0, 1, NOTIFY));
      },
      next: () => {
        const packet = owed.shift();
        if (packet !== undefined || !isCrowded || eid === 0) return packet;
        notified++;
        return request(target.victim, eid, notified & 7, NOTIFY);
      },
      received: (packet: Buffer) => {
        if (!isRequest(packet)) return;
        questions++;
        answered++;
        const message = answer(packet);
        const source = destinationOf(packet) === 0 ? eid : destinationOf(packet);
        if (message !== undefined) owed.push(response(sourceOf(packet), source, tagOf(packet), message));
      },
    };
    return {
      step: () => {
        host.step(player);
        if (questions >= questionsOfSession && owed.length === 0 && host.isIdle) host.close();
      },
      get tried() {
        return { sessions: host.sessions, questions: answered, ...(isCrowded ? { notified } : {}) };
      },
      close: () => {
        host.platform.close();
      },
    };
  };
}

const ownUuid = (): Buffer => Buffer.alloc(16, 0x5a);
/** So many questions lead to an EID, the last one for the types of messages; then the endpoint comes anew. */
const QUESTIONS = 5;

export const EID_ATTACKS: Readonly<Record<string, MakeHostile>> = {
  "greedy-bridge": liar({ uuid: ownUuid, wants: 244, questionsOfSession: Number.POSITIVE_INFINITY }),
  "crowded-bridge": liar({
    uuid: ownUuid,
    wants: 244,
    questionsOfSession: Number.POSITIVE_INFINITY,
    isCrowded: true,
  }),
  "other-uuid": liar({ uuid: ({ honestUuid }) => Buffer.from(honestUuid, "hex"), questionsOfSession: QUESTIONS }),
  "rotating-uuids": liar({ uuid: () => randomBytes(16), questionsOfSession: QUESTIONS }),
  "insists-on-eid": liar({
    uuid: ownUuid,
    insistsOn: ({ honest, kept, victim }, session) => [honest, kept, victim][session % 3]!,
    questionsOfSession: QUESTIONS,
  }),
};
