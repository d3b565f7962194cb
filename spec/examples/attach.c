/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attach shm:PATH: a host on a virtual board, as small as a correct one gets, in one file. It opens a session, asks the
 * BMC for its EID, says what it found, and stops. It may be killed at any moment: the next start begins with a close.
 *
 * Comments name the steps of mctp-lpc.md, H0 to H4. In place of virtual_board.h firmware has registers and a window.
 * host.c is a whole host: it also answers requests, takes the EID that it is assigned, and assembles long messages.
 */
#define _GNU_SOURCE
#include "virtual_board.h"

enum { VER_MIN = 1, VER_CUR = 3, VERSIONS = VER_MIN << 16 | VER_CUR, OWN_MTU = 4096 };
enum { OBF = MCTP_LPC_STR_OBF, IBF = MCTP_LPC_STR_IBF, BMC_ACTIVE = MCTP_LPC_STR_BMC_ACTIVE };

static struct board board;
static struct mctp_lpc_region session;                     /* its terms, kept from the BMC (LPC-REG-5) */
static enum { IDLE, BEGIN_PENDING, OUTSTANDING } transmit; /* 7.3 */
static bool tx_begin_seen, rx_complete_owed;               /* H0.3, H2.5 */
static bool begin_is_next, refused_before;                 /* LPC-KCS-12, H1.17 */
static int bmc_eid;                                        /* 0 until the response has come */

/* Why there is no session: begin again at once for these two, after a rest (H1.30) for any other reason. */
static const char BMC_GONE[] = "the BMC was reset", BEGIN_AGAIN[] = "the BMC begins again and again";

/* ---- H0 and H1: start-up ---- */

/*
 * H0.1, H0.2: awaits a BMC whose window shows the magic. The interface may be another service's until then, so no byte is
 * taken before (LPC-HOST-14). With BMC Active clear a byte in ODR is reason enough to look: it may be the announcement of
 * a BMC that waits for it to be read.
 */
static void await_magic(void)
{
    for (;; board_pause()) {
        uint8_t magic[4];
        if (!(board_read_str(&board) & (BMC_ACTIVE | OBF)))
            continue;
        board_read(&board, MCTP_LPC_AT_MAGIC, magic, sizeof magic);
        if (mctp_lpc_get32be(magic) == MCTP_LPC_MAGIC)
            return;
    }
}

/* H0.3, H0.4: takes a byte that stands in ODR; the value of STR that counts, which is the one read last. */
static uint8_t look(void)
{
    uint8_t str = board_read_str(&board);
    if (str & OBF) {
        tx_begin_seen |= board_read_odr(&board) == MCTP_LPC_TX_BEGIN;
        str = board_read_str(&board);
    }
    return str;
}

/* Looks until these flags are clear: the value of STR then, or 0 if BMC Active is 0, which leads to H0.1 (H0.5). */
static uint8_t wait_for_clear(uint8_t flags)
{
    for (;; board_pause()) {
        uint8_t str = look();
        if (!(str & BMC_ACTIVE))
            return 0;
        if (!(str & flags))
            return str;
    }
}

static struct mctp_lpc_region read_region(void)
{
    uint8_t fields[MCTP_LPC_FIELDS_BYTES];
    board_read(&board, 0, fields, sizeof fields);
    return mctp_lpc_decode_region(fields);
}

static uint32_t host_versions(void)
{
    uint8_t fields[4];
    board_read(&board, MCTP_LPC_AT_HOST_VER_MIN, fields, sizeof fields);
    return mctp_lpc_get32be(fields);
}

/* Host versions, min before cur, then rx_size unless it is 0, then Initialise (LPC-HOST-5). Versions 0/0: a close. */
static void initialise(uint32_t versions, uint32_t rx_size)
{
    uint8_t field[4];
    mctp_lpc_put32be(field, versions);
    board_write(&board, MCTP_LPC_AT_HOST_VER_MIN, field, sizeof field);
    mctp_lpc_put32be(field, rx_size);
    if (rx_size != 0)
        board_write(&board, MCTP_LPC_AT_RX_SIZE, field, sizeof field);
    board_write_idr(&board, MCTP_LPC_INITIALISE);
}

/* H1.30, H1.31: rests, unless BMC Active or the host versions change meanwhile. */
static void rest(void)
{
    uint32_t standing = host_versions();
    for (unsigned ms = 0; ms < MCTP_LPC_T_REFUSED_MS && look() & BMC_ACTIVE && host_versions() == standing; ms++)
        board_pause();
}

