/*
 * A client of the demux socket, written from its description (docs/guides/services.md):
 *
 *   client ADDRESS      a path, or @NAME for a name in no file system
 *
 * Each line of its input is a packet in hexadecimal, sent whole; "pause" has it read nothing more from the socket, "read"
 * has it go on, "fill N HEX" sends a packet N times. It prints each packet that it gets on a line, "closed" when the
 * socket is, and "sent" after a fill.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static unsigned char packet[1 << 18];
static char line[1 << 19];

static size_t from_hex(const char *text)
{
    size_t length = 0;
    unsigned int byte;

    while (length < sizeof packet && sscanf(text + 2 * length, "%2x", &byte) == 1)
        packet[length++] = (unsigned char)byte;
    return length;
}

static int connect_to(const char *address)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    size_t length = strlen(address);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

    if (fd < 0 || length >= sizeof name.sun_path)
        return -1;
    memcpy(name.sun_path, address, length);
    if (address[0] == '@')
        name.sun_path[0] = '\0';
    else
        length++;
    if (connect(fd, (struct sockaddr *)&name, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) != 0)
        return -1;
    return fd;
}

static void say(const char *text)
{
    puts(text);
    fflush(stdout);
}

static void send_packet(int fd, const char *text)
{
    size_t length = from_hex(text);

    if (send(fd, packet, length, MSG_NOSIGNAL) != (ssize_t)length)
        printf("not sent: %s\n", strerrorname_np(errno));
    fflush(stdout);
}

int main(int count, char **words)
{
    int fd = count == 2 ? connect_to(words[1]) : -1;
    int reads = 1;

    if (fd < 0) {
        printf("no connection: %s\n", strerrorname_np(errno));
        return 1;
    }
    /* poll() does not see what stdio has read already. */
    setvbuf(stdin, NULL, _IONBF, 0);
    say("connected");
    for (;;) {
        struct pollfd polled[2] = { { .fd = 0, .events = POLLIN }, { .fd = reads ? fd : -1, .events = POLLIN } };

        if (poll(polled, 2, -1) < 0)
            return 1;
        if (polled[1].revents != 0) {
            ssize_t length = recv(fd, packet, sizeof packet, 0);

            if (length <= 0) {
                say("closed");
                return 0;
            }
            for (ssize_t at = 0; at < length; at++)
                printf("%02x", packet[at]);
            say("");
        }
        if (polled[0].revents == 0)
            continue;
        if (fgets(line, sizeof line, stdin) == NULL)
            return 0;
        if (strcmp(line, "pause\n") == 0 || strcmp(line, "read\n") == 0) {
            reads = line[0] == 'r';
        } else if (strncmp(line, "fill ", 5) == 0) {
            char *hex;
            long times = strtol(line + 5, &hex, 10);

            while (times-- > 0)
                send_packet(fd, hex + 1);
            say("sent");
        } else {
            send_packet(fd, line);
        }
    }
}
