/** What a program can serve: a message type, or of a vendor-defined type the messages of one vendor. */
import type { VendorSupport } from "../../core/mctp/control/commands/get-vendor-support.ts";
import { MessageType, messageTypeName, typeOf } from "../../core/mctp/message.ts";
import { readU16be, readU32be } from "../../core/wire/bytes.ts";
import { Failure } from "../../platform/failure.ts";

export interface MessageKind {
  /** 0x01 to 0x7f. */
  readonly type: number;
  /** Of type 0x7e a PCI vendor id, of 0x7f an IANA enterprise number; undefined: messages that no set takes. */
  readonly vendor?: number | undefined;
  /** With a vendor: 16 bits for Get Vendor Defined Message Support. Default: 0. */
  readonly commandSet?: number | undefined;
}

/** Bytes of the id behind the type byte, by the type. */
const ID_BYTES: ReadonlyMap<number, number> = new Map([
  [MessageType.VENDOR_PCI, 2],
  [MessageType.VENDOR_IANA, 4],
]);
const BITS_A_BYTE = 8;

/** Throws a Failure with code `message-kind` for one that cannot be. */
export function judgeKind({ type, vendor, commandSet }: MessageKind): void {
  const refuse = (why: string): never => {
    throw new Failure("message-kind", why);
  };
  if (type === MessageType.CONTROL) {
    refuse("message type 0x00 is MCTP control, which the agent answers itself: serve a type from 0x01 to 0x7f");
  }
  const idBytes = ID_BYTES.get(type);
  if (vendor === undefined) {
    if (commandSet !== undefined) refuse("a command set goes with the number of its vendor: give that, too");
    return;
  }
  if (idBytes === undefined) {
    refuse(`messages of type ${hexByte(type)} have no vendor: only types 0x7e (PCI) and 0x7f (IANA) have`);
  } else if (vendor >= 2 ** (BITS_A_BYTE * idBytes)) {
    refuse(`a vendor of type ${hexByte(type)} is a number of ${String(idBytes)} bytes, not ${String(vendor)}`);
  }
}

/** Whose a vendor-defined message is; undefined for other messages, and for one without a whole id. */
export function vendorOf(bytes: Uint8Array): number | undefined {
  const idBytes = ID_BYTES.get(typeOf(bytes));
  if (idBytes === undefined || bytes.length < 1 + idBytes) return undefined;
  return idBytes === 2 ? readU16be(bytes, 1) : readU32be(bytes, 1);
}

/** "message type 0x7e, vendor 0x1234", "PLDM (message type 0x01)". */
export function kindText({ type, vendor }: MessageKind): string {
  const name = messageTypeName(type);
  const text = name.startsWith("type ") ? `message type ${hexByte(type)}` : `${name} (message type ${hexByte(type)})`;
  if (vendor === undefined) return text;
  return `${text}, vendor ${type === MessageType.VENDOR_PCI ? `0x${vendor.toString(16).padStart(4, "0")}` : String(vendor)}`;
}

/** As Get Vendor Defined Message Support tells it; undefined for a kind without a vendor. */
export function vendorSupport({ type, vendor, commandSet = 0 }: MessageKind): VendorSupport | undefined {
  if (vendor === undefined) return undefined;
  return { format: type === MessageType.VENDOR_PCI ? "pci" : "iana", id: vendor, commandSet };
}

function hexByte(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}
