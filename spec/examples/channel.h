/* SPDX-License-Identifier: Apache-2.0 */
/* A session and the packets in it: mctp-lpc.md, clauses 6 and 7. What host and BMC have in common. */
#ifndef CHANNEL_H
#define CHANNEL_H

#include "../mctp_lpc.h"
#include "port.h"
#include "program.h"

enum { BMC_ACTIVE = MCTP_LPC_STR_BMC_ACTIVE, CHANNEL_ACTIVE = MCTP_LPC_STR_CHANNEL_ACTIVE };
enum { IBF = MCTP_LPC_STR_IBF, OBF = MCTP_LPC_STR_OBF };

/* One of the two buffers. */
struct buffer {
    uint32_t offset, size, mtu;
};

/* States of this side as a sender (7.3). */
enum sender { IDLE, BEGIN_PENDING, OUTSTANDING };

/* A session's terms, kept from the control region (LPC-REG-5), and what is under way. Version 0: there is no session. */
struct channel {
    uint16_t version;
    struct buffer in, out;
    uint32_t most_taken; /* payload bytes of a packet that is taken (LPC-BUF-4) */
    enum sender sender;
    bool rx_complete_owed;
    bool begin_has_turn; /* an Rx Complete went out while a Tx Begin waited (LPC-KCS-12) */
    uint64_t written_at; /* when the packet under way was written */
    bool stall_was_told;
};
extern struct channel channel;

/* The control region, read in one copy. */
struct mctp_lpc_region read_region(void);
uint32_t read_host_versions(void); /* host_ver_min and host_ver_cur as one number */
void write_field16(uint32_t at, uint16_t value);
void write_field32(uint32_t at, uint32_t value);

/* A session begins, with two buffers as the layout has them, or ends. */
void channel_open(uint16_t version, struct buffer in, struct buffer out);
void channel_end(void);

/* H2.1 with H3, B2.1 with B5: writes the next packet, if one waits and the sender is idle. */
void channel_transmit(void);
/* H2.7, B2.14: Rx Complete was read. False if no packet was outstanding: it is ignored (LPC-ERR-2). */
bool channel_sent(void);
/* H2.5 and H2.6, B2.6 and B2.7: copies the packet of a Tx Begin out of the window, and owes Rx Complete. */
void channel_receive(void);
/* H2.11, B2.10: the session still stands, so that the packet just copied is passed to MCTP by channel_deliver. */
void channel_confirm(void);
/* Passes it, once the round has written what it had to write (LPC-BUF-8). True if there was one. */
bool channel_deliver(void);
/* H2.14 and H2.15, B4.2 and B4.3: the command whose turn it is, which then counts as written; -1 if none waits. */
int channel_command(void);
/* LPC-TIME-3: tells once of a packet that is not taken. */
void channel_look_at_stall(void);

#endif
