/* The port of a virtual board, shm:PATH (annex-virtual-board.md, Annex E). A board that is missing is made. */
#define _GNU_SOURCE
#include "virtual_board.h"

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

/* E.2, making: a new board with a window of 1 MiB, depth 0, which gets its name when it is whole. */
static const char *make_board(const char *path)
{
    static uint8_t header[MCTP_LPC_BOARD_HEADER_BYTES];
    static const struct {
        uint32_t at, value;
    } words[] = {
        {MCTP_LPC_BOARD_AT_LAYOUT_VERSION, MCTP_LPC_BOARD_LAYOUT_VERSION},
        {MCTP_LPC_BOARD_AT_BYTE_ORDER_MARK, MCTP_LPC_BOARD_BYTE_ORDER_MARK},
        {MCTP_LPC_BOARD_AT_WINDOW_OFFSET, MCTP_LPC_BOARD_HEADER_BYTES},
        {MCTP_LPC_BOARD_AT_WINDOW_BYTES, MCTP_LPC_WINDOW_USUAL},
    };
    static char temporary[sizeof board.path + 32];
    const char *wrong = NULL;

    memcpy(header, MCTP_LPC_BOARD_MAGIC, sizeof MCTP_LPC_BOARD_MAGIC - 1);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        memcpy(header + words[i].at, &words[i].value, sizeof words[i].value);
    snprintf(temporary, sizeof temporary, "%s.%ld.new", path, (long)getpid());
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return strerror(errno);
    int error = posix_fallocate(fd, 0, MCTP_LPC_BOARD_HEADER_BYTES + MCTP_LPC_WINDOW_USUAL);
    if (error != 0)
        wrong = strerror(error);
    else if (pwrite(fd, header, sizeof header, 0) != (ssize_t)sizeof header)
        wrong = "cannot be written";
    else if (link(temporary, path) != 0 && errno != EEXIST) /* EEXIST: another program was first, and its board is used */
        wrong = strerror(errno);
    unlink(temporary);
    close(fd);
    return wrong;
}

const char *port_open(const char *platform, bool host)
{
    const char *path = board_path(platform);
    if (path == NULL)
        return "is no platform of this program, which knows shm:PATH";
    const char *wrong = access(path, F_OK) != 0 && errno == ENOENT ? make_board(path) : NULL;
    return wrong != NULL ? wrong : board_attach(&board, path, host);
}

bool port_is_lost(void)
{
    return board_is_lost(&board);
}

void port_close(void)
{
    board_leave(&board);
}
