/*
 * attach BOARD: a host on a virtual board, as small as a correct one gets. It opens a session, asks the BMC for its
 * EID, says what it found, and stops. It may be killed at any moment: the next start begins with a close.
 *
 * Comments name the steps of mctp-lpc.md, H0 to H4. What is between the board and them is in virtual_board.h. A whole
 * host also answers requests, takes the EID that it is assigned (clause 14), and puts messages of several packets
 * together.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <time.h>

#include "virtual_board.h"

enum { VER_MIN = MCTP_LPC_VERSION_OLDEST, VER_CUR = MCTP_LPC_VERSION_NEWEST, OWN_MTU = 4096, STOP_LIMIT_MS = 500 };
enum { OBF = MCTP_LPC_STR_OBF, IBF = MCTP_LPC_STR_IBF, BMC_ACTIVE = MCTP_LPC_STR_BMC_ACTIVE };

static struct board board;
static struct mctp_lpc_region session; /* its terms, where the BMC cannot change them (LPC-REG-5) */
static bool tx_begin_seen;             /* while the session was not judged yet (H1.8) */
static enum { IDLE, BEGIN_PENDING, OUTSTANDING } transmit; /* 7.3 */
static bool rx_complete_owed;
static unsigned begun_again; /* from H1.7, in a row */
static int bmc_eid;          /* 0 until the response has come */

static void wait_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* ---- H0 and H1: start-up ---- */

static bool in_session(uint8_t str)
{
    return (str & MCTP_LPC_STR_IN_SESSION) == MCTP_LPC_STR_IN_SESSION;
}

/* H0.1, H0.2: takes a byte that stands in ODR; the value of STR that counts, the last one read. */
static uint8_t look(void)
{
    uint8_t str = board_read_str(&board);
    if (str & OBF) {
        tx_begin_seen |= board_read_odr(&board) == MCTP_LPC_TX_BEGIN;
        str = board_read_str(&board);
    }
    return str;
}

