/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host shm:PATH: a whole host. Steps H0 to H4 are those of the tables of mctp-lpc.md, clause 10, in their order. It
 * announces itself to the bus owner, and answers what respond.c can answer.
 */
#include "channel.h"
#include "mctp.h"

enum { FENCES = 2 }; /* depth of the path into the BMC, 1 at most, and 1 (5.6) */

static enum {
    AWAITING_BMC,
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
} phase;

static int fences_written;       /* H1.4 to H1.15 */
static bool tx_begin_remembered; /* H0.3 */
static uint32_t asked;           /* rx_size of H1.12; 0: none */
static bool refused_before;      /* H1.17 */
static unsigned starts_in_a_row; /* H1.29 */
static uint32_t versions_before_rest;
static uint64_t rest_ends_at, stop_ends_at; /* T_refused, T_stop */

static uint32_t own_versions(void)
{
    return (uint32_t)options.version_min << 16 | options.version_cur;
}

/* ---- H1: begin again, and rest ---- */

static enum round rest(uint32_t host_versions)
{
    phase = RESTING;
    starts_in_a_row = 0;
    versions_before_rest = host_versions;
    rest_ends_at = port_now_ms() + MCTP_LPC_T_REFUSED_MS;
    return AGAIN;
}

/* `host_versions`: as read last. */
static enum round begin_again(uint32_t host_versions)
{
    phase = AWAITING_BMC;
    if (++starts_in_a_row <= MCTP_LPC_STARTS_IN_A_ROW)
        return AGAIN;
    say("%u start-ups in a row led to nothing (LPC-TIME-2): the next one in %u ms", starts_in_a_row,
        MCTP_LPC_T_REFUSED_MS);
    return rest(host_versions); /* H1.29 */
}

static enum round end_rest(void)
{
    bool changed = read_host_versions() != versions_before_rest; /* H1.30 */
    if (!changed && port_now_ms() < rest_ends_at)
        return WAIT;
    phase = AWAITING_BMC; /* H1.31 */
    return AGAIN;
}

/* ---- H1: close, open, judge ---- */

static enum round close_channel(void)
{
    write_field32(MCTP_LPC_AT_HOST_VER_MIN, MCTP_LPC_VERSION_CLOSE); /* H1.2: both version fields */
    port_write_idr(MCTP_LPC_INITIALISE);                             /* H1.3 */
    fences_written = 0;
    if (phase == CLOSING)
        phase = FENCING_CLOSE; /* H1.4 */
    else if (phase == DECLINING)
        rest(0); /* H1.5 */
    else
        phase = STOPPED; /* H1.6 */
    return WAIT;
}

/* H1.7 and H1.8, H1.14 and H1.15: the second fence leads to the next phase. */
static enum round write_fence(void)
{
    port_write_idr(MCTP_LPC_FENCE);
    if (++fences_written == FENCES)
        phase = phase == FENCING_CLOSE ? OPENING : JUDGING;
    return WAIT;
}

static enum round open_channel(uint8_t str)
{
    if (str & CHANNEL_ACTIVE) /* H1.9: the close was lost */
        return begin_again(0);
    struct mctp_lpc_region offer = read_region(); /* H1.10 */
    uint16_t version = mctp_lpc_common_version(offer.bmc_ver_min, offer.bmc_ver_cur, options.version_min,
                                               options.version_cur);
    write_field32(MCTP_LPC_AT_HOST_VER_MIN, own_versions()); /* H1.11: min, then cur */
    asked = 0;
    if (version >= 2) {
        asked = mctp_lpc_asked_size(&offer, version, options.mtu, port_window_bytes());
        write_field32(MCTP_LPC_AT_RX_SIZE, asked); /* H1.12 */
    }
    port_write_idr(MCTP_LPC_INITIALISE); /* H1.13 */
    tx_begin_remembered = false;
    fences_written = 0;
    phase = FENCING_OPEN;
    return WAIT;
}

static enum round judge_refusal(void)
{
    uint32_t versions = read_host_versions(); /* H1.16 */
    if (versions != own_versions())           /* H1.19: the BMC restarted */
        return begin_again(versions);
    if (!refused_before) { /* H1.17: a reset of the BMC's driver can look like a refusal */
        refused_before = true;
        return begin_again(versions);
    }
    counted.refusals++;
    say("refused by the BMC (LPC-VER-2): versions %u-%u offered, rx_size %lu; again in %u ms", options.version_min,
        options.version_cur, (unsigned long)asked, MCTP_LPC_T_REFUSED_MS);
    return rest(versions); /* H1.18 */
}