/*
 * Two fences, each when IDR is empty. That the second has left IDR says that the BMC has handled all before the first,
 * even behind a driver that holds a byte (5.6). False if the BMC is gone.
 */
static bool fence(void)
{
    for (int fences = 0; fences < 2; fences++) {
        if (!wait_for_clear(IBF))
            return false;
        board_write_idr(&board, MCTP_LPC_FENCE);
    }
    return true;
}

/* H0 and H1: NULL when a session is up, else why there is none. */
static const char *start_up(void)
{
    await_magic();
    if (!(look() & BMC_ACTIVE)) { /* H0.5 */
        board_pause();
        return BMC_GONE;
    }

    if (!wait_for_clear(IBF)) /* H1.2, H1.3: close */
        return BMC_GONE;
    initialise(MCTP_LPC_VERSION_CLOSE, 0);
    if (!fence()) /* H1.7, H1.8 */
        return BMC_GONE;

    uint8_t str = wait_for_clear(IBF | OBF); /* nothing of an older session is left */
    if (str == 0)
        return BMC_GONE;
    if (str & MCTP_LPC_STR_CHANNEL_ACTIVE) /* H1.9: the close was lost */
        return BEGIN_AGAIN;
    struct mctp_lpc_region offer = read_region(); /* H1.10 to H1.13: open */
    uint16_t version = mctp_lpc_common_version(offer.bmc_ver_min, offer.bmc_ver_cur, VER_MIN, VER_CUR);
    uint32_t asked = version < 2 ? 0 : mctp_lpc_asked_size(&offer, version, OWN_MTU, board.window_bytes);
    tx_begin_seen = false;
    initialise(VERSIONS, asked);
    if (!fence()) /* H1.14, H1.15 */
        return BMC_GONE;

    str = wait_for_clear(IBF); /* H1.16 to H1.28: judge */
    if (str == 0)
        return BMC_GONE;
    if (!(str & MCTP_LPC_STR_CHANNEL_ACTIVE)) {
        bool refused = host_versions() == VERSIONS && refused_before;
        refused_before |= host_versions() == VERSIONS; /* the first may be a reset (LPC-HOST-15) */
        return refused ? "refused" : BEGIN_AGAIN;
    }
    session = read_region();
    version = session.negotiated_ver;
    bool proposed = version >= VER_MIN && version <= VER_CUR;
    if (!mctp_lpc_in_session(board_read_str(&board)) || (proposed && version >= 2 && session.rx_size > asked))
        return BEGIN_AGAIN;
    if (!proposed && host_versions() != VERSIONS) /* H1.23, H1.24 */
        return BEGIN_AGAIN;
    if (!proposed || !mctp_lpc_layout_is_usable(&session, version, board.window_bytes)) { /* decline: close, rest */
        if (wait_for_clear(IBF))
            initialise(MCTP_LPC_VERSION_CLOSE, 0);
        return "unusable terms";
    }
    transmit = IDLE;
    rx_complete_owed = begin_is_next = refused_before = false;
    return NULL;
}

/* ---- H2 to H4: the session ---- */

/* H3: a Get Endpoint ID request, instance 0 and tag 0, to the endpoint at the other end. */
static void send_request(void)
{
    static const uint8_t packet[] = {MCTP_LPC_HEADER_VERSION, MCTP_LPC_EID_NULL, MCTP_LPC_EID_HOST, 0xc8, 0, 0x80, 2};
    uint8_t frame[sizeof packet + MCTP_LPC_V3_OVERHEAD];
    size_t bytes = mctp_lpc_put_frame(frame, session.negotiated_ver, packet, sizeof packet);
    board_write(&board, session.tx_offset, frame, bytes);
    transmit = BEGIN_PENDING;
}

/* H2.5, H2.6: copies a packet out of the window once and judges the copy; its bytes, 0 if it is dropped. */
static uint32_t receive(uint8_t *packet)
{
    uint8_t field[MCTP_LPC_LENGTH_BYTES];
    uint16_t version = session.negotiated_ver;
    rx_complete_owed = true;
    board_read(&board, session.rx_offset, field, sizeof field);
    uint32_t length = mctp_lpc_get32be(field);
    if (!mctp_lpc_length_is_valid(length, mctp_lpc_mtu_of_buffer(version, session.rx_size))) /* LPC-BUF-4 */
        return 0;
    board_read(&board, session.rx_offset + MCTP_LPC_LENGTH_BYTES, packet, length + mctp_lpc_trailer_bytes(version));
    return mctp_lpc_packet_is_intact(version, packet, length) ? length : 0; /* LPC-BUF-5 */
}

