/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bmc shm:PATH: a whole BMC. Steps B1 to B6 are those of the tables of mctp-lpc.md, clause 11, in their order. It is the
 * bus owner (14.3): it discovers a host that has announced itself, and answers what respond.c can answer.
 */
#include "channel.h"
#include "mctp.h"

static enum { STARTING, ANNOUNCING, INACTIVE, ACTIVE, STOPPING, STOPPED } phase;

static unsigned announcements_made; /* B1.4 */
static uint64_t announcing_ends_at; /* T_ann */
static bool dummy_waits;

/* ---- The offer, and the answer to a proposal: clause 9.2 ---- */

static uint32_t own_mtu(void)
{
    uint32_t largest = mctp_lpc_largest_mtu(options.version_cur, port_window_bytes());
    uint32_t mtu = options.mtu != 0 && options.mtu < largest ? options.mtu : largest;
    return options.version_cur == 1 ? MCTP_LPC_BTU : mtu;
}

/* Buffer bytes of the offer, for the newest own version; both offsets follow from it and stay (LPC-MTU-9). */
static uint32_t offered_size(void)
{
    return mctp_lpc_buffer_bytes(options.version_cur, own_mtu());
}

/* 0x10 to 0x1f as one access: two buffers behind the control region, both of `size` bytes. */
static void put_layout(uint8_t *at, uint32_t size)
{
    mctp_lpc_put32be(at, MCTP_LPC_REGION_BYTES);
    mctp_lpc_put32be(at + 4, size);
    mctp_lpc_put32be(at + 8, MCTP_LPC_REGION_BYTES + offered_size());
    mctp_lpc_put32be(at + 12, size);
}

/* ---- B1: start ---- */

static void write_region(void)
{
    uint8_t first[MCTP_LPC_AT_HOST_VER_MIN];
    mctp_lpc_put32be(first + MCTP_LPC_AT_MAGIC, MCTP_LPC_MAGIC);
    mctp_lpc_put16be(first + MCTP_LPC_AT_BMC_VER_MIN, options.version_min);
    mctp_lpc_put16be(first + MCTP_LPC_AT_BMC_VER_CUR, options.version_cur);
    port_write_window(MCTP_LPC_AT_MAGIC, first, sizeof first); /* B1.5 */

    uint8_t offer[MCTP_LPC_FIELDS_BYTES - MCTP_LPC_AT_NEGOTIATED_VER] = {0}; /* negotiated_ver 0, pad 0 */
    put_layout(offer + MCTP_LPC_AT_RX_OFFSET - MCTP_LPC_AT_NEGOTIATED_VER, offered_size());
    port_write_window(MCTP_LPC_AT_NEGOTIATED_VER, offer, sizeof offer); /* B1.6 */

    write_field32(MCTP_LPC_AT_HOST_VER_MIN, 0); /* B1.7: both version fields, last (LPC-BMC-2) */
}

static enum round start(void)
{
    if (phase == STARTING) {
        port_write_str(MCTP_LPC_STR_DOWN); /* B1.1 */
        phase = ANNOUNCING;
        announcements_made = 0;
        announcing_ends_at = port_now_ms() + MCTP_LPC_T_ANN_MS;
        write_field32(MCTP_LPC_AT_MAGIC, MCTP_LPC_MAGIC); /* B1.2 */
    }
    bool odr_is_full = (port_read_str() & OBF) != 0; /* B1.3 */
    if (odr_is_full && port_now_ms() < announcing_ends_at)
        return WAIT;
    if (!odr_is_full && announcements_made < MCTP_LPC_ANNOUNCEMENTS) {
        port_write_odr(MCTP_LPC_DUMMY); /* B1.4 */
        announcements_made++;
        return WAIT;
    }
    write_region();                      /* B1.5 to B1.7 */
    port_write_str(MCTP_LPC_STR_ACTIVE); /* B1.8 */
    dummy_waits = true;
    phase = INACTIVE;
    return AGAIN;
}

/* B2.3, B2.9, B3.2: session bits that this side did not write tell of a reset of the registers (LPC-BMC-9). */
static bool was_reset(uint8_t str)
{
    uint8_t written = phase == ACTIVE ? MCTP_LPC_STR_IN_SESSION : BMC_ACTIVE;
    return (str & MCTP_LPC_STR_IN_SESSION) != written;
}

static enum round start_anew(void)
{
    counted.registers_reset++;
    counted.sessions_lost += phase == ACTIVE;
    say("STR was reset from outside (LPC-BMC-9): starting again");
    phase = STARTING;
    dummy_waits = false;
    channel_end();
    return AGAIN;
}

/* ---- B3: Initialise ---- */

static void answer(uint16_t version, uint32_t size)
{
    uint8_t layout[MCTP_LPC_FIELDS_BYTES - MCTP_LPC_AT_RX_OFFSET];
    put_layout(layout, size);
    port_write_window(MCTP_LPC_AT_RX_OFFSET, layout, sizeof layout); /* B3.5 */
    write_field16(MCTP_LPC_AT_NEGOTIATED_VER, version);              /* B3.6 */
    dummy_waits = true;
}

