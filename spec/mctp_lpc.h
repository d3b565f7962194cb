/*
 * SPDX-License-Identifier: Apache-2.0
 * Copyright the mctp-lpc authors
 *
 * MCTP over LPC: constants and small functions for firmware in C11 or C++11, protocol versions 1, 2 and 3.
 *
 * Made from the reference implementation by spec/generator/c-header.ts: do not edit. Numbers in the comments are
 * clauses of the specification, mctp-lpc.md, and of its annexes, LPC-... its requirements. Nothing here accesses a
 * register or the window, allocates, or keeps state.
 */
#ifndef MCTP_LPC_H
#define MCTP_LPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define MCTP_LPC_ASSERT(condition, text) static_assert(condition, text)
#else
#define MCTP_LPC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

/* Clause 5.4: the window, in bytes. */

#define MCTP_LPC_WINDOW_LEAST 4096u     /* 5.4: the smallest window */
#define MCTP_LPC_WINDOW_USUAL 1048576u  /* 5.4: the size by convention */
#define MCTP_LPC_WINDOW_MOST  16777216u /* 5.4: the largest window */

/* Clause 6: the control region; AT_ is a field's offset from the start of the window, LEN_ its bytes. */

#define MCTP_LPC_REGION_BYTES       0x100u      /* 6: no packet buffer begins before (LPC-MTU-5) */
#define MCTP_LPC_FIELDS_BYTES       0x20u       /* 6: bytes that carry fields; the rest is reserved */
#define MCTP_LPC_MAGIC              0x4d435450u /* LPC-REG-2: what the magic field holds, "MCTP" */
#define MCTP_LPC_AT_MAGIC           0x00u       /* LPC-REG-1: written by the BMC, at start */
#define MCTP_LPC_LEN_MAGIC          4u          /* LPC-REG-1: its bytes, big-endian */
#define MCTP_LPC_AT_BMC_VER_MIN     0x04u       /* LPC-REG-1: oldest version of the BMC, at start */
#define MCTP_LPC_LEN_BMC_VER_MIN    2u          /* LPC-REG-1: its bytes, big-endian */
#define MCTP_LPC_AT_BMC_VER_CUR     0x06u       /* LPC-REG-1: newest version of the BMC, at start */
#define MCTP_LPC_LEN_BMC_VER_CUR    2u          /* LPC-REG-1: its bytes, big-endian */
#define MCTP_LPC_AT_HOST_VER_MIN    0x08u       /* LPC-REG-1: oldest version of the host; the BMC zeroes it at start */
#define MCTP_LPC_LEN_HOST_VER_MIN   2u          /* LPC-REG-1: its bytes, big-endian */
#define MCTP_LPC_AT_HOST_VER_CUR    0x0au       /* LPC-REG-1: newest version of the host, likewise */
#define MCTP_LPC_LEN_HOST_VER_CUR   2u          /* LPC-REG-1: its bytes, big-endian */
#define MCTP_LPC_AT_NEGOTIATED_VER  0x0cu       /* LPC-REG-1: by the BMC: version of the session, 0 for a refusal */
#define MCTP_LPC_LEN_NEGOTIATED_VER 2u          /* LPC-REG-1: its bytes, big-endian */
#define MCTP_LPC_AT_PAD             0x0eu       /* LPC-REG-1: 0; read by nobody (LPC-REG-4) */
#define MCTP_LPC_LEN_PAD            2u          /* LPC-REG-1: its bytes, big-endian */
#define MCTP_LPC_AT_RX_OFFSET       0x10u       /* LPC-REG-1: of the bmcToHost buffer, written by the BMC */
#define MCTP_LPC_LEN_RX_OFFSET      4u          /* LPC-REG-1: its bytes, big-endian */
#define MCTP_LPC_AT_RX_SIZE         0x14u       /* LPC-REG-1: of the bmcToHost buffer, written by both (LPC-REG-3) */
#define MCTP_LPC_LEN_RX_SIZE        4u          /* LPC-REG-1: its bytes, big-endian */
#define MCTP_LPC_AT_TX_OFFSET       0x18u       /* LPC-REG-1: of the hostToBmc buffer, written by the BMC */
#define MCTP_LPC_LEN_TX_OFFSET      4u          /* LPC-REG-1: its bytes, big-endian */
#define MCTP_LPC_AT_TX_SIZE         0x1cu       /* LPC-REG-1: of the hostToBmc buffer, written by the BMC */
#define MCTP_LPC_LEN_TX_SIZE        4u          /* LPC-REG-1: its bytes, big-endian */

