/**
 * The functions and assertions of the C header. Their constants come from the code through the macros; that the
 * functions do what the code does is shown by running both (test/spec/c-header.test.ts).
 */

export const ACCESSORS = `\
/* Big-endian fields (clause 3), at any alignment. What they read is a copy: a side copies out of the window once,
 * and judges nothing but that copy (LPC-BUF-2, LPC-BUF-6, LPC-REG-5). */

static inline uint16_t mctp_lpc_get16be(const uint8_t *at)
{
    return (uint16_t)((unsigned)at[0] << 8 | at[1]);
}

static inline uint32_t mctp_lpc_get32be(const uint8_t *at)
{
    return (uint32_t)mctp_lpc_get16be(at) << 16 | mctp_lpc_get16be(at + 2);
}

static inline void mctp_lpc_put16be(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)(value & 0xffu);
}

static inline void mctp_lpc_put32be(uint8_t *at, uint32_t value)
{
    mctp_lpc_put16be(at, (uint16_t)(value >> 16));
    mctp_lpc_put16be(at + 2, (uint16_t)(value & 0xffffu));
}
`;

export const REGION = `\
/* The control region in numbers of this machine (clause 6). */
struct mctp_lpc_region {
    uint32_t magic;
    uint16_t bmc_ver_min, bmc_ver_cur;
    uint16_t host_ver_min, host_ver_cur;
    uint16_t negotiated_ver;
    uint32_t rx_offset, rx_size; /* bmcToHost */
    uint32_t tx_offset, tx_size; /* hostToBmc */
};

/* Reads the fields from a copy of the first MCTP_LPC_FIELDS_BYTES bytes of the window; judges nothing.
 * The pad is left out: it has no influence (LPC-REG-4). */
static inline struct mctp_lpc_region mctp_lpc_decode_region(const uint8_t *fields)
{
    struct mctp_lpc_region region;
    region.magic = mctp_lpc_get32be(fields + MCTP_LPC_AT_MAGIC);
    region.bmc_ver_min = mctp_lpc_get16be(fields + MCTP_LPC_AT_BMC_VER_MIN);
    region.bmc_ver_cur = mctp_lpc_get16be(fields + MCTP_LPC_AT_BMC_VER_CUR);
    region.host_ver_min = mctp_lpc_get16be(fields + MCTP_LPC_AT_HOST_VER_MIN);
    region.host_ver_cur = mctp_lpc_get16be(fields + MCTP_LPC_AT_HOST_VER_CUR);
    region.negotiated_ver = mctp_lpc_get16be(fields + MCTP_LPC_AT_NEGOTIATED_VER);
    region.rx_offset = mctp_lpc_get32be(fields + MCTP_LPC_AT_RX_OFFSET);
    region.rx_size = mctp_lpc_get32be(fields + MCTP_LPC_AT_RX_SIZE);
    region.tx_offset = mctp_lpc_get32be(fields + MCTP_LPC_AT_TX_OFFSET);
    region.tx_size = mctp_lpc_get32be(fields + MCTP_LPC_AT_TX_SIZE);
    return region;
}
`;

