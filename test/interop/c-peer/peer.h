/*
 * A peer for the agents of the reference implementation, written from spec/mctp-lpc.md, spec/annex-virtual-board.md and
 * spec/annex-formats.md alone: host or BMC on a virtual board, without a doorbell, with the steps named as there.
 */
#ifndef PEER_H
#define PEER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BMC_ACTIVE = 0x80, CHANNEL_ACTIVE = 0x40, IBF = 0x02, OBF = 0x01 };
enum { INITIALISE = 0x00, TX_BEGIN = 0x01, RX_COMPLETE = 0x02, FENCE = 0xff, DUMMY = 0xff };
enum { BTU = 64, REGION_BYTES = 0x100, MCTP_HEADER = 4, LARGEST_PACKET = 1 << 20, LARGEST_MESSAGE = 1 << 17 };

/* ---- board.c: the virtual board ---- */

struct block {
    _Atomic uint32_t process_id, bell_wanted, bell_generation;
};

struct board {
    _Atomic uint32_t *reg, *idr_written, *idr_read, *odr_written, *odr_read;
    struct block *own;
    uint8_t *window;
    uint32_t window_bytes;
};

/* NULL, or what is wrong with the board. */
const char *board_attach(struct board *b, const char *path, bool host);
void board_leave(struct board *b);

uint8_t read_str(struct board *b);
void write_str(struct board *b, uint8_t value);
uint8_t read_idr(struct board *b);
void write_idr(struct board *b, uint8_t value);
uint8_t read_odr(struct board *b);
void write_odr(struct board *b, uint8_t value);

/* ---- channel.c: versions, sizes and packet buffers ---- */

struct versions {
    uint16_t min, cur;
};

/* The control region, clause 6. */
struct region {
    bool magic;
    struct versions bmc, host;
    uint16_t negotiated;
    uint32_t rx_offset, rx_size, tx_offset, tx_size;
};

struct buffer {
    uint32_t offset, mtu;
};

enum transmit { IDLE, BEGIN_PENDING, OUTSTANDING };

/* A session and what is under way in it; version 0: none. */
struct channel {
    int version;
    struct buffer in, out;
    enum transmit transmit;
    bool rx_complete_owed;
};

uint16_t get16(const uint8_t *at);
uint32_t get32(const uint8_t *at);
void put16(uint8_t *at, uint16_t value);
void put32(uint8_t *at, uint32_t value);

int common_version(struct versions one, struct versions other);
uint32_t overhead(int version);
uint32_t mtu_of(int version, uint32_t size);
struct region read_region(const struct board *b);
void send_packet(struct board *b, struct channel *c);
size_t receive_packet(struct board *b, struct channel *c, uint8_t *packet);

/* ---- host.c, bmc.c: the two roles. A round returns true to be called again at once. ---- */

struct config {
    struct versions versions;
    uint32_t mtu; /* at most LARGEST_PACKET less the framing */
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
/* The next packet to be sent, 0 bytes if there is none. */
size_t mctp_next(uint8_t *packet, uint32_t mtu);
bool mctp_waiting(void);

#endif
