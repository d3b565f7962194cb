/** The constants of the annexes that peers need: the virtual board's, and the echo and file messages'. */
import {
  CLOSE_VALUE_BYTES,
  ENTERPRISE_NUMBER,
  OPERATION_AT,
  Operation,
  ECHO_OVERHEAD,
  RESPONSE_BIT,
  RESPONSE_FIELDS_AT,
  STATUS_AT,
  VENDOR_FORMAT,
  VendorStatus,
} from "../../../src/agent/files/vendor-messages.ts";
import { MessageType } from "../../../src/core/mctp/message.ts";
import { IDR_SHIFT, ODR_SHIFT, SHADOW_FULL, SHADOW_SHIFT } from "../../../src/core/binding/kcs-word.ts";
import { PAGE_BYTES } from "../../../src/platform/shared-file/board-file.ts";
import {
  BOARD_LAYOUT_VERSION,
  BOARD_MAGIC,
  BYTE_ORDER_MARK,
  BlockField,
  BoardField,
  HEADER_BYTES,
  OLDEST_BOARD_LAYOUT_VERSION,
  bellPath,
} from "../../../src/platform/shared-file/layout.ts";
import { decimal, hexadecimal, text, type CGroup } from "./constants.ts";

function boardGroup(): CGroup {
  const { processId, bellWanted, bellGeneration } = BlockField;
  const at = (name: string, offset: number, comment: string) => hexadecimal(`BOARD_AT_${name}`, offset, 3, comment);
  return {
    title: "Annex E: the virtual board; BOARD_AT_ is an offset in its file. Words are in the machine's byte order",
    constants: [
      text("BOARD_MAGIC", BOARD_MAGIC, "E.1: 8 bytes, no NUL behind them"),
      decimal("BOARD_LAYOUT_VERSION", BOARD_LAYOUT_VERSION, "E.1: what this header describes"),
      decimal(
        "BOARD_LAYOUT_VERSION_OLDEST",
        OLDEST_BOARD_LAYOUT_VERSION,
        "E.1: has no depth, which is 0; else the same",
      ),
      hexadecimal(
        "BOARD_BYTE_ORDER_MARK",
        BYTE_ORDER_MARK,
        8,
        "E.1: the other way round: of a machine of the other order",
      ),
      decimal("BOARD_HEADER_BYTES", HEADER_BYTES, "E.1: the header page; the window begins there or behind"),
      decimal("BOARD_PAGE_BYTES", PAGE_BYTES, "E.1: offset and size of the window are multiples of it"),
      at("MAGIC", BoardField.magic, "E.1: 8 bytes; every other field is a word of 4"),
      at("LAYOUT_VERSION", BoardField.layoutVersion, "E.1: layout version"),
      at("BYTE_ORDER_MARK", BoardField.byteOrderMark, "E.1: byte-order mark"),
      at("WINDOW_OFFSET", BoardField.windowOffset, "E.1: where the window begins in the file"),
      at("WINDOW_BYTES", BoardField.windowBytes, "E.1: its size; map offset plus size bytes of the file (E.2)"),
      at("DEPTH", BoardField.depth, "E.1: depth of the path into the BMC, 0 or 1"),
      at("REGISTERS", BoardField.registers, "E.1: the register word"),
      at("IDR_WRITTEN", BoardField.idrWritten, "E.1: counter, by the host"),
      at("IDR_READ", BoardField.idrRead, "E.1: counter, by the side whose access empties IDR"),
      at("ODR_WRITTEN", BoardField.odrWritten, "E.1: counter, by the BMC"),
      at("ODR_READ", BoardField.odrRead, "E.1: counter, by the host"),
      at("HOST_BLOCK", BoardField.hostBlock, "E.1: the host's block; lock its first byte (E.2)"),
      at("BMC_BLOCK", BoardField.bmcBlock, "E.1: the BMC's block; lock its first byte (E.2)"),
      hexadecimal("BLOCK_AT_PROCESS_ID", processId, 2, "E.1: offset in a block, as the two below"),
      hexadecimal("BLOCK_AT_BELL_WANTED", bellWanted, 2, "E.1: 1 while the side sleeps"),
      hexadecimal("BLOCK_AT_BELL_GENERATION", bellGeneration, 2, "E.1: 0 without a doorbell"),
      decimal("WORD_STR_SHIFT", 0, "E.1: STR in the register word"),
      decimal("WORD_IDR_SHIFT", IDR_SHIFT, "E.1: IDR in the register word"),
      decimal("WORD_ODR_SHIFT", ODR_SHIFT, "E.1: ODR in the register word"),
      decimal("WORD_SHADOW_SHIFT", SHADOW_SHIFT, "E.1: the shadow in the register word"),
      hexadecimal("WORD_SHADOW_FULL", SHADOW_FULL, 2, "E.1: its flag, in the place of C/D; no side reads it in STR"),
      text("HOST_BELL", bellPath("", "host"), "E.4: behind the board's path: the host's FIFO"),
      text("BMC_BELL", bellPath("", "bmc"), "E.4: behind the board's path: the BMC's FIFO"),
    ],
  };
}

function vendorGroup(): CGroup {
  return {
    title: "Annex G: echo and file messages; _AT_ is an offset in the message",
    constants: [
      hexadecimal("VENDOR_TYPE", MessageType.VENDOR_IANA, 2, "G.1: MCTP message type, first byte"),
      decimal("VENDOR_NUMBER", ENTERPRISE_NUMBER, "G.1: IANA enterprise number, bytes 1 to 4"),
      decimal("VENDOR_FORMAT", VENDOR_FORMAT, "G.1: format version, byte 5"),
      decimal("VENDOR_AT_OPERATION", OPERATION_AT, "G.1: operation, and bit 7"),
      decimal("VENDOR_AT_REQUEST_FIELDS", ECHO_OVERHEAD, "G.1: fields of a request"),
      decimal("VENDOR_AT_STATUS", STATUS_AT, "G.1: responses only"),
      decimal("VENDOR_AT_RESPONSE_FIELDS", RESPONSE_FIELDS_AT, "G.1: fields of a response"),
      hexadecimal("VENDOR_RESPONSE_BIT", RESPONSE_BIT, 2, "G.1: set in the operation of a response"),
      hexadecimal("VENDOR_ECHO", Operation.ECHO, 2, "G.2: operation"),
      hexadecimal("VENDOR_FILE_OPEN", Operation.FILE_OPEN, 2, "G.3: operation"),
      hexadecimal("VENDOR_FILE_DATA", Operation.FILE_DATA, 2, "G.3: operation"),
      hexadecimal("VENDOR_FILE_CLOSE", Operation.FILE_CLOSE, 2, "G.3: operation"),
      decimal("VENDOR_CLOSE_VALUE_BYTES", CLOSE_VALUE_BYTES, "G.3: value of File Close"),
      ...Object.entries(VendorStatus).map(([name, status]) => decimal(`VENDOR_STATUS_${name}`, status, "G.1: status")),
    ],
  };
}

export function annexGroups(): readonly CGroup[] {
  return [boardGroup(), vendorGroup()];
}