/* Looks until these flags are clear; the value of STR then, or 0 where BMC Active is 0: back to H1.1 (H0.3). */
static uint8_t wait_for_clear(uint8_t flags)
{
    for (;; wait_ms(1)) {
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

static bool host_versions_are(uint16_t min, uint16_t cur)
{
    struct mctp_lpc_region region = read_region();
    return region.host_ver_min == min && region.host_ver_cur == cur;
}

/* Writes the host versions, then rx_size unless it is 0, then Initialise (LPC-HOST-5). */
static void initialise(uint16_t min, uint16_t cur, uint32_t rx_size)
{
    uint8_t versions[4], size[4];
    mctp_lpc_put16be(versions, min);
    mctp_lpc_put16be(versions + 2, cur);
    mctp_lpc_put32be(size, rx_size);
    board_write(&board, MCTP_LPC_AT_HOST_VER_MIN, versions, sizeof versions);
    if (rx_size != 0)
        board_write(&board, MCTP_LPC_AT_RX_SIZE, size, sizeof size);
    board_write_idr(&board, MCTP_LPC_INITIALISE);
}

/* H1.3 */
static void close_session(void)
{
    initialise(MCTP_LPC_VERSION_CLOSE, MCTP_LPC_VERSION_CLOSE, 0);
}

/* H1.9: says why, and rests as long as neither BMC Active nor the host version fields change. */
static bool rest(const char *why)
{
    struct mctp_lpc_region then = read_region();
    printf("%s\n", why);
    begun_again = 0;
    for (uint32_t ms = 0; ms < MCTP_LPC_T_REFUSED_MS; ms++, wait_ms(1)) {
        if (!(look() & BMC_ACTIVE) || !host_versions_are(then.host_ver_min, then.host_ver_cur))
            break;
    }
    return false;
}

/* From H1.7 to H1.1, but not again and again (LPC-TIME-2). */
static bool begin_again(void)
{
    return ++begun_again > MCTP_LPC_STARTS_IN_A_ROW ? rest("the BMC does not come to rest") : false;
}

/* H1: true when a session is up, false when H1.1 is next. */
static bool start_up(void)
{
    while (!(look() & BMC_ACTIVE)) /* H1.1 */
        wait_ms(1);
    if (read_region().magic != MCTP_LPC_MAGIC) /* H1.2 */
        return rest("no magic");

    if (!wait_for_clear(IBF)) /* H1.3: close */
        return false;
    close_session();

    if (!wait_for_clear(IBF)) /* H1.4: fence */
        return false;
    board_write_idr(&board, MCTP_LPC_FENCE);

    if (!wait_for_clear(IBF | OBF)) /* H1.5: nothing of an older session is left; open */
        return false;
    struct mctp_lpc_region offer = read_region();
    uint16_t version = mctp_lpc_common_version(offer.bmc_ver_min, offer.bmc_ver_cur, VER_MIN, VER_CUR);
    uint32_t asked = version < 2 ? 0 : mctp_lpc_asked_size(&offer, version, OWN_MTU, board.window_bytes);
    tx_begin_seen = false;
    initialise(VER_MIN, VER_CUR, asked);

    if (!wait_for_clear(IBF)) /* H1.6: fence */
        return false;
    board_write_idr(&board, MCTP_LPC_FENCE);

    uint8_t str = wait_for_clear(IBF); /* H1.7: judge */
    if (!str)
        return false;
    if (!(str & MCTP_LPC_STR_CHANNEL_ACTIVE))
        return host_versions_are(VER_MIN, VER_CUR) ? rest("refused") : begin_again();
    session = read_region();
    version = session.negotiated_ver;
    bool offered = version >= VER_MIN && version <= VER_CUR;
    if (!in_session(board_read_str(&board)) || (offered && version >= 2 && session.rx_size > asked))
        return begin_again();
    if (!offered || !mctp_lpc_layout_is_usable(&session, version, board.window_bytes)) {
        if (wait_for_clear(IBF))
            close_session();
        return rest("declined");
    }
    begun_again = 0;
    transmit = IDLE;
    rx_complete_owed = false;
    return true;
}

/* ---- H2 to H4: the session ---- */

/* H3.1: Get Endpoint ID, to whoever is at the other end. */
static void send_request(void)
{
    static const uint8_t packet[] = {MCTP_LPC_HEADER_VERSION, MCTP_LPC_EID_NULL, MCTP_LPC_EID_HOST, 0xc8, 0x00, 0x80, 0x02};
    uint8_t frame[MCTP_LPC_LENGTH_BYTES + sizeof packet + MCTP_LPC_V3_TRAILER_BYTES];
    mctp_lpc_put32be(frame, sizeof packet);
    memcpy(frame + MCTP_LPC_LENGTH_BYTES, packet, sizeof packet);
    mctp_lpc_put32be(frame + MCTP_LPC_LENGTH_BYTES + sizeof packet, mctp_lpc_crc32(0, packet, sizeof packet));
    uint32_t trailer = mctp_lpc_trailer_bytes(session.negotiated_ver);
    board_write(&board, session.tx_offset, frame, MCTP_LPC_LENGTH_BYTES + sizeof packet + trailer);
    transmit = BEGIN_PENDING;
}

/* H2.4: copies the packet once, and judges the copy. Its bytes, 0 for one that is dropped. */
static uint32_t receive(uint8_t *packet)
{
    uint8_t field[MCTP_LPC_LENGTH_BYTES];
    uint32_t mtu = mctp_lpc_mtu_of_buffer(session.negotiated_ver, session.rx_size);
    uint32_t trailer = mctp_lpc_trailer_bytes(session.negotiated_ver);
    rx_complete_owed = true;
    board_read(&board, session.rx_offset, field, sizeof field);
    uint32_t length = mctp_lpc_get32be(field);
    if (!mctp_lpc_length_is_valid(length, mtu)) /* LPC-BUF-4 */
        return 0;
    board_read(&board, session.rx_offset + MCTP_LPC_LENGTH_BYTES, packet, length + trailer);
    bool intact = trailer == 0 || mctp_lpc_get32be(packet + length) == mctp_lpc_crc32(0, packet, length);
    return intact ? length : 0; /* LPC-BUF-5 */
}

/* What is above the binding: takes the EID from the response, passes over everything else. */
static void take(const uint8_t *packet, uint32_t length)
{
    static const uint8_t response[] = {0x00, 0x00, 0x02, 0x00}; /* type, instance, command, completion */
    bool ours = length >= 9 && (packet[0] & 0x0f) == MCTP_LPC_HEADER_VERSION && packet[1] == MCTP_LPC_EID_HOST &&
                (packet[3] & 0xcf) == 0xc0 && memcmp(packet + MCTP_LPC_HEADER_BYTES, response, sizeof response) == 0;
    if (ours)
        bmc_eid = packet[8];
}

/* H2: one round; false when the session is over (H2.9). */
static bool service(void)
{
    static uint8_t packet[MCTP_LPC_HEADER_BYTES + OWN_MTU + MCTP_LPC_V3_TRAILER_BYTES];
    uint8_t str = board_read_str(&board); /* H2.2 */
    if (!in_session(str))
        return false;
    if (tx_begin_seen || str & OBF) { /* H2.3 */
        uint8_t byte = tx_begin_seen ? MCTP_LPC_TX_BEGIN : board_read_odr(&board);
        uint32_t length = 0;
        tx_begin_seen = false;
        if (byte == MCTP_LPC_TX_BEGIN && !rx_complete_owed)
            length = receive(packet);
        else if (byte == MCTP_LPC_RX_COMPLETE && transmit == OUTSTANDING) /* H2.5 */
            transmit = IDLE;
        str = board_read_str(&board); /* H2.7 */
        if (!in_session(str))
            return false;
        take(packet, length);
        if (str & OBF)
            return true;
    }
    if (str & IBF)
        return true;
    if (rx_complete_owed) { /* H2.8 */
        rx_complete_owed = false;
        board_write_idr(&board, MCTP_LPC_RX_COMPLETE);
    } else if (transmit == BEGIN_PENDING) {
        transmit = OUTSTANDING;
        board_write_idr(&board, MCTP_LPC_TX_BEGIN);
    }
    return true;
}

/* Asks up to three times (LPC-MCTP-5); false when the session is over. */
static bool ask(void)
{
    for (uint32_t attempt = 0; attempt <= MCTP_LPC_MN1 && bmc_eid == 0; attempt++) {
        if (transmit == IDLE)
            send_request();
        for (uint32_t ms = 0; ms < MCTP_LPC_MT2_MS && bmc_eid == 0; ms++, wait_ms(1)) {
            if (!service())
                return false;
        }
    }
    return true;
}

/* H4: closes, and does not wait for the answer. */
static void stop(void)
{
    for (int ms = 0; ms < STOP_LIMIT_MS; ms++, wait_ms(1)) {
        uint8_t str = look();
        if (str & BMC_ACTIVE && !(str & IBF))
            close_session();
        if (!(str & BMC_ACTIVE) || !(str & IBF))
            return;
    }
}

int main(int argc, char **argv)
{
    const char *wrong = argc == 2 ? board_attach(&board, argv[1], true) : "usage: attach BOARD";
    ...
}