export const NEGOTIATION = `\
/* The version that two sides speak (9.1), MCTP_LPC_VERSION_REFUSED if there is none (LPC-VER-1, LPC-VER-2). */
static inline uint16_t mctp_lpc_common_version(uint16_t bmc_min, uint16_t bmc_cur, uint16_t host_min,
                                               uint16_t host_cur)
{
    uint16_t version = bmc_cur < host_cur ? bmc_cur : host_cur;
    bool formed = bmc_min >= MCTP_LPC_VERSION_OLDEST && bmc_min <= bmc_cur && host_min >= MCTP_LPC_VERSION_OLDEST &&
                  host_min <= host_cur;
    bool known = version >= bmc_min && version >= host_min && version <= MCTP_LPC_VERSION_NEWEST;
    return formed && known ? version : (uint16_t)MCTP_LPC_VERSION_REFUSED;
}

/* Buffer bytes beside the payload (LPC-MTU-1). */
static inline uint32_t mctp_lpc_overhead(uint16_t version)
{
    return version == 3u ? MCTP_LPC_V3_OVERHEAD : version == 2u ? MCTP_LPC_V2_OVERHEAD : MCTP_LPC_V1_OVERHEAD;
}

/* Bytes behind the MCTP packet: the CRC-32 of version 3 (LPC-BUF-3). */
static inline uint32_t mctp_lpc_trailer_bytes(uint16_t version)
{
    return version == 3u ? MCTP_LPC_V3_TRAILER_BYTES : 0u;
}

/* The buffer size that packets of this MTU need (LPC-MTU-1). */
static inline uint32_t mctp_lpc_buffer_bytes(uint16_t version, uint32_t mtu)
{
    return mtu + mctp_lpc_overhead(version);
}

/* The MTU of a buffer that holds at least the BTU (LPC-MTU-2). */
static inline uint32_t mctp_lpc_mtu_of_buffer(uint16_t version, uint32_t size)
{
    return version == 1u ? MCTP_LPC_BTU : size - mctp_lpc_overhead(version);
}

/* The largest MTU that a BMC offers by itself (9.2). */
static inline uint32_t mctp_lpc_largest_mtu(uint16_t version, uint32_t window_bytes)
{
    uint32_t payload = (window_bytes - MCTP_LPC_REGION_BYTES) / 2u - mctp_lpc_overhead(version);
    return version == 1u ? MCTP_LPC_BTU : payload - payload % MCTP_LPC_MTU_STEP;
}

/* The rx_size that a host writes for its own MTU, 0 for no limit of its own (LPC-MTU-3). */
static inline uint32_t mctp_lpc_asked_size(const struct mctp_lpc_region *offer, uint16_t version, uint32_t own_mtu,
                                           uint32_t window_bytes)
{
    uint32_t end = window_bytes;
    if (offer->tx_offset > offer->rx_offset && offer->tx_offset < window_bytes)
        end = offer->tx_offset;
    uint32_t room = offer->rx_offset < end ? end - offer->rx_offset : 0u;
    uint32_t least = mctp_lpc_buffer_bytes(version, MCTP_LPC_BTU);
    uint32_t asked = room;
    if (own_mtu != 0u && own_mtu < room && mctp_lpc_buffer_bytes(version, own_mtu) < room)
        asked = mctp_lpc_buffer_bytes(version, own_mtu);
    return asked < least ? least : asked;
}

/* Whether packets of this version can pass through one buffer, the other not looked at (LPC-MTU-5). */
static inline bool mctp_lpc_buffer_is_usable(uint32_t offset, uint32_t size, uint16_t version, uint32_t window_bytes)
{
    return size >= mctp_lpc_buffer_bytes(version, MCTP_LPC_BTU) && offset >= MCTP_LPC_REGION_BYTES &&
           offset <= window_bytes && size <= window_bytes - offset;
}

/* Whether a session can work in this layout (LPC-MTU-5). */
static inline bool mctp_lpc_layout_is_usable(const struct mctp_lpc_region *answer, uint16_t version,
                                             uint32_t window_bytes)
{
    if (!mctp_lpc_buffer_is_usable(answer->rx_offset, answer->rx_size, version, window_bytes) ||
        !mctp_lpc_buffer_is_usable(answer->tx_offset, answer->tx_size, version, window_bytes))
        return false;
    return answer->rx_offset < answer->tx_offset ? answer->rx_size <= answer->tx_offset - answer->rx_offset
                                                 : answer->tx_size <= answer->rx_offset - answer->tx_offset;
}

/* Whether a receiver takes a packet with this length field (LPC-BUF-4). */
static inline bool mctp_lpc_length_is_valid(uint32_t length, uint32_t mtu)
{
    return length >= MCTP_LPC_HEADER_BYTES && length - MCTP_LPC_HEADER_BYTES <= mtu;
}
`;

export const STATUS = `\
/* Whether a session exists (8.1). */
static inline bool mctp_lpc_in_session(uint8_t str)
{
    return (str & MCTP_LPC_STR_IN_SESSION) == MCTP_LPC_STR_IN_SESSION;
}

/* What STR holds after a write of v, s before it (5.2): for those who drive the register. */
static inline uint8_t mctp_lpc_str_after_write(uint8_t s, uint8_t v)
{
    return (uint8_t)((v & MCTP_LPC_STR_STORED) | (s & MCTP_LPC_STR_KEPT) | (s & v & MCTP_LPC_STR_OBF));
}
`;

export const CRC = `\
/* CRC-32 of a packet (LPC-BUF-3); \`previous\` is 0, or the CRC of the bytes before these. Without a table: no memory,
 * eight steps a byte. Firmware that has a faster one of this kind, as in hardware or zlib, defines MCTP_LPC_OWN_CRC32
 * and gives this function itself. */
#ifdef MCTP_LPC_OWN_CRC32
uint32_t mctp_lpc_crc32(uint32_t previous, const uint8_t *bytes, size_t length);
#else
static inline uint32_t mctp_lpc_crc32(uint32_t previous, const uint8_t *bytes, size_t length)
{
    uint32_t crc = previous ^ MCTP_LPC_CRC32_INITIAL;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 1u) != 0u ? crc >> 1 ^ MCTP_LPC_CRC32_POLYNOMIAL : crc >> 1;
    }
    return crc ^ MCTP_LPC_CRC32_FINAL_XOR;
}
#endif
`;

