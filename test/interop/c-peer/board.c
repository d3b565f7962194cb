/* The virtual board: annex-virtual-board.md, layout version 1. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"

enum { HEADER_BYTES = 4096, HOST_BLOCK = 0x100, BMC_BLOCK = 0x140, LARGEST_WINDOW = 16 << 20 };

static uint32_t word(const uint8_t *header, size_t offset)
{
    uint32_t value;
    memcpy(&value, header + offset, sizeof value);
    return value;
}

const char *board_attach(struct board *b, const char *path, bool host)
{
    static uint8_t header[HEADER_BYTES];
    struct stat file;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &file) != 0 || pread(fd, header, sizeof header, 0) != HEADER_BYTES)
        return "cannot be read";
    uint32_t window = word(header, 0x10), bytes = word(header, 0x14);
    if (memcmp(header, "MCTPLPCB", 8) != 0 || word(header, 0x0c) != 0x01020304)
        return "is no board of this machine";
    if (word(header, 0x08) != 1)
        return "has another layout version";
    if (bytes < 4096 || bytes > LARGEST_WINDOW || bytes % 4096 != 0 || window % 4096 != 0 || window < HEADER_BYTES ||
        file.st_size < (off_t)window + (off_t)bytes)
        return "is damaged";

    uint32_t block = host ? HOST_BLOCK : BMC_BLOCK;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = block, .l_len = 1, .l_pid = 0};
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0)
        return "has such a side already";

    uint8_t *map = mmap(NULL, (size_t)window + bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return "cannot be mapped";
    b->reg = (_Atomic uint32_t *)(void *)(map + 0x40);
    b->idr_written = (_Atomic uint32_t *)(void *)(map + 0x80);
    b->idr_read = (_Atomic uint32_t *)(void *)(map + 0x84);
    b->odr_written = (_Atomic uint32_t *)(void *)(map + 0xc0);
    b->odr_read = (_Atomic uint32_t *)(void *)(map + 0xc4);
    b->own = (struct block *)(void *)(map + block);
    b->window = map + window;
    b->window_bytes = bytes;
    /* The descriptor stays open as long as the process runs: it holds the lock. */
    atomic_store(&b->own->process_id, (uint32_t)getpid());
    atomic_store(&b->own->bell_wanted, 0);
    atomic_store(&b->own->bell_generation, 0);
    return NULL;
}

void board_leave(struct board *b)
{
    atomic_store(&b->own->process_id, 0);
}

/* One register access: clears and sets bits of the word in one step, returns the word before. */
static uint32_t step(struct board *b, uint32_t clear, uint32_t set)
{
    uint32_t old = atomic_load(b->reg);
    while (!atomic_compare_exchange_weak(b->reg, &old, (old & ~clear) | set)) {
    }
    return old;
}

uint8_t read_str(struct board *b)
{
    atomic_thread_fence(memory_order_seq_cst);
    return (uint8_t)atomic_load(b->reg);
}

void write_str(struct board *b, uint8_t value)
{
    step(b, 0xf4u | (~(uint32_t)value & 0x01u), value & 0xf4u);
}

/* A side without a doorbell: it counts, and leaves it to the other side to look. */
uint8_t read_idr(struct board *b)
{
    uint32_t before = step(b, IBF, 0);
    atomic_fetch_add(b->idr_read, 1);
    return (uint8_t)(before >> 8);
}

void write_idr(struct board *b, uint8_t value)
{
    step(b, 0xff00, (uint32_t)value << 8 | IBF);
    atomic_fetch_add(b->idr_written, 1);
}

uint8_t read_odr(struct board *b)
{
    uint32_t before = step(b, OBF, 0);
    atomic_fetch_add(b->odr_read, 1);
    return (uint8_t)(before >> 16);
}

void write_odr(struct board *b, uint8_t value)
{
    step(b, 0xff0000, (uint32_t)value << 16 | OBF);
    atomic_fetch_add(b->odr_written, 1);
}
