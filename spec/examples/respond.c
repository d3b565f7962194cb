/* SPDX-License-Identifier: Apache-2.0 */
/* What an endpoint answers: control requests (mctp-lpc.md, clause 14.4) and echoes (annex-formats.md, G.2). */
#include <string.h>

#include "mctp.h"
#include "program.h"

enum { BUS_OWNER = 0x10, EID_IS_STATIC_TYPE = 0x01, EID_IS_THE_STATIC = 0x02, EID_IS_ANOTHER = 0x03 };
enum { EID_REJECTED = 0x10, OPERATION_SET = 0, OPERATION_FORCE = 1, OPERATION_RESET = 2 };
enum { ALL_TYPES = 0xff, NO_MORE_VENDORS = 0xff, VENDOR_IS_IANA = 1, COMMAND_SET = 0x0100 };
enum { VENDOR_REQUEST_LEAST = 7, VENDOR_NUMBER_END = 5 };

struct endpoint endpoint;

/* A response as it is put together. */
static uint8_t response[LARGEST_MESSAGE];
static size_t response_bytes;

static void add(uint8_t byte)
{
    response[response_bytes++] = byte;
}

static void add_version(uint32_t version)
{
    mctp_lpc_put32be(response + response_bytes, version);
    response_bytes += 4;
}

static uint8_t set_eid(uint8_t operation, uint8_t eid)
{
    bool is_eid = eid >= MCTP_LPC_EID_FIRST && eid <= MCTP_LPC_EID_LAST;
    bool assigns = (operation == OPERATION_SET || operation == OPERATION_FORCE) && is_eid;
    bool resets = operation == OPERATION_RESET && endpoint.static_eid != 0 && !endpoint.bus_owner;
    if (!assigns && !resets)
        return INVALID_DATA;
    if (!endpoint.bus_owner) { /* a repeated request changes nothing more, as LPC-MCTP-14 wants it */
        endpoint.eid = resets ? endpoint.static_eid : eid;
        endpoint.was_assigned = assigns;
    }
    add(endpoint.bus_owner ? EID_REJECTED : 0);
    add(endpoint.eid); /* the response leaves from it, too (LPC-MCTP-11) */
    add(0);            /* no pool */
    return SUCCESS;
}

static uint8_t get_eid(void)
{
    uint8_t type = endpoint.static_eid == 0                ? 0
                   : !endpoint.was_assigned                ? EID_IS_STATIC_TYPE
                   : endpoint.eid == endpoint.static_eid   ? EID_IS_THE_STATIC
                                                           : EID_IS_ANOTHER;
    add(endpoint.eid);
    add((uint8_t)((endpoint.bus_owner ? BUS_OWNER : 0) | type));
    add(0);
    return SUCCESS;
}

static uint8_t get_versions(uint8_t type)
{
    if (type == MCTP_LPC_VENDOR_TYPE) {
        add(1);
        add_version(0xf1f0f000); /* 1.0 */
        return SUCCESS;
    }
    if (type != ALL_TYPES && type != CONTROL)
        return UNKNOWN_TYPE;
    add(2);
    add_version(0xf1f3f000); /* 1.3.0 */
    add_version(0xf1f3f100); /* 1.3.1 */
    return SUCCESS;
}

static uint8_t get_vendor_types(uint8_t selector)
{
    if (selector != 0)
        return INVALID_DATA;
    add(NO_MORE_VENDORS);
    add(VENDOR_IS_IANA);
    mctp_lpc_put32be(response + response_bytes, MCTP_LPC_VENDOR_NUMBER);
    mctp_lpc_put16be(response + response_bytes + 4, COMMAND_SET);
    response_bytes += 6;
    return SUCCESS;
}

/* Carries a request out, whose data has a right length: the completion code; data of the response is added. */
static uint8_t carry_out(uint8_t command, const uint8_t *data)
{
    switch (command) {
    case SET_EID:
        return set_eid(data[0] & 3, data[1]);
    case GET_EID:
        return get_eid();
    case GET_UUID:
        memcpy(response + response_bytes, options.uuid, sizeof options.uuid);
        response_bytes += sizeof options.uuid;
        return SUCCESS;
    case GET_VERSIONS:
        return get_versions(data[0]);
    case GET_TYPES:
        add(1);
        add(MCTP_LPC_VENDOR_TYPE);
        return SUCCESS;
    case GET_VENDOR_TYPES:
        return get_vendor_types(data[0]);
    default: /* Discovery Notify, where it is supported: role_control does what follows from it */
        return SUCCESS;
    }
}