/* Clause 7: versions and packet buffers, in bytes. */

#define MCTP_LPC_VERSION_OLDEST   1u          /* 7.1: of this specification */
#define MCTP_LPC_VERSION_NEWEST   3u          /* 7.1: of this specification */
#define MCTP_LPC_VERSION_CLOSE    0u          /* LPC-HOST-3: host_ver_min and host_ver_cur of a close */
#define MCTP_LPC_VERSION_REFUSED  0u          /* LPC-VER-2: negotiated_ver of a refusal */
#define MCTP_LPC_LENGTH_BYTES     4u          /* 7.2: length field, before the MCTP packet */
#define MCTP_LPC_HEADER_BYTES     4u          /* 7.2: MCTP transport header; the least length (LPC-BUF-4) */
#define MCTP_LPC_V3_TRAILER_BYTES 4u          /* LPC-BUF-3: CRC-32 behind the packet, version 3 */
#define MCTP_LPC_V1_OVERHEAD      8u          /* LPC-MTU-1: buffer bytes beside the payload, version 1 */
#define MCTP_LPC_V2_OVERHEAD      8u          /* LPC-MTU-1: the same, version 2 */
#define MCTP_LPC_V3_OVERHEAD      12u         /* LPC-MTU-1: the same, version 3 */
#define MCTP_LPC_BTU              64u         /* 3: baseline transmission unit, payload bytes */
#define MCTP_LPC_MTU_STEP         16u         /* 9.2: the largest MTU a BMC offers is a multiple of it */
#define MCTP_LPC_CRC32_POLYNOMIAL 0xedb88320u /* LPC-BUF-3: reflected */
#define MCTP_LPC_CRC32_INITIAL    0xffffffffu /* LPC-BUF-3: initial value */
#define MCTP_LPC_CRC32_FINAL_XOR  0xffffffffu /* LPC-BUF-3: final exclusive or */
#define MCTP_LPC_CRC32_CHECK      0xcbf43926u /* LPC-BUF-3: CRC of the bytes "123456789" */

/* Clause 8.1: the status register. */

#define MCTP_LPC_STR_BMC_ACTIVE     0x80u /* 8.1: the BMC runs, the control region is valid */
#define MCTP_LPC_STR_CHANNEL_ACTIVE 0x40u /* 8.1: the last Initialise was accepted */
#define MCTP_LPC_STR_CD             0x08u /* 8.1: no meaning here (LPC-KCS-8) */
#define MCTP_LPC_STR_IBF            0x02u /* 8.1: IDR holds an unread byte */
#define MCTP_LPC_STR_OBF            0x01u /* 8.1: ODR holds an unread byte */
#define MCTP_LPC_STR_IN_SESSION     0xc0u /* 8.1: a session exists while both bits are set */
#define MCTP_LPC_STR_DOWN           0x01u /* 8.1: written at B1.1 and B6.1 (LPC-KCS-3) */
#define MCTP_LPC_STR_ACTIVE         0x81u /* 8.1: written at B1.8, and for a refusal at B3.8 */
#define MCTP_LPC_STR_SESSION        0xc1u /* 8.1: written for a session at B3.7 */
#define MCTP_LPC_STR_STORED         0xf4u /* 5.2: bits that a write stores */
#define MCTP_LPC_STR_KEPT           0x0au /* 5.2: bits that a write leaves alone; OBF is cleared by a 0 */

/* Clause 8.2: command bytes. */

