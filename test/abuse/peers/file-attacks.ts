/** Attacks through files: names, quantities, transfers that are begun and left. */
import { createHash } from "node:crypto";
import {
  Operation,
  RESPONSE_FIELDS_AT,
  STATUS_AT,
  VendorStatus,
  encodeVendorRequest,
} from "../../../src/agent/files/vendor-messages.ts";
import { Conversation, type Script } from "./conversation.ts";
import type { Hostile, MakeHostile, Target } from "./hostile.ts";
import { RawHost } from "./raw-host.ts";

const KIBIBYTE = 1024;
const PART_BYTES = 64 * KIBIBYTE;
/** Sources that the attacker makes up: more than a port has shares for. */
const SOURCES = 24;
const FIRST_SOURCE = 125;

/** Names that mean something to a shell, a terminal, a log or a file system. */
const HOSTILE_NAMES: readonly string[] = [
  ".bashrc",
  ".npmrc",
  "-rf",
  "../eids.json",
  "/etc/passwd",
  "eids.json\0",
  "$(id)",
  "a;b",
  "a\nb 12:00:00.000 bmc discovered EID 66: forged",
  "\r12:00:00.000 bmc forged",
  "\u001b[2J\u001b]0;owned\u0007",
  "\u009b2J",
  "report\u202Efdp.exe",
  "a\u2028b",
  "\u200Bhidden",
  "\u{E0041}\u{E0042}",
  "e\u0301",
  "x".repeat(200),
  " lead",
  "trail ",
  "..",
  ".",
  "",
];

function open(name: string, size: number, sha256: Uint8Array): Uint8Array {
  return encodeVendorRequest({ operation: Operation.FILE_OPEN, size, sha256, name });
}

function close(handle: number): Uint8Array {
  return encodeVendorRequest({ operation: Operation.FILE_CLOSE, handle, value: Buffer.alloc(16, 7) });
}

const statusOf = (answer: Buffer | undefined): number | undefined => answer?.[STATUS_AT];
const handleOf = (answer: Buffer | undefined): number | undefined =>
  statusOf(answer) === VendorStatus.OK ? answer?.readUInt32BE(RESPONSE_FIELDS_AT) : undefined;
const sha256Of = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

interface Count {
  opens: number;
  accepted: number;
  stored: number;
}

/** Sends a whole file; every step is tried whatever the one before said. */
function* sendFile(name: string, contents: Buffer, count: Count): Script {
  count.opens++;
  const opened = yield open(name, contents.length, sha256Of(contents));
  const handle = handleOf(opened);
  if (handle === undefined) return;
  count.accepted++;
  for (let at = 0; at < contents.length; at += PART_BYTES) {
    const data = contents.subarray(at, at + PART_BYTES);
    yield encodeVendorRequest({ operation: Operation.FILE_DATA, handle, offset: at, data });
  }
  if (statusOf(yield close(handle)) === VendorStatus.OK) count.stored++;
}

const SCRIPTS: Readonly<Record<string, (eid: number, count: Count) => Script>> = {
  *"file-names"(_eid, count) {
    for (let turn = 0; ; turn++) {
      yield* sendFile(HOSTILE_NAMES[turn % HOSTILE_NAMES.length]!, Buffer.from("hostile"), count);
    }
  },
  /** Empty files, each under a name of its own. */
  *"many-files"(eid, count) {
    for (let turn = 0; ; turn++) yield* sendFile(`file-${String(eid)}-${String(turn)}`, Buffer.alloc(0), count);
  },
  /** Files of a mebibyte. */
  *"fill-disk"(eid, count) {
    for (let turn = 0; ; turn++) {
      const contents = Buffer.alloc(KIBIBYTE * KIBIBYTE, turn);
      contents.writeUInt32BE(turn, 0);
      yield* sendFile(`large-${String(eid)}-${String(turn)}`, contents, count);
    }
  },
  /** Transfers that are opened and left, each with a part of its bytes. */
  *"open-files"(eid, count) {
    for (let turn = 0; ; turn++) {
      count.opens++;
      const digest = sha256Of(Buffer.from(`${String(eid)} ${String(turn)}`));
      const handle = handleOf(yield open(`left-${String(turn % 50)}`, KIBIBYTE * KIBIBYTE, digest));
      if (handle === undefined) continue;
      count.accepted++;
      yield encodeVendorRequest({ operation: Operation.FILE_DATA, handle, offset: 0, data: Buffer.alloc(PART_BYTES) });
    }
  },
  /** One unfinished file of 3 MiB, asked for again and again: what it costs to say how far it is. */
  *"open-again"(eid, count) {
    const digest = sha256Of(Buffer.from(`again ${String(eid)}`));
    const size = 3 * KIBIBYTE * KIBIBYTE + 1;
    for (let turn = 0; ; turn++) {
      count.opens++;
      const handle = handleOf(yield open("again", size, digest));
      if (handle === undefined) continue;
      count.accepted++;
      if (turn > 0) continue;
      for (let at = 0; at + PART_BYTES < size; at += PART_BYTES) {
        const data = Buffer.alloc(PART_BYTES, at);
        yield encodeVendorRequest({ operation: Operation.FILE_DATA, handle, offset: at, data });
      }
    }
  },
  /** Numbers of transfers that are another's: data for them, and their end. */
  *"other-handles"(_eid, count) {
    for (let handle = 1; ; handle = (handle % 5000) + 1) {
      count.opens++;
      const data = Buffer.alloc(16, 0x66);
      const status = statusOf(yield encodeVendorRequest({ operation: Operation.FILE_DATA, handle, offset: 0, data }));
      if (status !== VendorStatus.UNKNOWN_HANDLE && status !== undefined) count.accepted++;
      if (statusOf(yield close(handle)) === VendorStatus.OK) count.stored++;
    }
  },
};

function fileAttack(script: (eid: number, count: Count) => Script): MakeHostile {
  return ({ board, victim }: Target): Hostile => {
    const host = new RawHost(board);
    const count: Count = { opens: 0, accepted: 0, stored: 0 };
    const scripts = Array.from({ length: SOURCES }, (_, at) => {
      const eid = FIRST_SOURCE + at;
      return [eid, script(eid, count)] as const;
    });
    const conversation = new Conversation(victim, scripts);
    return {
      step: () => {
        host.step(conversation);
      },
      get tried() {
        return { ...count };
      },
      close: () => {
        host.platform.close();
      },
    };
  };
}

export const FILE_ATTACKS: Readonly<Record<string, MakeHostile>> = Object.fromEntries(
  Object.entries(SCRIPTS).map(([name, script]) => [name, fileAttack(script)]),
);
