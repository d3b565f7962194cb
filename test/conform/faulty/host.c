/* The host's procedures H0, H1 and H4, outside a session: mctp-lpc.md, clause 10. */
#include "side.h"

enum { LATE_FIELDS_MS = 50, LATE_VERSIONS_MS = 20 };

enum phase host_phase = AWAITING;
bool early_tx_begin;

static unsigned fences, begun_again;
static bool refused_before, asks;
static uint32_t asked, last_versions, rest_versions;
static uint64_t rest_until, stop_until;

static uint32_t own_versions(void)
{
    uint16_t low = config.min, high = config.cur;
    if (FAULTY(versions_little_endian))
        return (uint32_t)low << 24 | (uint32_t)high << 8;
    return FAULTY(versions_reversed) ? (uint32_t)high << 16 | low : (uint32_t)low << 16 | high;
}

static uint32_t read_versions(void)
{
    return last_versions = get32(MCTP_LPC_AT_HOST_VER_MIN);
}

static bool rest(uint32_t standing)
{
    host_phase = RESTING;
    begun_again = 0;
    rest_versions = standing;
    rest_until = now_ms() + MCTP_LPC_T_REFUSED_MS;
    return true;
}

/* H1.29. */
static bool begin_again(void)
{
    host_phase = AWAITING;
    if (++begun_again <= MCTP_LPC_STARTS_IN_A_ROW || FAULTY(begins_again_without_rest))
        return true;
    return rest(last_versions);
}

/* H1.2 to H1.6. */
static bool close_channel(void)
{
    put32(MCTP_LPC_AT_HOST_VER_MIN, MCTP_LPC_VERSION_CLOSE);
    last_versions = MCTP_LPC_VERSION_CLOSE;
    board_write_idr(&board, MCTP_LPC_INITIALISE);
    fences = 0;
    if (host_phase == STOPPING)
        host_phase = STOPPED;
    else if (host_phase == DECLINING)
        rest(MCTP_LPC_VERSION_CLOSE);
    else
        host_phase = FAULTY(no_fence) ? OPENING : FENCING_CLOSE;
    return false;
}

/* H1.7, H1.8 and H1.14, H1.15. */
static bool write_fence(void)
{
    bool close = host_phase == FENCING_CLOSE;
    unsigned wanted = FAULTY(one_fence_after_close) && close ? 1 : FAULTY(one_fence_after_open) && !close ? 1 : 2;
    wanted += FAULTY(third_fence) && close;
    board_write_idr(&board, MCTP_LPC_FENCE);
    if (++fences == wanted)
        host_phase = close ? OPENING : JUDGING;
    return false;
}

/* The rx_size that is asked for (LPC-MTU-3), as the faults want it. */
static uint32_t wanted_size(const struct mctp_lpc_region *offer, uint16_t version)
{
    if (FAULTY(rx_size_above_room))
        return board.window_bytes;
    if (FAULTY(rx_size_below_btu))
        return BTU;
    return mctp_lpc_asked_size(offer, version, config.mtu, board.window_bytes);
}

static void write_rx_size(uint32_t size)
{
    uint8_t bytes[4];
    mctp_lpc_put32be(bytes, size);
    if (FAULTY(rx_size_little_endian))
        for (int i = 0; i < 4; i++)
            bytes[i] = (uint8_t)(size >> 8 * i);
    board_write(&board, MCTP_LPC_AT_RX_SIZE, bytes, sizeof bytes);
}