#define MCTP_LPC_INITIALISE  0x00u /* 8.2: host to BMC: read the host's fields, open or refuse */
#define MCTP_LPC_TX_BEGIN    0x01u /* 8.2: both ways: the buffer holds a packet */
#define MCTP_LPC_RX_COMPLETE 0x02u /* 8.2: both ways: the buffer is the sender's again */
#define MCTP_LPC_FENCE       0xffu /* 8.2: host to BMC: proves by being read that all before it was handled */
#define MCTP_LPC_DUMMY       0xffu /* 8.2: BMC to host: STR has changed */

/* Clause 13: timers' defaults, and what is counted at a start. */

#define MCTP_LPC_T_ANN_MS        500u  /* LPC-TIME-1: a BMC's wait for its announcements to be read */
#define MCTP_LPC_T_REFUSED_MS    1000u /* LPC-TIME-2: a host's rest after a refusal and the like */
#define MCTP_LPC_T_POLL_MS       1000u /* LPC-KCS-11: a side runs a round this often */
#define MCTP_LPC_T_STALL_MS      1000u /* LPC-TIME-3: a packet without Rx Complete is reported then */
#define MCTP_LPC_T_LOOK_MS       250u  /* LPC-KCS-10: a look where an interrupt is missing */
#define MCTP_LPC_T_STOP_MS       500u  /* LPC-TIME-5: a stopping host's wait for IDR to become empty */
#define MCTP_LPC_ANNOUNCEMENTS   2u    /* LPC-BMC-1: announcements of a BMC that starts */
#define MCTP_LPC_STARTS_IN_A_ROW 8u    /* LPC-TIME-2: start-ups begun again without a rest */

/* Clause 14: MCTP over this binding. */

#define MCTP_LPC_BINDING_ID     0xffu /* 14: vendor defined; DSP0239 assigns none to LPC */
#define MCTP_LPC_MEDIUM_ID      0x00u /* 14: unspecified */
#define MCTP_LPC_HEADER_VERSION 1u    /* LPC-MCTP-1: low four bits of the first packet byte */
#define MCTP_LPC_EID_NULL       0u    /* DSP0236: the other end of the link */
#define MCTP_LPC_EID_BMC        8u    /* LPC-MCTP-2: the bus owner, unless configured otherwise */
#define MCTP_LPC_EID_HOST       9u    /* LPC-MCTP-2: the host, until it is assigned another */
#define MCTP_LPC_EID_FIRST      8u    /* DSP0236: the first that may be assigned */
#define MCTP_LPC_EID_LAST       254u  /* DSP0236: the last that may be assigned */
#define MCTP_LPC_EID_BROADCAST  255u  /* DSP0236: all endpoints of the bus */
#define MCTP_LPC_MT1_MS         100u  /* LPC-MCTP-8: a responder answers within */
#define MCTP_LPC_MT2_MS         300u  /* LPC-MCTP-5: a requester waits before it sends again */
#define MCTP_LPC_MT4_MS         5000u /* LPC-MCTP-4: reuse hold-off of the tag of an unanswered request */
#define MCTP_LPC_MN1            2u    /* LPC-MCTP-5: how often a request is sent again */
#define MCTP_LPC_T_ASM_MS       2000u /* LPC-MCTP-26: an unfinished message without a packet ends */

/* Annex E: the virtual board; BOARD_AT_ is an offset in its file. Words are in the machine's byte order. */

