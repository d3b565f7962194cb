/* The BMC's procedures B1 to B6: mctp-lpc.md, clause 11. */
#include "side.h"

/* What a slow program leaves between two accesses that its fault exchanges. */
enum { EXCHANGED_MS = 80, LATE_COPY_MS = 60 };

static enum { STARTING, ANNOUNCING, SERVING } phase = STARTING;
static struct channel channel;
static bool dummy_waits, byte_was_read = true;
static unsigned announcements;
static uint8_t session_bits; /* as written last */
static uint64_t announce_until;

static void write_str(uint8_t value)
{
    session_bits = value & MCTP_LPC_STR_IN_SESSION;
    if (BMC_FAULTY(str_clears_obf))
        value &= (uint8_t)~OBF;
    if (BMC_FAULTY(str_reserved_bit))
        value |= 0x10;
    board_write_str(&board, value);
}

static void write_odr(uint8_t byte)
{
    board_write_odr(&board, byte);
}

/* Everything of a session is forgotten. */
static void end_session(void)
{
    unsigned owed = channel.owed;
    bool pending = channel.transmit == BEGIN_PENDING, open = channel.version != 0;
    channel = (struct channel){.version = 0};
    if (BMC_FAULTY(owed_kept)) {
        channel.owed = owed;
        channel.transmit = pending ? BEGIN_PENDING : IDLE;
    }
    if (open)
        mctp_link(NULL);
}

/* B2.3, B2.9, B3.2: the registers were reset from outside; the BMC starts again. */
static bool was_reset(uint8_t str)
{
    if ((str & MCTP_LPC_STR_IN_SESSION) == session_bits || BMC_FAULTY(reset_ignored))
        return false;
    counters.lost += channel.version != 0;
    end_session();
    dummy_waits = false;
    announcements = 0;
    phase = STARTING;
    return true;
}

/* The MTU that this BMC offers, in the framing of its newest version (9.2). */
static uint32_t own_mtu(void)
{
    uint32_t largest = mctp_lpc_largest_mtu(config.cur, board.window_bytes);
    return config.cur == 1 || config.mtu > largest ? largest : config.mtu;
}

static uint32_t offered_size(void)
{
    return mctp_lpc_buffer_bytes(config.cur, own_mtu());
}

/* 0x10 to 0x1f. */
static void write_layout(uint32_t rx_size, uint32_t tx_size)
{
    uint32_t pitch = BMC_FAULTY(offsets_move) ? rx_size : offered_size();
    put32(MCTP_LPC_AT_RX_OFFSET, MCTP_LPC_REGION_BYTES);
    put32(MCTP_LPC_AT_RX_SIZE, rx_size);
    put32(MCTP_LPC_AT_TX_OFFSET, MCTP_LPC_REGION_BYTES + pitch);
    put32(MCTP_LPC_AT_TX_SIZE, tx_size);
}

static uint16_t version_field(uint16_t version)
{
    return BMC_FAULTY(versions_little_endian) ? (uint16_t)(version << 8) : version;
}

/* B1.5 to B1.7. */
static void write_region(void)
{
    if (!BMC_FAULTY(magic_missing))
        put32(MCTP_LPC_AT_MAGIC, MCTP_LPC_MAGIC);
    put16(MCTP_LPC_AT_BMC_VER_MIN, version_field(config.min));
    put16(MCTP_LPC_AT_BMC_VER_CUR, version_field(config.cur));
    put16(MCTP_LPC_AT_NEGOTIATED_VER, 0);
    put16(MCTP_LPC_AT_PAD, 0);
    write_layout(offered_size(), offered_size());
    if (!BMC_FAULTY(host_versions_kept)) {
        put16(MCTP_LPC_AT_HOST_VER_MIN, 0);
        put16(MCTP_LPC_AT_HOST_VER_CUR, 0);
    }
}

/* ---- B1 ---- */

static bool start(void)
{
    unsigned wanted = BMC_FAULTY(no_announcement) ? 0 : BMC_FAULTY(one_announcement) ? 1 : MCTP_LPC_ANNOUNCEMENTS;
    if (phase == STARTING) {
        if (BMC_FAULTY(str_not_cleared_at_start))
            session_bits = board_read_str(&board) & MCTP_LPC_STR_IN_SESSION;
        else
            write_str(MCTP_LPC_STR_DOWN);
        if (!BMC_FAULTY(magic_missing) && !BMC_FAULTY(magic_late))
            put32(MCTP_LPC_AT_MAGIC, MCTP_LPC_MAGIC);
        phase = ANNOUNCING;
        announce_until = now_ms() + MCTP_LPC_T_ANN_MS;
    }
    bool full = (board_read_str(&board) & OBF) != 0;
    bool waits = now_ms() < announce_until || BMC_FAULTY(announcement_awaited_past_t_ann);
    if (full && waits && !(BMC_FAULTY(announcement_not_awaited) && announcements == wanted))
        return false;
    if (!full && announcements < wanted) {
        announcements++;
        write_odr(BMC_FAULTY(announcement_zero) ? 0 : MCTP_LPC_DUMMY);
        return false;
    }
    if (BMC_FAULTY(active_before_layout)) {
        write_str(MCTP_LPC_STR_ACTIVE);
        pause_ms(EXCHANGED_MS);
    }
    write_region();
    write_str(MCTP_LPC_STR_ACTIVE);
    dummy_waits = true;
    phase = SERVING;
    return true;
}

