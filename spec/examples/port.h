/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What host.c and bmc.c need of the machine that they run on: the accesses of mctp-lpc.md, clauses 5 and 10, 11. On a
 * virtual board port_board.c makes them. For hardware, write another file with the same functions.
 *
 * Order (LPC-KCS-9): each access takes effect, for the other side too, after those before it and before those after it.
 * Where the window is memory, that is a barrier before and after each register access, and an uncached mapping.
 */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- A host has five accesses: these three, and the two of the window. ---- */

uint8_t port_read_str(void); /* the BMC's, too */
uint8_t port_read_odr(void); /* clears OBF */
void port_write_idr(uint8_t byte);

/* Bytes at an offset from the start of the window; the callers keep to the window. */
void port_read_window(uint32_t at, uint8_t *bytes, size_t count);
void port_write_window(uint32_t at, const uint8_t *bytes, size_t count);

/* ---- A BMC has six: these three, port_read_str and the two of the window. ---- */

void port_write_str(uint8_t value); /* with bit 0 set, which leaves OBF as it is (5.2) */
uint8_t port_read_idr(void);        /* clears IBF */
void port_write_odr(uint8_t byte);

/* ---- Beside the bus ---- */

uint32_t port_window_bytes(void);
/* Milliseconds of a clock that never runs backwards. */
uint64_t port_now_ms(void);
/* A number that a peer cannot predict, for message tags (LPC-MCTP-22). */
uint32_t port_random(void);
/* Returns when the other side may have done something, here after half a millisecond (LPC-KCS-10, LPC-BMC-10). */
void port_wait(void);

/* ---- For program.c: NULL, or what is wrong with the platform, in words. ---- */

const char *port_open(const char *platform, bool host);
/* Whether the hardware is gone permanently: the file of a virtual board was removed. */
bool port_is_lost(void);
void port_close(void);

#endif