#define MCTP_LPC_BOARD_MAGIC                 "MCTPLPCB"   /* E.1: 8 bytes, no NUL behind them */
#define MCTP_LPC_BOARD_LAYOUT_VERSION        2u           /* E.1: what this header describes */
#define MCTP_LPC_BOARD_LAYOUT_VERSION_OLDEST 1u           /* E.1: has no depth, which is 0; else the same */
#define MCTP_LPC_BOARD_BYTE_ORDER_MARK       0x01020304u  /* E.1: the other way round: of a machine of the other order */
#define MCTP_LPC_BOARD_HEADER_BYTES          4096u        /* E.1: the header page; the window begins there or behind */
#define MCTP_LPC_BOARD_PAGE_BYTES            4096u        /* E.1: offset and size of the window are multiples of it */
#define MCTP_LPC_BOARD_AT_MAGIC              0x000u       /* E.1: 8 bytes; every other field is a word of 4 */
#define MCTP_LPC_BOARD_AT_LAYOUT_VERSION     0x008u       /* E.1: layout version */
#define MCTP_LPC_BOARD_AT_BYTE_ORDER_MARK    0x00cu       /* E.1: byte-order mark */
#define MCTP_LPC_BOARD_AT_WINDOW_OFFSET      0x010u       /* E.1: where the window begins in the file */
#define MCTP_LPC_BOARD_AT_WINDOW_BYTES       0x014u       /* E.1: its size; map offset plus size bytes of the file (E.2) */
#define MCTP_LPC_BOARD_AT_DEPTH              0x018u       /* E.1: depth of the path into the BMC, 0 or 1 */
#define MCTP_LPC_BOARD_AT_REGISTERS          0x040u       /* E.1: the register word */
#define MCTP_LPC_BOARD_AT_IDR_WRITTEN        0x080u       /* E.1: counter, by the host */
#define MCTP_LPC_BOARD_AT_IDR_READ           0x084u       /* E.1: counter, by the side whose access empties IDR */
#define MCTP_LPC_BOARD_AT_ODR_WRITTEN        0x0c0u       /* E.1: counter, by the BMC */
#define MCTP_LPC_BOARD_AT_ODR_READ           0x0c4u       /* E.1: counter, by the host */
#define MCTP_LPC_BOARD_AT_HOST_BLOCK         0x100u       /* E.1: the host's block; lock its first byte (E.2) */
#define MCTP_LPC_BOARD_AT_BMC_BLOCK          0x140u       /* E.1: the BMC's block; lock its first byte (E.2) */
#define MCTP_LPC_BLOCK_AT_PROCESS_ID         0x00u        /* E.1: offset in a block, as the two below */
#define MCTP_LPC_BLOCK_AT_BELL_WANTED        0x04u        /* E.1: 1 while the side sleeps */
#define MCTP_LPC_BLOCK_AT_BELL_GENERATION    0x08u        /* E.1: 0 without a doorbell */
#define MCTP_LPC_WORD_STR_SHIFT              0u           /* E.1: STR in the register word */
#define MCTP_LPC_WORD_IDR_SHIFT              8u           /* E.1: IDR in the register word */
#define MCTP_LPC_WORD_ODR_SHIFT              16u          /* E.1: ODR in the register word */
#define MCTP_LPC_WORD_SHADOW_SHIFT           24u          /* E.1: the shadow in the register word */
#define MCTP_LPC_WORD_SHADOW_FULL            0x08u        /* E.1: its flag, in the place of C/D; no side reads it in STR */
#define MCTP_LPC_HOST_BELL                   ".host-bell" /* E.4: behind the board's path: the host's FIFO */
#define MCTP_LPC_BMC_BELL                    ".bmc-bell"  /* E.4: behind the board's path: the BMC's FIFO */

/* Annex G: echo and file messages; _AT_ is an offset in the message. */

