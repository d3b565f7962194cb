/* MCTP over the channel: mctp-lpc.md, clause 14, and the echo of annex-formats.md. */
#include "peer.h"

enum { SOM = 0x80, EOM = 0x40, TAG_OWNER = 0x08, TAG = 0x0f, CONTROL = 0x00, VENDOR = MCTP_LPC_VENDOR_TYPE };
enum { QUEUE = 8, QUESTIONS = 5, LARGEST_CONTROL = 64, ANNOUNCEMENT = 7, MT2_MS = 300, TIMES_SENT = 3 };
enum { SET_EID = 1, GET_EID, GET_UUID, GET_VERSIONS, GET_TYPES, NOTIFY = 13 };

struct message {
    uint8_t destination, tag; /* with the tag owner's bit */
    size_t length, sent;
    int sequence;
    uint8_t bytes[LARGEST_MESSAGE];
};

static struct message queue[QUEUE], incoming;
static int first, waiting, question;
static size_t unit; /* payload bytes of the first packet of the incoming message */
static bool owner, asked;
static int times_asked;
static uint64_t asked_at;
static bool under_way; /* a packet was given away, and was not taken yet */
static uint8_t eid, host_eid;
static const uint8_t uuid[16] = "C peer, C11 only";

void mctp_begin(bool bus_owner)
{
    owner = bus_owner;
    eid = bus_owner ? MCTP_LPC_EID_BMC : MCTP_LPC_EID_HOST;
}

static void send_message(uint8_t destination, uint8_t tag, const uint8_t *bytes, size_t length)
{
    if (waiting == QUEUE || length > LARGEST_MESSAGE)
        return;
    struct message *m = &queue[(first + waiting++) % QUEUE];
    m->destination = destination;
    m->tag = tag;
    m->length = length;
    m->sent = 0;
    m->sequence = 0;
    memcpy(m->bytes, bytes, length);
}

/* The bus owner's questions after the host's first control message (LPC-MCTP-3, LPC-MCTP-19), each after the answer to the one before. */
static void ask(void)
{
    static const uint8_t questions[QUESTIONS][4] = {
        {GET_VERSIONS, CONTROL}, {SET_EID, 0, MCTP_LPC_EID_HOST}, {GET_EID}, {GET_TYPES}, {GET_UUID}};
    static const size_t lengths[QUESTIONS] = {2, 3, 1, 1, 1};
    uint8_t request[6] = {CONTROL, (uint8_t)(0x80 | question)};
    memcpy(request + 2, questions[question], lengths[question]);
    asked_at = now_ms();
    times_asked++;
    send_message(question < 2 ? 0 : host_eid, (uint8_t)(TAG_OWNER | question), request, 2 + lengths[question]);
}

/* The host's announcement when a session opens (LPC-MCTP-20). */
static void announce(void)
{
    static const uint8_t request[3] = {CONTROL, 0x80 | ANNOUNCEMENT, NOTIFY};
    asked = true;
    asked_at = now_ms();
    times_asked++;
    send_message(0, TAG_OWNER | ANNOUNCEMENT, request, sizeof request);
}

void mctp_link(const struct channel *c)
{
    waiting = 0;
    incoming.length = 0;
    question = 0;
    times_asked = 0;
    asked = false;
    under_way = false;
    if (c == NULL) {
        printf("channel lost\n");
        return;
    }
    printf("channel up: version %d, MTU %u in, %u out\n", c->version, c->in.mtu, c->out.mtu);
    if (!owner)
        announce();
}

static void control(uint8_t source, uint8_t tag, const uint8_t *m, size_t length)
{
    uint8_t r[32] = {CONTROL, m[1] & 0x1f, m[2], 0};
    size_t n = 4;
    const uint8_t *data = m + 3;
    if (m[2] == SET_EID && length == 5 && data[0] <= 1 && data[1] >= MCTP_LPC_EID_FIRST && data[1] <= MCTP_LPC_EID_LAST) {
        if (!owner) {
            eid = data[1];
            printf("EID %d assigned by EID %d\n", eid, source);
        }
        r[n++] = owner ? 0x10 : 0x00;
        r[n++] = eid;
        r[n++] = 0;
    } else if (m[2] == SET_EID) {
        r[3] = length == 5 ? 0x02 : 0x03;
    } else if (m[2] == GET_EID && length == 3) {
        r[n++] = eid;
        r[n++] = owner ? 0x10 : 0x00;
        r[n++] = 0;
    } else if (m[2] == GET_UUID && length == 3) {
        memcpy(r + n, uuid, sizeof uuid);
        n += sizeof uuid;
    } else if (m[2] == GET_VERSIONS && length == 4) {
        bool vendor = data[0] == VENDOR;
        if (!vendor && data[0] != CONTROL && data[0] != 0xff)
            r[3] = 0x80;
        else {
            r[n] = 1;
            mctp_lpc_put32be(r + n + 1, vendor ? 0xf1f0f000 : 0xf1f3f100);
            n += 5;
        }
    } else if (m[2] == GET_TYPES && length == 3) {
        r[n++] = 1;
        r[n++] = VENDOR;
    } else if (!(owner && m[2] == NOTIFY && length == 3))
        r[3] = m[2] >= SET_EID && m[2] <= GET_TYPES ? 0x03 : 0x05;
    send_message(source, tag, r, n);
    if (owner && !asked) {
        asked = true;
        ask();
    }
}

