/**
 * What a hostile peer does on a board, as data: a list of operations that can be drawn by chance, changed, cut down to
 * what matters and kept in a file.
 */
import type { BusAccess } from "../../src/core/binding/access.ts";
import type { Depth } from "../../src/core/binding/kcs-word.ts";
import type { RoleName } from "../../src/core/binding/side.ts";
import { fromHex, toHex } from "../../src/core/wire/bytes.ts";

export type AccessKind = BusAccess["kind"];

export type Operation =
  /**
   * The side under test runs until it waits. What follows in the list happens before its access number `accesses`, or
   * before its first access of the kind `until`, in the middle of its round; behind its run if it makes no such access.
   */
  | { readonly do: "run"; readonly accesses: number; readonly until?: AccessKind }
  /** Bytes anywhere in the window; what would be outside is left out. */
  | { readonly do: "poke"; readonly at: number; readonly bytes: Uint8Array }
  /** A packet in the buffer of the open session, framed as its version has it; then perhaps another length, a bit flipped. */
  | { readonly do: "frame"; readonly bytes: Uint8Array; readonly length?: number; readonly flip?: number }
  /** The peer's outbound register; unless forced only when it is empty. */
  | { readonly do: "command"; readonly byte: number; readonly force?: boolean }
  /** Reads the peer's inbound register, be there something in it or not. */
  | { readonly do: "take" }
  /** A write of STR: the BMC's register access, or somebody else's doing. */
  | { readonly do: "status"; readonly value: number }
  /** All registers at once, as no peer could: a reset, a fault. */
  | { readonly do: "word"; readonly value: number }
  | { readonly do: "tick"; readonly milliseconds: number }
  /** The side under test has something to send: so many bytes. */
  | { readonly do: "send"; readonly bytes: number }
  /** A well-behaved peer works the board for so many turns, alternating with the side under test. */
  | { readonly do: "peer"; readonly turns: number }
  /** What the side under test does with its disk is waited for. */
  | { readonly do: "settle" };

export interface Program {
  /** The side under test. */
  readonly target: RoleName;
  readonly windowBytes: number;
  /** Whether a driver between IDR and the BMC holds a byte (LPC-KCS-13). */
  readonly depth: Depth;
  /** Of the side under test; null for the largest. */
  readonly mtu: number | null;
  readonly versions: { readonly min: number; readonly cur: number };
  readonly operations: readonly Operation[];
}

/** As JSON, bytes in hexadecimal. */
export function encodeProgram(program: Program): string {
  const lines = program.operations.map((operation) =>
    JSON.stringify(
      "bytes" in operation && operation.do !== "send" ? { ...operation, bytes: toHex(operation.bytes) } : operation,
    ),
  );
  const { operations: _operations, ...head } = program;
  return `${JSON.stringify(head).slice(0, -1)},"operations":[\n${lines.join(",\n")}\n]}\n`;
}

/** Reads what encodeProgram wrote; throws for anything else. */
export function decodeProgram(text: string): Program {
  const program = JSON.parse(text) as Program;
  const operations = program.operations.map((operation): Operation => {
    if (operation.do !== "poke" && operation.do !== "frame") return operation;
    const bytes = fromHex(operation.bytes as unknown as string);
    if (bytes === undefined) throw new Error(`no hexadecimal: ${String(operation.bytes)}`);
    return { ...operation, bytes };
  });
  return { ...program, operations };
}
