/* The host's procedures H0 to H4: mctp-lpc.md, clause 10. */
#include "peer.h"

static enum { H1_1, H1_3, H1_4, H1_5, H1_6, H1_7, H1_9 } next = H1_1;
static struct channel channel;
static bool remembered, declined, refused_before;
static uint32_t asked, rest_versions;
static uint64_t rest_until;
static unsigned begun_again, fences;

static uint32_t version_fields(const struct board *b)
{
    uint8_t fields[4];
    board_read(b, MCTP_LPC_AT_HOST_VER_MIN, fields, sizeof fields);
    return mctp_lpc_get32be(fields);
}

static bool rest(const struct board *b)
{
    next = H1_9;
    declined = false;
    begun_again = 0;
    rest_versions = version_fields(b);
    rest_until = now_ms() + MCTP_LPC_T_REFUSED_MS;
    return false;
}

static bool begin_again(const struct board *b)
{
    next = H1_1;
    return ++begun_again > MCTP_LPC_STARTS_IN_A_ROW ? rest(b) : true;
}

static bool close_channel(struct board *b)
{
    put32(b, MCTP_LPC_AT_HOST_VER_MIN, 0);
    board_write_idr(b, MCTP_LPC_INITIALISE);
    if (declined)
        return rest(b);
    next = H1_4;
    fences = 0;
    return false;
}

static bool open_channel(struct board *b, const struct config *config)
{
    struct mctp_lpc_region r = read_region(b);
    uint16_t version = mctp_lpc_common_version(r.bmc_ver_min, r.bmc_ver_cur, config->min, config->cur);
    put16(b, MCTP_LPC_AT_HOST_VER_MIN, config->min);
    put16(b, MCTP_LPC_AT_HOST_VER_CUR, config->cur);
    asked = 0;
    if (version >= 2) {
        asked = mctp_lpc_asked_size(&r, version, config->mtu, b->window_bytes);
        put32(b, MCTP_LPC_AT_RX_SIZE, asked);
    }
    remembered = false;
    next = H1_6;
    fences = 0;
    board_write_idr(b, MCTP_LPC_INITIALISE);
    return false;
}

static bool judge(struct board *b, const struct config *config, uint8_t str)
{
    uint32_t own = (uint32_t)config->min << 16 | config->cur;
    if (!(str & CHANNEL_ACTIVE)) {
        if (version_fields(b) != own)
            return begin_again(b);
        if (!refused_before) { /* LPC-HOST-15 */
            refused_before = true;
            return begin_again(b);
        }
        printf("refused\n");
        return rest(b);
    }
    struct mctp_lpc_region r = read_region(b);
    if (!mctp_lpc_in_session(board_read_str(b)))
        return begin_again(b);
    uint16_t version = r.negotiated_ver;
    bool offered = version >= config->min && version <= config->cur;
    if (offered && version >= 2 && r.rx_size > asked)
        return begin_again(b);
    if (!offered && version_fields(b) != own)
        return begin_again(b);
    if (!offered || !mctp_lpc_layout_is_usable(&r, version, b->window_bytes)) {
        declined = true;
        next = H1_3;
        return true;
    }
    begun_again = 0;
    refused_before = false;
    uint32_t in = mctp_lpc_mtu_of_buffer(version, r.rx_size), out = mctp_lpc_mtu_of_buffer(version, r.tx_size);
    channel = (struct channel){
        .version = version,
        .in = {r.rx_offset, in, most_taken(b, version, in, r.rx_offset, r.tx_offset)},
        .out = {r.tx_offset, out, out},
    };
    mctp_link(&channel);
    return true;
}

static bool start_up(struct board *b, const struct config *config)
{
    uint8_t str = board_read_str(b);
    /* H0.2: neither ODR nor anything else is touched before the magic was seen (LPC-HOST-14). */
    if (next == H1_1 && (!(str & (BMC_ACTIVE | OBF)) || read_region(b).magic != MCTP_LPC_MAGIC))
        return false;
    if (str & OBF) {
        if (board_read_odr(b) == MCTP_LPC_TX_BEGIN)
            remembered = true;
        str = board_read_str(b);
    }
    if (!(str & BMC_ACTIVE)) {
        next = H1_1;
        return (str & OBF) != 0;
    }
    bool not_yet = (str & OBF) != 0;
    switch (next) {
    case H1_1:
        next = H1_3;
        return true;
    case H1_3:
        return str & IBF ? not_yet : close_channel(b);
    case H1_4:
    case H1_6:
        if (str & IBF)
            return not_yet;
        board_write_idr(b, MCTP_LPC_FENCE);
        if (++fences == FENCES)
            next = next == H1_4 ? H1_5 : H1_7;
        return false;
    case H1_5:
        if (str & (IBF | OBF))
            return not_yet;
        if (str & CHANNEL_ACTIVE)
            return begin_again(b);
        return open_channel(b, config);
    case H1_7:
        return str & IBF ? not_yet : judge(b, config, str);
    case H1_9:
        if (version_fields(b) == rest_versions && now_ms() < rest_until)
            return not_yet;
        next = H1_1;
        return true;
    }
    return false;
}

static bool session_over(uint8_t str)
{
    if (mctp_lpc_in_session(str))
        return false;
    channel.version = 0;
    next = H1_1;
    mctp_link(NULL);
    return true;
}

static bool service(struct board *b)
{
    static uint8_t packet[LARGEST_PACKET + 4];
    send_packet(b, &channel);
    uint8_t str = board_read_str(b);
    if (session_over(str))
        return true;
    if (remembered || str & OBF) {
        uint8_t byte = remembered ? MCTP_LPC_TX_BEGIN : board_read_odr(b);
        size_t length = 0;
        remembered = false;
        if (byte == MCTP_LPC_TX_BEGIN && !channel.rx_complete_owed)
            length = receive_packet(b, &channel, packet);
        else if (byte == MCTP_LPC_RX_COMPLETE && channel.transmit == OUTSTANDING) {
            channel.transmit = IDLE;
            if (mctp_waiting())
                return true;
            if (!channel.rx_complete_owed)
                return false;
        }
        str = board_read_str(b);
        if (session_over(str))
            return true;
        if (length != 0)
            mctp_receive(packet, length);
        if (str & OBF)
            return true;
    }
    if (str & IBF)
        return false;
    int command = take_command(&channel);
    if (command >= 0)
        board_write_idr(b, (uint8_t)command);
    return false;
}

bool host_round(struct board *b, const struct config *config)
{
    return channel.version != 0 ? service(b) : start_up(b, config);
}

void host_stop(struct board *b)
{
    if (channel.version == 0 && (next == H1_1 || next == H1_4 || next == H1_5 || next == H1_9))
        return;
    for (uint64_t limit = now_ms() + MCTP_LPC_T_STOP_MS; now_ms() < limit;) {
        uint8_t str = board_read_str(b);
        if (str & OBF) {
            board_read_odr(b);
            str = board_read_str(b);
        }
        if (!(str & BMC_ACTIVE))
            return;
        if (!(str & IBF)) {
            put32(b, MCTP_LPC_AT_HOST_VER_MIN, 0);
            board_write_idr(b, MCTP_LPC_INITIALISE);
            return;
        }
    }
}
