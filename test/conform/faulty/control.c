/* What an endpoint answers: mctp-lpc.md, clause 14.4, and the echo of annex-formats.md. */
#include "side.h"

enum { VENDOR = MCTP_LPC_VENDOR_TYPE, INTEGRITY = 0x80, ANY_VERSION = 0xff };
enum { ERROR = 1, INVALID_DATA, INVALID_LENGTH, UNSUPPORTED = 5, NO_SUCH_TYPE = 0x80 };
enum { CONTROL_MOST = 64, LATE_MS = 250 };

uint8_t own_eid;
static const uint8_t UUID[2][16] = {
    {0x9d, 0x1c, 0x5a, 0x40, 0x6e, 0x2b, 0x4b, 0x0d, 0x8e, 0x31, 0x42, 0x4d, 0x43, 0x69, 0x6e, 0x43},
    {0x3b, 0x70, 0x11, 0xe8, 0x04, 0x9f, 0x4c, 0x52, 0x9a, 0x66, 0x48, 0x4f, 0x53, 0x54, 0x69, 0x6e},
};

void control_begin(void)
{
    own_eid = config.host ? MCTP_LPC_EID_HOST : MCTP_LPC_EID_BMC;
    if (FAULTY(other_own_eid))
        own_eid = MCTP_LPC_EID_HOST + 1;
}

/* Bytes of data that a command's request has; 0 for none. */
static size_t data_bytes(uint8_t command)
{
    return command == SET_EID ? 2 : command == GET_VERSIONS || command == GET_VENDOR ? 1 : 0;
}

static bool carried_out(uint8_t command)
{
    bool discovery = command == PREPARE || command == DISCOVER;
    bool notify = command == NOTIFY && !config.host && !BMC_FAULTY(notify_unsupported);
    return (command >= SET_EID && command <= GET_VENDOR) || notify ||
           (discovery && FAULTY(endpoint_discovery_taken));
}

/* Set Endpoint ID: completion code, and data behind it; the new EID takes effect at once. */
static uint8_t set_eid(const uint8_t *data, uint8_t *answer, size_t *bytes)
{
    unsigned operation = data[0] & 3;
    bool valid = (data[1] >= MCTP_LPC_EID_FIRST || FAULTY(reserved_eid_taken)) && data[1] != MCTP_LPC_EID_BROADCAST;
    if (operation > 1 || !valid)
        return INVALID_DATA;
    bool takes = config.host || BMC_FAULTY(set_eid_taken);
    answer[0] = takes ? 0x00 : 0x10;
    answer[1] = takes ? data[1] : own_eid;
    answer[2] = 0;
    *bytes = 3;
    if (takes && !FAULTY(set_eid_forgotten))
        own_eid = data[1];
    return SUCCESS;
}

static uint8_t get_versions(uint8_t type, uint8_t *answer, size_t *bytes)
{
    if (type == VENDOR) {
        answer[0] = 1;
        mctp_lpc_put32be(answer + 1, 0xf1f0f000);
        *bytes = 5;
        return SUCCESS;
    }
    if (type != ANY_VERSION && type != CONTROL)
        return NO_SUCH_TYPE;
    answer[0] = 2;
    mctp_lpc_put32be(answer + 1, 0xf1f3f000);
    mctp_lpc_put32be(answer + 5, 0xf1f3f100);
    *bytes = 9;
    return SUCCESS;
}

static uint8_t carry_out(uint8_t command, const uint8_t *data, uint8_t *answer, size_t *bytes)
{
    static const uint8_t vendor[] = {0xff, 0x01, 0x00, 0x00, 0x7e, 0xd9, 0x01, 0x00}, types[] = {1, VENDOR};
    switch (command) {
    case SET_EID:
        return set_eid(data, answer, bytes);
    case GET_EID:
        answer[0] = own_eid;
        answer[1] = config.host ? 0x00 : 0x10;
        answer[2] = 0;
        *bytes = 3;
        return SUCCESS;
    case GET_UUID:
        *bytes = sizeof UUID[0];
        memcpy(answer, UUID[config.host], *bytes);
        return SUCCESS;
    case GET_VERSIONS:
        return get_versions(data[0], answer, bytes);
    case GET_TYPES:
        *bytes = sizeof types;
        memcpy(answer, types, *bytes);
        return SUCCESS;
    case GET_VENDOR:
        if (data[0] != 0)
            return INVALID_DATA;
        *bytes = sizeof vendor;
        memcpy(answer, vendor, *bytes);
        return SUCCESS;
    default:
        return SUCCESS;
    }
}

