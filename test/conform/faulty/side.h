/*
 * One side of a virtual board, host or BMC, complete by the step tables of mctp-lpc.md, or with one fault of faults.h. It
 * has no doorbell and rings the peer's. An access to the window that a fault would make outside of it is left out.
 */
#ifndef SIDE_H
#define SIDE_H

#define _GNU_SOURCE
#include "examples/virtual_board.h"

#include "faults.h"

enum { BMC_ACTIVE = MCTP_LPC_STR_BMC_ACTIVE, CHANNEL_ACTIVE = MCTP_LPC_STR_CHANNEL_ACTIVE };
enum { IBF = MCTP_LPC_STR_IBF, OBF = MCTP_LPC_STR_OBF, BTU = MCTP_LPC_BTU };
enum { LARGEST_MESSAGE = 1 << 16, LARGEST_PACKET = (1 << 24) + 64 };

/* ---- main.c ---- */

/* versions_little_endian is a fault of either side; its name is made once. */
#define ENUMERATOR(name) F_##name,
enum fault { F_none, BOTH_FAULTS(ENUMERATOR) F_host_first, HOST_FAULTS(ENUMERATOR) F_host_last };
#define BMC_ENUMERATOR(name) B_##name,
enum bmc_fault { B_first = F_host_last + 1, BMC_FAULTS(BMC_ENUMERATOR) B_last };
extern int chosen_fault;
/* Whether this program has the fault: of both sides or of a host, and of a BMC. */
#define FAULTY(name) (chosen_fault == (int)F_##name)
#define BMC_FAULTY(name) (chosen_fault == (int)B_##name)

struct config {
    uint16_t min, cur; /* versions */
    uint32_t mtu;
    bool host;
};
extern struct config config;
extern struct board board;

uint64_t now_ms(void);
void pause_ms(unsigned ms);
/* A line on standard output; at most a few a second, the rest is counted (LPC-SEC-4). */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* LPC-ERR-4: what is counted, each kind by itself. */
#define COUNTERS(X)                                                                                                    \
    X(length_dropped)                                                                                                  \
    X(crc_dropped)                                                                                                     \
    X(header_dropped)                                                                                                  \
    X(assembly_dropped)                                                                                                \
    X(control_dropped)                                                                                                 \
    X(refused)                                                                                                         \
    X(closed)                                                                                                          \
    X(lost)                                                                                                            \
    X(initialised_again)                                                                                               \
    X(unknown_byte)                                                                                                    \
    X(initialise_ignored)                                                                                              \
    X(tx_begin_ignored)                                                                                                \
    X(rx_complete_ignored)                                                                                             \
    X(small_packets)                                                                                                   \
    X(lines_left_out)
#define COUNTER(name) unsigned long name;
struct counters {
    COUNTERS(COUNTER)
};
extern struct counters counters;

/* ---- window.c: the control region and the two buffers ---- */

struct buffer {
    uint32_t offset, mtu, most; /* most: the payload bytes that a receiver takes (LPC-BUF-4) */
};

enum transmit { IDLE, BEGIN_PENDING, OUTSTANDING };

/* A session and what is under way in it; version 0: none. */
struct channel {
    uint16_t version;
    struct buffer in, out;
    enum transmit transmit;
    unsigned owed;      /* Rx Completes; more than one by a fault alone */
    bool begin_is_next; /* LPC-KCS-12 */
    bool stalled, touched;
    uint64_t written, kept_alive;
};

uint16_t get16(uint32_t at);
uint32_t get32(uint32_t at);
void put16(uint32_t at, uint16_t value);
void put32(uint32_t at, uint32_t value);
struct mctp_lpc_region read_region(void);
struct buffer sending_buffer(uint16_t version, uint32_t offset, uint32_t size);
struct buffer receiving_buffer(uint16_t version, uint32_t offset, uint32_t size, uint32_t other);

/* H2.1 and B2.1: writes the next packet, if one waits and the buffer is ours. */
void write_packet(struct channel *c);
/* H2.5, H2.6 and B2.6, B2.7: takes the packet of a Tx Begin; 0 bytes if it is dropped. Rx Complete is owed then. */
size_t read_packet(struct channel *c, uint8_t *packet);
/* H2.7 and B2.14: the byte 0x02 with a packet outstanding. */
void packet_taken(struct channel *c);
/* The byte whose turn it is, written with `write`; false if none waits. */
bool write_command(struct channel *c, void (*write)(uint8_t byte));
/* Whether a fault wants a byte that no rule asks for. */
bool keeps_alive(struct channel *c);
/* LPC-TIME-3. True if a fault ends the session for it. */
bool look_at_stall(struct channel *c);
/* Hands a copied packet on: at once, or, where a fault defers the work, later by deferred_work. */
void hand_on(const struct channel *c, const uint8_t *packet, size_t length);
void deferred_work(void);
void forget_deferred_work(void);

/* ---- host.c, session.c, bmc.c: a round returns true to be called again at once. ---- */

enum phase {
    AWAITING,
    CLOSING,
    DECLINING,
    STOPPING,
    FENCING_CLOSE,
    OPENING,
    FENCING_OPEN,
    JUDGING,
    RESTING,
    ACTIVE,
    STOPPED
};

bool host_round(void);
bool host_stop(void); /* true when it has stopped */
bool bmc_round(void);
void bmc_stop(void);

extern enum phase host_phase;
extern bool early_tx_begin; /* a Tx Begin that was read before the judgement (H0.3) */
void host_open(uint16_t version, const struct mctp_lpc_region *answer);
void host_close(void);
bool host_service(void);

/* ---- packets.c: MCTP packets and messages ---- */

void mctp_link(const struct channel *c); /* NULL: the session is over */
void mctp_receive(const uint8_t *packet, size_t length);
/* A packet was dropped for its length or its CRC (LPC-ERR-5). */
void mctp_damage(void);
/* The next packet to be sent, 0 bytes if there is none. */
size_t mctp_next(uint8_t *packet, uint32_t mtu);
/* The packet that mctp_next gave last was taken. */
void mctp_taken(void);
bool mctp_waiting(void);
/* A message to be sent by `at`, 0 for at once; the tag has the tag owner's bit. */
void mctp_send(uint8_t destination, uint8_t source, uint8_t tag, const uint8_t *bytes, size_t length, uint64_t at);

/* ---- control.c: what an endpoint answers ---- */

enum { CONTROL = 0x00, HEADER = 3, SUCCESS = 0, RQ = 0x80, DATAGRAM = 0x40, INSTANCE = 0x1f };
enum { TAG_OWNER = 0x08, TAG = 0x07 };
enum { SET_EID = 1, GET_EID, GET_UUID, GET_VERSIONS, GET_TYPES, GET_VENDOR, PREPARE = 11, DISCOVER, NOTIFY };

extern uint8_t own_eid;
void control_begin(void);
/* A whole message; `flags` are those of its first packet. */
void control_message(uint8_t source, uint8_t flags, const uint8_t *m, size_t length);

/* ---- requests.c: what it asks ---- */

uint8_t source_eid(void);
void control_link(bool up);
void take_response(uint8_t source, uint8_t flags, const uint8_t *m, size_t length);
/* A control request of the peer that was answered: the BMC may begin its discovery. */
void take_request(uint8_t source, uint8_t flags, const uint8_t *m, size_t length);
/* The last packet of a request with this tag was taken (LPC-MCTP-5). */
void control_sent(uint8_t tag);
void control_tick(void);

#endif