/* Above the binding: the response names the BMC's EID, everything else is passed over. */
static void take(const uint8_t *packet, uint32_t length)
{
    static const uint8_t success[] = {0, 0, 2, 0}; /* type, instance, command, completion */
    if (length > 8 && (packet[0] & 0x0f) == MCTP_LPC_HEADER_VERSION && packet[1] == MCTP_LPC_EID_HOST &&
        (packet[3] & 0xcf) == 0xc0 && memcmp(packet + MCTP_LPC_HEADER_BYTES, success, sizeof success) == 0)
        bmc_eid = packet[8];
}

/* H2: one round; false when the session is over (H2.3, H2.12). */
static bool service(void)
{
    static uint8_t packet[OWN_MTU + MCTP_LPC_V3_OVERHEAD];
    uint8_t str = board_read_str(&board); /* H2.2 */
    if (!mctp_lpc_in_session(str))
        return false;
    if (tx_begin_seen || str & OBF) { /* H2.4 */
        uint8_t byte = tx_begin_seen ? MCTP_LPC_TX_BEGIN : board_read_odr(&board);
        uint32_t length = 0;
        tx_begin_seen = false;
        if (byte == MCTP_LPC_TX_BEGIN && !rx_complete_owed)
            length = receive(packet);
        else if (byte == MCTP_LPC_RX_COMPLETE && transmit == OUTSTANDING) /* H2.7 */
            transmit = IDLE;
        str = board_read_str(&board); /* H2.11 */
        if (!mctp_lpc_in_session(str))
            return false;
        take(packet, length);
    }
    if (str & (IBF | OBF)) /* H2.13 */
        return true;
    if (transmit == BEGIN_PENDING && (begin_is_next || !rx_complete_owed)) { /* H2.15 */
        transmit = OUTSTANDING;
        begin_is_next = false;
        board_write_idr(&board, MCTP_LPC_TX_BEGIN);
    } else if (rx_complete_owed) { /* H2.14 */
        rx_complete_owed = false;
        begin_is_next = transmit == BEGIN_PENDING;
        board_write_idr(&board, MCTP_LPC_RX_COMPLETE);
    }
    return true;
}

/* Asks, and MN1 times again if no response comes (LPC-MCTP-5). False when the session is over. */
static bool ask(void)
{
    for (unsigned ms = 0; bmc_eid == 0 && ms < (1 + MCTP_LPC_MN1) * MCTP_LPC_MT2_MS; ms++) {
        if (ms % MCTP_LPC_MT2_MS == 0 && transmit == IDLE)
            send_request();
        if (!service())
            return false;
        board_pause();
    }
    return true;
}

/* H4: closes as soon as IDR is empty, if it is in T_stop; the BMC's answer is not waited for. */
static void stop(void)
{
    uint8_t str = look();
    for (unsigned ms = 0; ms < MCTP_LPC_T_STOP_MS && str & BMC_ACTIVE && str & IBF; ms++, str = look())
        board_pause();
    if (str & BMC_ACTIVE && !(str & IBF))
        initialise(MCTP_LPC_VERSION_CLOSE, 0);
}

int main(int argc, char **argv)
{
    const char *path = argc == 2 ? board_path(argv[1]) : NULL;
    if (path == NULL) {
        fprintf(stderr, "usage: %s shm:PATH\n", argv[0]);
        return 2;
    }
    const char *wrong = board_attach(&board, path, true);
    if (wrong != NULL) {
        fprintf(stderr, "%s: %s: %s\n", argv[0], argv[1], wrong);
        return 1;
    }
    do {
        unsigned begun_again = 0; /* at H1.9 to H1.26, in a row (LPC-TIME-2) */
        for (const char *why; (why = start_up()) != NULL;) {
            if (why == BMC_GONE || (why == BEGIN_AGAIN && ++begun_again <= MCTP_LPC_STARTS_IN_A_ROW))
                continue;
            printf("%s\n", why);
            rest();
            begun_again = 0;
        }
        printf("session: version %u, MTU %lu\n", session.negotiated_ver,
               (unsigned long)mctp_lpc_mtu_of_buffer(session.negotiated_ver, session.tx_size));
    } while (!ask());
    stop();
    board_leave(&board);
    printf(bmc_eid == 0 ? "no response\n" : "the BMC has EID %d\n", bmc_eid);
    return bmc_eid == 0 ? 1 : 0;
}
