/* The host's procedures H2 and H3, in a session: mctp-lpc.md, clause 10.6. */
#include "side.h"

enum { SLOW_MS = 80, IDLE_MS = 1500 };

static struct channel channel;
static uint64_t last_byte;

static void write_idr(uint8_t byte)
{
    board_write_idr(&board, byte);
}

void host_open(uint16_t version, const struct mctp_lpc_region *r)
{
    channel = (struct channel){
        .version = version,
        .in = receiving_buffer(version, r->rx_offset, r->rx_size, r->tx_offset),
        .out = sending_buffer(version, r->tx_offset, r->tx_size),
    };
    mctp_link(&channel);
    last_byte = now_ms();
}

void host_close(void)
{
    channel = (struct channel){.version = 0};
    mctp_link(NULL);
    if (FAULTY(eid_forgotten_with_session))
        control_begin();
}

/* H2.3, H2.12. */
static bool lose(void)
{
    counters.lost++;
    host_close();
    host_phase = AWAITING;
    early_tx_begin = false;
    return true;
}

static bool in_session(uint8_t str)
{
    uint8_t wanted = MCTP_LPC_STR_IN_SESSION;
    if (FAULTY(bmc_active_loss_ignored))
        wanted = CHANNEL_ACTIVE;
    if (FAULTY(channel_loss_ignored))
        wanted = BMC_ACTIVE;
    if (FAULTY(reserved_bits_heeded) && str & 0x34)
        return false;
    return (str & wanted) == wanted;
}

/* H2.10. */
static bool ignored(uint8_t byte)
{
    bool ends = false;
    if (byte == MCTP_LPC_TX_BEGIN) {
        counters.tx_begin_ignored++;
        channel.owed += FAULTY(second_tx_begin_answered);
    } else if (byte == MCTP_LPC_RX_COMPLETE) {
        counters.rx_complete_ignored++;
        ends = FAULTY(unasked_rx_complete_ends_session);
    } else if (byte == MCTP_LPC_INITIALISE) {
        counters.initialise_ignored++;
        ends = FAULTY(initialise_from_bmc_taken);
    } else if (byte != MCTP_LPC_DUMMY) {
        counters.unknown_byte++;
        ends = FAULTY(unknown_byte_ends_session);
    }
    return !ends;
}

bool host_service(void)
{
    static uint8_t packet[LARGEST_PACKET];
    write_packet(&channel); /* H2.1 */
    uint8_t str = board_read_str(&board);
    if (!in_session(str))
        return lose();
    if (look_at_stall(&channel) || (FAULTY(idle_restart) && now_ms() - last_byte > IDLE_MS))
        return lose();
    if (early_tx_begin || str & OBF) {
        uint8_t byte = early_tx_begin ? MCTP_LPC_TX_BEGIN : board_read_odr(&board); /* H2.4 */
        size_t length = 0;
        early_tx_begin = false;
        last_byte = now_ms();
        if (byte == MCTP_LPC_TX_BEGIN && channel.owed == 0) {
            length = read_packet(&channel, packet);
            if (length == 0 && FAULTY(damage_ends_session))
                return lose();
        } else if (byte == MCTP_LPC_RX_COMPLETE && channel.transmit == OUTSTANDING) {
            packet_taken(&channel); /* H2.7 to H2.9 */
            if (mctp_waiting())
                return true;
            if (channel.owed == 0 && channel.transmit == IDLE)
                return false;
        } else if (!ignored(byte))
            return lose();
        if (FAULTY(str_not_read_again)) {
            pause_ms(SLOW_MS);
            str &= (uint8_t)~OBF;
        } else
            str = board_read_str(&board); /* H2.11 */
        if (!in_session(str))
            return lose();
        hand_on(&channel, packet, length);
        if (str & OBF)
            return true;
    }
    if (!(str & IBF) || FAULTY(commands_overwrite))
        if (!write_command(&channel, write_idr) && !(str & IBF) && keeps_alive(&channel))
            write_idr(MCTP_LPC_FENCE);
    return false;
}
