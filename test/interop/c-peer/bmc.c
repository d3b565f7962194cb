/* The BMC's procedures B1 to B6: mctp-lpc.md, clause 11. */
#include "peer.h"

static enum { START, ANNOUNCING, SERVING } phase = START;
static struct channel channel;
static bool dummy_waits;
static unsigned announcements;
static uint64_t announce_until;

/* B2.8: whether somebody else cleared STR; then everything is forgotten, and B1.1 is next. */
static bool was_reset(uint8_t str)
{
    uint8_t written = channel.version != 0 ? MCTP_LPC_STR_IN_SESSION : MCTP_LPC_STR_BMC_ACTIVE;
    if ((str & MCTP_LPC_STR_IN_SESSION) == written)
        return false;
    if (channel.version != 0)
        mctp_link(NULL);
    channel = (struct channel){.version = 0};
    dummy_waits = false;
    announcements = 0;
    phase = START;
    return true;
}

/* The MTU that this BMC offers by itself, in the framing of its newest version. */
static uint32_t own_mtu(const struct board *b, const struct config *config)
{
    uint32_t largest = mctp_lpc_largest_mtu(config->cur, b->window_bytes);
    return config->mtu < largest ? config->mtu : largest;
}

/* 0x10 to 0x1f: two buffers behind the control region, `pitch` apart, of `size` bytes. */
static void write_layout(struct board *b, uint32_t pitch, uint32_t size)
{
    put32(b, MCTP_LPC_AT_RX_OFFSET, MCTP_LPC_REGION_BYTES);
    put32(b, MCTP_LPC_AT_RX_SIZE, size);
    put32(b, MCTP_LPC_AT_TX_OFFSET, MCTP_LPC_REGION_BYTES + pitch);
    put32(b, MCTP_LPC_AT_TX_SIZE, size);
}

static bool start(struct board *b, const struct config *config)
{
    uint32_t offered = mctp_lpc_buffer_bytes(config->cur, own_mtu(b, config));
    if (phase == START) {
        board_write_str(b, MCTP_LPC_STR_DOWN);
        put32(b, MCTP_LPC_AT_MAGIC, MCTP_LPC_MAGIC);
        phase = ANNOUNCING;
        announce_until = now_ms() + MCTP_LPC_T_ANN_MS;
    }
    bool full = (board_read_str(b) & OBF) != 0;
    if (!full && announcements < MCTP_LPC_ANNOUNCEMENTS) {
        board_write_odr(b, MCTP_LPC_DUMMY);
        announcements++;
        return false;
    }
    if (full && now_ms() < announce_until)
        return false;
    put32(b, MCTP_LPC_AT_MAGIC, MCTP_LPC_MAGIC);
    put16(b, MCTP_LPC_AT_BMC_VER_MIN, config->min);
    put16(b, MCTP_LPC_AT_BMC_VER_CUR, config->cur);
    put16(b, MCTP_LPC_AT_NEGOTIATED_VER, 0);
    put16(b, MCTP_LPC_AT_PAD, 0);
    write_layout(b, offered, offered);
    put16(b, MCTP_LPC_AT_HOST_VER_MIN, 0);
    put16(b, MCTP_LPC_AT_HOST_VER_CUR, 0);
    board_write_str(b, MCTP_LPC_STR_ACTIVE);
    dummy_waits = true;
    phase = SERVING;
    return true;
}

static void initialise(struct board *b, const struct config *config)
{
    if (was_reset(board_read_str(b))) /* B3.1 */
        return;
    if (channel.version != 0)
        mctp_link(NULL);
    channel = (struct channel){.version = 0};
    struct mctp_lpc_region r = read_region(b);
    uint32_t mtu = own_mtu(b, config), offered = mctp_lpc_buffer_bytes(config->cur, mtu), size = offered;
    uint16_t version = mctp_lpc_common_version(config->min, config->cur, r.host_ver_min, r.host_ver_cur);
    if (version >= 2 && r.rx_size < mctp_lpc_buffer_bytes(version, BTU))
        version = MCTP_LPC_VERSION_REFUSED;
    if (version != MCTP_LPC_VERSION_REFUSED) {
        uint32_t asked = mctp_lpc_mtu_of_buffer(version, r.rx_size);
        mtu = asked < mtu ? asked : mtu;
        size = mctp_lpc_buffer_bytes(version, mtu);
    }
    write_layout(b, offered, size);
    put16(b, MCTP_LPC_AT_NEGOTIATED_VER, version);
    board_write_str(b, version == MCTP_LPC_VERSION_REFUSED ? MCTP_LPC_STR_ACTIVE : MCTP_LPC_STR_SESSION);
    dummy_waits = true;
    if (version == MCTP_LPC_VERSION_REFUSED)
        return;
    uint32_t in = MCTP_LPC_REGION_BYTES + offered, out = MCTP_LPC_REGION_BYTES;
    channel = (struct channel){
        .version = version, .in = {in, mtu, most_taken(b, version, mtu, in, out)}, .out = {out, mtu, mtu}};
    mctp_link(&channel);
}

static void write_waiting_byte(struct board *b)
{
    if (dummy_waits) {
        dummy_waits = false;
        board_write_odr(b, MCTP_LPC_DUMMY);
        return;
    }
    int command = take_command(&channel);
    if (command >= 0)
        board_write_odr(b, (uint8_t)command);
}

static bool service(struct board *b, const struct config *config)
{
    static uint8_t packet[LARGEST_PACKET + 4];
    if (channel.version != 0)
        send_packet(b, &channel);
    uint8_t str = board_read_str(b);
    if (was_reset(str))
        return true;
    if (!(str & IBF)) {
        if (!(str & OBF))
            write_waiting_byte(b);
        return false;
    }
    uint8_t byte = board_read_idr(b);
    if (byte == MCTP_LPC_TX_BEGIN && channel.version != 0 && !channel.rx_complete_owed) {
        size_t length = receive_packet(b, &channel, packet);
        str = board_read_str(b);
        if (was_reset(str))
            return true;
        if (!(str & IBF)) {
            if (length != 0)
                mctp_receive(packet, length);
            if (!(str & OBF))
                write_waiting_byte(b);
            return false;
        }
        byte = board_read_idr(b);
        if (byte != MCTP_LPC_INITIALISE && length != 0)
            mctp_receive(packet, length);
    }
    if (byte == MCTP_LPC_INITIALISE)
        initialise(b, config);
    else if (byte == MCTP_LPC_RX_COMPLETE && channel.transmit == OUTSTANDING) {
        channel.transmit = IDLE;
        return channel.rx_complete_owed || dummy_waits || mctp_waiting();
    }
    return true;
}

bool bmc_round(struct board *b, const struct config *config)
{
    return phase == SERVING ? service(b, config) : start(b, config);
}

void bmc_stop(struct board *b)
{
    board_write_str(b, MCTP_LPC_STR_DOWN);
    if (phase != START && !(board_read_str(b) & OBF)) /* LPC-BMC-11: no dummy before the magic */
        board_write_odr(b, MCTP_LPC_DUMMY);
}
