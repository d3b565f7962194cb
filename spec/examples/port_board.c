/* SPDX-License-Identifier: Apache-2.0 */
/* The port of a virtual board, shm:PATH[,window=SIZE][,depth=0|1] (Annex E); a board that is missing is made. */
#define _GNU_SOURCE
#include "virtual_board.h"

#include <stdlib.h>
#include <sys/random.h>

#include "port.h"

static struct board board;

uint8_t port_read_str(void)
{
    return board_read_str(&board);
}

uint8_t port_read_odr(void)
{
    return board_read_odr(&board);
}

void port_write_idr(uint8_t byte)
{
    board_write_idr(&board, byte);
}

void port_write_str(uint8_t value)
{
    board_write_str(&board, value);
}

uint8_t port_read_idr(void)
{
    return board_read_idr(&board);
}

void port_write_odr(uint8_t byte)
{
    board_write_odr(&board, byte);
}

void port_read_window(uint32_t at, uint8_t *bytes, size_t count)
{
    board_read(&board, at, bytes, count);
}

void port_write_window(uint32_t at, const uint8_t *bytes, size_t count)
{
    board_write(&board, at, bytes, count);
}

uint32_t port_window_bytes(void)
{
    return board.window_bytes;
}

uint64_t port_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint32_t port_random(void)
{
    uint32_t number = 0;
    while (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) {
    }
    return number;
}

/* This program has no doorbell (E.4): it looks again. */
void port_wait(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
}

/* What a platform says: the size and the depth count where the board is made; 0 and -1: not said. */
struct wish {
    char path[sizeof board.path];
    uint32_t window_bytes;
    int depth;
};

/* "64K", "1M" or a number of bytes; 0 if it is no size of a window. */
static uint32_t read_size(const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : 0;
    bool formed = text[0] >= '0' && text[0] <= '9' && end[shift != 0] == 0 && number <= MCTP_LPC_WINDOW_MOST >> shift;
    uint32_t bytes = formed ? (uint32_t)number << shift : 0;
    return bytes >= MCTP_LPC_WINDOW_LEAST && bytes % MCTP_LPC_BOARD_PAGE_BYTES == 0 ? bytes : 0;
}

static bool read_key(struct wish *wish, const char *key)
{
    if (strncmp(key, "window=", 7) == 0)
        return (wish->window_bytes = read_size(key + 7)) != 0;
    bool is_depth = strcmp(key, "depth=0") == 0 || strcmp(key, "depth=1") == 0;
    wish->depth = is_depth ? key[6] - '0' : -1;
    return is_depth;
}

static bool read_platform(struct wish *wish, const char *platform)
{
    static char text[sizeof wish->path];
    if (strncmp(platform, "shm:", 4) != 0 || strlen(platform + 4) >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%s", platform + 4);
    char *rest = text, *path = strsep(&rest, ",");
    snprintf(wish->path, sizeof wish->path, "%s", path);
    wish->window_bytes = 0;
    wish->depth = -1;
    while (rest != NULL)
        if (!read_key(wish, strsep(&rest, ",")))
            return false;
    return path[0] != 0;
}

/* E.2, making: the file gets its name when it is whole. */
static const char *make_board(const struct wish *wish)
{
    static uint8_t header[MCTP_LPC_BOARD_HEADER_BYTES];
    static char temporary[sizeof wish->path + 32];
    uint32_t window_bytes = wish->window_bytes != 0 ? wish->window_bytes : MCTP_LPC_WINDOW_USUAL;
    const struct {
        uint32_t at, value;
    } words[] = {
        {MCTP_LPC_BOARD_AT_LAYOUT_VERSION, MCTP_LPC_BOARD_LAYOUT_VERSION},
        {MCTP_LPC_BOARD_AT_BYTE_ORDER_MARK, MCTP_LPC_BOARD_BYTE_ORDER_MARK},
        {MCTP_LPC_BOARD_AT_WINDOW_OFFSET, MCTP_LPC_BOARD_HEADER_BYTES},
        {MCTP_LPC_BOARD_AT_WINDOW_BYTES, window_bytes},
        {MCTP_LPC_BOARD_AT_DEPTH, wish->depth == 1},
    };
    const char *wrong = NULL;

    memcpy(header, MCTP_LPC_BOARD_MAGIC, sizeof MCTP_LPC_BOARD_MAGIC - 1);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        memcpy(header + words[i].at, &words[i].value, sizeof words[i].value);
    snprintf(temporary, sizeof temporary, "%s.%ld.new", wish->path, (long)getpid());
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return strerror(errno);
    int error = posix_fallocate(fd, 0, (off_t)MCTP_LPC_BOARD_HEADER_BYTES + (off_t)window_bytes);
    if (error != 0)
        wrong = strerror(error);
    else if (pwrite(fd, header, sizeof header, 0) != (ssize_t)sizeof header)
        wrong = "cannot be written";
    else if (link(temporary, wish->path) != 0 && errno != EEXIST) /* EEXIST: another program's board is used */
        wrong = strerror(errno);
    unlink(temporary);
    close(fd);
    return wrong;
}

const char *port_open(const char *platform, bool host)
{
    static struct wish wish;
    if (!read_platform(&wish, platform))
        return "is no platform of this program, which knows shm:PATH[,window=SIZE][,depth=0|1], SIZE from 4K to 16M";
    if (access(wish.path, F_OK) != 0 && errno == ENOENT) {
        const char *wrong = make_board(&wish);
        if (wrong != NULL)
            return wrong;
    }
    const char *wrong = board_attach(&board, wish.path, host);
    if (wrong == NULL && wish.window_bytes != 0 && wish.window_bytes != board.window_bytes)
        wrong = "has a window of another size";
    if (wrong == NULL && wish.depth >= 0 && wish.depth != (int)board.depth)
        wrong = "has another depth";
    return wrong;
}

bool port_is_lost(void)
{
    return board_is_lost(&board);
}

void port_close(void)
{
    board_leave(&board);
}
