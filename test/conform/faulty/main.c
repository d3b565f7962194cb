/* faulty host|bmc BOARD FAULT [MIN-MAX [MTU]]: runs one side until its standard input ends; FAULT "none" has none. */
#include "side.h"

#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>

enum { ROUNDS_A_TURN = 32, TURN_MICROSECONDS = 500, LINES_A_SECOND = 20 };

int chosen_fault = F_none;
struct config config = {.min = 1, .cur = 3};
struct board board;
struct counters counters;

#define NAME(name) #name,
static const char *const BOTH_NAMES[] = {BOTH_FAULTS(NAME)}, *const HOST_NAMES[] = {HOST_FAULTS(NAME)},
                        *const BMC_NAMES[] = {BMC_FAULTS(NAME)};
enum { BOTH_COUNT = sizeof BOTH_NAMES / sizeof *BOTH_NAMES };
enum { HOST_COUNT = sizeof HOST_NAMES / sizeof *HOST_NAMES, BMC_COUNT = sizeof BMC_NAMES / sizeof *BMC_NAMES };

uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void pause_ms(unsigned ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

void say(const char *format, ...)
{
    static uint64_t second;
    static unsigned lines;
    uint64_t now = now_ms() / 1000;
    lines = now == second ? lines + 1 : 1;
    second = now;
    if (lines > LINES_A_SECOND) {
        counters.lines_left_out++;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

static bool input_ended(void)
{
    char byte;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

/* A fault's number, its enumerator being `first` and on; 0 if the name is not in the list. */
static int find(const char *name, const char *const *names, int count, int first)
{
    for (int i = 0; i < count; i++) {
        const char *a = name, *b = names[i];
        while (*a != 0 && (*a == *b || (*a == '-' && *b == '_')))
            a++, b++;
        if (*a == 0 && *b == 0)
            return first + i;
    }
    return 0;
}

static void list(const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        for (const char *c = names[i]; *c != 0; c++)
            putchar(*c == '_' ? '-' : *c);
        putchar('\n');
    }
}

static bool choose(const char *name)
{
    if (strcmp(name, "none") == 0)
        return true;
    chosen_fault = find(name, BOTH_NAMES, BOTH_COUNT, F_none + 1);
    if (chosen_fault == 0)
        chosen_fault = config.host ? find(name, HOST_NAMES, HOST_COUNT, F_host_first + 1)
                                   : find(name, BMC_NAMES, BMC_COUNT, B_first + 1);
    return chosen_fault != 0;
}

static void run(void)
{
    bool ending = false;
    for (;;) {
        if (!ending)
            ending = input_ended();
        if (ending && (!config.host || host_stop()))
            break;
        for (int i = 0; i < ROUNDS_A_TURN && (config.host ? host_round() : bmc_round()); i++) {
        }
        control_tick();
        deferred_work();
        nanosleep(&(struct timespec){.tv_nsec = TURN_MICROSECONDS * 1000}, NULL);
    }
    if (!config.host)
        bmc_stop();
}

int main(int argc, char **argv)
{
    config.host = argc > 1 && strcmp(argv[1], "host") == 0;
    config.mtu = config.host ? 1024 : 4096;
    bool side = config.host || (argc > 1 && strcmp(argv[1], "bmc") == 0);
    if (side && argc == 3 && strcmp(argv[2], "--list") == 0) {
        list(BOTH_NAMES, BOTH_COUNT);
        list(config.host ? HOST_NAMES : BMC_NAMES, config.host ? (int)HOST_COUNT : (int)BMC_COUNT);
        return 0;
    }
    if (!side || argc < 4 || argc > 6 || !choose(argv[3]) ||
        (argc > 4 && sscanf(argv[4], "%hu-%hu", &config.min, &config.cur) != 2) ||
        (argc > 5 &&
         (sscanf(argv[5], "%u", &config.mtu) != 1 || config.mtu < BTU || config.mtu > MCTP_LPC_WINDOW_MOST))) {
        fprintf(stderr, "usage: %s host|bmc BOARD FAULT [MIN-MAX [MTU]], or host|bmc --list for the faults\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *wrong = board_attach(&board, argv[2], config.host);
    if (wrong != NULL) {
        fprintf(stderr, "%s %s\n", argv[2], wrong);
        return 1;
    }
    srandom((unsigned)(now_ms() ^ (uint64_t)getpid()));
    control_begin();
    printf("attached\n");
    run();
    board_leave(&board);
#define PRINT(name)                                                                                                    \
    if (counters.name != 0)                                                                                            \
        printf("%s %lu\n", #name, counters.name);
    COUNTERS(PRINT)
    return 0;
}
