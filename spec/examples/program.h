/* SPDX-License-Identifier: Apache-2.0 */
/* What both programs have around their side: options, a loop, lines for people, and counters. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

/* What the command line says. */
struct options {
    uint16_t version_min, version_cur;
    uint32_t mtu;       /* payload bytes of a packet; 0: as many as the window has room for */
    uint8_t eid;        /* 0: none is given */
    uint8_t uuid[16];   /* each machine has its own */
};
extern struct options options;

/* A round ends with one of these (clause 10). */
enum round { WAIT, AGAIN };

struct side {
    bool is_host;
    enum round (*round)(void);
    void (*stop)(void);       /* a stop is asked for: the rounds that follow make it */
    bool (*is_stopped)(void); /* no round is left */
};

/* Runs the side until SIGINT, SIGTERM or, with --until-eof, the end of standard input. Gives the exit status. */
int program_run(int argc, char **argv, const struct side *side);

/* A line on standard output. Beyond 64 KiB a minute lines are left out and counted (LPC-SEC-4). */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* LPC-ERR-4: what is counted, each kind by itself. Printed at SIGUSR1 and at the end. */
#define COUNTERS(X)                                                                                                    \
    X(packets_with_wrong_length)                                                                                       \
    X(packets_with_wrong_crc)                                                                                          \
    X(packets_with_wrong_header)                                                                                       \
    X(packets_of_no_message)                                                                                           \
    X(packets_at_session_end)                                                                                          \
    X(packets_given_up)                                                                                                \
    X(packets_stalled)                                                                                                 \
    X(messages_not_completed)                                                                                          \
    X(messages_of_small_packets)                                                                                       \
    X(messages_without_room)                                                                                           \
    X(messages_of_unknown_type)                                                                                        \
    X(control_messages_dropped)                                                                                        \
    X(requests_without_response)                                                                                       \
    X(refusals)                                                                                                        \
    X(answers_unusable)                                                                                                \
    X(closes)                                                                                                          \
    X(sessions_lost)                                                                                                   \
    X(sessions_initialised_again)                                                                                      \
    X(registers_reset)                                                                                                 \
    X(initialises_ignored)                                                                                             \
    X(tx_begins_ignored)                                                                                               \
    X(rx_completes_ignored)                                                                                            \
    X(unknown_bytes)                                                                                                   \
    X(lines_left_out)

#define COUNTER(name) unsigned long name;
struct counters {
    COUNTERS(COUNTER)
};
#undef COUNTER
extern struct counters counted;

#endif
