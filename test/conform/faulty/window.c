/* The control region, the two buffers and the bytes that hand them over: mctp-lpc.md, clauses 6, 7 and 8.2. */
#include "side.h"

/* A worker that is this slow shows what it looks at late; a response still comes within MT1. */
enum { KEPT_ALIVE_MS = 400, DEFERRED_MS = 60, SURVIVOR_MS = 80 };

static uint8_t frame[LARGEST_PACKET];
static size_t frame_bytes;

/* Accesses by terms that a correct side would not have taken stay inside of the window. */
static void window_read(uint32_t at, uint8_t *bytes, size_t count)
{
    memset(bytes, 0, count);
    if (at <= board.window_bytes && count <= board.window_bytes - at)
        board_read(&board, at, bytes, count);
}

static void window_write(uint32_t at, const uint8_t *bytes, size_t count)
{
    if (at <= board.window_bytes && count <= board.window_bytes - at)
        board_write(&board, at, bytes, count);
}

uint16_t get16(uint32_t at)
{
    uint8_t field[2];
    window_read(at, field, sizeof field);
    return mctp_lpc_get16be(field);
}

uint32_t get32(uint32_t at)
{
    uint8_t field[4];
    window_read(at, field, sizeof field);
    return mctp_lpc_get32be(field);
}

void put16(uint32_t at, uint16_t value)
{
    uint8_t field[2];
    mctp_lpc_put16be(field, value);
    window_write(at, field, sizeof field);
}

void put32(uint32_t at, uint32_t value)
{
    uint8_t field[4];
    mctp_lpc_put32be(field, value);
    window_write(at, field, sizeof field);
}

struct mctp_lpc_region read_region(void)
{
    uint8_t fields[MCTP_LPC_FIELDS_BYTES];
    window_read(0, fields, sizeof fields);
    return mctp_lpc_decode_region(fields);
}

struct buffer sending_buffer(uint16_t version, uint32_t offset, uint32_t size)
{
    uint32_t mtu = mctp_lpc_mtu_of_buffer(version, size);
    if (version == 1 && FAULTY(version_1_large_packets)) /* the unit that it was configured for */
        mtu = config.mtu;
    return (struct buffer){.offset = offset, .mtu = mtu, .most = mtu};
}

/* LPC-BUF-4: in version 1 a receiver takes what fits before the other buffer or the end of the window. */
struct buffer receiving_buffer(uint16_t version, uint32_t offset, uint32_t size, uint32_t other)
{
    struct buffer b = sending_buffer(version, offset, size);
    if (version == 1) {
        uint32_t end = other > offset ? other : board.window_bytes;
        uint32_t room = end > offset + MCTP_LPC_V1_OVERHEAD ? end - offset - MCTP_LPC_V1_OVERHEAD : 0;
        b.most = room < BTU ? BTU : room;
    }
    return b;
}

static uint32_t swapped(uint32_t value)
{
    return value >> 24 | (value >> 8 & 0xff00u) | (value << 8 & 0xff0000u) | value << 24;
}

/* What the faults make of a frame: its length field and its trailer. */
static void spoil_frame(uint16_t version, uint32_t length)
{
    uint8_t *packet = frame + MCTP_LPC_LENGTH_BYTES, *trailer = packet + length;
    uint32_t trailer_bytes = mctp_lpc_trailer_bytes(version), written = length;
    if (trailer_bytes != 0 && FAULTY(crc_little_endian))
        mctp_lpc_put32be(trailer, swapped(mctp_lpc_get32be(trailer)));
    if (trailer_bytes != 0 && FAULTY(crc_of_length))
        mctp_lpc_put32be(trailer, mctp_lpc_crc32(0, frame, MCTP_LPC_LENGTH_BYTES + length));
    if (trailer_bytes != 0 && FAULTY(crc_seed)) /* begins with 0 */
        mctp_lpc_put32be(trailer, mctp_lpc_crc32(MCTP_LPC_CRC32_INITIAL, packet, length));
    if (FAULTY(length_little_endian))
        written = swapped(length);
    if (FAULTY(length_counts_itself))
        written += MCTP_LPC_LENGTH_BYTES;
    if (FAULTY(length_counts_trailer))
        written += trailer_bytes;
    if (FAULTY(length_without_header))
        written -= MCTP_LPC_HEADER_BYTES;
    mctp_lpc_put32be(frame, written);
}

void write_packet(struct channel *c)
{
    static uint8_t packet[LARGEST_PACKET];
    bool touches = FAULTY(buffer_touched) && c->transmit == OUTSTANDING && !c->touched;
    if ((c->transmit != IDLE && !touches) || !mctp_waiting())
        return;
    if (touches)
        mctp_taken();
    size_t length = mctp_next(packet, c->out.mtu);
    if (length == 0)
        return;
    frame_bytes = mctp_lpc_put_frame(frame, c->version, packet, length);
    spoil_frame(c->version, (uint32_t)length);
    if (!FAULTY(tx_begin_before_packet))
        window_write(c->out.offset, frame, frame_bytes);
    c->touched = touches;
    if (touches)
        return;
    c->transmit = BEGIN_PENDING;
    c->written = now_ms();
    c->stalled = false;
}