static enum round decline(const char *what)
{
    counted.answers_unusable++;
    say("%s: declined; again in %u ms", what, MCTP_LPC_T_REFUSED_MS);
    phase = DECLINING;
    return AGAIN;
}

static enum round judge_answer(void)
{
    struct mctp_lpc_region answer = read_region(); /* H1.20 */
    uint32_t versions = (uint32_t)answer.host_ver_min << 16 | answer.host_ver_cur;
    uint16_t version = answer.negotiated_ver;
    if (!mctp_lpc_in_session(port_read_str())) /* H1.21, H1.22 */
        return begin_again(versions);
    if (version < options.version_min || version > options.version_cur) {
        versions = read_host_versions();                        /* H1.23 */
        if (versions != own_versions())                         /* H1.24 */
            return begin_again(versions);
        return decline("a version that was not offered (LPC-VER-3)"); /* H1.25 */
    }
    if (version >= 2 && answer.rx_size > asked) /* H1.26: an answer to another host */
        return begin_again(versions);
    if (!mctp_lpc_layout_is_usable(&answer, version, port_window_bytes()))
        return decline("buffers that cannot be used (LPC-MTU-5)"); /* H1.27 */
    phase = ACTIVE;                                                /* H1.28 */
    starts_in_a_row = 0;
    refused_before = false;
    channel_open(version, (struct buffer){.offset = answer.rx_offset, .size = answer.rx_size},
                 (struct buffer){.offset = answer.tx_offset, .size = answer.tx_size});
    return AGAIN;
}

/* ---- H0: every round outside a session ---- */

static bool magic_is_there(void)
{
    uint8_t magic[MCTP_LPC_LEN_MAGIC];
    port_read_window(MCTP_LPC_AT_MAGIC, magic, sizeof magic);
    return mctp_lpc_get32be(magic) == MCTP_LPC_MAGIC;
}

/* H1, by the phase; `str` is what was read last. */
static enum round start_up(uint8_t str)
{
    bool idr_is_empty = !(str & IBF), odr_is_empty = !(str & OBF);
    if (phase == AWAITING_BMC) /* H1.1 */
        phase = CLOSING;
    switch (phase) {
    case CLOSING:
    case DECLINING:
    case STOPPING:
        if (idr_is_empty)
            return close_channel();
        break;
    case FENCING_CLOSE:
    case FENCING_OPEN:
        if (idr_is_empty)
            return write_fence();
        break;
    case OPENING:
        if (idr_is_empty && odr_is_empty)
            return open_channel(str);
        break;
    case JUDGING:
        if (idr_is_empty)
            return str & CHANNEL_ACTIVE ? judge_answer() : judge_refusal();
        break;
    case RESTING:
        if (end_rest() == AGAIN)
            return AGAIN;
        break;
    default:
        break;
    }
    return odr_is_empty ? WAIT : AGAIN;
}

static enum round outside_session(void)
{
    uint8_t str = port_read_str(); /* H0.1 */
    /* H0.2: the interface may be another service's. Nothing is taken from it before the magic (LPC-HOST-14). */
    if (phase == AWAITING_BMC && (!(str & (BMC_ACTIVE | OBF)) || !magic_is_there()))
        return WAIT;
    if (str & OBF) {
        if (port_read_odr() == MCTP_LPC_TX_BEGIN) /* H0.3 */
            tx_begin_remembered = true;
        str = port_read_str(); /* H0.4 */
    }
    if (!(str & BMC_ACTIVE)) { /* H0.5, H0.6 */
        phase = phase == STOPPING ? STOPPED : AWAITING_BMC;
        return str & OBF ? AGAIN : WAIT;
    }
    return start_up(str);
}

/* ---- H2: service in a session ---- */

static enum round session_is_over(void)
{
    counted.sessions_lost++;
    say("channel lost: the BMC cleared BMC Active or Channel Active (LPC-HOST-9); starting again");
    phase = AWAITING_BMC;
    channel_end();
    return AGAIN;
}