static void answered(const uint8_t *m, size_t length)
{
    if (!owner && (m[1] & 0x1f) == ANNOUNCEMENT)
        asked = false;
    if (!owner || !asked || length < 4 || question >= QUESTIONS || (m[1] & 0x1f) != question || m[3] != 0)
        return;
    if (m[2] == SET_EID && length >= 6)
        host_eid = m[5];
    times_asked = 0;
    if (++question < QUESTIONS)
        ask();
    else
        printf("discovered EID %d\n", host_eid);
}

static void vendor(uint8_t source, uint8_t tag, const uint8_t *m, size_t length)
{
    static uint8_t r[LARGEST_MESSAGE];
    static const uint8_t number[5] = {VENDOR, 0x00, 0x00, 0x7e, 0xd9};
    if (length < 7 || length + 1 > sizeof r || memcmp(m, number, sizeof number) != 0)
        return;
    bool known = m[5] == MCTP_LPC_VENDOR_FORMAT, echo = known && m[6] == MCTP_LPC_VENDOR_ECHO;
    bool file = known && m[6] >= MCTP_LPC_VENDOR_FILE_OPEN && m[6] <= MCTP_LPC_VENDOR_FILE_CLOSE;
    memcpy(r, number, sizeof number);
    r[5] = MCTP_LPC_VENDOR_FORMAT;
    r[6] = m[6] | MCTP_LPC_VENDOR_RESPONSE_BIT;
    r[7] = echo   ? MCTP_LPC_VENDOR_STATUS_OK
           : file ? MCTP_LPC_VENDOR_STATUS_FILES_NOT_ACCEPTED
                  : MCTP_LPC_VENDOR_STATUS_UNKNOWN_OPERATION;
    memcpy(r + MCTP_LPC_VENDOR_AT_RESPONSE_FIELDS, m + MCTP_LPC_VENDOR_AT_REQUEST_FIELDS, length - 7);
    send_message(source, tag, r, echo ? length + 1 : MCTP_LPC_VENDOR_AT_RESPONSE_FIELDS);
}

static void handle(uint8_t source, uint8_t flags, const uint8_t *m, size_t length)
{
    uint8_t tag = flags & 0x07;
    bool request = (flags & TAG_OWNER) != 0;
    if (m[0] == CONTROL && length > LARGEST_CONTROL) /* LPC-MCTP-7 */
        return;
    if (m[0] == CONTROL && length >= 3 && request && (m[1] & 0xc0) == 0x80)
        control(source, tag, m, length);
    else if (m[0] == CONTROL && length >= 3 && !request && (m[1] & 0xc0) == 0)
        answered(m, length);
    else if (m[0] == VENDOR && request)
        vendor(source, tag, m, length);
}

/* One message at a time: whoever sends here sends the packets of a message one after the other. */
void mctp_receive(const uint8_t *packet, size_t length)
{
    uint8_t destination = packet[1], source = packet[2], flags = packet[3];
    size_t payload = length - MCTP_HEADER;
    if ((packet[0] & 0x0f) != 1 || payload == 0 || source == 0xff || (destination != eid && destination != 0 && destination != 0xff))
        return;
    if (flags & SOM) {
        incoming.destination = source;
        incoming.tag = flags & TAG;
        incoming.length = 0;
        unit = payload;
    } else if (incoming.length == 0 || incoming.destination != source || incoming.tag != (flags & TAG) ||
               (flags >> 4 & 3) != ((incoming.sequence + 1) & 3) || payload > unit ||
               (payload < unit && !(flags & EOM))) {
        incoming.length = 0;
        return;
    }
    incoming.sequence = flags >> 4 & 3;
    if (incoming.length + payload > LARGEST_MESSAGE) {
        incoming.length = 0;
        return;
    }
    memcpy(incoming.bytes + incoming.length, packet + MCTP_HEADER, payload);
    incoming.length += payload;
    if (flags & EOM) {
        handle(source, flags, incoming.bytes, incoming.length);
        incoming.length = 0;
    }
}

/* LPC-ERR-5: the packet that was dropped may have belonged to any message. */
void mctp_packet_lost(void)
{
    incoming.length = 0;
}

/* LPC-MCTP-5: a request without an answer is sent again MT2 after it was taken, twice at most. */
static void ask_again(void)
{
    if (!asked || question >= QUESTIONS || times_asked >= TIMES_SENT || now_ms() - asked_at < MT2_MS)
        return;
    if (owner)
        ask();
    else
        announce();
}

bool mctp_waiting(void)
{
    return waiting > 0;
}

size_t mctp_next(uint8_t *packet, uint32_t mtu)
{
    if (under_way)
        asked_at = now_ms();
    under_way = false;
    if (waiting == 0)
        ask_again();
    if (waiting == 0)
        return 0;
    struct message *m = &queue[first];
    size_t left = m->length - m->sent, payload = left < mtu ? left : mtu;
    packet[0] = 0x01;
    packet[1] = m->destination;
    packet[2] = eid;
    packet[3] = (uint8_t)((m->sent == 0 ? SOM : 0) | (payload == left ? EOM : 0) | (m->sequence++ & 3) << 4 | m->tag);
    memcpy(packet + MCTP_HEADER, m->bytes + m->sent, payload);
    m->sent += payload;
    under_way = true;
    if (m->sent == m->length) {
        first = (first + 1) % QUEUE;
        waiting--;
    }
    return MCTP_HEADER + payload;
}