/* ---- B3 ---- */

/* The version of the answer, 0 for a refusal (LPC-VER-1, -2, LPC-MTU-7). */
static uint16_t answered_version(const struct mctp_lpc_region *r)
{
    uint16_t low = r->host_ver_min, high = r->host_ver_cur;
    bool close = low == 0 && high == 0;
    if (BMC_FAULTY(version_0_taken) && low == 0 && !close)
        low = 1;
    if (BMC_FAULTY(reversed_range_taken) && low > high) {
        low = r->host_ver_cur;
        high = r->host_ver_min;
    }
    uint16_t version = mctp_lpc_common_version(config.min, config.cur, low, high);
    if (version == 0)
        return 0;
    if (BMC_FAULTY(version_smallest))
        version = low > config.min ? low : config.min;
    if (BMC_FAULTY(version_own))
        version = config.cur;
    bool small = version >= 2 && r->rx_size < mctp_lpc_buffer_bytes(version, BTU);
    if (small && BMC_FAULTY(below_btu_taken))
        return version;
    return small ? 0 : version;
}

/* Whether nonzero bytes lie where nothing may have influence (LPC-REG-4). */
static bool reserved_bytes_set(void)
{
    for (uint32_t at = MCTP_LPC_FIELDS_BYTES; at < MCTP_LPC_REGION_BYTES; at += 4)
        if (get32(at) != 0)
            return true;
    return get16(MCTP_LPC_AT_PAD) != 0;
}

static void open_session(uint16_t version, uint32_t rx_size, uint32_t tx_size)
{
    uint32_t rx = MCTP_LPC_REGION_BYTES, tx = get32(MCTP_LPC_AT_TX_OFFSET);
    unsigned owed = channel.owed;
    enum transmit transmit = channel.transmit;
    channel = (struct channel){
        .version = version,
        .in = receiving_buffer(version, tx, tx_size, rx),
        .out = sending_buffer(version, rx, rx_size),
    };
    if (BMC_FAULTY(owed_kept)) {
        channel.owed = owed;
        channel.transmit = transmit;
    }
    mctp_link(&channel);
}

static bool initialise(void)
{
    if (was_reset(board_read_str(&board))) /* B3.1 */
        return true;
    struct mctp_lpc_region r = read_region();
    if (BMC_FAULTY(rx_size_little_endian))
        r.rx_size = __builtin_bswap32(r.rx_size);
    bool close = r.host_ver_min == 0 && r.host_ver_cur == 0;
    if (close && BMC_FAULTY(close_ignored))
        return true;
    if (channel.version != 0 && !close && BMC_FAULTY(second_initialise_ignored))
        return true;
    counters.initialised_again += channel.version != 0 && !close;
    end_session(); /* B3.3 */
    uint16_t version = answered_version(&r);
    if (BMC_FAULTY(reserved_bytes_heeded) && reserved_bytes_set())
        version = 0;
    counters.closed += close;
    counters.refused += version == 0 && !close;

    uint32_t mtu = own_mtu(), size = offered_size(), tx_size;
    if (version != 0) {
        uint32_t overhead = mctp_lpc_overhead(version);
        uint32_t asked = r.rx_size > overhead ? r.rx_size - overhead : 1;
        if (version == 1)
            asked = BMC_FAULTY(version_1_sizes) ? mtu : (uint32_t)BTU;
        mtu = version > 1 && BMC_FAULTY(answer_above_asked) ? mtu : asked < mtu ? asked : mtu;
        size = mtu + (BMC_FAULTY(size_without_framing) ? 0 : overhead);
    } else if (BMC_FAULTY(offer_not_restored)) /* what stands there, with the host's rx_size */
        size = r.rx_size;
    tx_size = version != 0 && BMC_FAULTY(tx_size_of_offer) ? offered_size() : size;

    uint8_t str = version != 0 ? MCTP_LPC_STR_SESSION : MCTP_LPC_STR_ACTIVE;
    if (BMC_FAULTY(str_before_layout)) {
        write_str(str);
        pause_ms(EXCHANGED_MS);
    }
    write_layout(size, version == 0 && BMC_FAULTY(offer_not_restored) ? r.tx_size : tx_size);
    put16(MCTP_LPC_AT_NEGOTIATED_VER, version);
    if (BMC_FAULTY(host_fields_zeroed))
        put32(MCTP_LPC_AT_HOST_VER_MIN, 0);
    dummy_waits = !BMC_FAULTY(no_dummy);
    if (!BMC_FAULTY(str_before_layout))
        write_str(str);
    if (dummy_waits && BMC_FAULTY(dummy_overwrites)) {
        dummy_waits = false;
        write_odr(MCTP_LPC_DUMMY);
    }
    if (version != 0)
        open_session(version, size, tx_size);
    return true;
}

