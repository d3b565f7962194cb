/* Versions, sizes and packet buffers: mctp-lpc.md, clauses 6, 7 and 9. */
#include <string.h>

#include "peer.h"

uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

void put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void put32(uint8_t *at, uint32_t value)
{
    put16(at, (uint16_t)(value >> 16));
    put16(at + 2, (uint16_t)value);
}

static uint32_t crc32(const uint8_t *bytes, size_t length)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

/* 0: refused (LPC-VER-2). */
int common_version(struct versions one, struct versions other)
{
    uint16_t version = one.cur < other.cur ? one.cur : other.cur;
    bool formed = one.min > 0 && other.min > 0 && one.min <= one.cur && other.min <= other.cur;
    return formed && version >= one.min && version >= other.min ? version : 0;
}

uint32_t overhead(int version)
{
    return version == 3 ? 12 : 8;
}

uint32_t mtu_of(int version, uint32_t size)
{
    return version == 1 ? BTU : size - overhead(version);
}

struct region read_region(const struct board *b)
{
    uint8_t at[0x20];
    memcpy(at, b->window, sizeof at);
    return (struct region){
        .magic = memcmp(at, "MCTP", 4) == 0,
        .bmc = {get16(at + 0x04), get16(at + 0x06)},
        .host = {get16(at + 0x08), get16(at + 0x0a)},
        .negotiated = get16(at + 0x0c),
        .rx_offset = get32(at + 0x10),
        .rx_size = get32(at + 0x14),
        .tx_offset = get32(at + 0x18),
        .tx_size = get32(at + 0x1c),
    };
}

/* H2.1 and B2.1: writes the next packet, if one waits and the buffer is ours. */
void send_packet(struct board *b, struct channel *c)
{
    static uint8_t frame[4 + LARGEST_PACKET + 4];
    if (c->transmit != IDLE)
        return;
    size_t length = mctp_next(frame + 4, c->out.mtu);
    if (length == 0)
        return;
    put32(frame, (uint32_t)length);
    put32(frame + 4 + length, crc32(frame + 4, length));
    memcpy(b->window + c->out.offset, frame, 4 + length + (c->version == 3 ? 4 : 0));
    c->transmit = BEGIN_PENDING;
}

/* H2.4 and B2.5: takes the packet of a Tx Begin; 0 bytes if it is dropped. Rx Complete is owed in any case. */
size_t receive_packet(struct board *b, struct channel *c, uint8_t *packet)
{
    uint8_t field[4];
    c->rx_complete_owed = true;
    memcpy(field, b->window + c->in.offset, 4);
    uint32_t length = get32(field);
    if (length < MCTP_HEADER || length > MCTP_HEADER + c->in.mtu)
        return 0;
    memcpy(packet, b->window + c->in.offset + 4, length + (c->version == 3 ? 4 : 0));
    return c->version == 3 && get32(packet + length) != crc32(packet, length) ? 0 : length;
}