/* Bytes of a command's data; -1 if this side does not carry the command out. */
static int data_bytes(uint8_t command)
{
    switch (command) {
    case SET_EID:
        return 2;
    case GET_VERSIONS:
    case GET_VENDOR_TYPES:
        return 1;
    case GET_EID:
    case GET_UUID:
    case GET_TYPES:
        return 0;
    case DISCOVERY_NOTIFY:
        return endpoint.bus_owner ? 0 : -1;
    default:
        return -1;
    }
}

/* LPC-MCTP-12: an unknown command before a wrong length before invalid data; no data behind an error. */
static void respond_to_control(uint8_t source, uint8_t tag, const uint8_t *message, size_t length)
{
    uint8_t command = message[AT_COMMAND];
    int expected = data_bytes(command);
    response[0] = CONTROL;
    response[AT_INSTANCE] = message[AT_INSTANCE] & INSTANCE;
    response[AT_COMMAND] = command;
    response_bytes = CONTROL_HEADER + 1;
    uint8_t code = expected < 0                                      ? UNSUPPORTED
                   : length != CONTROL_HEADER + (size_t)expected     ? INVALID_LENGTH
                                                                     : carry_out(command, message + CONTROL_HEADER);
    response[CONTROL_HEADER] = code;
    mctp_send(source, tag, response, code == SUCCESS ? response_bytes : CONTROL_HEADER + 1);
}

/* G.1: vendor-defined messages with the number of the echo. Files are not accepted here. */
static void respond_to_vendor(uint8_t source, uint8_t tag, const uint8_t *message, size_t length)
{
    static const uint8_t number[VENDOR_NUMBER_END] = {MCTP_LPC_VENDOR_TYPE, 0x00, 0x00, 0x7e, 0xd9};
    if (length < sizeof number || memcmp(message, number, sizeof number) != 0) {
        counted.messages_of_unknown_type++;
        return;
    }
    bool is_whole = length >= VENDOR_REQUEST_LEAST;
    uint8_t operation = is_whole ? message[MCTP_LPC_VENDOR_AT_OPERATION] : 0;
    size_t bytes = is_whole ? length - MCTP_LPC_VENDOR_AT_REQUEST_FIELDS : 0;
    bool is_known = is_whole && message[VENDOR_NUMBER_END] == MCTP_LPC_VENDOR_FORMAT;
    bool is_echo = is_known && operation == MCTP_LPC_VENDOR_ECHO;
    bool is_file = is_known && operation >= MCTP_LPC_VENDOR_FILE_OPEN && operation <= MCTP_LPC_VENDOR_FILE_CLOSE;
    if (is_echo && bytes > sizeof response - MCTP_LPC_VENDOR_AT_RESPONSE_FIELDS) {
        counted.messages_without_room++;
        return;
    }
    memcpy(response, number, sizeof number);
    response[VENDOR_NUMBER_END] = MCTP_LPC_VENDOR_FORMAT;
    response[MCTP_LPC_VENDOR_AT_OPERATION] = operation | MCTP_LPC_VENDOR_RESPONSE_BIT;
    response[MCTP_LPC_VENDOR_AT_STATUS] = !is_whole ? MCTP_LPC_VENDOR_STATUS_MALFORMED
                                          : is_echo ? MCTP_LPC_VENDOR_STATUS_OK
                                          : is_file ? MCTP_LPC_VENDOR_STATUS_FILES_NOT_ACCEPTED
                                                    : MCTP_LPC_VENDOR_STATUS_UNKNOWN_OPERATION;
    if (is_echo)
        memcpy(response + MCTP_LPC_VENDOR_AT_RESPONSE_FIELDS, message + MCTP_LPC_VENDOR_AT_REQUEST_FIELDS, bytes);
    mctp_send(source, tag, response, MCTP_LPC_VENDOR_AT_RESPONSE_FIELDS + (is_echo ? bytes : 0));
}

void respond(uint8_t source, uint8_t tag, const uint8_t *message, size_t length)
{
    if (message[0] == MCTP_LPC_VENDOR_TYPE) {
        respond_to_vendor(source, tag, message, length);
        return;
    }
    if (message[0] != CONTROL) {
        counted.messages_of_unknown_type++;
        return;
    }
    bool is_request = length >= CONTROL_HEADER && (message[AT_INSTANCE] & REQUEST_BIT) != 0;
    bool is_datagram = is_request && (message[AT_INSTANCE] & DATAGRAM_BIT) != 0;
    if (!is_request || (is_datagram && message[AT_COMMAND] != DISCOVERY_NOTIFY)) {
        counted.control_messages_dropped++; /* LPC-MCTP-13 */
        return;
    }
    if (!is_datagram)
        respond_to_control(source, tag, message, length);
    role_control(source, tag, message, length);
}
