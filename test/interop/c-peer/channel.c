/* The control region and packet buffers: mctp-lpc.md, clauses 6 and 7. */
#include "peer.h"

struct mctp_lpc_region read_region(const struct board *b)
{
    uint8_t fields[MCTP_LPC_FIELDS_BYTES];
    board_read(b, 0, fields, sizeof fields);
    return mctp_lpc_decode_region(fields);
}

void put16(const struct board *b, uint32_t at, uint16_t value)
{
    uint8_t field[2];
    mctp_lpc_put16be(field, value);
    board_write(b, at, field, sizeof field);
}

void put32(const struct board *b, uint32_t at, uint32_t value)
{
    uint8_t field[4];
    mctp_lpc_put32be(field, value);
    board_write(b, at, field, sizeof field);
}

/* H2.1 and B2.1: writes the next packet, if one waits and the buffer is ours. */
void send_packet(struct board *b, struct channel *c)
{
    static uint8_t packet[LARGEST_PACKET], frame[LARGEST_PACKET + MCTP_LPC_V3_OVERHEAD];
    if (c->transmit != IDLE)
        return;
    size_t length = mctp_next(packet, c->out.mtu);
    if (length == 0)
        return;
    size_t bytes = mctp_lpc_put_frame(frame, c->version, packet, length);
    board_write(b, c->out.offset, frame, bytes);
    c->transmit = BEGIN_PENDING;
}

uint32_t most_taken(const struct board *b, uint16_t version, uint32_t mtu, uint32_t offset, uint32_t other)
{
    uint32_t end = other > offset ? other : b->window_bytes;
    uint32_t room = end - offset - MCTP_LPC_V1_OVERHEAD;
    if (version != 1 || room < mtu)
        return mtu;
    return room < LARGEST_PACKET - MCTP_HEADER ? room : LARGEST_PACKET - MCTP_HEADER;
}

/* H2.4 and B2.5: takes the packet of a Tx Begin; 0 bytes if it is dropped. Rx Complete is owed in any case. */
size_t receive_packet(struct board *b, struct channel *c, uint8_t *packet)
{
    uint8_t field[MCTP_LPC_LENGTH_BYTES];
    c->rx_complete_owed = true;
    board_read(b, c->in.offset, field, sizeof field);
    uint32_t length = mctp_lpc_get32be(field);
    bool valid = mctp_lpc_length_is_valid(length, c->in.most);
    if (valid)
        board_read(b, c->in.offset + MCTP_LPC_LENGTH_BYTES, packet, length + mctp_lpc_trailer_bytes(c->version));
    if (valid && mctp_lpc_packet_is_intact(c->version, packet, length))
        return length;
    mctp_packet_lost();
    return 0;
}

/* H2.14, H2.15, B4.2 and B4.3: Rx Complete first, and a Tx Begin that it went before next (LPC-KCS-12). */
int take_command(struct channel *c)
{
    bool begin = c->transmit == BEGIN_PENDING;
    if (c->rx_complete_owed && !(begin && c->begin_is_next)) {
        c->rx_complete_owed = false;
        c->begin_is_next = begin;
        return MCTP_LPC_RX_COMPLETE;
    }
    if (!begin)
        return -1;
    c->transmit = OUTSTANDING;
    c->begin_is_next = false;
    return MCTP_LPC_TX_BEGIN;
}
