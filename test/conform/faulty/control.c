/*
 * What an endpoint answers and asks: mctp-lpc.md, clauses 14.3 and 14.4, and the echo of annex-formats.md. The BMC
 * discovers the host once it has announced itself; the host announces itself, and asks for the BMC's EID each two seconds.
 */
#include "side.h"

#include <stdlib.h>

enum { CONTROL = 0x00, VENDOR = MCTP_LPC_VENDOR_TYPE, INTEGRITY = 0x80, ANY_VERSION = 0xff };
enum { TAG_OWNER = 0x08, TAG = 0x07, TAGS = 8, RQ = 0x80, DATAGRAM = 0x40, INSTANCE = 0x1f };
enum { SET_EID = 1, GET_EID, GET_UUID, GET_VERSIONS, GET_TYPES, GET_VENDOR, PREPARE = 11, DISCOVER, NOTIFY };
enum { SUCCESS, ERROR, INVALID_DATA, INVALID_LENGTH, UNSUPPORTED = 5, NO_SUCH_TYPE = 0x80 };
enum { CONTROL_MOST = 64, HEADER = 3, LATE_MS = 250, ASK_EACH_MS = 2000, QUESTIONS = 5 };

uint8_t own_eid;
static const uint8_t UUID[2][16] = {
    {0x9d, 0x1c, 0x5a, 0x40, 0x6e, 0x2b, 0x4b, 0x0d, 0x8e, 0x31, 0x42, 0x4d, 0x43, 0x69, 0x6e, 0x43},
    {0x3b, 0x70, 0x11, 0xe8, 0x04, 0x9f, 0x4c, 0x52, 0x9a, 0x66, 0x48, 0x4f, 0x53, 0x54, 0x69, 0x6e},
};

/* The request under way, one at a time. */
static struct {
    bool active, on_the_way;
    uint8_t destination, source, tag, bytes[8];
    size_t length;
    unsigned sent;
    uint64_t due;
} request;

/* Tags in hold-off (LPC-MCTP-4). */
static struct {
    uint8_t destination;
    uint64_t until;
} held[TAGS];

static bool up, announced, discovered; /* the last two in this session */
static unsigned question, instance; /* question: 0 when none is asked */
static uint8_t peer_eid;
static uint64_t next_ask;

/* The last announcement: the same again is a retry (LPC-MCTP-14). */
static struct {
    bool known;
    uint8_t source, tag, instance;
    uint64_t at;
} notified;

void control_begin(void)
{
    own_eid = config.host ? MCTP_LPC_EID_HOST : MCTP_LPC_EID_BMC;
    if (FAULTY(other_own_eid))
        own_eid = MCTP_LPC_EID_HOST + 1;
}

/* ---- Requests ---- */

static uint8_t source_eid(void)
{
    return BMC_FAULTY(null_source) ? MCTP_LPC_EID_NULL : own_eid;
}

/* A tag that is free for this EID, by chance (LPC-MCTP-22); TAGS if none is. */
static uint8_t free_tag(uint8_t destination)
{
    if (FAULTY(tag_reused))
        return 0;
    unsigned first = (unsigned)random() % TAGS;
    for (unsigned i = 0; i < TAGS; i++) {
        unsigned tag = (first + i) % TAGS;
        if (held[tag].until <= now_ms() || held[tag].destination != destination)
            return (uint8_t)tag;
    }
    return TAGS;
}

static void send_request(void)
{
    if (request.sent > 0 && FAULTY(retry_changed))
        request.bytes[1] = (uint8_t)(RQ | (++instance & INSTANCE));
    request.on_the_way = true;
    request.sent++;
    mctp_send(request.destination, request.source, (uint8_t)(TAG_OWNER | request.tag), request.bytes, request.length, 0);
}

static const uint8_t NONE[1];

static bool ask(uint8_t destination, uint8_t command, const uint8_t *data, size_t bytes)
{
    uint8_t tag = free_tag(destination);
    if (tag == TAGS)
        return false;
    request.active = true;
    request.destination = destination;
    request.source = source_eid();
    request.tag = tag;
    request.bytes[0] = CONTROL;
    request.bytes[1] = (uint8_t)(RQ | (++instance & INSTANCE));
    request.bytes[2] = command;
    memcpy(request.bytes + HEADER, data, bytes);
    request.length = HEADER + bytes;
    request.sent = 0;
    send_request();
    return true;
}

