/*
 * faulty-host BOARD FAULT: a host that opens a session, sends Get Endpoint ID requests, takes what the BMC sends, and
 * breaks one rule. FAULT "none" breaks none. Written from spec/mctp-lpc.md, as small as it gets: one request at a time,
 * no doorbell. It runs until its standard input ends.
 */
#define _GNU_SOURCE
#include "examples/virtual_board.h"

#include <poll.h>
#include <stdlib.h>
#include <time.h>

enum { MIN = 1, CUR = 3, OWN_MTU = 256, PACKET_PAUSE_ROUNDS = 4, CLEAN_PACKETS = 2 };
enum { IBF = MCTP_LPC_STR_IBF, OBF = MCTP_LPC_STR_OBF, BMC_ACTIVE = MCTP_LPC_STR_BMC_ACTIVE };

static const char *const FAULTS[] = {
    "none",
    /* the trailer */
    "crc-little-endian", "crc-of-length", "crc-seed", "crc-missing",
    /* the length */
    "length-little-endian", "length-counts-itself", "length-counts-trailer", "length-without-header", "length-too-large",
    "packet-above-mtu",
    /* commands */
    "tx-begin-twice", "rx-complete-invented", "rx-complete-missing", "rx-complete-twice", "unknown-command",
    "idr-overwritten", "tx-begin-outside-session", "odr-unread",
    /* start-up */
    "versions-little-endian", "versions-reversed", "fields-after-initialise", "no-close", "no-fence", "rx-size-little-endian", "rx-size-above-offer", "region-overwritten",
    /* MCTP */
    "header-version", "sequence", "control-reply-bits", "packet-below-btu",
};

static struct board board;
static struct mctp_lpc_region session;
static const char *fault;
static unsigned sent;

static bool is(const char *name)
{
    return strcmp(fault, name) == 0;
}

static uint32_t swapped(uint32_t value)
{
    return value >> 24 | (value >> 8 & 0xff00u) | (value << 8 & 0xff0000u) | value << 24;
}

