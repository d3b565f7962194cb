/** spec/mctp_lpc.h: what firmware in C takes along, its numbers taken from the code. */
import { Field } from "../../src/core/binding/control-region.ts";
import type { Artefact } from "./artefact.ts";
import { annexGroups } from "./c-header/board-constants.ts";
import { bindingGroups, macroName, type CGroup } from "./c-header/constants.ts";
import { COPYRIGHT, SPDX } from "./licence.ts";
import { ACCESSORS, ASSERTIONS, CRC, FRAMES, NEGOTIATION, REGION, STATUS } from "./c-header/functions.ts";

const PREFIX = "MCTP_LPC_";
const LINE_WIDTH = 120;

const HEAD = `\
/*
 * ${SPDX}
 * ${COPYRIGHT}
 *
 * MCTP over LPC: constants and small functions for firmware in C11 or C++11, protocol versions 1, 2 and 3.
 *
 * Made from the reference implementation by spec/generator/c-header.ts: do not edit. Numbers in the comments are
 * clauses of the specification, mctp-lpc.md, and of its annexes, LPC-... its requirements. Nothing here accesses a
 * register or the window, allocates, or keeps state.
 */
#ifndef MCTP_LPC_H
#define MCTP_LPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define MCTP_LPC_ASSERT(condition, text) static_assert(condition, text)
#else
#define MCTP_LPC_ASSERT(condition, text) _Static_assert(condition, text)
#endif
`;

const LARGEST_MTU = `\
/* As mctp_lpc_largest_mtu, for constant expressions: VERSION is V2 or V3. */
#define MCTP_LPC_LARGEST_MTU(version, window_bytes)                                                                    \\
    ((((window_bytes) - MCTP_LPC_REGION_BYTES) / 2u - MCTP_LPC_##version##_OVERHEAD) / MCTP_LPC_MTU_STEP *             \\
     MCTP_LPC_MTU_STEP)
`;

/** A group as one block, values and comments each in a column. */
function groupText({ title, constants }: CGroup): string {
  const nameWidth = Math.max(...constants.map(({ name }) => name.length));
  const valueWidth = Math.max(...constants.map(({ value }) => value.length));
  const lines = constants.map(
    ({ name, value, comment }) =>
      `#define ${PREFIX}${name.padEnd(nameWidth)} ${value.padEnd(valueWidth)} /* ${comment} */`,
  );
  return [`/* ${title}. */\n`, ...lines, ""].join("\n");
}

/** That the fields of the control region follow each other without gaps. */
function fieldAssertions(): readonly (readonly [condition: string, text: string])[] {
  const names = Object.keys(Field).map(macroName);
  return names.map((name, index) => {
    const next = names[index + 1];
    const end = next === undefined ? "FIELDS_BYTES" : `AT_${next}`;
    return [`${PREFIX}AT_${name} + ${PREFIX}LEN_${name} == ${PREFIX}${end}`, `no gap behind ${name.toLowerCase()}`];
  });
}

function assertionText([condition, text]: readonly [condition: string, text: string]): string {
  const line = `MCTP_LPC_ASSERT(${condition}, "${text}");\n`;
  return line.length <= LINE_WIDTH ? line : line.replace(`${condition}, `, `${condition},\n${" ".repeat(16)}`);
}

export function cHeader(): string {
  return [
    HEAD,
    ...bindingGroups().map(groupText),
    ...annexGroups().map(groupText),
    LARGEST_MTU,
    [...fieldAssertions(), ...ASSERTIONS].map(assertionText).join(""),
    ACCESSORS,
    REGION,
    NEGOTIATION,
    STATUS,
    CRC,
    FRAMES,
    "#endif\n",
  ].join("\n");
}

export function cHeaderArtefacts(): readonly Artefact[] {
  return [{ path: "spec/mctp_lpc.h", text: cHeader() }];
}
