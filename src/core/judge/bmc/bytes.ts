/** Single bytes of IDR and ODR, and accesses to the buffers, that are judged by themselves or by having a session or none. */
import { Command, Status, commandName } from "../../binding/registers.ts";
import { byteText } from "../context.ts";
import { PLACE } from "../requirements.ts";
import { judgeCommand } from "../rules.ts";
import { hexOffset } from "../side-watch.ts";
import type { Rulings } from "../rulings.ts";

/** IDR is read as `value`; `status` is STR as it was read last, -1 for unknown. */
export function judgeFull(rulings: Rulings, value: number, status: number): void {
  if (status < 0) return;
  if ((status & Status.IBF) !== 0) {
    rulings.keep(PLACE["LPC-BMC-13"]);
    return;
  }
  rulings.break("LPC-BMC-13", "wire", {
    seen: `IDR is read (${byteText(value)}) though STR showed IBF = 0`,
    expected: "IDR is read when STR shows IBF = 1: what it holds otherwise means nothing",
  });
}

/** `value` is read from IDR: a command, a fence, or nothing that a host may write. */
export function judgeByteOfHost(rulings: Rulings, value: number): void {
  if (value <= Command.RX_COMPLETE || value === Command.DUMMY) return;
  rulings.keep(PLACE["LPC-KCS-4"]);
  rulings.breakOfPeer("LPC-HOST-16", "wire", {
    seen: `${commandName(value)} is read from IDR`,
    expected: "Initialise, Tx Begin, Rx Complete or a fence",
    cause: { name: "byteInvented", text: "no command has this value" },
  });
}

/** `value` is written to ODR, and no BMC may write it. */
export function breakByte(rulings: Rulings, value: number): void {
  rulings.break(judgeCommand("bmc", value)?.requirement ?? "LPC-BMC-13", "wire", {
    seen: `the byte ${byteText(value)} is written to ODR`,
    expected: "Tx Begin, Rx Complete or a dummy",
    cause:
      value === Command.INITIALISE
        ? { name: "otherDirection", text: "Initialise goes from host to BMC only" }
        : { name: "byteInvented", text: "no command has this value" },
  });
}

export function breakDummyBeforeAnswer(rulings: Rulings): void {
  rulings.break("LPC-BMC-4", "draft", {
    seen: "the dummy is written before STR answers the Initialise",
    expected: "layout, negotiated_ver, STR, then the dummy",
  });
}

export function breakNeedlessDummy(rulings: Rulings): void {
  rulings.break("LPC-BMC-13", "draft", {
    seen: "a dummy is written, and STR has not changed",
    expected: "one dummy for each change of STR",
    cause: { name: "byteInvented", text: "there is nothing to tell" },
  });
}

export function breakUnaskedSession(rulings: Rulings): void {
  rulings.break("LPC-BMC-13", "wire", {
    seen: "Channel Active is set, and no Initialise was read",
    expected: "a session is the answer to an Initialise",
    cause: { name: "byteInvented", text: "the host asked for no session" },
  });
}

/** Tx Begin or Rx Complete is written outside a session. `wasRefused`: the last Initialise was refused. */
export function breakTransferOutside(rulings: Rulings, value: number, wasRefused: boolean): void {
  rulings.break(value === Command.TX_BEGIN && wasRefused ? "LPC-BMC-8" : "LPC-BMC-5", "wire", {
    seen: `${commandName(value)} is written outside a session`,
    expected: "outside a session Tx Begin and Rx Complete are ignored, and none is sent",
  });
}

export function breakReadOutside(rulings: Rulings, offset: number, length: number): void {
  rulings.break("LPC-BMC-5", "wire", {
    seen: `${String(length)} bytes are read at ${hexOffset(offset)} outside a session`,
    expected: "a Tx Begin outside a session has no effect",
    offset,
  });
}

export function breakWriteOutside(rulings: Rulings, offset: number, length: number): void {
  rulings.break("LPC-BMC-13", "wire", {
    seen: `${String(length)} bytes are written at ${hexOffset(offset)} outside a session`,
    expected: "a packet is written in a session only",
    offset,
  });
}

/** The buffer is read in a session in which no Tx Begin was. */
export function breakUnannouncedRead(rulings: Rulings, offset: number): void {
  rulings.break("LPC-BMC-13", "wire", {
    seen: "the buffer is read, and no Tx Begin was read in this session",
    expected: "a packet is read behind its Tx Begin",
    offset,
  });
}