/* A request that is over; its tag is held back if a response may still come. */
static void end_request(bool answered)
{
    if (request.active && (!answered || request.sent > 1)) {
        held[request.tag].destination = request.destination;
        held[request.tag].until = now_ms() + MCTP_LPC_MT4_MS;
    }
    request.active = false;
}

void control_sent(uint8_t tag)
{
    if (!request.active || tag != (TAG_OWNER | request.tag))
        return;
    request.on_the_way = false;
    request.due = now_ms() + MCTP_LPC_MT2_MS;
}

/* The bus owner's questions, 1 to 5, each after the response to the one before (LPC-MCTP-3). */
static void ask_question(void)
{
    static const uint8_t commands[QUESTIONS] = {GET_VERSIONS, SET_EID, GET_EID, GET_TYPES, GET_UUID};
    static const uint8_t disordered[QUESTIONS] = {SET_EID, GET_VERSIONS, GET_EID, GET_TYPES, GET_UUID};
    static const uint8_t set[2] = {0, MCTP_LPC_EID_HOST}, type[1] = {CONTROL};
    uint8_t command = (BMC_FAULTY(discovery_order) ? disordered : commands)[question - 1];
    uint8_t destination = question <= 2 ? MCTP_LPC_EID_NULL : peer_eid;
    if (command == SET_EID)
        ask(destination, command, set, sizeof set);
    else
        ask(destination, command, type, command == GET_VERSIONS ? sizeof type : 0);
}

static void begin_discovery(void)
{
    end_request(false);
    discovered = true;
    question = 1;
    ask_question();
}

/* A request that nobody answered, or with an error: discovery ends but for its last question (14.3). */
static void end_question(bool answered)
{
    if (!config.host && question == QUESTIONS)
        say("discovered EID %u", peer_eid);
    else if (!config.host && question != 0 && !answered)
        say("discovery failed at question %u", question);
    question = 0;
    if (config.host)
        next_ask = now_ms() + ASK_EACH_MS;
}

void control_link(bool open)
{
    up = open;
    end_request(false);
    question = 0;
    announced = discovered = notified.known = false;
    next_ask = now_ms();
    if (!config.host)
        next_ask = BMC_FAULTY(discovery_unasked) && open ? next_ask : UINT64_MAX;
    else
        peer_eid = MCTP_LPC_EID_NULL;
}

void control_tick(void)
{
    if (!up)
        return;
    if (request.active) {
        if (request.on_the_way || now_ms() < request.due)
            return;
        bool more = request.sent <= MCTP_LPC_MN1 && !FAULTY(retry_missing);
        if (more || FAULTY(retry_endless)) {
            send_request();
            return;
        }
        end_request(false);
        end_question(false);
        return;
    }
    if (question != 0) { /* no tag was free */
        ask_question();
        return;
    }
    if (now_ms() < next_ask)
        return;
    if (!config.host) {
        next_ask = UINT64_MAX;
        begin_discovery();
    } else if (!announced && !FAULTY(no_notify))
        announced = ask(MCTP_LPC_EID_NULL, NOTIFY, NONE, 0);
    else
        ask(peer_eid, GET_EID, NONE, 0);
}

static void take_response(uint8_t source, uint8_t flags, const uint8_t *m, size_t length)
{
    bool any = request.bytes[2] == SET_EID || request.destination == MCTP_LPC_EID_NULL; /* LPC-MCTP-11, 14.3 */
    if (!request.active || (flags & TAG) != request.tag || length <= HEADER || (m[1] & INSTANCE) != (request.bytes[1] & INSTANCE) ||
        m[2] != request.bytes[2] || (!any && source != request.destination)) {
        counters.control_dropped++;
        return;
    }
    bool success = m[HEADER] == SUCCESS;
    bool assigned = success && m[2] == SET_EID && length >= HEADER + 3 && m[HEADER + 2] >= MCTP_LPC_EID_FIRST;
    if (config.host)
        peer_eid = source;
    else if (assigned)
        peer_eid = m[HEADER + 2];
    success = success && (assigned || m[2] != SET_EID);
    end_request(true);
    if (question != 0 && success && question < QUESTIONS) {
        question++;
        ask_question();
    } else
        end_question(success);
}

/* ---- Responses ---- */

