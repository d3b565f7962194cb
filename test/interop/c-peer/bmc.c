/* The BMC's procedures B1 to B6: mctp-lpc.md, clause 11. */
#include <string.h>

#include "peer.h"

enum { T_ANN_MS = 500, STR_DOWN = 0x01, STR_ACTIVE = 0x81, STR_SESSION = 0xc1 };

static enum { START, ANNOUNCING, SERVING } phase = START;
static struct channel channel;
static bool dummy_waits;
static int announcements;
static uint64_t announce_until;

/* The MTU that this BMC offers by itself. */
static uint32_t own_mtu(const struct board *b, const struct config *config, int version)
{
    uint32_t largest = (b->window_bytes - REGION_BYTES) / 2 - overhead(version);
    largest -= largest % 16;
    if (version == 1)
        return BTU;
    return config->mtu < largest ? config->mtu : largest;
}

/* 0x10 to 0x1f: two buffers behind the control region, `pitch` apart, for packets of `mtu`. */
static void write_layout(struct board *b, uint32_t pitch, int version, uint32_t mtu)
{
    uint8_t layout[16];
    put32(layout, REGION_BYTES);
    put32(layout + 4, mtu + overhead(version));
    put32(layout + 8, REGION_BYTES + pitch);
    put32(layout + 12, mtu + overhead(version));
    memcpy(b->window + 0x10, layout, sizeof layout);
}

static bool start(struct board *b, const struct config *config)
{
    int newest = config->versions.cur;
    uint32_t mtu = own_mtu(b, config, newest);
    if (phase == START) {
        write_str(b, STR_DOWN);
        phase = ANNOUNCING;
        announce_until = now_ms() + T_ANN_MS;
    }
    bool full = (read_str(b) & OBF) != 0;
    if (!full && announcements < 2) {
        write_odr(b, DUMMY);
        announcements++;
        return false;
    }
    if (full && now_ms() < announce_until)
        return false;
    memcpy(b->window, "MCTP", 4);
    put16(b->window + 0x04, config->versions.min);
    put16(b->window + 0x06, config->versions.cur);
    put32(b->window + 0x0c, 0);
    write_layout(b, mtu + overhead(newest), newest, mtu);
    put32(b->window + 0x08, 0);
    write_str(b, STR_ACTIVE);
    dummy_waits = true;
    phase = SERVING;
    return true;
}

static void initialise(struct board *b, const struct config *config)
{
    if (channel.version != 0)
        mctp_link(NULL);
    channel = (struct channel){.version = 0};
    struct region r = read_region(b);
    int newest = config->versions.cur;
    uint32_t mtu = own_mtu(b, config, newest), pitch = mtu + overhead(newest);
    int version = common_version(config->versions, r.host);
    if (version >= 2 && r.rx_size < BTU + overhead(version))
        version = 0;
    if (version == 1)
        mtu = BTU;
    else if (version != 0 && mtu_of(version, r.rx_size) < mtu)
        mtu = mtu_of(version, r.rx_size);
    write_layout(b, pitch, version == 0 ? newest : version, mtu);
    put16(b->window + 0x0c, (uint16_t)version);
    write_str(b, version == 0 ? STR_ACTIVE : STR_SESSION);
    dummy_waits = true;
    if (version == 0)
        return;
    channel = (struct channel){.version = version, .in = {REGION_BYTES + pitch, mtu}, .out = {REGION_BYTES, mtu}};
    mctp_link(&channel);
}

static void write_waiting_byte(struct board *b)
{
    if (dummy_waits) {
        dummy_waits = false;
        write_odr(b, DUMMY);
    } else if (channel.rx_complete_owed) {
        channel.rx_complete_owed = false;
        write_odr(b, RX_COMPLETE);
    } else if (channel.transmit == BEGIN_PENDING) {
        channel.transmit = OUTSTANDING;
        write_odr(b, TX_BEGIN);
    }
}

static bool service(struct board *b, const struct config *config)
{
    static uint8_t packet[LARGEST_PACKET + 4];
    if (channel.version != 0)
        send_packet(b, &channel);
    uint8_t str = read_str(b);
    if (!(str & IBF)) {
        if (!(str & OBF))
            write_waiting_byte(b);
        return false;
    }
    uint8_t byte = read_idr(b);
    if (byte == TX_BEGIN && channel.version != 0 && !channel.rx_complete_owed) {
        size_t length = receive_packet(b, &channel, packet);
        str = read_str(b);
        if (!(str & IBF)) {
            if (length != 0)
                mctp_receive(packet, length);
            if (!(str & OBF))
                write_waiting_byte(b);
            return false;
        }
        byte = read_idr(b);
        if (byte != INITIALISE && length != 0)
            mctp_receive(packet, length);
    }
    if (byte == INITIALISE)
        initialise(b, config);
    else if (byte == RX_COMPLETE && channel.transmit == OUTSTANDING) {
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
    write_str(b, STR_DOWN);
    if (!(read_str(b) & OBF))
        write_odr(b, DUMMY);
}
