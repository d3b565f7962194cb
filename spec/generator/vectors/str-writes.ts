/** spec/vectors/str-writes.json: what a write of STR leaves in it, for every value before and every value written. */
import { afterStatusWrite, statusOf } from "../../../src/core/binding/kcs-word.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";
import { KEEP_OBF, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import type { Artefact } from "../artefact.ts";
import { vectorArtefact, type Json } from "./vector-file.ts";

const BYTES = Array.from({ length: 256 }, (_, value) => value);

function after(s: number, v: number): number {
  return statusOf(afterStatusWrite(s, v));
}

/** The three values that a BMC writes, on every combination of session and full flags; then some that it must not. */
function examples(): readonly Json[] {
  const written = [KEEP_OBF, Status.BMC_ACTIVE | KEEP_OBF, SESSION_BITS | KEEP_OBF];
  const before = [0, Status.BMC_ACTIVE, SESSION_BITS].flatMap((session) => [0, 1, 2, 3].map((full) => session | full));
  const proper = written.flatMap((v) => before.map((s) => ({ s, v })));
  const improper = [
    { s: 0x01, v: 0x80 },
    { s: 0x83, v: 0xc0 },
    { s: 0x0b, v: 0x00 },
    { s: 0x00, v: 0xff },
    { s: 0xff, v: 0x00 },
    { s: 0x02, v: 0x34 },
  ];
  return [...proper, ...improper].map(({ s, v }) => ({ s: byte(s), v: byte(v), after: byte(after(s, v)) }));
}

function byte(value: number): string {
  return toHex(Uint8Array.of(value));
}

export function strWritesArtefact(): Artefact {
  return vectorArtefact({
    name: "str-writes",
    schema: "str-writes",
    title: "Writes of the status register",
    description:
      "What STR holds after a write of v, s before it (clause 5.2): software's bits are stored, C/D and IBF stay, OBF stays if v has bit 0 set and is cleared if not. For emulators, drivers and virtual boards.",
    units: {
      s: "STR before the write, hexadecimal",
      v: "the byte written, hexadecimal",
      after: "STR after it, hexadecimal",
      table: "row s, from 0x00 on: the values after a write of v = 0x00, 0x01, … 0xff, two hexadecimal digits each",
    },
    use: "Set STR to s by the means of the hardware (reads and writes of IDR and ODR for bits 1 and 0), write v as the BMC, read STR. A register that stores bit 1 as well, as some do, is put right by whoever drives it.",
    generator: "str-writes.ts",
    contents: {
      vectors: examples(),
      table: BYTES.map((s) => toHex(Uint8Array.from(BYTES, (v) => after(s, v)))),
    },
  });
}
