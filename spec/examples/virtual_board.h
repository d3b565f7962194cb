/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One side of a virtual board (annex-virtual-board.md, Annex E): its registers and its window, for programs on Linux.
 * On hardware something else makes the same few accesses. Define _GNU_SOURCE before the first #include.
 */
#ifndef VIRTUAL_BOARD_H
#define VIRTUAL_BOARD_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../mctp_lpc.h"

struct board {
    uint8_t *file;            /* header page and window, mapped */
    volatile uint8_t *window; /* each byte is read and written when the program says so */
    uint32_t window_bytes;
    uint32_t depth; /* host bytes that the path into the BMC holds beside IDR */
    uint32_t own_block, peer_block;
    int fd; /* holds the lock (E.2) */
    char path[4096];
    char peer_bell[4096 + sizeof MCTP_LPC_HOST_BELL]; /* empty: this side does not ring */
};

/* The path in a platform `shm:PATH`, as the agents name a board; NULL for anything else, also with keys behind it. */
static inline const char *board_path(const char *platform)
{
    bool is_board = strncmp(platform, "shm:", 4) == 0 && platform[4] != 0 && strchr(platform, ',') == NULL;
    return is_board && strlen(platform + 4) < sizeof ((struct board *)0)->path ? platform + 4 : NULL;
}

static inline _Atomic uint32_t *board_word(const struct board *b, uint32_t at)
{
    return (_Atomic uint32_t *)(void *)(b->file + at);
}

static inline void board_run_handler(const struct board *b);

static inline bool board_is_of_others(const struct stat *status, mode_t open_to_others)
{
    return (status->st_uid != geteuid() && status->st_uid != 0) || (status->st_mode & open_to_others) != 0;
}

/* E.2: where others can write the file, or replace it in its folder, they can play the peer (LPC-SEC-8). */
static inline bool board_is_foreign(const struct stat *file, const char *path)
{
    char folder[sizeof ((struct board *)0)->path];
    struct stat way;
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[slash == folder] = 0;
    if (stat(slash != NULL ? folder : ".", &way) != 0)
        return true;
    mode_t open_way = way.st_mode & S_ISVTX ? 0 : 022;
    return !S_ISREG(file->st_mode) || board_is_of_others(file, 077) || board_is_of_others(&way, open_way);
}

/* E.2, attaching without a doorbell of one's own. NULL, or what is wrong. */
static inline const char *board_attach(struct board *b, const char *path, bool host)
{
    static uint8_t header[MCTP_LPC_BOARD_HEADER_BYTES];
    struct stat file;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? "there is no such board" : strerror(errno);
    if (fstat(fd, &file) != 0 || pread(fd, header, sizeof header, 0) != (ssize_t)sizeof header)
        return "is no board";
    b->file = header;
    if (memcmp(header, MCTP_LPC_BOARD_MAGIC, sizeof MCTP_LPC_BOARD_MAGIC - 1) != 0 ||
        *board_word(b, MCTP_LPC_BOARD_AT_BYTE_ORDER_MARK) != MCTP_LPC_BOARD_BYTE_ORDER_MARK)
        return "is no board of this machine";
    if (board_is_foreign(&file, path))
        return "can be written or replaced by other users (LPC-SEC-8)";
    uint32_t version = *board_word(b, MCTP_LPC_BOARD_AT_LAYOUT_VERSION);
    if (version < MCTP_LPC_BOARD_LAYOUT_VERSION_OLDEST || version > MCTP_LPC_BOARD_LAYOUT_VERSION)
        return "has another layout version";
    b->depth = version == MCTP_LPC_BOARD_LAYOUT_VERSION_OLDEST ? 0 : *board_word(b, MCTP_LPC_BOARD_AT_DEPTH);
    if (b->depth > 1)
        return "has a depth that is not 0 or 1";
    uint32_t offset = *board_word(b, MCTP_LPC_BOARD_AT_WINDOW_OFFSET);
    uint32_t bytes = *board_word(b, MCTP_LPC_BOARD_AT_WINDOW_BYTES);
    if (bytes < MCTP_LPC_WINDOW_LEAST || bytes > MCTP_LPC_WINDOW_MOST || bytes % MCTP_LPC_BOARD_PAGE_BYTES != 0 ||
        offset < MCTP_LPC_BOARD_HEADER_BYTES || offset > 65536 || offset % MCTP_LPC_BOARD_PAGE_BYTES != 0 ||
        file.st_size < (off_t)offset + (off_t)bytes)
        return "is damaged";

    b->own_block = host ? MCTP_LPC_BOARD_AT_HOST_BLOCK : MCTP_LPC_BOARD_AT_BMC_BLOCK;
    b->peer_block = host ? MCTP_LPC_BOARD_AT_BMC_BLOCK : MCTP_LPC_BOARD_AT_HOST_BLOCK;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = b->own_block, .l_len = 1};
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0)
        return "has such a side already";
    b->file = mmap(NULL, (size_t)offset + bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (b->file == MAP_FAILED)
        return "cannot be mapped";
    b->fd = fd; /* open until the process ends, for it holds the lock */
    b->window = b->file + offset;
    b->window_bytes = bytes;
    signal(SIGPIPE, SIG_IGN); /* a bell may lose its owner while it is rung */
    snprintf(b->path, sizeof b->path, "%s", path);
    snprintf(b->peer_bell, sizeof b->peer_bell, "%s%s", b->path, host ? MCTP_LPC_BMC_BELL : MCTP_LPC_HOST_BELL);
    *board_word(b, b->own_block + MCTP_LPC_BLOCK_AT_PROCESS_ID) = (uint32_t)getpid();
    *board_word(b, b->own_block + MCTP_LPC_BLOCK_AT_BELL_WANTED) = 0;
    *board_word(b, b->own_block + MCTP_LPC_BLOCK_AT_BELL_GENERATION) = 0;
    if (!host)
        board_run_handler(b); /* its node is open now */
    return NULL;
}

