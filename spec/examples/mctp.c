/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP packets and messages: DSP0236, and mctp-lpc.md, clause 14.2. */
#include "mctp.h"

#include <string.h>

#include "port.h"
#include "program.h"

enum { AT_VERSION = 0, AT_DESTINATION = 1, AT_SOURCE = 2, AT_FLAGS = 3 };
enum { SOM = 0x80, EOM = 0x40, SEQUENCE_SHIFT = 4, SEQUENCE = 3 };

struct outgoing {
    bool used;
    uint8_t destination, source, tag;
    uint64_t order; /* the lower the earlier */
    size_t length, sent;
    unsigned sequence;
    uint8_t bytes[LARGEST_MESSAGE];
};

/* A message under way, known by source, tag and tag owner's bit. */
struct assembly {
    bool used;
    uint8_t source, tag;
    unsigned sequence;     /* of the packet that came last */
    uint64_t last_came_at; /* when it came */
    size_t unit;           /* payload bytes of the first packet */
    size_t length;
    uint8_t bytes[LARGEST_MESSAGE];
};

static struct outgoing waiting[MESSAGES_WAITING];
static struct assembly assemblies[ASSEMBLIES];
static bool ended_a_request; /* the packet under way was the last of a request */
static struct outgoing *under_way;

void mctp_begin(bool bus_owner)
{
    endpoint.bus_owner = bus_owner;
    endpoint.static_eid = options.eid;
    endpoint.eid = options.eid != 0 ? options.eid : bus_owner ? MCTP_LPC_EID_BMC : MCTP_LPC_EID_HOST;
}

static void end_assembly(struct assembly *a)
{
    counted.messages_not_completed += a->used;
    a->used = false;
}

void mctp_damage(void)
{
    for (size_t i = 0; i < ASSEMBLIES; i++)
        end_assembly(&assemblies[i]);
}

void mctp_link(bool up)
{
    for (size_t i = 0; i < MESSAGES_WAITING; i++)
        waiting[i].used = false;
    under_way = NULL;
    ended_a_request = false;
    mctp_damage();
    request_drop();
    role_link(up);
}

void mctp_tick(void)
{
    for (size_t i = 0; i < ASSEMBLIES; i++)
        if (port_now_ms() - assemblies[i].last_came_at > MCTP_LPC_T_ASM_MS)
            end_assembly(&assemblies[i]);
    request_tick();
}

/* ---- Sending ---- */

bool mctp_send(uint8_t destination, uint8_t tag, const uint8_t *message, size_t length)
{
    static uint64_t order;
    for (struct outgoing *m = waiting; m < waiting + MESSAGES_WAITING; m++) {
        if (m->used || length > sizeof m->bytes)
            continue;
        m->used = true;
        m->destination = destination;
        m->source = endpoint.eid; /* of all its packets, also if another EID is assigned meanwhile */
        m->tag = tag;
        m->order = order++;
        m->length = length;
        m->sent = 0;
        m->sequence = 0;
        memcpy(m->bytes, message, length);
        return true;
    }
    counted.messages_without_room++;
    return false;
}

/* A message whose packets are being sent has this key: one with the same key waits, or a receiver would join them. */
static bool is_held_up(const struct outgoing *m)
{
    for (const struct outgoing *other = waiting; other < waiting + MESSAGES_WAITING; other++)
        if (other != m && other->used && other->sent > 0 && other->sent < other->length &&
            other->destination == m->destination && other->tag == m->tag)
            return true;
    return false;
}

/* The oldest control message, which so goes between the packets of a long one (LPC-MCTP-24), or the oldest of all. */
static struct outgoing *next_message(void)
{
    struct outgoing *found = NULL;
    for (struct outgoing *m = waiting; m < waiting + MESSAGES_WAITING; m++) {
        if (!m->used || m == under_way || is_held_up(m))
            continue;
        bool control = m->bytes[0] == CONTROL, found_control = found != NULL && found->bytes[0] == CONTROL;
        if (found == NULL || (control && !found_control) || (control == found_control && m->order < found->order))
            found = m;
    }
    return found;
}

bool mctp_has_packet(void)
{
    return next_message() != NULL;
}