export const FRAMES = `\
/* Puts a packet as it lies in a buffer into \`frame\`: length, packet, trailer (LPC-BUF-1). Gives the bytes of all
 * three, at most mctp_lpc_buffer_bytes of the MTU. */
static inline size_t mctp_lpc_put_frame(uint8_t *frame, uint16_t version, const uint8_t *packet, size_t length)
{
    uint32_t trailer = mctp_lpc_trailer_bytes(version);
    mctp_lpc_put32be(frame, (uint32_t)length);
    for (size_t i = 0; i < length; i++)
        frame[MCTP_LPC_LENGTH_BYTES + i] = packet[i];
    if (trailer != 0u)
        mctp_lpc_put32be(frame + MCTP_LPC_LENGTH_BYTES + length, mctp_lpc_crc32(0u, packet, length));
    return MCTP_LPC_LENGTH_BYTES + length + trailer;
}

/* Whether a receiver takes the copy of a packet, its trailer behind it (LPC-BUF-5). */
static inline bool mctp_lpc_packet_is_intact(uint16_t version, const uint8_t *packet, size_t length)
{
    return mctp_lpc_trailer_bytes(version) == 0u ||
           mctp_lpc_get32be(packet + length) == mctp_lpc_crc32(0u, packet, length);
}
`;

/** What must hold between the constants; the compiler refuses a header in which it does not. */
export const ASSERTIONS: readonly (readonly [condition: string, text: string])[] = [
  ["MCTP_LPC_V1_OVERHEAD == MCTP_LPC_LENGTH_BYTES + MCTP_LPC_HEADER_BYTES", "version 1: length and header"],
  ["MCTP_LPC_V2_OVERHEAD == MCTP_LPC_V1_OVERHEAD", "version 2: as version 1"],
  ["MCTP_LPC_V3_OVERHEAD == MCTP_LPC_V2_OVERHEAD + MCTP_LPC_V3_TRAILER_BYTES", "version 3: and the CRC-32"],
  ["MCTP_LPC_BTU + MCTP_LPC_V2_OVERHEAD == 72u && MCTP_LPC_BTU + MCTP_LPC_V3_OVERHEAD == 76u", "sizes for the BTU"],
  ["4096u + MCTP_LPC_V2_OVERHEAD == 4104u && 4096u + MCTP_LPC_V3_OVERHEAD == 4108u", "sizes for an MTU of 4096"],
  ["MCTP_LPC_LARGEST_MTU(V2, MCTP_LPC_WINDOW_USUAL) + MCTP_LPC_V2_OVERHEAD == 524152u", "largest size, version 2"],
  ["MCTP_LPC_LARGEST_MTU(V3, MCTP_LPC_WINDOW_USUAL) + MCTP_LPC_V3_OVERHEAD == 524156u", "largest size, version 3"],
  ["MCTP_LPC_STR_IN_SESSION == (MCTP_LPC_STR_BMC_ACTIVE | MCTP_LPC_STR_CHANNEL_ACTIVE)", "the session bits"],
  ["MCTP_LPC_STR_DOWN == MCTP_LPC_STR_OBF", "down: OBF is kept"],
  ["MCTP_LPC_STR_ACTIVE == (MCTP_LPC_STR_BMC_ACTIVE | MCTP_LPC_STR_OBF)", "active: OBF is kept"],
  ["MCTP_LPC_STR_SESSION == (MCTP_LPC_STR_IN_SESSION | MCTP_LPC_STR_OBF)", "session: OBF is kept"],
  ["(MCTP_LPC_STR_STORED | MCTP_LPC_STR_KEPT | MCTP_LPC_STR_OBF) == 0xffu", "an STR write settles every bit"],
  ["(MCTP_LPC_STR_STORED & MCTP_LPC_STR_KEPT) == 0u", "no bit is both stored and kept"],
  ["sizeof(MCTP_LPC_BOARD_MAGIC) - 1u == MCTP_LPC_BOARD_AT_LAYOUT_VERSION", "the board's magic ends at its version"],
  ["MCTP_LPC_MT1_MS < MCTP_LPC_MT2_MS && MCTP_LPC_MT2_MS < MCTP_LPC_MT4_MS", "the times of a request"],
];