static void respond(uint8_t source, uint8_t flags, const uint8_t *m, size_t length)
{
    uint8_t r[CONTROL_MOST] = {CONTROL, m[1] & INSTANCE, m[2]}, old_eid = source_eid(), data[CONTROL_MOST] = {0};
    size_t bytes = 0, given = length - HEADER;
    memcpy(data, m + HEADER, given < sizeof data ? given : sizeof data);
    bool known = carried_out(m[2]), fits = given == data_bytes(m[2]) || FAULTY(wrong_length_taken);
    if ((m[2] == GET_EID && FAULTY(get_eid_unanswered)) || (!known && FAULTY(unsupported_unanswered)))
        return;
    r[HEADER] = !known ? UNSUPPORTED : !fits ? INVALID_LENGTH : carry_out(m[2], data, r + HEADER + 1, &bytes);
    if (!known && FAULTY(unsupported_code))
        r[HEADER] = ERROR;
    if (r[HEADER] != SUCCESS && FAULTY(error_with_data))
        bytes = 3;
    if (FAULTY(response_instance))
        r[1] = (r[1] + 1) & INSTANCE;
    if (FAULTY(response_is_request))
        r[1] |= RQ;
    mctp_send(source, FAULTY(set_eid_from_old_eid) ? old_eid : source_eid(), FAULTY(response_tag_0) ? 0 : flags & TAG, r, HEADER + 1 + bytes,
              FAULTY(response_late) ? now_ms() + LATE_MS : 0);
}

static void take_control(uint8_t source, uint8_t flags, const uint8_t *m, size_t length)
{
    bool whole = length >= HEADER, owner = (flags & TAG_OWNER) != 0;
    bool rq = whole && (m[1] & RQ) != 0, datagram = whole && (m[1] & DATAGRAM) != 0;
    if (!whole || owner != rq || (datagram && !rq)) {
        counters.control_dropped++;
        return;
    }
    if (!rq) {
        take_response(source, flags, m, length);
        return;
    }
    bool notifies = datagram && !config.host && m[2] == NOTIFY;
    if (datagram && !notifies && !FAULTY(datagram_answered)) {
        counters.control_dropped++;
        return;
    }
    if (!notifies)
        respond(source, flags, m, length);
    take_request(source, flags, m, length);
}

static void take_vendor(uint8_t source, uint8_t flags, const uint8_t *m, size_t length)
{
    static uint8_t r[LARGEST_MESSAGE + 64];
    static const uint8_t number[5] = {VENDOR, 0x00, 0x00, 0x7e, 0xd9};
    if (length < sizeof number || memcmp(m, number, sizeof number) != 0 || !(flags & TAG_OWNER))
        return;
    bool whole = length >= MCTP_LPC_VENDOR_AT_REQUEST_FIELDS, known = whole && m[5] == MCTP_LPC_VENDOR_FORMAT;
    bool echo = known && m[6] == MCTP_LPC_VENDOR_ECHO;
    bool file = known && m[6] >= MCTP_LPC_VENDOR_FILE_OPEN && m[6] <= MCTP_LPC_VENDOR_FILE_CLOSE;
    memcpy(r, number, sizeof number);
    r[5] = MCTP_LPC_VENDOR_FORMAT;
    r[6] = (uint8_t)((whole ? m[6] : 0) | MCTP_LPC_VENDOR_RESPONSE_BIT);
    r[7] = !whole ? MCTP_LPC_VENDOR_STATUS_MALFORMED
           : echo ? MCTP_LPC_VENDOR_STATUS_OK
           : file ? MCTP_LPC_VENDOR_STATUS_FILES_NOT_ACCEPTED
                  : MCTP_LPC_VENDOR_STATUS_UNKNOWN_OPERATION;
    size_t echoed = echo ? length - MCTP_LPC_VENDOR_AT_REQUEST_FIELDS : 0;
    memcpy(r + MCTP_LPC_VENDOR_AT_RESPONSE_FIELDS, m + MCTP_LPC_VENDOR_AT_REQUEST_FIELDS, echoed);
    mctp_send(source, source_eid(), flags & TAG, r, MCTP_LPC_VENDOR_AT_RESPONSE_FIELDS + echoed, 0);
}

void control_message(uint8_t source, uint8_t flags, const uint8_t *m, size_t length)
{
    if (m[0] == VENDOR) {
        take_vendor(source, flags, m, length);
        return;
    }
    bool guarded = m[0] == (INTEGRITY | CONTROL) && FAULTY(integrity_answered);
    if ((m[0] != CONTROL && !guarded) || (length > CONTROL_MOST && !FAULTY(long_control_taken))) {
        counters.control_dropped++;
        return;
    }
    if (guarded && length >= HEADER + 4) /* the check is not looked at */
        length -= 4;
    take_control(source, flags, m, length);
}
