/** The constants of the binding as the C header names them, each with its value from the code. */
import { LONGEST_SLEEP, PACES } from "../../../src/node/runner.ts";
import { ANNOUNCEMENTS } from "../../../bmc/role/start.ts";
import { BMC_DEFAULTS } from "../../../bmc/role/state.ts";
import { ATTEMPTS_BEFORE_REST } from "../../../host/role/start-up.ts";
import { HOST_DEFAULTS } from "../../../host/role/state.ts";
import { ENDPOINT_DEFAULTS } from "../../../src/core/mctp/endpoint-defaults.ts";
import { DEFAULT_BMC_EID, DEFAULT_HOST_EID } from "../../../src/agent/identity.ts";
import { CONTROL_FIELDS_BYTES, CONTROL_REGION_BYTES, Field, MAGIC } from "../../../src/core/binding/control-region.ts";
import {
  BTU,
  LARGEST_WINDOW_BYTES,
  MTU_ALIGNMENT,
  SMALLEST_WINDOW_BYTES,
  overheadBytes,
} from "../../../src/core/binding/layout.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import { CLOSING_RANGE, NEWEST_VERSION, OLDEST_VERSION, framingOf } from "../../../src/core/binding/versions.ts";
import { BROADCAST_EID, FIRST_ASSIGNABLE_EID, LAST_ASSIGNABLE_EID, NULL_EID } from "../../../src/core/mctp/message.ts";
import { HEADER_VERSION } from "../../../src/core/mctp/packet.ts";
import { STATUS_KEPT, STATUS_STORED } from "../../../src/core/binding/kcs-word.ts";
import { CRC32_POLYNOMIAL, crc32 } from "../../../src/core/wire/crc.ts";
import { PACKET_HEADER_BYTES } from "../../../src/core/wire/packet-parts.ts";

/** A macro of the header; `name` stands behind the prefix MCTP_LPC_. */
export interface CConstant {
  readonly name: string;
  /** What the macro stands for, as C has it. */
  readonly value: string;
  /** What it is and where the specification says so; one line. */
  readonly comment: string;
}

export interface CGroup {
  readonly title: string;
  readonly constants: readonly CConstant[];
}

export function decimal(name: string, value: number, comment: string): CConstant {
  return { name, value: `${String(value)}u`, comment };
}

export function hexadecimal(name: string, value: number, digits: number, comment: string): CConstant {
  return { name, value: `0x${value.toString(16).padStart(digits, "0")}u`, comment };
}

export function text(name: string, value: string, comment: string): CConstant {
  return { name, value: JSON.stringify(value), comment };
}

/** "negotiatedVersion" is NEGOTIATED_VER: names of the code as the specification abbreviates them. */
export function macroName(name: string): string {
  return name
    .replace("Version", "Ver")
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase();
}

/* ---- Clause 6 ---- */

const FIELD_TEXTS: Readonly<Record<keyof typeof Field, string>> = {
  magic: "written by the BMC, at start",
  bmcVersionMin: "oldest version of the BMC, at start",
  bmcVersionCur: "newest version of the BMC, at start",
  hostVersionMin: "oldest version of the host; the BMC zeroes it at start",
  hostVersionCur: "newest version of the host, likewise",
  negotiatedVersion: "by the BMC: version of the session, 0 for a refusal",
  pad: "0; read by nobody (LPC-REG-4)",
  rxOffset: "of the bmcToHost buffer, written by the BMC",
  rxSize: "of the bmcToHost buffer, written by both (LPC-REG-3)",
  txOffset: "of the hostToBmc buffer, written by the BMC",
  txSize: "of the hostToBmc buffer, written by the BMC",
};

/** Offset and bytes of every field; a field ends where the next begins. */
function fieldConstants(): readonly CConstant[] {
  const fields = Object.entries(FIELD_TEXTS) as readonly (readonly [keyof typeof Field, string])[];
  return fields.flatMap(([field, comment], index) => {
    const next = fields[index + 1];
    const end = next === undefined ? CONTROL_FIELDS_BYTES : Field[next[0]];
    const name = macroName(field);
    return [
      hexadecimal(`AT_${name}`, Field[field], 2, `LPC-REG-1: ${comment}`),
      decimal(`LEN_${name}`, end - Field[field], "LPC-REG-1: its bytes, big-endian"),
    ];
  });
}

/* ---- All of the binding ---- */