static void refuse(const struct mctp_lpc_region *proposal)
{
    bool is_close = proposal->host_ver_min == 0 && proposal->host_ver_cur == 0;
    counted.closes += is_close;
    counted.refusals += !is_close;
    if (is_close)
        say("closed by the host; waiting for it to open a session");
    else
        say("refused (LPC-VER-2, LPC-MTU-7): the host offers versions %u-%u, rx_size %lu; this BMC speaks %u-%u",
            proposal->host_ver_min, proposal->host_ver_cur, (unsigned long)proposal->rx_size, options.version_min,
            options.version_cur);
    answer(MCTP_LPC_VERSION_REFUSED, offered_size());
    port_write_str(MCTP_LPC_STR_ACTIVE); /* B3.8 */
}

static void accept(uint16_t version, const struct mctp_lpc_region *proposal)
{
    uint32_t mtu = MCTP_LPC_BTU, offset = MCTP_LPC_REGION_BYTES;
    if (version >= 2) {
        uint32_t wanted = mctp_lpc_mtu_of_buffer(version, proposal->rx_size);
        mtu = wanted < own_mtu() ? wanted : own_mtu();
    }
    uint32_t size = mctp_lpc_buffer_bytes(version, mtu);
    answer(version, size);
    port_write_str(MCTP_LPC_STR_SESSION); /* B3.7 */
    phase = ACTIVE;
    channel_open(version, (struct buffer){.offset = offset + offered_size(), .size = size},
                 (struct buffer){.offset = offset, .size = size});
}

static enum round initialise(void)
{
    if (was_reset(port_read_str())) /* B3.1, B3.2 */
        return start_anew();
    counted.sessions_initialised_again += phase == ACTIVE;
    channel_end(); /* B3.3: what it owed and waited for is forgotten */
    phase = INACTIVE;
    struct mctp_lpc_region proposal = read_region(); /* B3.4 */
    uint16_t version = mctp_lpc_common_version(options.version_min, options.version_cur, proposal.host_ver_min,
                                               proposal.host_ver_cur);
    if (version >= 2 && proposal.rx_size < mctp_lpc_buffer_bytes(version, MCTP_LPC_BTU)) /* LPC-MTU-7 */
        version = MCTP_LPC_VERSION_REFUSED;
    if (version == MCTP_LPC_VERSION_REFUSED)
        refuse(&proposal);
    else
        accept(version, &proposal);
    return AGAIN;
}

/* ---- B4: a byte that waits for ODR ---- */

static void write_waiting_byte(uint8_t str)
{
    if (str & OBF)
        return;
    if (dummy_waits) {
        dummy_waits = false;
        port_write_odr(MCTP_LPC_DUMMY); /* B4.1 */
        return;
    }
    int command = channel_command();
    if (command >= 0)
        port_write_odr((uint8_t)command); /* B4.2, B4.3 */
}

/* ---- B2: service ---- */

static enum round service(void)
{
    if (phase == ACTIVE)
        channel_transmit();        /* B2.1, B5 */
    uint8_t str = port_read_str(); /* B2.2 */
    if (was_reset(str))            /* B2.3 */
        return start_anew();
    if (!(str & IBF)) { /* B2.4 */
        write_waiting_byte(str);
        channel_look_at_stall();
        return WAIT;
    }
    uint8_t byte = port_read_idr(); /* B2.5 */
    if (byte == MCTP_LPC_TX_BEGIN && phase == ACTIVE && !channel.rx_complete_owed) {
        channel_receive();      /* B2.6, B2.7 */
        str = port_read_str();  /* B2.8 */
        if (was_reset(str))     /* B2.9 */
            return start_anew();
        if (!(str & IBF)) { /* B2.10 */
            channel_confirm();
            write_waiting_byte(str);
            return WAIT;
        }
        byte = port_read_idr(); /* B2.11 */
        if (byte != MCTP_LPC_INITIALISE)
            channel_confirm(); /* B2.12 */
    }
    switch (byte) {
    case MCTP_LPC_INITIALISE: /* B2.13 */
        return initialise();
    case MCTP_LPC_RX_COMPLETE: /* B2.14; else B2.15 */
        return channel_sent() && !channel.rx_complete_owed && !dummy_waits && !mctp_has_packet() ? WAIT : AGAIN;
    case MCTP_LPC_TX_BEGIN: /* B2.15 */
        counted.tx_begins_ignored++;
        return AGAIN;
    case MCTP_LPC_FENCE: /* B2.16 */
        return AGAIN;
    default: /* B2.17 */
        counted.unknown_bytes++;
        return AGAIN;
    }
}

/* ---- A round, and B6: stop ---- */