/* H1.9 to H1.13. */
static bool open_channel(uint8_t str)
{
    if (str & CHANNEL_ACTIVE && !FAULTY(active_at_opening_ignored) && !FAULTY(no_close))
        return begin_again();
    struct mctp_lpc_region offer = read_region(); /* H1.10 */
    uint16_t version = mctp_lpc_common_version(offer.bmc_ver_min, offer.bmc_ver_cur, config.min, config.cur);
    if (FAULTY(fields_after_initialise)) {
        board_write_idr(&board, MCTP_LPC_INITIALISE);
        pause_ms(LATE_FIELDS_MS);
    }
    asks = version >= 2;
    asked = asks ? wanted_size(&offer, version) : 0;
    if (asks && FAULTY(rx_size_before_versions)) {
        write_rx_size(asked);
        pause_ms(LATE_VERSIONS_MS);
    }
    put32(MCTP_LPC_AT_HOST_VER_MIN, own_versions());
    if (asks && !FAULTY(rx_size_missing))
        write_rx_size(asked);
    if (FAULTY(rx_size_missing) || FAULTY(rx_size_little_endian)) /* such a host takes what it gets */
        asked = UINT32_MAX;
    if (FAULTY(layout_written)) {
        put32(MCTP_LPC_AT_TX_OFFSET, MCTP_LPC_REGION_BYTES + 0x400);
        put32(MCTP_LPC_AT_TX_SIZE, asked);
    }
    early_tx_begin = false;
    fences = 0;
    host_phase = FAULTY(no_fence) || FAULTY(judges_early) ? JUDGING : FENCING_OPEN;
    if (!FAULTY(fields_after_initialise))
        board_write_idr(&board, MCTP_LPC_INITIALISE);
    return false;
}

/* H1.16 to H1.19. */
static bool judge_refusal(void)
{
    if (read_versions() != own_versions() && !FAULTY(restart_as_refusal))
        return begin_again();
    counters.refused++;
    if (!refused_before && !FAULTY(rest_after_first_refusal)) {
        refused_before = true;
        return begin_again();
    }
    say("the BMC refused");
    if (FAULTY(no_rest_after_refusal)) {
        host_phase = AWAITING;
        return true;
    }
    return rest(last_versions);
}

static bool decline(const char *why)
{
    say("the BMC's answer is unusable: %s", why);
    counters.refused++;
    host_phase = DECLINING;
    if (FAULTY(no_close_after_bad_answer))
        rest(last_versions);
    if (FAULTY(no_rest_after_bad_answer))
        host_phase = CLOSING;
    return true;
}

/* Whether the layout is taken: overlap is looked at, unless it is the fault not to. */
static bool layout_taken(const struct mctp_lpc_region *r, uint16_t version)
{
    if (mctp_lpc_layout_is_usable(r, version, board.window_bytes))
        return true;
    return FAULTY(overlap_taken) &&
           mctp_lpc_buffer_is_usable(r->rx_offset, r->rx_size, version, board.window_bytes) &&
           mctp_lpc_buffer_is_usable(r->tx_offset, r->tx_size, version, board.window_bytes);
}

/* H1.20 to H1.28. */
static bool judge(uint8_t str)
{
    if (!(str & CHANNEL_ACTIVE))
        return judge_refusal();
    struct mctp_lpc_region r = read_region();
    last_versions = (uint32_t)r.host_ver_min << 16 | r.host_ver_cur;
    if (!mctp_lpc_in_session(board_read_str(&board))) /* H1.21 */
        return begin_again();
    uint16_t version = r.negotiated_ver;
    bool proposed = version >= config.min && version <= config.cur && version >= 1 && version <= 3;
    if (!proposed && FAULTY(version_outside_taken)) {
        version = version < config.min ? config.min : config.cur;
        proposed = true;
    }
    if (!proposed) /* H1.23 to H1.25 */
        return read_versions() != own_versions() ? begin_again() : decline("version");
    if (version >= 2 && (!asks || r.rx_size > asked) && !FAULTY(size_above_asked_taken))
        return begin_again();
    if (!layout_taken(&r, version))
        return decline("layout");
    host_phase = ACTIVE;
    begun_again = 0;
    refused_before = false;
    host_open(version, &r);
    return true;
}