#define MCTP_LPC_VENDOR_TYPE                      0x7fu  /* G.1: MCTP message type, first byte */
#define MCTP_LPC_VENDOR_NUMBER                    32473u /* G.1: IANA enterprise number, bytes 1 to 4 */
#define MCTP_LPC_VENDOR_FORMAT                    1u     /* G.1: format version, byte 5 */
#define MCTP_LPC_VENDOR_AT_OPERATION              6u     /* G.1: operation, and bit 7 */
#define MCTP_LPC_VENDOR_AT_REQUEST_FIELDS         7u     /* G.1: fields of a request */
#define MCTP_LPC_VENDOR_AT_STATUS                 7u     /* G.1: responses only */
#define MCTP_LPC_VENDOR_AT_RESPONSE_FIELDS        8u     /* G.1: fields of a response */
#define MCTP_LPC_VENDOR_RESPONSE_BIT              0x80u  /* G.1: set in the operation of a response */
#define MCTP_LPC_VENDOR_ECHO                      0x01u  /* G.2: operation */
#define MCTP_LPC_VENDOR_FILE_OPEN                 0x02u  /* G.3: operation */
#define MCTP_LPC_VENDOR_FILE_DATA                 0x03u  /* G.3: operation */
#define MCTP_LPC_VENDOR_FILE_CLOSE                0x04u  /* G.3: operation */
#define MCTP_LPC_VENDOR_CLOSE_VALUE_BYTES         16u    /* G.3: value of File Close */
#define MCTP_LPC_VENDOR_STATUS_OK                 0u     /* G.1: status */
#define MCTP_LPC_VENDOR_STATUS_FILES_NOT_ACCEPTED 1u     /* G.1: status */
#define MCTP_LPC_VENDOR_STATUS_MALFORMED          2u     /* G.1: status */
#define MCTP_LPC_VENDOR_STATUS_UNKNOWN_HANDLE     3u     /* G.1: status */
#define MCTP_LPC_VENDOR_STATUS_WRONG_OFFSET       4u     /* G.1: status */
#define MCTP_LPC_VENDOR_STATUS_TOO_LARGE          5u     /* G.1: status */
#define MCTP_LPC_VENDOR_STATUS_CONTENTS_DIFFER    6u     /* G.1: status */
#define MCTP_LPC_VENDOR_STATUS_STORAGE_FAILED     7u     /* G.1: status */
#define MCTP_LPC_VENDOR_STATUS_UNKNOWN_OPERATION  8u     /* G.1: status */
#define MCTP_LPC_VENDOR_STATUS_BUSY               9u     /* G.1: status */
#define MCTP_LPC_VENDOR_STATUS_NAME_REFUSED       10u    /* G.1: status */
#define MCTP_LPC_VENDOR_STATUS_NO_ROOM            11u    /* G.1: status */

