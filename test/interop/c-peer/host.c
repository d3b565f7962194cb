/* The host's procedures H0 to H4: mctp-lpc.md, clause 10. */
#include <stdio.h>
#include <string.h>

#include "peer.h"

enum { T_REFUSED_MS = 1000, STARTS_IN_A_ROW = 8 };

static enum { H1_1, H1_3, H1_4, H1_5, H1_6, H1_7, H1_9 } next = H1_1;
static struct channel channel;
static bool remembered, declined;
static uint32_t asked, rest_versions;
static uint64_t rest_until;
static int begun_again;

static uint32_t version_fields(const struct board *b)
{
    uint8_t fields[4];
    memcpy(fields, b->window + 0x08, 4);
    return get32(fields);
}

static bool rest(const struct board *b)
{
    next = H1_9;
    declined = false;
    begun_again = 0;
    rest_versions = version_fields(b);
    rest_until = now_ms() + T_REFUSED_MS;
    return false;
}

static bool begin_again(const struct board *b)
{
    next = H1_1;
    return ++begun_again > STARTS_IN_A_ROW ? rest(b) : true;
}

static bool close_channel(struct board *b)
{
    put32(b->window + 0x08, 0);
    write_idr(b, INITIALISE);
    if (declined)
        return rest(b);
    next = H1_4;
    return false;
}

static bool open_channel(struct board *b, const struct config *config)
{
    struct region r = read_region(b);
    int version = common_version(config->versions, r.bmc);
    put16(b->window + 0x08, config->versions.min);
    put16(b->window + 0x0a, config->versions.cur);
    if (version >= 2) {
        uint32_t room = (r.tx_offset < r.rx_offset ? b->window_bytes : r.tx_offset) - r.rx_offset;
        uint32_t least = BTU + overhead(version);
        asked = config->mtu + overhead(version);
        if (asked > room)
            asked = room > least ? room : least;
        put32(b->window + 0x14, asked);
    }
    remembered = false;
    next = H1_6;
    write_idr(b, INITIALISE);
    return false;
}

static bool usable(const struct board *b, int version, uint32_t offset, uint32_t size)
{
    return size >= BTU + overhead(version) && offset >= REGION_BYTES && (uint64_t)offset + size <= b->window_bytes;
}

static bool judge(struct board *b, const struct config *config, uint8_t str)
{
    if (!(str & CHANNEL_ACTIVE)) {
        uint32_t own = (uint32_t)config->versions.min << 16 | config->versions.cur;
        if (version_fields(b) != own)
            return begin_again(b);
        printf("refused\n");
        return rest(b);
    }
    struct region r = read_region(b);
    uint8_t after = read_str(b);
    if (!(after & BMC_ACTIVE) || !(after & CHANNEL_ACTIVE))
        return begin_again(b);
    if (r.negotiated < config->versions.min || r.negotiated > config->versions.cur) {
        declined = true;
        next = H1_3;
        return true;
    }
    if (r.negotiated != 1 && r.rx_size > asked)
        return begin_again(b);
    bool apart = r.rx_offset < r.tx_offset ? r.rx_size <= r.tx_offset - r.rx_offset
                                           : r.tx_size <= r.rx_offset - r.tx_offset;
    if (!apart || !usable(b, r.negotiated, r.rx_offset, r.rx_size) ||
        !usable(b, r.negotiated, r.tx_offset, r.tx_size)) {
        declined = true;
        next = H1_3;
        return true;
    }
    begun_again = 0;
    channel = (struct channel){
        .version = r.negotiated,
        .in = {r.rx_offset, mtu_of(r.negotiated, r.rx_size)},
        .out = {r.tx_offset, mtu_of(r.negotiated, r.tx_size)},
    };
    mctp_link(&channel);
    return true;
}

static bool start_up(struct board *b, const struct config *config)
{
    uint8_t str = read_str(b);
    if (str & OBF) {
        if (read_odr(b) == TX_BEGIN)
            remembered = true;
        str = read_str(b);
    }
    if (!(str & BMC_ACTIVE)) {
        next = H1_1;
        return (str & OBF) != 0;
    }
    bool not_yet = (str & OBF) != 0;
    switch (next) {
    case H1_1: /* and H1.2 */
        if (!read_region(b).magic)
            return rest(b);
        next = H1_3;
        return true;
    case H1_3:
        return str & IBF ? not_yet : close_channel(b);
    case H1_4:
    case H1_6:
        if (str & IBF)
            return not_yet;
        write_idr(b, FENCE);
        next = next == H1_4 ? H1_5 : H1_7;
        return false;
    case H1_5:
        return str & (IBF | OBF) ? not_yet : open_channel(b, config);
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
    if (str & BMC_ACTIVE && str & CHANNEL_ACTIVE)
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
    uint8_t str = read_str(b);
    if (session_over(str))
        return true;
    if (remembered || str & OBF) {
        uint8_t byte = remembered ? TX_BEGIN : read_odr(b);
        size_t length = 0;
        remembered = false;
        if (byte == TX_BEGIN && !channel.rx_complete_owed)
            length = receive_packet(b, &channel, packet);
        else if (byte == RX_COMPLETE && channel.transmit == OUTSTANDING) {
            channel.transmit = IDLE;
            if (mctp_waiting())
                return true;
            if (!channel.rx_complete_owed)
                return false;
        }
        str = read_str(b);
        if (session_over(str))
            return true;
        if (length != 0)
            mctp_receive(packet, length);
        if (str & OBF)
            return true;
    }
    if (str & IBF)
        return false;
    if (channel.rx_complete_owed) {
        channel.rx_complete_owed = false;
        write_idr(b, RX_COMPLETE);
    } else if (channel.transmit == BEGIN_PENDING) {
        channel.transmit = OUTSTANDING;
        write_idr(b, TX_BEGIN);
    }
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
    for (uint64_t limit = now_ms() + T_REFUSED_MS; now_ms() < limit;) {
        uint8_t str = read_str(b);
        if (str & OBF) {
            read_odr(b);
            str = read_str(b);
        }
        if (!(str & BMC_ACTIVE))
            return;
        if (!(str & IBF)) {
            put32(b->window + 0x08, 0);
            write_idr(b, INITIALISE);
            return;
        }
    }
}
