/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP above the channel: mctp-lpc.md, clause 14, and DSP0236. */
#ifndef MCTP_H
#define MCTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../mctp_lpc.h"

/* What a side bounds (LPC-MCTP-7); memory is set aside for all of it. */
enum { LARGEST_MESSAGE = 65536, MESSAGES_WAITING = 12, ASSEMBLIES = 8, LARGEST_CONTROL = 64 };

enum { TAG_OWNER = 0x08, TAG = 0x07 }; /* in the last byte of the header */

/* ---- mctp.c: packets and messages ---- */

/* A packet to be sent; `payload` stands until mctp_taken. */
struct packet {
    uint8_t header[MCTP_LPC_HEADER_BYTES];
    const uint8_t *payload;
    size_t payload_bytes;
};

void mctp_begin(bool bus_owner);
/* A session began or ended: what is half sent or half received is dropped (LPC-MCTP-6). */
void mctp_link(bool up);
/* Whether a packet waits to be sent; the next one. */
bool mctp_has_packet(void);
bool mctp_next(struct packet *packet, uint32_t mtu);
/* Rx Complete came for the packet that mctp_next gave last. */
void mctp_taken(void);
/* A packet of at least a header. */
void mctp_receive(const uint8_t *packet, size_t length);
/* A packet was dropped for its length or its CRC-32: it may have belonged to any message (LPC-ERR-5). */
void mctp_damage(void);
/* To be called every few milliseconds, for what waits for a time. */
void mctp_tick(void);
/* A message to be sent; `tag` may have the tag owner's bit. False if there is no room. */
bool mctp_send(uint8_t destination, uint8_t tag, const uint8_t *message, size_t length);

/* ---- respond.c: what an endpoint answers ---- */

/* DSP0236: control messages. */
enum { CONTROL = 0x00, CONTROL_HEADER = 3, AT_INSTANCE = 1, AT_COMMAND = 2 };
enum { REQUEST_BIT = 0x80, DATAGRAM_BIT = 0x40, INSTANCE = 0x1f };
enum {
    SET_EID = 0x01,
    GET_EID = 0x02,
    GET_UUID = 0x03,
    GET_VERSIONS = 0x04,
    GET_TYPES = 0x05,
    GET_VENDOR_TYPES = 0x06,
    DISCOVERY_NOTIFY = 0x0d
};
enum { SUCCESS = 0x00, INVALID_DATA = 0x02, INVALID_LENGTH = 0x03, UNSUPPORTED = 0x05, UNKNOWN_TYPE = 0x80 };

struct endpoint {
    bool bus_owner;
    uint8_t eid;
    uint8_t static_eid; /* that it was configured with; 0: none */
    bool was_assigned;
};
extern struct endpoint endpoint;

/* A whole message with the tag owner's bit set, which is a request or a datagram. */
void respond(uint8_t source, uint8_t tag, const uint8_t *message, size_t length);

/* ---- request.c: what it asks ---- */

/* Told of the response, from its completion code on; `bytes` is 0 if there was none after all retries. */
typedef void response_taker(uint8_t source, const uint8_t *response, size_t bytes);

/* Sends a control request: command, then data. One at a time. */
void request(uint8_t destination, const uint8_t *command, size_t bytes, response_taker *taker);
/* Gives up the request under way, if there is one; its taker is not called. */
void request_drop(void);
void request_tick(void);
void request_was_taken(void);
void take_response(uint8_t source, uint8_t tag, const uint8_t *message, size_t length);

/* ---- host.c and bmc.c: what the role does when ---- */

/* A session began or ended. */
void role_link(bool up);
/* A control message came: where the role is bus owner, a reason to discover who sent it (LPC-MCTP-19). */
void role_control(uint8_t source, uint8_t tag, const uint8_t *message, size_t length);

#endif