/* As mctp_lpc_largest_mtu, for constant expressions: VERSION is V2 or V3. */
#define MCTP_LPC_LARGEST_MTU(version, window_bytes)                                                                    \
    ((((window_bytes) - MCTP_LPC_REGION_BYTES) / 2u - MCTP_LPC_##version##_OVERHEAD) / MCTP_LPC_MTU_STEP *             \
     MCTP_LPC_MTU_STEP)

MCTP_LPC_ASSERT(MCTP_LPC_AT_MAGIC + MCTP_LPC_LEN_MAGIC == MCTP_LPC_AT_BMC_VER_MIN, "no gap behind magic");
MCTP_LPC_ASSERT(MCTP_LPC_AT_BMC_VER_MIN + MCTP_LPC_LEN_BMC_VER_MIN == MCTP_LPC_AT_BMC_VER_CUR,
                "no gap behind bmc_ver_min");
MCTP_LPC_ASSERT(MCTP_LPC_AT_BMC_VER_CUR + MCTP_LPC_LEN_BMC_VER_CUR == MCTP_LPC_AT_HOST_VER_MIN,
                "no gap behind bmc_ver_cur");
MCTP_LPC_ASSERT(MCTP_LPC_AT_HOST_VER_MIN + MCTP_LPC_LEN_HOST_VER_MIN == MCTP_LPC_AT_HOST_VER_CUR,
                "no gap behind host_ver_min");
MCTP_LPC_ASSERT(MCTP_LPC_AT_HOST_VER_CUR + MCTP_LPC_LEN_HOST_VER_CUR == MCTP_LPC_AT_NEGOTIATED_VER,
                "no gap behind host_ver_cur");
MCTP_LPC_ASSERT(MCTP_LPC_AT_NEGOTIATED_VER + MCTP_LPC_LEN_NEGOTIATED_VER == MCTP_LPC_AT_PAD,
                "no gap behind negotiated_ver");
MCTP_LPC_ASSERT(MCTP_LPC_AT_PAD + MCTP_LPC_LEN_PAD == MCTP_LPC_AT_RX_OFFSET, "no gap behind pad");
MCTP_LPC_ASSERT(MCTP_LPC_AT_RX_OFFSET + MCTP_LPC_LEN_RX_OFFSET == MCTP_LPC_AT_RX_SIZE, "no gap behind rx_offset");
MCTP_LPC_ASSERT(MCTP_LPC_AT_RX_SIZE + MCTP_LPC_LEN_RX_SIZE == MCTP_LPC_AT_TX_OFFSET, "no gap behind rx_size");
MCTP_LPC_ASSERT(MCTP_LPC_AT_TX_OFFSET + MCTP_LPC_LEN_TX_OFFSET == MCTP_LPC_AT_TX_SIZE, "no gap behind tx_offset");
MCTP_LPC_ASSERT(MCTP_LPC_AT_TX_SIZE + MCTP_LPC_LEN_TX_SIZE == MCTP_LPC_FIELDS_BYTES, "no gap behind tx_size");
MCTP_LPC_ASSERT(MCTP_LPC_V1_OVERHEAD == MCTP_LPC_LENGTH_BYTES + MCTP_LPC_HEADER_BYTES, "version 1: length and header");
MCTP_LPC_ASSERT(MCTP_LPC_V2_OVERHEAD == MCTP_LPC_V1_OVERHEAD, "version 2: as version 1");
MCTP_LPC_ASSERT(MCTP_LPC_V3_OVERHEAD == MCTP_LPC_V2_OVERHEAD + MCTP_LPC_V3_TRAILER_BYTES, "version 3: and the CRC-32");
MCTP_LPC_ASSERT(MCTP_LPC_BTU + MCTP_LPC_V2_OVERHEAD == 72u && MCTP_LPC_BTU + MCTP_LPC_V3_OVERHEAD == 76u,
                "sizes for the BTU");
MCTP_LPC_ASSERT(4096u + MCTP_LPC_V2_OVERHEAD == 4104u && 4096u + MCTP_LPC_V3_OVERHEAD == 4108u,
                "sizes for an MTU of 4096");
MCTP_LPC_ASSERT(MCTP_LPC_LARGEST_MTU(V2, MCTP_LPC_WINDOW_USUAL) + MCTP_LPC_V2_OVERHEAD == 524152u,
                "largest size, version 2");
MCTP_LPC_ASSERT(MCTP_LPC_LARGEST_MTU(V3, MCTP_LPC_WINDOW_USUAL) + MCTP_LPC_V3_OVERHEAD == 524156u,
                "largest size, version 3");
MCTP_LPC_ASSERT(MCTP_LPC_STR_IN_SESSION == (MCTP_LPC_STR_BMC_ACTIVE | MCTP_LPC_STR_CHANNEL_ACTIVE),
                "the session bits");
MCTP_LPC_ASSERT(MCTP_LPC_STR_DOWN == MCTP_LPC_STR_OBF, "down: OBF is kept");
MCTP_LPC_ASSERT(MCTP_LPC_STR_ACTIVE == (MCTP_LPC_STR_BMC_ACTIVE | MCTP_LPC_STR_OBF), "active: OBF is kept");
MCTP_LPC_ASSERT(MCTP_LPC_STR_SESSION == (MCTP_LPC_STR_IN_SESSION | MCTP_LPC_STR_OBF), "session: OBF is kept");
MCTP_LPC_ASSERT((MCTP_LPC_STR_STORED | MCTP_LPC_STR_KEPT | MCTP_LPC_STR_OBF) == 0xffu,
                "an STR write settles every bit");
MCTP_LPC_ASSERT((MCTP_LPC_STR_STORED & MCTP_LPC_STR_KEPT) == 0u, "no bit is both stored and kept");
MCTP_LPC_ASSERT(sizeof(MCTP_LPC_BOARD_MAGIC) - 1u == MCTP_LPC_BOARD_AT_LAYOUT_VERSION,
                "the board's magic ends at its version");
MCTP_LPC_ASSERT(MCTP_LPC_MT1_MS < MCTP_LPC_MT2_MS && MCTP_LPC_MT2_MS < MCTP_LPC_MT4_MS, "the times of a request");

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

/* CRC-32 of a packet (LPC-BUF-3); `previous` is 0, or the CRC of the bytes before these. Without a table: no memory,
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

/* Puts a packet as it lies in a buffer into `frame`: length, packet, trailer (LPC-BUF-1). Gives the bytes of all
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

#endif
