/* Calls the functions of spec/mctp_lpc.h: a line with a name, numbers and bytes in, a line with the result out. */
#include <stdio.h>
#include <string.h>

#include "mctp_lpc.h"

enum { NUMBERS = 6, LONGEST_LINE = 1 << 17 };

static unsigned long number[NUMBERS];
static uint8_t bytes[LONGEST_LINE];
static size_t length;

static uint32_t u32(int index)
{
    return (uint32_t)number[index];
}

static uint16_t u16(int index)
{
    return (uint16_t)number[index];
}

static uint8_t u8(int index)
{
    return (uint8_t)number[index];
}

static void print(unsigned long value)
{
    printf("%lu\n", value);
}

static void print_bytes(size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%02x", bytes[i]);
    printf("\n");
}

static void common(void)
{
    print(mctp_lpc_common_version(u16(0), u16(1), u16(2), u16(3)));
}

static void buffer(void)
{
    print(mctp_lpc_buffer_bytes(u16(0), u32(1)));
}

static void mtu(void)
{
    print(mctp_lpc_mtu_of_buffer(u16(0), u32(1)));
}

static void largest(void)
{
    print(mctp_lpc_largest_mtu(u16(0), u32(1)));
}

static void asked(void)
{
    const struct mctp_lpc_region offer = {.rx_offset = u32(0), .tx_offset = u32(1)};
    print(mctp_lpc_asked_size(&offer, u16(2), u32(3), u32(4)));
}

static void layout(void)
{
    const struct mctp_lpc_region answer = {
        .rx_offset = u32(0), .rx_size = u32(1), .tx_offset = u32(2), .tx_size = u32(3)};
    print(mctp_lpc_layout_is_usable(&answer, u16(4), u32(5)));
}

static void valid(void)
{
    print(mctp_lpc_length_is_valid(u32(0), u32(1)));
}

static void str_write(void)
{
    print(mctp_lpc_str_after_write(u8(0), u8(1)));
}

static void crc(void)
{
    print(mctp_lpc_crc32(u32(0), bytes, length));
}

static void region(void)
{
    const struct mctp_lpc_region r = mctp_lpc_decode_region(bytes);
    const unsigned long fields[] = {r.magic,          r.bmc_ver_min, r.bmc_ver_cur, r.host_ver_min, r.host_ver_cur,
                                    r.negotiated_ver, r.rx_offset,   r.rx_size,     r.tx_offset,    r.tx_size};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        printf("%s%lu", i == 0 ? "" : " ", fields[i]);
    printf("\n");
}

/* The packet as it lies in a buffer of this version. */
static void frame(void)
{
    static uint8_t packet[LONGEST_LINE];
    memcpy(packet, bytes, length);
    print_bytes(mctp_lpc_put_frame(bytes, u16(0), packet, length));
}

/* Whether a packet, with its trailer if the version has one, is intact. */
static void intact(void)
{
    print(mctp_lpc_packet_is_intact(u16(0), bytes, length - mctp_lpc_trailer_bytes(u16(0))));
}

static void session(void)
{
    print(mctp_lpc_in_session(u8(0)));
}

/* Two fields, neither aligned, read and written elsewhere. */
static void fields(void)
{
    uint16_t small = mctp_lpc_get16be(bytes + 1);
    uint32_t large = mctp_lpc_get32be(bytes + 3);
    memset(bytes, 0, 8);
    mctp_lpc_put32be(bytes + 1, large);
    mctp_lpc_put16be(bytes + 5, small);
    print_bytes(8);
}

static const struct {
    const char *name;
    void (*call)(void);
} probes[] = {
    {"common", common}, {"buffer", buffer}, {"mtu", mtu},       {"largest", largest}, {"asked", asked},
    {"layout", layout}, {"valid", valid},   {"str", str_write}, {"crc", crc},         {"region", region},
    {"frame", frame},   {"intact", intact}, {"fields", fields}, {"session", session},
};

static int call(const char *name)
{
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
        if (strcmp(probes[i].name, name) == 0) {
            probes[i].call();
            return 0;
        }
    }
    return 1;
}

int main(void)
{
    static char line[LONGEST_LINE];
    char name[16];
    while (fgets(line, sizeof line, stdin) != NULL) {
        sscanf(line, "%15s %lu %lu %lu %lu %lu %lu", name, number, number + 1, number + 2, number + 3, number + 4,
               number + 5);
        const char *digits = strchr(line, ':');
        unsigned byte;
        for (length = 0; digits != NULL && sscanf(digits + 1 + 2 * length, "%2x", &byte) == 1; length++)
            bytes[length] = (uint8_t)byte;
        if (call(name) != 0)
            return 1;
    }
    return 0;
}