const CHECK_INPUT = Uint8Array.from("123456789", (digit) => digit.charCodeAt(0));

export function bindingGroups(): readonly CGroup[] {
  const { timing, assembly } = ENDPOINT_DEFAULTS;
  return [
    {
      title: "Clause 5.4: the window, in bytes",
      constants: [
        decimal("WINDOW_LEAST", SMALLEST_WINDOW_BYTES, "5.4: the smallest window"),
        decimal("WINDOW_USUAL", HOST_DEFAULTS.windowBytes, "5.4: the size by convention"),
        decimal("WINDOW_MOST", LARGEST_WINDOW_BYTES, "5.4: the largest window"),
      ],
    },
    {
      title: "Clause 6: the control region; AT_ is a field's offset from the start of the window, LEN_ its bytes",
      constants: [
        hexadecimal("REGION_BYTES", CONTROL_REGION_BYTES, 3, "6: no packet buffer begins before (LPC-MTU-5)"),
        hexadecimal("FIELDS_BYTES", CONTROL_FIELDS_BYTES, 2, "6: bytes that carry fields; the rest is reserved"),
        hexadecimal("MAGIC", MAGIC, 8, 'LPC-REG-2: what the magic field holds, "MCTP"'),
        ...fieldConstants(),
      ],
    },
    {
      title: "Clause 7: versions and packet buffers, in bytes",
      constants: [
        decimal("VERSION_OLDEST", OLDEST_VERSION, "7.1: of this specification"),
        decimal("VERSION_NEWEST", NEWEST_VERSION, "7.1: of this specification"),
        decimal("VERSION_CLOSE", CLOSING_RANGE.cur, "LPC-HOST-3: host_ver_min and host_ver_cur of a close"),
        decimal("VERSION_REFUSED", 0, "LPC-VER-2: negotiated_ver of a refusal"),
        decimal("LENGTH_BYTES", framingOf(3).lengthBytes, "7.2: length field, before the MCTP packet"),
        decimal("HEADER_BYTES", PACKET_HEADER_BYTES, "7.2: MCTP transport header; the least length (LPC-BUF-4)"),
        decimal("V3_TRAILER_BYTES", framingOf(3).trailerBytes, "LPC-BUF-3: CRC-32 behind the packet, version 3"),
        decimal("V1_OVERHEAD", overheadBytes(1), "LPC-MTU-1: buffer bytes beside the payload, version 1"),
        decimal("V2_OVERHEAD", overheadBytes(2), "LPC-MTU-1: the same, version 2"),
        decimal("V3_OVERHEAD", overheadBytes(3), "LPC-MTU-1: the same, version 3"),
        decimal("BTU", BTU, "3: baseline transmission unit, payload bytes"),
        decimal("MTU_STEP", MTU_ALIGNMENT, "9.2: the largest MTU a BMC offers is a multiple of it"),
        hexadecimal("CRC32_POLYNOMIAL", CRC32_POLYNOMIAL, 8, "LPC-BUF-3: reflected"),
        hexadecimal("CRC32_INITIAL", 0xffff_ffff, 8, "LPC-BUF-3: initial value"),
        hexadecimal("CRC32_FINAL_XOR", 0xffff_ffff, 8, "LPC-BUF-3: final exclusive or"),
        hexadecimal("CRC32_CHECK", crc32(CHECK_INPUT), 8, 'LPC-BUF-3: CRC of the bytes "123456789"'),
      ],
    },
    {
      title: "Clause 8.1: the status register",
      constants: [
        hexadecimal("STR_BMC_ACTIVE", Status.BMC_ACTIVE, 2, "8.1: the BMC runs, the control region is valid"),
        hexadecimal("STR_CHANNEL_ACTIVE", Status.CHANNEL_ACTIVE, 2, "8.1: the last Initialise was accepted"),
        hexadecimal("STR_CD", Status.CD, 2, "8.1: no meaning here (LPC-KCS-8)"),
        hexadecimal("STR_IBF", Status.IBF, 2, "8.1: IDR holds an unread byte"),
        hexadecimal("STR_OBF", Status.OBF, 2, "8.1: ODR holds an unread byte"),
        hexadecimal("STR_IN_SESSION", SESSION_BITS, 2, "8.1: a session exists while both bits are set"),
        hexadecimal("STR_DOWN", KEEP_OBF, 2, "8.1: written at B1.1 and B6.1 (LPC-KCS-3)"),
        hexadecimal("STR_ACTIVE", Status.BMC_ACTIVE | KEEP_OBF, 2, "8.1: written at B1.8, and for a refusal at B3.8"),
        hexadecimal("STR_SESSION", SESSION_BITS | KEEP_OBF, 2, "8.1: written for a session at B3.7"),
        hexadecimal("STR_STORED", STATUS_STORED, 2, "5.2: bits that a write stores"),
        hexadecimal("STR_KEPT", STATUS_KEPT, 2, "5.2: bits that a write leaves alone; OBF is cleared by a 0"),
      ],
    },
    {
      title: "Clause 8.2: command bytes",
      constants: [
        hexadecimal("INITIALISE", Command.INITIALISE, 2, "8.2: host to BMC: read the host's fields, open or refuse"),
        hexadecimal("TX_BEGIN", Command.TX_BEGIN, 2, "8.2: both ways: the buffer holds a packet"),
        hexadecimal("RX_COMPLETE", Command.RX_COMPLETE, 2, "8.2: both ways: the buffer is the sender's again"),
        hexadecimal("FENCE", Command.DUMMY, 2, "8.2: host to BMC: proves by being read that all before it was handled"),
        hexadecimal("DUMMY", Command.DUMMY, 2, "8.2: BMC to host: STR has changed"),
      ],
    },
    {
      title: "Clause 13: timers' defaults, and what is counted at a start",
      constants: [
        decimal("T_ANN_MS", BMC_DEFAULTS.announceLimit, "LPC-TIME-1: a BMC's wait for its announcements to be read"),
        decimal("T_REFUSED_MS", HOST_DEFAULTS.refusedDelay, "LPC-TIME-2: a host's rest after a refusal and the like"),
        decimal("T_POLL_MS", LONGEST_SLEEP, "LPC-KCS-11: a side runs a round this often"),
        decimal("T_STALL_MS", HOST_DEFAULTS.stallDelay, "LPC-TIME-3: a packet without Rx Complete is reported then"),
        decimal("T_LOOK_MS", PACES.doorbell.lastSleep, "LPC-KCS-10: a look where an interrupt is missing"),
        decimal("T_STOP_MS", HOST_DEFAULTS.stopLimit, "LPC-TIME-5: a stopping host's wait for IDR to become empty"),
        decimal("ANNOUNCEMENTS", ANNOUNCEMENTS, "LPC-BMC-1: announcements of a BMC that starts"),
        decimal("STARTS_IN_A_ROW", ATTEMPTS_BEFORE_REST, "LPC-TIME-2: start-ups begun again without a rest"),
      ],
    },
    {
      title: "Clause 14: MCTP over this binding",
      constants: [
        hexadecimal("BINDING_ID", 0xff, 2, "14: vendor defined; DSP0239 assigns none to LPC"),
        hexadecimal("MEDIUM_ID", 0x00, 2, "14: unspecified"),
        decimal("HEADER_VERSION", HEADER_VERSION, "LPC-MCTP-1: low four bits of the first packet byte"),
        decimal("EID_NULL", NULL_EID, "DSP0236: the other end of the link"),
        decimal("EID_BMC", DEFAULT_BMC_EID, "LPC-MCTP-2: the bus owner, unless configured otherwise"),
        decimal("EID_HOST", DEFAULT_HOST_EID, "LPC-MCTP-2: the host, until it is assigned another"),
        decimal("EID_FIRST", FIRST_ASSIGNABLE_EID, "DSP0236: the first that may be assigned"),
        decimal("EID_LAST", LAST_ASSIGNABLE_EID, "DSP0236: the last that may be assigned"),
        decimal("EID_BROADCAST", BROADCAST_EID, "DSP0236: all endpoints of the bus"),
        decimal("MT1_MS", 100, "LPC-MCTP-8: a responder answers within"),
        decimal("MT2_MS", timing.attemptTimeout, "LPC-MCTP-5: a requester waits before it sends again"),
        decimal("MT4_MS", timing.tagHoldOff, "LPC-MCTP-4: reuse hold-off of the tag of an unanswered request"),
        decimal("MN1", timing.retries, "LPC-MCTP-5: how often a request is sent again"),
        decimal("T_ASM_MS", assembly.timeout, "LPC-MCTP-26: an unfinished message without a packet ends"),
      ],
    },
  ];
}