/* E.2, losing a board: whether its file was removed, replaced or made shorter. Ask some times a second. */
static inline bool board_is_lost(const struct board *b)
{
    struct stat open_file, named;
    return fstat(b->fd, &open_file) != 0 || stat(b->path, &named) != 0 || open_file.st_ino != named.st_ino ||
           open_file.st_dev != named.st_dev || open_file.st_size < b->window - b->file + (off_t)b->window_bytes;
}

/* E.2, leaving: the kernel drops lock and mapping with the process. */
static inline void board_leave(const struct board *b)
{
    *board_word(b, b->own_block + MCTP_LPC_BLOCK_AT_PROCESS_ID) = 0;
}

/* E.4: wakes the other side if it sleeps. A bell that cannot be rung is no error. */
static inline void board_ring(const struct board *b)
{
    if (b->peer_bell[0] == 0 || *board_word(b, b->peer_block + MCTP_LPC_BLOCK_AT_BELL_WANTED) == 0)
        return;
    int bell = open(b->peer_bell, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (bell < 0)
        return;
    struct stat file;
    if (fstat(bell, &file) == 0 && S_ISFIFO(file.st_mode) && file.st_uid == geteuid() && (file.st_mode & 077) == 0) {
        ssize_t written = write(bell, "", 1);
        (void)written;
    }
    close(bell);
}

static inline void board_signal(const struct board *b, uint32_t counter)
{
    atomic_fetch_add(board_word(b, counter), 1);
    board_ring(b);
}

/* E.3: replaces the register word by (word & ~clear) | set in one step; returns the word before. */
static inline uint32_t board_step(const struct board *b, uint32_t clear, uint32_t set)
{
    _Atomic uint32_t *reg = board_word(b, MCTP_LPC_BOARD_AT_REGISTERS);
    uint32_t old = *reg;
    while (!atomic_compare_exchange_weak(reg, &old, (old & ~clear) | set)) {
    }
    return old;
}

static inline uint8_t board_read_str(const struct board *b)
{
    atomic_thread_fence(memory_order_seq_cst); /* holds back the window reads before it (LPC-KCS-9) */
    uint32_t word = *board_word(b, MCTP_LPC_BOARD_AT_REGISTERS);
    bool shadow_is_read = b->own_block == MCTP_LPC_BOARD_AT_BMC_BLOCK && word & MCTP_LPC_WORD_SHADOW_FULL;
    return (uint8_t)((word & ~MCTP_LPC_WORD_SHADOW_FULL) | (shadow_is_read ? MCTP_LPC_STR_IBF : 0));
}

/* The BMC's: bits are stored, and OBF is cleared by a 0 (5.2); neither counted nor rung for. */
static inline void board_write_str(const struct board *b, uint8_t value)
{
    board_step(b, MCTP_LPC_STR_STORED | (~(uint32_t)value & MCTP_LPC_STR_OBF), value & MCTP_LPC_STR_STORED);
}

static inline void board_write_odr(const struct board *b, uint8_t value)
{
    board_step(b, 0xffu << MCTP_LPC_WORD_ODR_SHIFT, (uint32_t)value << MCTP_LPC_WORD_ODR_SHIFT | MCTP_LPC_STR_OBF);
    board_signal(b, MCTP_LPC_BOARD_AT_ODR_WRITTEN);
}

/* The host's. */
static inline uint8_t board_read_odr(const struct board *b)
{
    uint32_t before = board_step(b, MCTP_LPC_STR_OBF, 0);
    board_signal(b, MCTP_LPC_BOARD_AT_ODR_READ);
    return (uint8_t)(before >> MCTP_LPC_WORD_ODR_SHIFT);
}

/* E.3, the driver's handler: what it makes of a word, if the BMC's node is open; IDR to the shadow, IBF = 0. */
static inline uint32_t board_handled(const struct board *b, uint32_t word)
{
    if (b->depth == 0 || (word & (MCTP_LPC_STR_IBF | MCTP_LPC_WORD_SHADOW_FULL)) != MCTP_LPC_STR_IBF ||
        *board_word(b, MCTP_LPC_BOARD_AT_BMC_BLOCK + MCTP_LPC_BLOCK_AT_PROCESS_ID) == 0)
        return word;
    uint32_t idr = word >> MCTP_LPC_WORD_IDR_SHIFT & 0xff;
    return (word & ~MCTP_LPC_STR_IBF) | idr << MCTP_LPC_WORD_SHADOW_SHIFT | MCTP_LPC_WORD_SHADOW_FULL;
}

/* The handler alone, when the BMC opens its node. */
static inline void board_run_handler(const struct board *b)
{
    _Atomic uint32_t *reg = board_word(b, MCTP_LPC_BOARD_AT_REGISTERS);
    uint32_t old = *reg, next;
    do {
        next = board_handled(b, old);
    } while (!atomic_compare_exchange_weak(reg, &old, next));
    if (next != old)
        board_signal(b, MCTP_LPC_BOARD_AT_IDR_READ);
}

/* The host's, and the handler in the same step. */
static inline void board_write_idr(const struct board *b, uint8_t value)
{
    _Atomic uint32_t *reg = board_word(b, MCTP_LPC_BOARD_AT_REGISTERS);
    uint32_t old = *reg, next;
    do {
        uint32_t kept = old & ~(0xffu << MCTP_LPC_WORD_IDR_SHIFT);
        next = board_handled(b, kept | (uint32_t)value << MCTP_LPC_WORD_IDR_SHIFT | MCTP_LPC_STR_IBF);
    } while (!atomic_compare_exchange_weak(reg, &old, next));
    board_signal(b, MCTP_LPC_BOARD_AT_IDR_WRITTEN);
    if (!(next & MCTP_LPC_STR_IBF)) /* taken: an event for the host itself */
        atomic_fetch_add(board_word(b, MCTP_LPC_BOARD_AT_IDR_READ), 1);
}

/* The BMC's: the shadow's byte, or IDR's if the shadow is empty; then the handler in the same step. */
static inline uint8_t board_read_idr(const struct board *b)
{
    _Atomic uint32_t *reg = board_word(b, MCTP_LPC_BOARD_AT_REGISTERS);
    uint32_t old = *reg, emptied;
    bool shadow;
    do {
        shadow = (old & MCTP_LPC_WORD_SHADOW_FULL) != 0;
        emptied = shadow ? MCTP_LPC_WORD_SHADOW_FULL | 0xffu << MCTP_LPC_WORD_SHADOW_SHIFT : MCTP_LPC_STR_IBF;
    } while (!atomic_compare_exchange_weak(reg, &old, board_handled(b, old & ~emptied)));
    if (!shadow || old & MCTP_LPC_STR_IBF) /* IDR is empty now, which the host sees */
        board_signal(b, MCTP_LPC_BOARD_AT_IDR_READ);
    return (uint8_t)(old >> (shadow ? MCTP_LPC_WORD_SHADOW_SHIFT : MCTP_LPC_WORD_IDR_SHIFT));
}

/* E.4: a side without a doorbell looks again after a millisecond. */
static inline void board_pause(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Copies of the window, each byte read or written once. */
static inline void board_read(const struct board *b, uint32_t at, uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = b->window[at + i];
}

static inline void board_write(const struct board *b, uint32_t at, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        b->window[at + i] = bytes[i];
}

#endif