bool mctp_next(struct packet *packet, uint32_t mtu)
{
    struct outgoing *m = next_message();
    if (m == NULL)
        return false;
    size_t left = m->length - m->sent;
    bool first = m->sent == 0, last = left <= mtu;
    packet->header[AT_VERSION] = MCTP_LPC_HEADER_VERSION;
    packet->header[AT_DESTINATION] = m->destination;
    packet->header[AT_SOURCE] = m->source;
    packet->header[AT_FLAGS] =
        (uint8_t)((first ? SOM : 0) | (last ? EOM : 0) | (m->sequence & SEQUENCE) << SEQUENCE_SHIFT | m->tag);
    packet->payload = m->bytes + m->sent;
    packet->payload_bytes = last ? left : mtu;
    m->sequence++;
    m->sent += packet->payload_bytes;
    under_way = last ? m : NULL; /* its bytes are in use, and it has no more */
    ended_a_request = last && (m->tag & TAG_OWNER) != 0;
    return true;
}

void mctp_taken(void)
{
    if (under_way != NULL)
        under_way->used = false;
    under_way = NULL;
    if (ended_a_request)
        request_was_taken();
    ended_a_request = false;
}

/* ---- Receiving ---- */

static struct assembly *find_assembly(uint8_t source, uint8_t tag)
{
    for (struct assembly *a = assemblies; a < assemblies + ASSEMBLIES; a++)
        if (a->used && a->source == source && a->tag == tag)
            return a;
    return NULL;
}

/* A place for a new message: that of the same key, a free one, or the one that has stood still for longest. */
static struct assembly *begin_assembly(uint8_t source, uint8_t tag, size_t unit)
{
    struct assembly *a = find_assembly(source, tag), *stillest = assemblies;
    for (size_t i = 0; i < ASSEMBLIES && a == NULL; i++) {
        if (!assemblies[i].used)
            a = &assemblies[i];
        else if (assemblies[i].last_came_at < stillest->last_came_at)
            stillest = &assemblies[i];
    }
    a = a != NULL ? a : stillest;
    end_assembly(a);
    a->used = true;
    a->source = source;
    a->tag = tag;
    a->unit = unit;
    a->length = 0;
    return a;
}

static void take_message(const struct assembly *a)
{
    if ((a->bytes[0] == CONTROL && a->length > LARGEST_CONTROL) || a->length == 0)
        counted.control_messages_dropped++;
    else if (a->tag & TAG_OWNER)
        respond(a->source, a->tag & TAG, a->bytes, a->length);
    else
        take_response(a->source, a->tag & TAG, a->bytes, a->length);
}

/* Whether the packet follows the one before it, in number and in size (14.2). */
static bool follows(const struct assembly *a, unsigned sequence, size_t payload, bool last)
{
    return sequence == ((a->sequence + 1) & SEQUENCE) && (last ? payload <= a->unit : payload == a->unit) &&
           a->length + payload <= LARGEST_MESSAGE;
}

static void assemble(uint8_t source, uint8_t flags, const uint8_t *payload, size_t bytes)
{
    uint8_t tag = flags & (TAG_OWNER | TAG);
    unsigned sequence = flags >> SEQUENCE_SHIFT & SEQUENCE;
    bool first = (flags & SOM) != 0, last = (flags & EOM) != 0;
    struct assembly *a = first ? begin_assembly(source, tag, bytes) : find_assembly(source, tag);
    if (a == NULL) {
        counted.packets_of_no_message++;
        return;
    }
    if (first ? bytes > LARGEST_MESSAGE : !follows(a, sequence, bytes, last)) {
        end_assembly(a);
        return;
    }
    counted.messages_of_small_packets += first && !last && bytes < MCTP_LPC_BTU; /* LPC-MCTP-18 */
    memcpy(a->bytes + a->length, payload, bytes);
    a->length += bytes;
    a->sequence = sequence;
    a->last_came_at = port_now_ms();
    if (!last)
        return;
    a->used = false;
    take_message(a);
}

void mctp_receive(const uint8_t *packet, size_t length)
{
    uint8_t destination = packet[AT_DESTINATION];
    bool is_own = destination == endpoint.eid || destination == MCTP_LPC_EID_NULL ||
                  destination == MCTP_LPC_EID_BROADCAST; /* LPC-MCTP-10 */
    bool is_formed = (packet[AT_VERSION] & 0x0f) == MCTP_LPC_HEADER_VERSION && /* LPC-MCTP-1 */
                     packet[AT_SOURCE] != MCTP_LPC_EID_BROADCAST && length > MCTP_LPC_HEADER_BYTES;
    if (is_own && is_formed)
        assemble(packet[AT_SOURCE], packet[AT_FLAGS], packet + MCTP_LPC_HEADER_BYTES, length - MCTP_LPC_HEADER_BYTES);
    else
        counted.packets_with_wrong_header++;
}
