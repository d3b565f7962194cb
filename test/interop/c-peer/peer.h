/*
 * A peer for the agents of the reference implementation, written from spec/mctp-lpc.md and spec/annex-formats.md: host or
 * BMC on a virtual board, with the steps named as there. Numbers and sizes are those of spec/mctp_lpc.h, the board that
 * of spec/examples; it has no doorbell and rings none.
 */
#ifndef PEER_H
#define PEER_H

#define _GNU_SOURCE
#include "examples/virtual_board.h"

enum { BMC_ACTIVE = MCTP_LPC_STR_BMC_ACTIVE, CHANNEL_ACTIVE = MCTP_LPC_STR_CHANNEL_ACTIVE };
enum { IBF = MCTP_LPC_STR_IBF, OBF = MCTP_LPC_STR_OBF };
enum { BTU = MCTP_LPC_BTU, MCTP_HEADER = MCTP_LPC_HEADER_BYTES, LARGEST_PACKET = 1 << 20, LARGEST_MESSAGE = 1 << 17 };

/* A path of depth D into the BMC holds D bytes: one fence more proves that what was written before it was handled. */
enum { FENCES = 2 };

/* ---- channel.c: the control region and packet buffers ---- */

struct buffer {
    uint32_t offset, mtu;
    uint32_t most; /* payload bytes that are taken from it (LPC-BUF-4) */
};

enum transmit { IDLE, BEGIN_PENDING, OUTSTANDING };

/* A session and what is under way in it; version 0: none. */
struct channel {
    uint16_t version;
    struct buffer in, out;
    enum transmit transmit;
    bool rx_complete_owed;
    bool begin_is_next; /* an Rx Complete went out while a Tx Begin waited */
};

struct mctp_lpc_region read_region(const struct board *b);
void put16(const struct board *b, uint32_t at, uint16_t value);
void put32(const struct board *b, uint32_t at, uint32_t value);
/* In version 1 a receiver takes what fits before the other buffer or the end of the window. */
uint32_t most_taken(const struct board *b, uint16_t version, uint32_t mtu, uint32_t offset, uint32_t other);
void send_packet(struct board *b, struct channel *c);
size_t receive_packet(struct board *b, struct channel *c, uint8_t *packet);
/* The command whose turn it is, which then counts as written; -1 if none waits. */
int take_command(struct channel *c);

/* ---- host.c, bmc.c: the two roles. A round returns true to be called again at once. ---- */

struct config {
    uint16_t min, cur; /* versions */
    uint32_t mtu;      /* at most LARGEST_PACKET less the framing */
};

bool host_round(struct board *b, const struct config *config);
void host_stop(struct board *b);
bool bmc_round(struct board *b, const struct config *config);
void bmc_stop(struct board *b);

uint64_t now_ms(void);

/* ---- mctp.c: an endpoint, or a bus owner ---- */

void mctp_begin(bool bus_owner);
void mctp_link(const struct channel *c); /* NULL: lost */
void mctp_receive(const uint8_t *packet, size_t length);
void mctp_packet_lost(void);
/* The next packet to be sent, 0 bytes if there is none. */
size_t mctp_next(uint8_t *packet, uint32_t mtu);
bool mctp_waiting(void);

#endif
