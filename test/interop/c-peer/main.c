/* c-peer host|bmc BOARD [MIN-MAX [MTU]]: runs one side until its standard input ends. */
#include "peer.h"

#include <poll.h>
#include <stdlib.h>

uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool input_ended(void)
{
    char byte;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

int main(int argc, char **argv)
{
    static struct board board;
    struct config config = {.min = 1, .cur = 3, .mtu = LARGEST_PACKET - 16};
    bool host = argc > 1 && strcmp(argv[1], "host") == 0;
    if (argc < 3 || argc > 5 || (!host && strcmp(argv[1], "bmc") != 0) ||
        (argc > 3 && sscanf(argv[3], "%hu-%hu", &config.min, &config.cur) != 2)) {
        fprintf(stderr, "usage: %s host|bmc BOARD [MIN-MAX [MTU]]\n", argv[0]);
        return 2;
    }
    if (argc > 4)
        config.mtu = (uint32_t)strtoul(argv[4], NULL, 10);
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *wrong = board_attach(&board, argv[2], host);
    if (wrong != NULL) {
        fprintf(stderr, "%s %s\n", argv[2], wrong);
        return 1;
    }
    board.peer_bell[0] = 0;
    mctp_begin(!host);
    printf("attached\n");
    while (!input_ended()) {
        while (host ? host_round(&board, &config) : bmc_round(&board, &config)) {
        }
        board_pause();
    }
    if (host)
        host_stop(&board);
    else
        bmc_stop(&board);
    board_leave(&board);
    return 0;
}
