/* MCTP packets and messages: DSP0236, and mctp-lpc.md, clause 14.2. */
#include "side.h"

enum { SOM = 0x80, EOM = 0x40, SEQUENCE_SHIFT = 4, TAG_AND_OWNER = TAG_OWNER | TAG };
enum { QUEUE = 16, ASSEMBLIES = 8, SHORT_PAYLOAD = 60, EXCESS = 16, MESSAGE_BYTES = LARGEST_MESSAGE + 64 };

struct message {
    bool used;
    uint8_t destination, source, tag;
    uint64_t at, order;
    size_t length, sent;
    unsigned sequence;
    uint8_t bytes[MESSAGE_BYTES];
};

struct assembly {
    bool used;
    uint8_t source, flags;
    unsigned sequence;
    uint64_t order;
    size_t unit, length;
    uint8_t bytes[MESSAGE_BYTES];
};

static struct message queue[QUEUE], *current;
static struct assembly assemblies[ASSEMBLIES];
static uint64_t order;
static uint8_t sent_tag;  /* of the packet that mctp_next gave last */
static bool sent_is_last; /* it ended its message */

static void forget_assemblies(void)
{
    for (int i = 0; i < ASSEMBLIES; i++) {
        counters.assembly_dropped += assemblies[i].used;
        assemblies[i].used = false;
    }
}

void mctp_link(const struct channel *c)
{
    if (!FAULTY(message_goes_on)) {
        current = NULL;
        for (int i = 0; i < QUEUE; i++)
            queue[i].used = false;
    }
    sent_is_last = false;
    forget_assemblies();
    forget_deferred_work();
    if (c == NULL)
        say("session over");
    else
        say("session: version %u, MTU %u in, %u out", c->version, c->in.mtu, c->out.mtu);
    control_link(c != NULL);
}

void mctp_damage(void)
{
    if (!FAULTY(damage_ends_no_assembly))
        forget_assemblies();
}

/* ---- Sending ---- */

void mctp_send(uint8_t destination, uint8_t source, uint8_t tag, const uint8_t *bytes, size_t length, uint64_t at)
{
    struct message *m = NULL;
    for (int i = 0; i < QUEUE && m == NULL; i++)
        if (!queue[i].used)
            m = &queue[i];
    if (m == NULL || length > sizeof m->bytes)
        return;
    m->used = true;
    m->destination = destination;
    m->source = source;
    m->tag = tag;
    m->at = at;
    m->order = order++;
    m->length = length;
    m->sent = 0;
    m->sequence = 0;
    memcpy(m->bytes, bytes, length);
}

/* The packets of a message follow each other; the next message is the oldest that is due. */
static struct message *next_message(void)
{
    if (current != NULL)
        return current;
    struct message *found = NULL;
    uint64_t now = now_ms();
    for (int i = 0; i < QUEUE; i++)
        if (queue[i].used && queue[i].at <= now && (found == NULL || queue[i].order < found->order))
            found = &queue[i];
    return found;
}

bool mctp_waiting(void)
{
    return next_message() != NULL;
}

size_t mctp_next(uint8_t *packet, uint32_t mtu)
{
    struct message *m = next_message();
    if (m == NULL)
        return 0;
    if (FAULTY(packet_below_btu))
        mtu = SHORT_PAYLOAD;
    if (FAULTY(packet_above_mtu))
        mtu += EXCESS;
    size_t left = m->length - m->sent, payload = left < mtu ? left : mtu;
    unsigned sequence = FAULTY(sequence_stuck) ? 0 : m->sequence++ & 3;
    packet[0] = FAULTY(header_version) ? 0 : MCTP_LPC_HEADER_VERSION;
    packet[1] = m->destination;
    packet[2] = m->source;
    packet[3] = (uint8_t)((m->sent == 0 ? SOM : 0) | (payload == left ? EOM : 0) | sequence << SEQUENCE_SHIFT | m->tag);
    memcpy(packet + MCTP_LPC_HEADER_BYTES, m->bytes + m->sent, payload);
    m->sent += payload;
    sent_tag = m->tag;
    sent_is_last = m->sent == m->length;
    m->used = !sent_is_last;
    current = sent_is_last ? NULL : m;
    return MCTP_LPC_HEADER_BYTES + payload;
}

void mctp_taken(void)
{
    if (sent_is_last && sent_tag & TAG_OWNER)
        control_sent(sent_tag);
    sent_is_last = false;
}

/* ---- Receiving ---- */

static struct assembly *find_assembly(uint8_t source, uint8_t flags)
{
    for (struct assembly *a = assemblies; a < assemblies + ASSEMBLIES; a++)
        if (a->used && a->source == source &&
            ((a->flags & TAG_AND_OWNER) == (flags & TAG_AND_OWNER) || FAULTY(tag_unchecked)))
            return a;
    return NULL;
}

/* A place for a new message: the one of the same key, a free one, or that of the oldest (LPC-MCTP-7). */
static struct assembly *begin_assembly(uint8_t source, uint8_t flags)
{
    struct assembly *a = find_assembly(source, flags), *oldest = &assemblies[0];
    for (int i = 0; i < ASSEMBLIES && a == NULL; i++) {
        if (!assemblies[i].used)
            a = &assemblies[i];
        if (assemblies[i].order < oldest->order)
            oldest = &assemblies[i];
    }
    if (a == NULL)
        a = oldest;
    counters.assembly_dropped += a->used;
    return a;
}

static void end_assembly(struct assembly *a)
{
    a->used = false;
    counters.assembly_dropped++;
}

static void assemble(const uint8_t *packet, size_t payload)
{
    uint8_t source = packet[2], flags = packet[3];
    unsigned sequence = flags >> SEQUENCE_SHIFT & 3;
    bool last = (flags & EOM) != 0;
    struct assembly *a = flags & SOM ? begin_assembly(source, flags) : find_assembly(source, flags);
    if (a == NULL) {
        counters.assembly_dropped++;
        return;
    }
    if (flags & SOM) {
        a->used = true;
        a->source = source;
        a->flags = flags;
        a->order = order++;
        a->unit = payload;
        a->length = 0;
        counters.small_packets += !last && payload < BTU; /* LPC-MCTP-18 */
    } else if ((sequence != ((a->sequence + 1) & 3) && !FAULTY(sequence_unchecked)) ||
               (last ? payload > a->unit : payload != a->unit)) {
        end_assembly(a);
        return;
    }
    if (a->length + payload > LARGEST_MESSAGE) {
        end_assembly(a);
        return;
    }
    a->sequence = sequence;
    memcpy(a->bytes + a->length, packet + MCTP_LPC_HEADER_BYTES, payload);
    a->length += payload;
    if (!last)
        return;
    a->used = false;
    control_message(source, a->flags, a->bytes, a->length);
}

void mctp_receive(const uint8_t *packet, size_t length)
{
    uint8_t destination = packet[1], source = packet[2];
    bool version = (packet[0] & 0x0f) == MCTP_LPC_HEADER_VERSION || FAULTY(header_version_unchecked);
    bool own = destination == own_eid || destination == MCTP_LPC_EID_BROADCAST || FAULTY(other_eid_taken) ||
               (destination == MCTP_LPC_EID_NULL && !FAULTY(null_eid_dropped));
    if (!version || !own || source == MCTP_LPC_EID_BROADCAST || length <= MCTP_LPC_HEADER_BYTES) {
        counters.header_dropped++;
        return;
    }
    assemble(packet, length - MCTP_LPC_HEADER_BYTES);
}