static void ignore(uint8_t byte)
{
    counted.tx_begins_ignored += byte == MCTP_LPC_TX_BEGIN;     /* LPC-ERR-1 */
    counted.initialises_ignored += byte == MCTP_LPC_INITIALISE; /* LPC-KCS-5 */
    counted.unknown_bytes += byte != MCTP_LPC_TX_BEGIN && byte != MCTP_LPC_RX_COMPLETE &&
                             byte != MCTP_LPC_INITIALISE && byte != MCTP_LPC_DUMMY; /* LPC-KCS-4 */
}

static enum round service(void)
{
    channel_transmit();            /* H2.1, H3 */
    uint8_t str = port_read_str(); /* H2.2 */
    if (!mctp_lpc_in_session(str)) /* H2.3 */
        return session_is_over();
    if (tx_begin_remembered || str & OBF) {
        uint8_t byte = tx_begin_remembered ? MCTP_LPC_TX_BEGIN : port_read_odr(); /* H2.4 */
        tx_begin_remembered = false;
        if (byte == MCTP_LPC_TX_BEGIN && !channel.rx_complete_owed)
            channel_receive(); /* H2.5, H2.6 */
        else if (byte == MCTP_LPC_RX_COMPLETE && channel_sent()) { /* H2.7 */
            if (mctp_has_packet())                                 /* H2.8 */
                return AGAIN;
            if (!channel.rx_complete_owed) /* H2.9 */
                return WAIT;
        } else
            ignore(byte);              /* H2.10 */
        str = port_read_str();         /* H2.11 */
        if (!mctp_lpc_in_session(str)) /* H2.12 */
            return session_is_over();
        channel_confirm();
        if (str & OBF) /* H2.13 */
            return AGAIN;
    }
    int command = str & IBF ? -1 : channel_command(); /* H2.14, H2.15 */
    if (command >= 0)
        port_write_idr((uint8_t)command);
    channel_look_at_stall();
    return WAIT;
}

/* ---- A round, and H4: stop ---- */

static enum round host_round(void)
{
    enum round next = phase == ACTIVE ? service() : outside_session();
    if (phase == STOPPING && port_now_ms() >= stop_ends_at) /* H4.3: IDR never became empty */
        phase = STOPPED;
    /* What MCTP makes of a packet comes behind the Rx Complete for it, and may be an answer to send. */
    return channel_deliver() && mctp_has_packet() && channel.sender == IDLE ? AGAIN : next;
}

static void host_stop(void)
{
    if (phase == AWAITING_BMC || phase == FENCING_CLOSE || phase == OPENING || phase == RESTING) {
        phase = STOPPED; /* H4.1: nothing is open */
        return;
    }
    channel_end(); /* H4.2 */
    phase = STOPPING;
    stop_ends_at = port_now_ms() + MCTP_LPC_T_STOP_MS;
}

static bool host_is_stopped(void)
{
    return phase == STOPPED;
}

/* ---- Above the binding: the host announces itself when a session opens (LPC-MCTP-20) ---- */

static void take_notify_response(uint8_t source, const uint8_t *response, size_t bytes)
{
    if (bytes == 0)
        say("no response to Discovery Notify (LPC-MCTP-20): keeping EID %u", endpoint.eid);
    else if (response[0] != SUCCESS)
        say("EID %u answers Discovery Notify with 0x%02x: keeping EID %u", source, response[0], endpoint.eid);
}

void role_link(bool up)
{
    static const uint8_t notify[] = {DISCOVERY_NOTIFY};
    if (up)
        request(MCTP_LPC_EID_NULL, notify, sizeof notify, take_notify_response);
}

void role_control(uint8_t source, uint8_t tag, const uint8_t *message, size_t length)
{
    static uint8_t told;
    (void)tag;
    (void)length;
    if (message[AT_COMMAND] == SET_EID && endpoint.was_assigned && endpoint.eid != told) {
        told = endpoint.eid;
        say("EID %u assigned by EID %u", endpoint.eid, source);
    }
}

int main(int argc, char **argv)
{
    return program_run(argc, argv,
                       &(struct side){
                           .is_host = true, .round = host_round, .stop = host_stop, .is_stopped = host_is_stopped});
}