/* ---- B2 and B4 ---- */

static void write_waiting_byte(uint8_t str)
{
    bool command = channel.version != 0 || BMC_FAULTY(owed_kept) || channel.owed != 0;
    if (str & OBF && !FAULTY(commands_overwrite))
        return;
    if (BMC_FAULTY(dummy_last) && command && write_command(&channel, write_odr))
        return;
    if (dummy_waits) {
        if (str & OBF)
            return;
        dummy_waits = false;
        write_odr(MCTP_LPC_DUMMY);
    } else if ((!command || !write_command(&channel, write_odr)) && keeps_alive(&channel))
        write_odr(MCTP_LPC_DUMMY);
}

/* B4, and the end of a round that waits. */
static bool serve_odr(uint8_t str)
{
    if (!BMC_FAULTY(odr_not_polled) || byte_was_read)
        write_waiting_byte(str);
    byte_was_read = false;
    return false;
}

/* LPC-BMC-12, for faults that drop a session where no rule lets them. */
static bool drop_session(void)
{
    if (channel.version == 0)
        return true;
    counters.lost++;
    end_session();
    write_str(MCTP_LPC_STR_ACTIVE);
    dummy_waits = true;
    return true;
}

/* B2.13 to B2.17. */
static bool handle(uint8_t byte)
{
    switch (byte) {
    case MCTP_LPC_INITIALISE:
        return initialise();
    case MCTP_LPC_RX_COMPLETE:
        if (channel.version != 0 && channel.transmit == OUTSTANDING) {
            packet_taken(&channel);
            return channel.owed != 0 || dummy_waits || mctp_waiting();
        }
        counters.rx_complete_ignored++;
        return FAULTY(unasked_rx_complete_ends_session) ? drop_session() : true;
    case MCTP_LPC_TX_BEGIN:
        counters.tx_begin_ignored++;
        if (channel.version != 0 ? FAULTY(second_tx_begin_answered) : FAULTY(tx_begin_outside_answered))
            channel.owed++;
        return true;
    case MCTP_LPC_FENCE:
        if (BMC_FAULTY(fence_answered))
            dummy_waits = true;
        return true;
    default:
        counters.unknown_byte++;
        return FAULTY(unknown_byte_ends_session) ? drop_session() : true;
    }
}

static bool service(void)
{
    static uint8_t packet[LARGEST_PACKET];
    if (channel.version != 0)
        write_packet(&channel); /* B2.1 */
    uint8_t str = board_read_str(&board);
    if (was_reset(str))
        return true;
    if (look_at_stall(&channel))
        return drop_session();
    bool waits = dummy_waits || channel.owed != 0 || channel.transmit == BEGIN_PENDING;
    if (!(str & IBF) || (BMC_FAULTY(idr_left_while_odr_full) && str & OBF && waits))
        return serve_odr(str);
    uint8_t byte = board_read_idr(&board); /* B2.5 */
    byte_was_read = true;
    if (byte != MCTP_LPC_TX_BEGIN || channel.version == 0 || channel.owed != 0)
        return handle(byte);
    bool early = BMC_FAULTY(rx_complete_before_copy) && !(str & OBF);
    if (early) {
        write_odr(MCTP_LPC_RX_COMPLETE);
        pause_ms(LATE_COPY_MS);
    }
    size_t length = read_packet(&channel, packet);
    channel.owed -= early;
    if (length == 0 && FAULTY(damage_ends_session))
        return drop_session();
    str = board_read_str(&board); /* B2.8 */
    if (was_reset(str))
        return true;
    if (!(str & IBF)) {
        hand_on(&channel, packet, length);
        return serve_odr(str);
    }
    byte = board_read_idr(&board); /* B2.11 */
    if (byte != MCTP_LPC_INITIALISE || BMC_FAULTY(packet_survives_initialise))
        hand_on(&channel, packet, length);
    return handle(byte);
}

bool bmc_round(void)
{
    return phase == SERVING ? service() : start();
}

/* B6. */
void bmc_stop(void)
{
    bool announced = phase != STARTING;
    if (!BMC_FAULTY(active_after_stop))
        write_str(MCTP_LPC_STR_DOWN);
    if (announced && !(board_read_str(&board) & OBF) && !BMC_FAULTY(no_dummy_at_stop))
        write_odr(MCTP_LPC_DUMMY);
}
