/* SPDX-License-Identifier: Apache-2.0 */
/* Control requests of this side, one at a time: mctp-lpc.md, LPC-MCTP-4, -5 and -22. */
#include <string.h>

#include "mctp.h"
#include "port.h"
#include "program.h"

enum { TAGS = 8, LARGEST_REQUEST = 16 };

static struct {
    enum { NONE, WAITS_FOR_TAG, ON_THE_WAY, AWAITS_RESPONSE } state;
    uint8_t destination, tag;
    uint8_t bytes[LARGEST_REQUEST];
    size_t length;
    unsigned times_sent;
    uint64_t taken_at; /* its last packet (LPC-MCTP-5) */
    response_taker *taker;
} asked;

/* Tags in hold-off: a late response would be taken for the one to a newer request (LPC-MCTP-4). */
static struct {
    uint8_t destination;
    uint64_t until;
} held[TAGS];

/* A tag that is free for this EID, chosen at random; TAGS if none is. */
static uint8_t free_tag(uint8_t destination)
{
    uint32_t first = port_random();
    for (uint32_t i = 0; i < TAGS; i++) {
        uint32_t tag = (first + i) % TAGS;
        if (held[tag].destination != destination || held[tag].until <= port_now_ms())
            return (uint8_t)tag;
    }
    return TAGS;
}

static void send(void)
{
    if (asked.state == WAITS_FOR_TAG) {
        asked.tag = free_tag(asked.destination);
        if (asked.tag == TAGS)
            return;
    }
    if (!mctp_send(asked.destination, TAG_OWNER | asked.tag, asked.bytes, asked.length))
        return;
    asked.state = ON_THE_WAY;
    asked.times_sent++;
}

/* The request is over. Its tag is held back if a response may still come. */
static void end(bool answered)
{
    if (asked.times_sent > 1 || (asked.times_sent == 1 && !answered)) {
        held[asked.tag].destination = asked.destination;
        held[asked.tag].until = port_now_ms() + MCTP_LPC_MT4_MS;
    }
    asked.state = NONE;
}

void request(uint8_t destination, const uint8_t *command, size_t bytes, response_taker *taker)
{
    static uint8_t instance;
    request_drop();
    asked.destination = destination;
    asked.bytes[0] = CONTROL;
    asked.bytes[AT_INSTANCE] = (uint8_t)(REQUEST_BIT | (instance++ & INSTANCE));
    memcpy(asked.bytes + AT_COMMAND, command, bytes);
    asked.length = AT_COMMAND + bytes;
    asked.times_sent = 0;
    asked.taker = taker;
    asked.state = WAITS_FOR_TAG;
    send();
}

void request_drop(void)
{
    if (asked.state != NONE)
        end(false);
}

void request_was_taken(void)
{
    if (asked.state == ON_THE_WAY)
        asked.state = AWAITS_RESPONSE;
    asked.taken_at = port_now_ms();
}

void request_tick(void)
{
    if (asked.state == WAITS_FOR_TAG)
        send();
    if (asked.state != AWAITS_RESPONSE || port_now_ms() - asked.taken_at < MCTP_LPC_MT2_MS)
        return;
    if (asked.times_sent <= MCTP_LPC_MN1) { /* again, unchanged (LPC-MCTP-5) */
        send();
        return;
    }
    counted.requests_without_response++;
    end(false);
    asked.taker(0, NULL, 0);
}

void take_response(uint8_t source, uint8_t tag, const uint8_t *message, size_t length)
{
    bool is_response = message[0] == CONTROL && length > CONTROL_HEADER &&
                       (message[AT_INSTANCE] & (REQUEST_BIT | DATAGRAM_BIT)) == 0;
    /* The endpoint behind the null EID answers from its own EID, or from the one just assigned (LPC-MCTP-11). */
    bool from_any = asked.destination == MCTP_LPC_EID_NULL || asked.bytes[AT_COMMAND] == SET_EID;
    if (!is_response || asked.times_sent == 0 || asked.state == NONE || tag != asked.tag ||
        (message[AT_INSTANCE] & INSTANCE) != (asked.bytes[AT_INSTANCE] & INSTANCE) ||
        message[AT_COMMAND] != asked.bytes[AT_COMMAND] || (!from_any && source != asked.destination)) {
        counted.control_messages_dropped++;
        return;
    }
    end(true);
    asked.taker(source, message + CONTROL_HEADER, length - CONTROL_HEADER);
}
