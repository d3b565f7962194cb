/*
 * What an endpoint asks: mctp-lpc.md, clause 14.3. The BMC discovers the host once that has announced itself; the host
 * announces itself, and asks for the BMC's EID each two seconds.
 */
#include "side.h"

#include <stdlib.h>

enum { TAGS = 8, ASK_EACH_MS = 2000, QUESTIONS = 5 };

/* The request under way, one at a time. */
static struct {
    bool active, on_the_way;
    uint8_t destination, tag, bytes[8];
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

uint8_t source_eid(void)
{
    return BMC_FAULTY(null_source) ? MCTP_LPC_EID_NULL : own_eid;
}

/* A tag that is free for this EID, at random (LPC-MCTP-22); TAGS if none is. */
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
    mctp_send(request.destination, source_eid(), (uint8_t)(TAG_OWNER | request.tag), request.bytes, request.length, 0);
}

static const uint8_t NONE[1];

static bool ask(uint8_t destination, uint8_t command, const uint8_t *data, size_t bytes)
{
    uint8_t tag = free_tag(destination);
    if (tag == TAGS)
        return false;
    request.active = true;
    request.destination = destination;
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

/* A question without a response, or with an error for one, ends the discovery, but for the last (14.3). */
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

void take_response(uint8_t source, uint8_t flags, const uint8_t *m, size_t length)
{
    bool any = request.bytes[2] == SET_EID || request.destination == MCTP_LPC_EID_NULL; /* LPC-MCTP-11, 14.3 */
    bool same = length > HEADER && (m[1] & INSTANCE) == (request.bytes[1] & INSTANCE) && m[2] == request.bytes[2];
    if (!request.active || !same || (flags & TAG) != request.tag || (!any && source != request.destination)) {
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

void take_request(uint8_t source, uint8_t flags, const uint8_t *m, size_t length)
{
    if (begins_discovery(source, flags, m, length) && question == 0)
        begin_discovery();
}