/* H1.30, H1.31. */
static bool look_whether_rested(bool again)
{
    bool changed = read_versions() != rest_versions && !FAULTY(restart_awaited);
    if (!changed && now_ms() < rest_until)
        return again;
    host_phase = AWAITING;
    return true;
}

/* H0.2: whether the window shows the magic. */
static bool magic_seen(uint8_t str)
{
    if (!(str & (BMC_ACTIVE | OBF)) && !FAULTY(bmc_active_not_awaited))
        return false;
    return get32(MCTP_LPC_AT_MAGIC) == MCTP_LPC_MAGIC || FAULTY(magic_unchecked);
}

static bool outside(void)
{
    uint8_t str = board_read_str(&board); /* H0.1 */
    bool waits_for_idr = host_phase != AWAITING && host_phase != RESTING && str & IBF;
    if (FAULTY(odr_read_before_magic) && host_phase == AWAITING && str & OBF)
        (void)board_read_odr(&board);
    if (host_phase == AWAITING && !magic_seen(str))
        return false;
    bool starts = host_phase != AWAITING && host_phase != RESTING && host_phase != STOPPING;
    bool leaves = (waits_for_idr && FAULTY(odr_left_while_waiting)) || (starts && FAULTY(unread_odr_at_opening));
    if (str & OBF && !leaves) {
        uint8_t byte = board_read_odr(&board); /* H0.3 */
        if (byte == MCTP_LPC_TX_BEGIN)
            early_tx_begin = !FAULTY(early_tx_begin_lost);
        bool answers = FAULTY(tx_begin_outside_answered) && host_phase != FENCING_OPEN && host_phase != JUDGING;
        if (byte == MCTP_LPC_TX_BEGIN && answers && !(str & IBF) && str & BMC_ACTIVE) {
            board_write_idr(&board, MCTP_LPC_RX_COMPLETE);
            return true;
        }
        str = board_read_str(&board);
    }
    if (!(str & BMC_ACTIVE) && !(FAULTY(bmc_active_not_awaited) && host_phase == AWAITING)) { /* H0.5, H0.6 */
        bool rests = host_phase == RESTING && FAULTY(restart_awaited);
        host_phase = host_phase == STOPPING ? STOPPED : rests ? RESTING : AWAITING;
        return (str & OBF) != 0;
    }
    bool again = (str & OBF) != 0;
    if (host_phase == AWAITING) /* H1.1 */
        host_phase = FAULTY(no_close) ? OPENING : CLOSING;
    if (host_phase == RESTING)
        return look_whether_rested(again);
    bool overwrites = FAULTY(fence_overwrites) && (host_phase == FENCING_CLOSE || host_phase == FENCING_OPEN);
    overwrites = overwrites || (FAULTY(close_at_stop_overwrites) && host_phase == STOPPING);
    if (str & IBF && !overwrites)
        return again;
    switch (host_phase) {
    case CLOSING:
    case DECLINING:
    case STOPPING:
        return close_channel();
    case FENCING_CLOSE:
    case FENCING_OPEN:
        return write_fence();
    case OPENING:
        return str & OBF && !FAULTY(unread_odr_at_opening) ? again : open_channel(str);
    case JUDGING:
        return judge(str);
    default:
        return again;
    }
}

bool host_round(void)
{
    return host_phase == ACTIVE ? host_service() : outside();
}

/* H4. */
bool host_stop(void)
{
    static bool stopping;
    if (!stopping) {
        stopping = true;
        stop_until = now_ms() + MCTP_LPC_T_STOP_MS;
        if (host_phase == ACTIVE)
            host_close();
        bool open = host_phase == CLOSING || host_phase == DECLINING || host_phase == FENCING_OPEN ||
                    host_phase == JUDGING || host_phase == ACTIVE;
        host_phase = open && !FAULTY(no_close_at_stop) ? STOPPING : STOPPED;
    }
    if (host_phase == STOPPING && now_ms() >= stop_until)
        host_phase = STOPPED;
    return host_phase == STOPPED;
}
