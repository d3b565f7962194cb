/* SPDX-License-Identifier: Apache-2.0 */
/* A session and the packets in it. Steps are those of mctp-lpc.md, H for the host, B for the BMC. */
#include "channel.h"

#include "mctp.h"

struct channel channel;

/*
 * The copy of a packet, its trailer behind it. Version 1 takes what fits in the window (LPC-BUF-4). Firmware of versions
 * 2 and 3 alone has room for MTU, header and trailer here.
 */
static uint8_t copy[MCTP_LPC_WINDOW_MOST];
static uint32_t copied;     /* bytes of the packet; 0: none was read, or it was dropped */
static bool copy_confirmed; /* it belongs to the session */

/* ---- The control region ---- */

struct mctp_lpc_region read_region(void)
{
    uint8_t fields[MCTP_LPC_FIELDS_BYTES];
    port_read_window(0, fields, sizeof fields);
    return mctp_lpc_decode_region(fields);
}

uint32_t read_host_versions(void)
{
    uint8_t fields[MCTP_LPC_LEN_HOST_VER_MIN + MCTP_LPC_LEN_HOST_VER_CUR];
    port_read_window(MCTP_LPC_AT_HOST_VER_MIN, fields, sizeof fields);
    return mctp_lpc_get32be(fields);
}

void write_field16(uint32_t at, uint16_t value)
{
    uint8_t field[2];
    mctp_lpc_put16be(field, value);
    port_write_window(at, field, sizeof field);
}

void write_field32(uint32_t at, uint32_t value)
{
    uint8_t field[4];
    mctp_lpc_put32be(field, value);
    port_write_window(at, field, sizeof field);
}

/* ---- The session ---- */

/* LPC-BUF-4: in version 1 the sizes do not count, and a packet ends before whatever comes next in the window. */
static uint32_t most_taken(uint16_t version, const struct buffer *in, const struct buffer *out)
{
    uint32_t end = out->offset > in->offset ? out->offset : port_window_bytes();
    uint32_t room = end - in->offset - MCTP_LPC_V1_OVERHEAD;
    return version == 1 && room > in->mtu ? room : in->mtu;
}

void channel_open(uint16_t version, struct buffer in, struct buffer out)
{
    in.mtu = mctp_lpc_mtu_of_buffer(version, in.size);
    out.mtu = mctp_lpc_mtu_of_buffer(version, out.size);
    channel = (struct channel){.version = version, .in = in, .out = out};
    channel.most_taken = most_taken(version, &in, &out);
    say("channel up: version %u, MTU %lu in, %lu out", version, (unsigned long)in.mtu, (unsigned long)out.mtu);
    mctp_link(true);
}

void channel_end(void)
{
    if (channel.version == 0)
        return;
    counted.packets_given_up += channel.sender != IDLE;
    counted.packets_at_session_end += copied != 0;
    channel = (struct channel){.version = 0};
    copied = 0;
    mctp_link(false);
}

/* ---- Transmit ---- */

void channel_transmit(void)
{
    struct packet p;
    if (channel.sender != IDLE || !mctp_next(&p, channel.out.mtu))
        return;
    uint32_t at = channel.out.offset;
    uint8_t head[MCTP_LPC_LENGTH_BYTES + MCTP_LPC_HEADER_BYTES];
    mctp_lpc_put32be(head, (uint32_t)(MCTP_LPC_HEADER_BYTES + p.payload_bytes));
    for (size_t i = 0; i < MCTP_LPC_HEADER_BYTES; i++)
        head[MCTP_LPC_LENGTH_BYTES + i] = p.header[i];
    port_write_window(at, head, sizeof head);                                 /* H3.1, B5.1 */
    port_write_window(at + (uint32_t)sizeof head, p.payload, p.payload_bytes); /* H3.2, B5.2 */
    if (mctp_lpc_trailer_bytes(channel.version) != 0) {                       /* H3.3, B5.3 */
        uint32_t crc = mctp_lpc_crc32(0, p.header, sizeof p.header);
        write_field32(at + (uint32_t)(sizeof head + p.payload_bytes), mctp_lpc_crc32(crc, p.payload, p.payload_bytes));
    }
    channel.sender = BEGIN_PENDING;
    channel.written_at = port_now_ms();
    channel.stall_was_told = false;
}

bool channel_sent(void)
{
    if (channel.sender != OUTSTANDING) {
        counted.rx_completes_ignored++;
        return false;
    }
    channel.sender = IDLE;
    mctp_taken();
    return true;
}

void channel_look_at_stall(void)
{
    if (channel.sender == IDLE || channel.stall_was_told ||
        port_now_ms() - channel.written_at < MCTP_LPC_T_STALL_MS)
        return;
    channel.stall_was_told = true;
    counted.packets_stalled++;
    say("no Rx Complete %u ms after a packet was written (LPC-TIME-3): it stays under way", MCTP_LPC_T_STALL_MS);
}

/* ---- Receive ---- */

void channel_receive(void)
{
    uint8_t field[MCTP_LPC_LENGTH_BYTES];
    channel.rx_complete_owed = true; /* whatever the packet is like */
    copied = 0;
    copy_confirmed = false;
    port_read_window(channel.in.offset, field, sizeof field); /* H2.5, B2.6: once (LPC-BUF-2) */
    uint32_t length = mctp_lpc_get32be(field);
    if (!mctp_lpc_length_is_valid(length, channel.most_taken)) {
        counted.packets_with_wrong_length++;
        mctp_damage();
        return;
    }
    port_read_window(channel.in.offset + MCTP_LPC_LENGTH_BYTES, copy,
                     length + mctp_lpc_trailer_bytes(channel.version)); /* H2.6, B2.7: once (LPC-BUF-6) */
    if (!mctp_lpc_packet_is_intact(channel.version, copy, length)) {
        counted.packets_with_wrong_crc++;
        mctp_damage();
        return;
    }
    copied = length;
}

void channel_confirm(void)
{
    copy_confirmed = true;
}

bool channel_deliver(void)
{
    if (copied == 0 || !copy_confirmed)
        return false;
    mctp_receive(copy, copied);
    copied = 0;
    return true;
}

/* ---- The turns of the two commands ---- */

int channel_command(void)
{
    bool begin_waits = channel.sender == BEGIN_PENDING;
    if (channel.rx_complete_owed && !(begin_waits && channel.begin_has_turn)) {
        channel.rx_complete_owed = false;
        channel.begin_has_turn = begin_waits;
        return MCTP_LPC_RX_COMPLETE;
    }
    if (!begin_waits)
        return -1;
    channel.sender = OUTSTANDING;
    channel.begin_has_turn = false;
    return MCTP_LPC_TX_BEGIN;
}