void packet_taken(struct channel *c)
{
    if (!c->touched)
        mctp_taken();
    c->transmit = c->touched ? BEGIN_PENDING : IDLE;
    c->touched = false;
    c->written = now_ms();
    c->stalled = false;
}

size_t read_packet(struct channel *c, uint8_t *packet)
{
    uint32_t offset = c->in.offset, most = c->in.most;
    if (FAULTY(terms_reread))
        offset = get32(config.host ? MCTP_LPC_AT_RX_OFFSET : MCTP_LPC_AT_TX_OFFSET);
    if (FAULTY(length_unchecked))
        most = 4 * c->in.most;
    c->owed = FAULTY(rx_complete_missing) ? 0 : FAULTY(rx_complete_twice) ? 2 : 1;
    uint32_t length = get32(offset);
    if (!mctp_lpc_length_is_valid(length, most) || length > LARGEST_PACKET - 64) {
        counters.length_dropped++;
        mctp_damage();
        if (FAULTY(length_unanswered))
            c->owed = 0;
        return 0;
    }
    window_read(offset + MCTP_LPC_LENGTH_BYTES, packet, length + mctp_lpc_trailer_bytes(c->version));
    if (FAULTY(rx_buffer_cleared))
        put32(offset, 0);
    bool judged_later = FAULTY(copy_behind_rx_complete);
    if (mctp_lpc_packet_is_intact(c->version, packet, length) || FAULTY(crc_unchecked) || judged_later)
        return length;
    counters.crc_dropped++;
    mctp_damage();
    if (FAULTY(crc_unanswered))
        c->owed = 0;
    return 0;
}

bool write_command(struct channel *c, void (*write)(uint8_t byte))
{
    bool held = FAULTY(rx_complete_late) && (c->transmit != IDLE || mctp_waiting());
    if (c->transmit == BEGIN_PENDING && (c->begin_is_next || c->owed == 0 || held)) {
        c->transmit = OUTSTANDING;
        c->begin_is_next = false;
        write(MCTP_LPC_TX_BEGIN);
        if (FAULTY(tx_begin_before_packet)) {
            pause_ms(DEFERRED_MS);
            window_write(c->out.offset, frame, frame_bytes);
        }
        return true;
    }
    if (c->owed == 0 || held)
        return false;
    c->owed--;
    c->begin_is_next = c->transmit == BEGIN_PENDING && !FAULTY(rx_complete_always_first);
    write(MCTP_LPC_RX_COMPLETE);
    return true;
}

bool look_at_stall(struct channel *c)
{
    if (c->version == 0 || c->transmit == IDLE || c->stalled || now_ms() - c->written < MCTP_LPC_T_STALL_MS)
        return false;
    c->stalled = true;
    say("no Rx Complete %u ms after a packet was written", MCTP_LPC_T_STALL_MS);
    if (FAULTY(stall_sends_again) && c->transmit == OUTSTANDING) {
        c->transmit = BEGIN_PENDING;
        c->written = now_ms();
        c->stalled = false;
    }
    return FAULTY(stall_ends_session);
}

bool keeps_alive(struct channel *c)
{
    if (!FAULTY(keep_alive) || c->version == 0 || now_ms() - c->kept_alive < KEPT_ALIVE_MS)
        return false;
    c->kept_alive = now_ms();
    return true;
}

/* ---- Work that faults put off: one packet at a time ---- */

static struct {
    size_t length; /* 0: none */
    uint16_t version;
    uint64_t at;
    struct buffer in;
    uint8_t packet[LARGEST_PACKET];
} deferred;

void hand_on(const struct channel *c, const uint8_t *packet, size_t length)
{
    bool survives = BMC_FAULTY(packet_survives_initialise);
    if (length == 0)
        return;
    if (!survives && !FAULTY(length_reread) && !FAULTY(packet_reread) && !FAULTY(copy_behind_rx_complete)) {
        mctp_receive(packet, length);
        return;
    }
    if (deferred.length != 0) {
        deferred.at = 0;
        deferred_work();
    }
    memcpy(deferred.packet, packet, length);
    deferred.length = length;
    deferred.in = c->in;
    deferred.version = c->version;
    deferred.at = now_ms() + (survives ? SURVIVOR_MS : DEFERRED_MS);
}

void deferred_work(void)
{
    if (deferred.length == 0 || now_ms() < deferred.at)
        return;
    size_t length = deferred.length;
    deferred.length = 0;
    if (FAULTY(length_reread)) {
        length = get32(deferred.in.offset);
        if (length < MCTP_LPC_HEADER_BYTES || length > deferred.in.most + MCTP_LPC_HEADER_BYTES)
            return;
    }
    if (FAULTY(packet_reread))
        window_read(deferred.in.offset + MCTP_LPC_LENGTH_BYTES, deferred.packet, length);
    if (FAULTY(copy_behind_rx_complete)) {
        window_read(deferred.in.offset + MCTP_LPC_LENGTH_BYTES, deferred.packet,
                    length + mctp_lpc_trailer_bytes(deferred.version));
        if (!mctp_lpc_packet_is_intact(deferred.version, deferred.packet, (uint32_t)length))
            return;
    }
    mctp_receive(deferred.packet, length);
}

void forget_deferred_work(void)
{
    if (!BMC_FAULTY(packet_survives_initialise))
        deferred.length = 0;
}
