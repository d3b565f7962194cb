/* SPDX-License-Identifier: Apache-2.0 */
/* The program around a side: a command line, a loop that runs rounds, and an orderly end. */
#define _GNU_SOURCE
#include "program.h"

#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../mctp_lpc.h"
#include "mctp.h"
#include "port.h"

enum { ROUNDS_IN_A_ROW = 16, REPORT_BYTES_A_MINUTE = 65536, LONGEST_REPORT = 256, LOOK_FOR_BOARD_MS = 500 };
enum { STATUS_FAILED = 1, STATUS_USAGE = 2 };

struct options options = {
    .version_min = MCTP_LPC_VERSION_OLDEST,
    .version_cur = MCTP_LPC_VERSION_NEWEST,
    .uuid = {0x43, 0x20, 0x65, 0x78, 0x61, 0x6d, 0x40, 0x6c, 0x80, 0x65, 0, 0, 0, 0, 0, 0},
};
struct counters counted;
static volatile sig_atomic_t end_is_asked, counters_are_asked;
static bool until_eof;

void say(const char *format, ...)
{
    static uint64_t minute;
    static size_t bytes;
    char line[LONGEST_REPORT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    uint64_t now = port_now_ms() / 60000;
    bytes = (now == minute ? bytes : 0) + strlen(line) + 1;
    minute = now;
    if (bytes <= REPORT_BYTES_A_MINUTE)
        puts(line);
    else
        counted.lines_left_out++;
}

/* ---- The command line ---- */

static void print_usage(FILE *to, const char *program, bool is_host)
{
    fprintf(to, "usage: %s shm:PATH[,window=SIZE][,depth=0|1] [options]\n", program);
    fprintf(to, "Runs the %s side of a virtual board until Ctrl-C; makes the board if there is none. SIGUSR1\n"
                "prints what was counted.\n",
            is_host ? "host's" : "BMC's");
    fputs("  --eid N             own endpoint id, 8 to 254\n"
          "  --versions MIN-MAX  protocol versions, within 1-3 (default: 1-3)\n"
          "  --mtu BYTES         payload bytes of a packet, 64 or more (default: what the window has room for)\n"
          "  --uuid HEX          own UUID, 32 hexadecimal digits, with or without dashes\n"
          "  --until-eof         end with standard input, too\n"
          "  --help              print this\n",
          to);
}

static bool read_number(const char *text, unsigned long least, unsigned long most, unsigned long *number)
{
    char *end;
    *number = strtoul(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == 0 && *number >= least && *number <= most;
}

static bool read_versions(const char *text)
{
    bool formed = strlen(text) == 3 && text[1] == '-' && text[0] >= '1' && text[0] <= text[2] && text[2] <= '3';
    if (formed) {
        options.version_min = (uint16_t)(text[0] - '0');
        options.version_cur = (uint16_t)(text[2] - '0');
    }
    return formed;
}

static bool read_uuid(const char *text)
{
    size_t digits = 0;
    for (; *text != 0; text++) {
        static const char hex[] = "0123456789abcdef";
        const char *digit = strchr(hex, *text | 0x20);
        if (*text == '-')
            continue;
        if (digit == NULL || digits == 2 * sizeof options.uuid)
            return false;
        uint8_t *byte = &options.uuid[digits++ / 2];
        *byte = (uint8_t)(*byte << 4 | (digit - hex));
    }
    return digits == 2 * sizeof options.uuid;
}

/* NULL, or the option whose value is wrong. */
static const char *read_option(int option, const char *value)
{
    unsigned long number = 0;
    switch (option) {
    case 'e':
        if (!read_number(value, MCTP_LPC_EID_FIRST, MCTP_LPC_EID_LAST, &number))
            return "--eid wants a number from 8 to 254";
        options.eid = (uint8_t)number;
        return NULL;
    case 'm':
        if (!read_number(value, MCTP_LPC_BTU, MCTP_LPC_WINDOW_MOST, &number))
            return "--mtu wants a number of bytes from 64 to 16777216";
        options.mtu = (uint32_t)number;
        return NULL;
    case 'v':
        return read_versions(value) ? NULL : "--versions wants a range within 1-3, like 1-2";
    case 'u':
        return read_uuid(value) ? NULL : "--uuid wants 32 hexadecimal digits";
    default:
        until_eof = true;
        return NULL;
    }
}

/* The platform; does not return if there is nothing to run. */
static const char *read_command_line(int argc, char **argv, bool is_host)
{
    static const struct option known[] = {
        {"eid", required_argument, NULL, 'e'},  {"versions", required_argument, NULL, 'v'},
        {"mtu", required_argument, NULL, 'm'},  {"uuid", required_argument, NULL, 'u'},
        {"until-eof", no_argument, NULL, 'f'},  {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (option == 'h') {
            print_usage(stdout, argv[0], is_host);
            exit(0);
        }
        const char *wrong = option == '?' ? "" : read_option(option, optarg);
        if (wrong != NULL) {
            if (wrong[0] != 0)
                fprintf(stderr, "%s: %s, not \"%s\"\n", argv[0], wrong, optarg);
            print_usage(stderr, argv[0], is_host);
            exit(STATUS_USAGE);
        }
    }
    if (optind != argc - 1) {
        print_usage(stderr, argv[0], is_host);
        exit(STATUS_USAGE);
    }
    return argv[optind];
}

/* ---- The loop ---- */

static void note_signal(int number)
{
    if (number == SIGUSR1)
        counters_are_asked = 1;
    else
        end_is_asked = 1;
}

static bool input_ended(void)
{
    char byte;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return until_eof && poll(&input, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

static bool board_was_lost(void)
{
    static uint64_t looked_at;
    uint64_t now = port_now_ms();
    if (now - looked_at < LOOK_FOR_BOARD_MS)
        return false;
    looked_at = now;
    return port_is_lost();
}

static void print_counters(void)
{
#define PRINT(name)                                                                                                    \
    if (counted.name != 0)                                                                                             \
        printf("%s %lu\n", #name, counted.name);
    COUNTERS(PRINT)
#undef PRINT
}

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/*
 * Rounds, a bounded number in a row, and then a rest of more than twice their time: whatever the peer does, it gets less
 * than 30 % of a processor (LPC-SEC-2, LPC-SEC-3).
 */
static void run_rounds(const struct side *side)
{
    uint64_t begun = now_us();
    for (int rounds = 0; rounds < ROUNDS_IN_A_ROW && !side->is_stopped() && side->round() == AGAIN; rounds++) {
    }
    mctp_tick();
    uint64_t worked = now_us() - begun, rest_ends = now_us() + worked * 5 / 2;
    do {
        port_wait();
    } while (now_us() < rest_ends);
}

int program_run(int argc, char **argv, const struct side *side)
{
    const char *platform = read_command_line(argc, argv, side->is_host);
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *wrong = port_open(platform, side->is_host);
    if (wrong != NULL) {
        fprintf(stderr, "%s: %s: %s\n", argv[0], platform, wrong);
        return STATUS_FAILED;
    }
    struct sigaction action = {.sa_handler = note_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    options.uuid[sizeof options.uuid - 1] ^= side->is_host ? 1 : 0; /* of two examples on one machine */
    mctp_begin(!side->is_host);
    printf("%s on %s, window of %lu bytes\n", side->is_host ? "host" : "BMC", platform,
           (unsigned long)port_window_bytes());

    for (bool stopping = false; !side->is_stopped();) {
        if (!stopping && (end_is_asked || input_ended())) {
            stopping = true;
            side->stop();
        }
        if (counters_are_asked) {
            counters_are_asked = 0;
            print_counters();
        }
        run_rounds(side);
        if (board_was_lost()) {
            fprintf(stderr, "%s: %s: the board was removed or replaced; start again\n", argv[0], platform);
            return STATUS_FAILED;
        }
    }
    port_close();
    print_counters();
    return 0;
}