/* Bytes of data that a command's request has; 0 for none. */
static size_t data_bytes(uint8_t command)
{
    return command == SET_EID ? 2 : command == GET_VERSIONS || command == GET_VENDOR ? 1 : 0;
}

static bool carried_out(uint8_t command)
{
    bool discovery = command == PREPARE || command == DISCOVER;
    return (command >= SET_EID && command <= GET_VENDOR) || (command == NOTIFY && !config.host && !BMC_FAULTY(notify_unsupported)) ||
           (discovery && FAULTY(endpoint_discovery_taken));
}

/* Set Endpoint ID: completion code, and data behind it; the new EID takes effect at once. */
static uint8_t set_eid(const uint8_t *data, uint8_t *answer, size_t *bytes)
{
    unsigned operation = data[0] & 3;
    bool valid = (data[1] >= MCTP_LPC_EID_FIRST || FAULTY(reserved_eid_taken)) && data[1] != MCTP_LPC_EID_BROADCAST;
    if (operation > 1 || !valid)
        return INVALID_DATA;
    bool takes = config.host || BMC_FAULTY(set_eid_taken);
    answer[0] = takes ? 0x00 : 0x10;
    answer[1] = takes ? data[1] : own_eid;
    answer[2] = 0;
    *bytes = 3;
    if (takes && !FAULTY(set_eid_forgotten))
        own_eid = data[1];
    return SUCCESS;
}

static uint8_t get_versions(uint8_t type, uint8_t *answer, size_t *bytes)
{
    if (type == VENDOR) {
        answer[0] = 1;
        mctp_lpc_put32be(answer + 1, 0xf1f0f000);
        *bytes = 5;
        return SUCCESS;
    }
    if (type != ANY_VERSION && type != CONTROL)
        return NO_SUCH_TYPE;
    answer[0] = 2;
    mctp_lpc_put32be(answer + 1, 0xf1f3f000);
    mctp_lpc_put32be(answer + 5, 0xf1f3f100);
    *bytes = 9;
    return SUCCESS;
}

static uint8_t carry_out(uint8_t command, const uint8_t *data, uint8_t *answer, size_t *bytes)
{
    static const uint8_t vendor[] = {0xff, 0x01, 0x00, 0x00, 0x7e, 0xd9, 0x01, 0x00}, types[] = {1, VENDOR};
    switch (command) {
    case SET_EID:
        return set_eid(data, answer, bytes);
    case GET_EID:
        answer[0] = own_eid;
        answer[1] = config.host ? 0x00 : 0x10;
        answer[2] = 0;
        *bytes = 3;
        return SUCCESS;
    case GET_UUID:
        *bytes = sizeof UUID[0];
        memcpy(answer, UUID[config.host], *bytes);
        return SUCCESS;
    case GET_VERSIONS:
        return get_versions(data[0], answer, bytes);
    case GET_TYPES:
        *bytes = sizeof types;
        memcpy(answer, types, *bytes);
        return SUCCESS;
    case GET_VENDOR:
        if (data[0] != 0)
            return INVALID_DATA;
        *bytes = sizeof vendor;
        memcpy(answer, vendor, *bytes);
        return SUCCESS;
    default:
        return SUCCESS;
    }
}

static void respond(uint8_t source, uint8_t flags, const uint8_t *m, size_t length)
{
    uint8_t r[CONTROL_MOST] = {CONTROL, m[1] & INSTANCE, m[2]}, old_eid = source_eid(), data[CONTROL_MOST] = {0};
    size_t bytes = 0, given = length - HEADER;
    memcpy(data, m + HEADER, given < sizeof data ? given : sizeof data);
    bool known = carried_out(m[2]), fits = given == data_bytes(m[2]) || FAULTY(wrong_length_taken);
    if ((m[2] == GET_EID && FAULTY(get_eid_unanswered)) || (!known && FAULTY(unsupported_unanswered)))
        return;
    r[HEADER] = !known ? UNSUPPORTED : !fits ? INVALID_LENGTH : carry_out(m[2], data, r + HEADER + 1, &bytes);
    if (!known && FAULTY(unsupported_code))
        r[HEADER] = ERROR;
    if (r[HEADER] != SUCCESS && FAULTY(error_with_data))
        bytes = 3;
    if (FAULTY(response_instance))
        r[1] = (r[1] + 1) & INSTANCE;
    if (FAULTY(response_is_request))
        r[1] |= RQ;
    mctp_send(source, FAULTY(set_eid_from_old_eid) ? old_eid : source_eid(), flags & TAG, r, HEADER + 1 + bytes,
              FAULTY(response_late) ? now_ms() + LATE_MS : 0);
}