static enum round stop(void)
{
    port_write_str(MCTP_LPC_STR_DOWN); /* B6.1 */
    bool odr_is_empty = !(port_read_str() & OBF); /* B6.2 */
    if (odr_is_empty)
        port_write_odr(MCTP_LPC_DUMMY); /* B6.3 */
    phase = STOPPED;                    /* B6.4 */
    return WAIT;
}

static enum round bmc_round(void)
{
    enum round next = phase == STOPPING                          ? stop()
                      : phase == STARTING || phase == ANNOUNCING ? start()
                                                                 : service();
    /* What MCTP makes of a packet comes behind the Rx Complete for it, and may be an answer to send. */
    return channel_deliver() && mctp_has_packet() && channel.sender == IDLE ? AGAIN : next;
}

static void bmc_stop(void)
{
    bool has_begun = phase != STARTING; /* LPC-BMC-11: no dummy before the magic */
    channel_end();
    phase = has_begun ? STOPPING : STOPPED;
}

static bool bmc_is_stopped(void)
{
    return phase == STOPPED;
}

/* ---- Above the binding: the bus owner discovers the host (14.3, LPC-MCTP-3) ---- */

/* The requests, each after the response to the one before; the first two to the endpoint at the other end. */
static const struct {
    uint8_t command[3];
    size_t bytes;
    bool to_null;
} questions[] = {
    {{GET_VERSIONS, CONTROL}, 2, true}, {{SET_EID, 0, MCTP_LPC_EID_HOST}, 3, true},
    {{GET_EID}, 1, false},              {{GET_TYPES}, 1, false},
    {{GET_UUID}, 1, false},
};
enum { QUESTIONS = sizeof questions / sizeof *questions, AT_ACCEPTED_EID = 2 };

static size_t question; /* under way; QUESTIONS: none */
static bool discovered; /* in this session, or tried */
static uint8_t host_eid;

/* The last Discovery Notify: the same again is a retry, which begins nothing (LPC-MCTP-14). */
static struct {
    bool known;
    uint8_t source, tag, instance;
    uint64_t came_at;
} notified;

static void take_answer(uint8_t source, const uint8_t *response, size_t bytes);

static void ask(void)
{
    request(questions[question].to_null ? MCTP_LPC_EID_NULL : host_eid, questions[question].command,
            questions[question].bytes, take_answer);
}

static void take_answer(uint8_t source, const uint8_t *response, size_t bytes)
{
    bool is_last = question == QUESTIONS - 1, is_good = bytes > 0 && response[0] == SUCCESS;
    uint8_t command = questions[question].command[0];
    (void)source;
    if (is_good && command == SET_EID) { /* the EID that the response names counts: an endpoint may insist on its own */
        uint8_t eid = bytes >= AT_ACCEPTED_EID + 1 ? response[AT_ACCEPTED_EID] : MCTP_LPC_EID_NULL;
        is_good = eid >= MCTP_LPC_EID_FIRST && eid <= MCTP_LPC_EID_LAST;
        host_eid = eid;
    }
    if (is_last)
        say("discovered EID %u%s", host_eid, is_good ? "" : ", without UUID");
    else if (!is_good && bytes == 0)
        say("discovery failed: no response to command 0x%02x (LPC-MCTP-5)", command);
    else if (!is_good)
        say("discovery failed: command 0x%02x answered with 0x%02x", command, response[0]);
    question = is_good && !is_last ? question + 1 : QUESTIONS;
    if (question < QUESTIONS)
        ask();
}

void role_link(bool up)
{
    (void)up; /* the host has to be heard first (LPC-MCTP-19) */
    discovered = false;
    notified.known = false;
    question = QUESTIONS;
}

static bool is_retry(uint8_t source, uint8_t tag, uint8_t instance)
{
    bool same = notified.known && notified.source == source && notified.tag == tag && notified.instance == instance &&
                port_now_ms() - notified.came_at < MCTP_LPC_MT4_MS;
    notified.known = true;
    notified.source = source;
    notified.tag = tag;
    notified.instance = instance;
    notified.came_at = port_now_ms();
    return same;
}

/* The first control message of a session begins the discovery, and each later Discovery Notify does so again. */
void role_control(uint8_t source, uint8_t tag, const uint8_t *message, size_t length)
{
    bool is_notify = message[AT_COMMAND] == DISCOVERY_NOTIFY && length == CONTROL_HEADER;
    bool is_news = is_notify ? !is_retry(source, tag, message[AT_INSTANCE] & INSTANCE) : !discovered;
    if (!is_notify)
        notified.known = false;
    if (!is_news || question < QUESTIONS)
        return;
    discovered = true;
    question = 0;
    ask();
}

int main(int argc, char **argv)
{
    return program_run(
        argc, argv,
        &(struct side){.is_host = false, .round = bmc_round, .stop = bmc_stop, .is_stopped = bmc_is_stopped});
}