static bool input_ended(void)
{
    char byte;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

/* A look at STR, a pause, and the end of the program when its input has ended. */
static uint8_t look(void)
{
    if (input_ended())
        exit(0);
    board_pause();
    return board_read_str(&board);
}

static void put(uint32_t at, uint32_t value)
{
    uint8_t field[4];
    mctp_lpc_put32be(field, value);
    board_write(&board, at, field, sizeof field);
}

static uint32_t get(uint32_t at)
{
    uint8_t field[4];
    board_read(&board, at, field, sizeof field);
    return mctp_lpc_get32be(field);
}

static struct mctp_lpc_region read_region(void)
{
    uint8_t fields[MCTP_LPC_FIELDS_BYTES];
    board_read(&board, 0, fields, sizeof fields);
    return mctp_lpc_decode_region(fields);
}

/* ---- Start-up (clause 10, H0 and H1) ---- */

static void await_empty(uint8_t flags)
{
    for (uint8_t str = look(); str & flags; str = look())
        if (str & OBF) /* announcements and what an older session left */
            (void)board_read_odr(&board);
}

static void fence(void)
{
    for (int i = 0; i < 2 && !is("no-fence"); i++) {
        await_empty(IBF);
        board_write_idr(&board, MCTP_LPC_FENCE);
    }
    await_empty(IBF);
}

static void initialise(uint32_t versions, uint32_t rx_size)
{
    await_empty(IBF);
    if (is("fields-after-initialise")) {
        board_write_idr(&board, MCTP_LPC_INITIALISE);
        await_empty(IBF);
        /* Sooner, a BMC that waits for a processor may find them in time, and nobody can tell. */
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
    put(MCTP_LPC_AT_HOST_VER_MIN, versions);
    if (rx_size != 0)
        put(MCTP_LPC_AT_RX_SIZE, is("rx-size-little-endian") ? swapped(rx_size) : rx_size);
    if (is("region-overwritten"))
        put(MCTP_LPC_AT_TX_SIZE, 4096);
    if (!is("fields-after-initialise"))
        board_write_idr(&board, MCTP_LPC_INITIALISE);
}

static bool start_up(void)
{
    while (!(look() & BMC_ACTIVE) || get(MCTP_LPC_AT_MAGIC) != MCTP_LPC_MAGIC) {
    }
    if (!is("no-close")) {
        initialise(MCTP_LPC_VERSION_CLOSE, 0);
        fence();
        await_empty(IBF | OBF);
    }
    struct mctp_lpc_region offer = read_region();
    uint16_t version = mctp_lpc_common_version(offer.bmc_ver_min, offer.bmc_ver_cur, MIN, CUR);
    uint32_t asked = mctp_lpc_asked_size(&offer, version, OWN_MTU, board.window_bytes);
    uint32_t versions = MIN << 16 | CUR;
    if (is("versions-little-endian"))
        versions = (MIN << 8 & 0xff00u) << 16 | CUR << 8;
    if (is("versions-reversed"))
        versions = CUR << 16 | MIN;
    if (is("rx-size-above-offer"))
        asked = board.window_bytes;
    initialise(versions, asked);
    fence();
    uint8_t str = look();
    session = read_region();
    return mctp_lpc_in_session(str) && mctp_lpc_in_session(look());
}

/* ---- The session ---- */

/* The trailer of a packet behind its length field, as the fault wants it. */
static uint32_t trailer(const uint8_t *frame, size_t length, uint32_t right)
{
    if (is("crc-little-endian"))
        return swapped(right);
    if (is("crc-of-length"))
        return mctp_lpc_crc32(0, frame, MCTP_LPC_LENGTH_BYTES + length);
    if (is("crc-seed"))
        return mctp_lpc_crc32(0xffffffffu, frame + MCTP_LPC_LENGTH_BYTES, length);
    return is("crc-missing") ? 0 : right;
}

static uint32_t length_field(uint32_t length)
{
    if (is("length-little-endian"))
        return swapped(length);
    if (is("length-counts-itself"))
        return length + MCTP_LPC_LENGTH_BYTES;
    if (is("length-counts-trailer"))
        return length + mctp_lpc_trailer_bytes(session.negotiated_ver);
    if (is("length-without-header"))
        return length - MCTP_LPC_HEADER_BYTES;
    return is("length-too-large") ? session.tx_size * 2 : length;
}

/* A Get Endpoint ID request; its instance and its tag change each time. */
static void write_packet(void)
{
    uint8_t packet[2048] = {MCTP_LPC_HEADER_VERSION, MCTP_LPC_EID_NULL, MCTP_LPC_EID_HOST, 0xc8, 0, 0x80, 2};
    uint8_t frame[sizeof packet + MCTP_LPC_V3_OVERHEAD];
    size_t length = 7;
    packet[3] |= sent & 7;
    packet[5] |= sent & 0x1f;
    bool breaks = sent++ >= CLEAN_PACKETS;
    if (breaks && is("header-version"))
        packet[0] = 0;
    if (breaks && is("control-reply-bits"))
        packet[5] |= 0x40;
    if (breaks && is("sequence")) { /* the second packet of a message of two, the first of which never was */
        packet[3] = (uint8_t)(0x40 | (sent & 7) | 0x08 | 2 << 4);
    }
    if (breaks && is("packet-below-btu")) { /* a first packet of 32 bytes, which only a last one may be */
        packet[3] = (uint8_t)(0x88 | (sent & 7));
        packet[4] = 0x7f;
        length = 4 + 32;
    }
    if (breaks && is("packet-above-mtu"))
        length = 4 + mctp_lpc_mtu_of_buffer(session.negotiated_ver, session.tx_size) + 8;
    size_t bytes = mctp_lpc_put_frame(frame, session.negotiated_ver, packet, length);
    if (breaks) {
        size_t end = MCTP_LPC_LENGTH_BYTES + length;
        mctp_lpc_put32be(frame + end, trailer(frame, length, mctp_lpc_get32be(frame + end)));
        mctp_lpc_put32be(frame, length_field((uint32_t)length));
    }
    board_write(&board, session.tx_offset, frame, bytes);
}

static void command(uint8_t byte)
{
    await_empty(IBF);
    board_write_idr(&board, byte);
}

static void begin(void)
{
    bool breaks = sent > CLEAN_PACKETS;
    if (breaks && is("rx-complete-invented"))
        command(MCTP_LPC_RX_COMPLETE);
    if (breaks && is("unknown-command"))
        command(0x55);
    if (breaks && is("idr-overwritten"))
        board_write_idr(&board, MCTP_LPC_FENCE); /* and at once the next, which the BMC finds in its place */
    else
        await_empty(IBF);
    board_write_idr(&board, MCTP_LPC_TX_BEGIN);
    if (breaks && is("tx-begin-twice"))
        command(MCTP_LPC_TX_BEGIN);
}

/* The packet of a Tx Begin is read once and forgotten. */
static void take(void)
{
    uint8_t packet[2048];
    uint32_t length = get(session.rx_offset);
    if (length <= sizeof packet - 4)
        board_read(&board, session.rx_offset + MCTP_LPC_LENGTH_BYTES, packet,
                   length + mctp_lpc_trailer_bytes(session.negotiated_ver));
}

/* One look at the registers of an open session; false when it is over. */
static bool serve(bool *outstanding, unsigned *idle)
{
    uint8_t str = look();
    if (!mctp_lpc_in_session(str))
        return false;
    bool breaks = sent > CLEAN_PACKETS;
    if (str & OBF && !(breaks && is("odr-unread"))) {
        uint8_t byte = board_read_odr(&board);
        if (!mctp_lpc_in_session(board_read_str(&board)))
            return false;
        if (byte == MCTP_LPC_RX_COMPLETE)
            *outstanding = false;
        if (byte == MCTP_LPC_TX_BEGIN) {
            take();
            for (int i = 0; i < (breaks && is("rx-complete-twice") ? 2 : breaks && is("rx-complete-missing") ? 0 : 1); i++)
                command(MCTP_LPC_RX_COMPLETE);
        }
    } else if (!*outstanding && ++*idle >= PACKET_PAUSE_ROUNDS) {
        *idle = 0;
        *outstanding = true;
        write_packet();
        begin();
    }
    return true;
}

int main(int argc, char **argv)
{
    fault = argc == 3 ? argv[2] : "";
    size_t i = 0;
    while (i < sizeof FAULTS / sizeof *FAULTS && !is(FAULTS[i]))
        i++;
    const char *wrong = i == sizeof FAULTS / sizeof *FAULTS ? "usage: faulty-host BOARD FAULT" : board_attach(&board, argv[1], true);
    if (wrong != NULL) {
        fprintf(stderr, "%s\n", wrong);
        return 2;
    }
    if (is("tx-begin-outside-session")) {
        while (!(look() & BMC_ACTIVE) || get(MCTP_LPC_AT_MAGIC) != MCTP_LPC_MAGIC) {
        }
        initialise(MCTP_LPC_VERSION_CLOSE, 0);
        fence();
        for (;; command(MCTP_LPC_TX_BEGIN)) {
        }
    }
    for (;;) {
        bool outstanding = false;
        unsigned idle = 0;
        if (start_up())
            while (serve(&outstanding, &idle)) {
            }
        for (int ms = 0; ms < 200; ms++)
            (void)look();
    }
}
