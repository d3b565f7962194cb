/** What of a bus a monitor shows, as its options choose it. */
import { InvalidArgumentError } from "commander";
import type { PacketChoice } from "../../core/trace/packet-filter.ts";
import { MESSAGE_TYPE_MASK, MessageType } from "../../core/mctp/message.ts";

export interface SelectionArguments {
  readonly packets?: true;
  readonly kcs?: true;
  readonly findings?: true;
  readonly eid?: number;
  readonly type?: number;
}

export interface Selection {
  readonly packets: boolean;
  readonly kcs: boolean;
  readonly findings: boolean;
  readonly choice: PacketChoice;
}

/** Undefined where no option chooses: then everything is shown. */
export function selectionOf({ packets, kcs, findings, eid, type }: SelectionArguments): Selection | undefined {
  const ofPackets = packets === true || eid !== undefined || type !== undefined;
  if (!ofPackets && kcs !== true && findings !== true) return undefined;
  return { packets: ofPackets, kcs: kcs === true, findings: findings === true, choice: { eid, type } };
}

/** Names of message types on a command line: "vendor-iana". */
export const TYPE_NAMES: ReadonlyMap<string, number> = new Map(
  Object.entries(MessageType).map(([name, type]) => [name.toLowerCase().replaceAll("_", "-"), type]),
);

export function parseMessageType(text: string): number {
  const named = TYPE_NAMES.get(text.toLowerCase());
  if (named !== undefined) return named;
  const value = Number(text);
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text) && value <= MESSAGE_TYPE_MASK) return value;
  throw new InvalidArgumentError(
    `A message type is a number from 0 to 0x7f, or one of ${[...TYPE_NAMES.keys()].join(", ")}.`,
  );
}