/* LPC-MCTP-19: an announcement that is no retry begins a discovery, and so does the first request of a session. */
static bool begins_discovery(uint8_t source, uint8_t flags, const uint8_t *m, size_t length)
{
    if (config.host || m[2] != NOTIFY || length != HEADER)
        return !config.host && !discovered;
    bool again = notified.known && notified.source == source && notified.tag == (flags & TAG) &&
                 notified.instance == (m[1] & INSTANCE) && now_ms() - notified.at < MCTP_LPC_MT4_MS;
    notified.known = true;
    notified.source = source;
    notified.tag = flags & TAG;
    notified.instance = m[1] & INSTANCE;
    notified.at = now_ms();
    return !again;
}

static void take_control(uint8_t source, uint8_t flags, const uint8_t *m, size_t length)
{
    bool whole = length >= HEADER, owner = (flags & TAG_OWNER) != 0;
    bool rq = whole && (m[1] & RQ) != 0, datagram = whole && (m[1] & DATAGRAM) != 0;
    if (!whole || owner != rq || (datagram && !rq)) {
        counters.control_dropped++;
        return;
    }
    if (!rq) {
        take_response(source, flags, m, length);
        return;
    }
    bool notifies = datagram && !config.host && m[2] == NOTIFY;
    if (datagram && !notifies && !FAULTY(datagram_answered)) {
        counters.control_dropped++;
        return;
    }
    if (!notifies)
        respond(source, flags, m, length);
    if (begins_discovery(source, flags, m, length) && question == 0)
        begin_discovery();
}

static void take_vendor(uint8_t source, uint8_t flags, const uint8_t *m, size_t length)
{
    static uint8_t r[LARGEST_MESSAGE + 64];
    static const uint8_t number[5] = {VENDOR, 0x00, 0x00, 0x7e, 0xd9};
    if (length < sizeof number || memcmp(m, number, sizeof number) != 0 || !(flags & TAG_OWNER))
        return;
    bool whole = length >= MCTP_LPC_VENDOR_AT_REQUEST_FIELDS, known = whole && m[5] == MCTP_LPC_VENDOR_FORMAT;
    bool echo = known && m[6] == MCTP_LPC_VENDOR_ECHO;
    bool file = known && m[6] >= MCTP_LPC_VENDOR_FILE_OPEN && m[6] <= MCTP_LPC_VENDOR_FILE_CLOSE;
    memcpy(r, number, sizeof number);
    r[5] = MCTP_LPC_VENDOR_FORMAT;
    r[6] = (uint8_t)((whole ? m[6] : 0) | MCTP_LPC_VENDOR_RESPONSE_BIT);
    r[7] = !whole ? MCTP_LPC_VENDOR_STATUS_MALFORMED
           : echo ? MCTP_LPC_VENDOR_STATUS_OK
           : file ? MCTP_LPC_VENDOR_STATUS_FILES_NOT_ACCEPTED
                  : MCTP_LPC_VENDOR_STATUS_UNKNOWN_OPERATION;
    size_t echoed = echo ? length - MCTP_LPC_VENDOR_AT_REQUEST_FIELDS : 0;
    memcpy(r + MCTP_LPC_VENDOR_AT_RESPONSE_FIELDS, m + MCTP_LPC_VENDOR_AT_REQUEST_FIELDS, echoed);
    mctp_send(source, source_eid(), flags & TAG, r, MCTP_LPC_VENDOR_AT_RESPONSE_FIELDS + echoed, 0);
}

void control_message(uint8_t source, uint8_t flags, const uint8_t *m, size_t length)
{
    if (m[0] == VENDOR) {
        take_vendor(source, flags, m, length);
        return;
    }
    bool guarded = m[0] == (INTEGRITY | CONTROL) && FAULTY(integrity_answered);
    if ((m[0] != CONTROL && !guarded) || (length > CONTROL_MOST && !FAULTY(long_control_taken))) {
        counters.control_dropped++;
        return;
    }
    if (guarded && length >= HEADER + 4) /* the check is not looked at */
        length -= 4;
    take_control(source, flags, m, length);
}
