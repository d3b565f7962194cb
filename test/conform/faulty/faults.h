/*
 * The faults by name; each breaks one rule of mctp-lpc.md, and expected.ts says which. A name has '_' here and '-' on the
 * command line.
 */
#ifndef FAULTS_H
#define FAULTS_H

/* Of both sides: packets, commands, MCTP. */
#define BOTH_FAULTS(X)                                                                                                 \
    X(crc_little_endian)                                                                                               \
    X(crc_of_length)                                                                                                   \
    X(crc_seed)                                                                                                        \
    X(crc_unchecked)                                                                                                   \
    X(crc_unanswered)                                                                                                  \
    X(length_little_endian)                                                                                            \
    X(length_counts_itself)                                                                                            \
    X(length_counts_trailer)                                                                                           \
    X(length_without_header)                                                                                           \
    X(length_unchecked)                                                                                                \
    X(length_unanswered)                                                                                               \
    X(length_reread)                                                                                                   \
    X(packet_reread)                                                                                                   \
    X(rx_complete_missing)                                                                                             \
    X(rx_complete_twice)                                                                                               \
    X(rx_complete_late)                                                                                                \
    X(rx_complete_always_first)                                                                                        \
    X(commands_overwrite)                                                                                              \
    X(buffer_touched)                                                                                                  \
    X(tx_begin_before_packet)                                                                                          \
    X(packet_above_mtu)                                                                                                \
    X(packet_below_btu)                                                                                                \
    X(version_1_large_packets)                                                                                         \
    X(terms_reread)                                                                                                    \
    X(unknown_byte_ends_session)                                                                                       \
    X(unasked_rx_complete_ends_session)                                                                                \
    X(second_tx_begin_answered)                                                                                        \
    X(keep_alive)                                                                                                      \
    X(tx_begin_outside_answered)                                                                                       \
    X(stall_sends_again)                                                                                               \
    X(stall_ends_session)                                                                                              \
    X(damage_ends_no_assembly)                                                                                         \
    X(damage_ends_session)                                                                                             \
    X(header_version)                                                                                                  \
    X(header_version_unchecked)                                                                                        \
    X(sequence_stuck)                                                                                                  \
    X(message_goes_on)                                                                                                 \
    X(response_instance)                                                                                               \
    X(response_is_request)                                                                                             \
    X(response_late)                                                                                                   \
    X(get_eid_unanswered)                                                                                              \
    X(unsupported_code)                                                                                                \
    X(unsupported_unanswered)                                                                                          \
    X(wrong_length_taken)                                                                                              \
    X(error_with_data)                                                                                                 \
    X(endpoint_discovery_taken)                                                                                        \
    X(integrity_answered)                                                                                              \
    X(datagram_answered)                                                                                               \
    X(other_eid_taken)                                                                                                 \
    X(null_eid_dropped)                                                                                                \
    X(long_control_taken)                                                                                              \
    X(retry_changed)                                                                                                   \
    X(retry_missing)                                                                                                   \
    X(retry_endless)                                                                                                   \
    X(tag_reused)

#define HOST_FAULTS(X)                                                                                                 \
    X(no_close)                                                                                                        \
    X(no_fence)                                                                                                        \
    X(one_fence_after_close)                                                                                           \
    X(one_fence_after_open)                                                                                            \
    X(fence_overwrites)                                                                                                \
    X(judges_early)                                                                                                    \
    X(fields_after_initialise)                                                                                         \
    X(versions_little_endian)                                                                                          \
    X(versions_reversed)                                                                                               \
    X(rx_size_missing)                                                                                                 \
    X(rx_size_little_endian)                                                                                           \
    X(rx_size_above_room)                                                                                              \
    X(rx_size_below_btu)                                                                                               \
    X(layout_written)                                                                                                  \
    X(magic_unchecked)                                                                                                 \
    X(odr_read_before_magic)                                                                                           \
    X(bmc_active_not_awaited)                                                                                          \
    X(odr_left_while_waiting)                                                                                          \
    X(active_at_opening_ignored)                                                                                       \
    X(early_tx_begin_lost)                                                                                             \
    X(unread_odr_at_opening)                                                                                           \
    X(version_outside_taken)                                                                                           \
    X(overlap_taken)                                                                                                   \
    X(size_above_asked_taken)                                                                                          \
    X(no_close_after_bad_answer)                                                                                       \
    X(no_rest_after_bad_answer)                                                                                        \
    X(no_rest_after_refusal)                                                                                           \
    X(rest_after_first_refusal)                                                                                        \
    X(restart_awaited)                                                                                                 \
    X(begins_again_without_rest)                                                                                       \
    X(bmc_active_loss_ignored)                                                                                         \
    X(channel_loss_ignored)                                                                                            \
    X(str_not_read_again)                                                                                              \
    X(reserved_bits_heeded)                                                                                            \
    X(initialise_from_bmc_taken)                                                                                       \
    X(no_close_at_stop)                                                                                                \
    X(other_own_eid)                                                                                                   \
    X(close_at_stop_overwrites)                                                                                        \
    X(no_notify)                                                                                                       \
    X(set_eid_from_old_eid)                                                                                            \
    X(set_eid_forgotten)                                                                                               \
    X(sequence_unchecked)                                                                                              \
    X(tag_unchecked)                                                                                                   \
    X(copy_behind_rx_complete)                                                                                         \
    X(response_tag_0)                                                                                                  \
    X(third_fence)                                                                                                     \
    X(idle_restart)                                                                                                    \
    X(rx_buffer_cleared)                                                                                               \
    X(rx_size_before_versions)                                                                                         \
    X(eid_forgotten_with_session)                                                                                      \
    X(restart_as_refusal)                                                                                              \
    X(reserved_eid_taken)

#define BMC_FAULTS(X)                                                                                                  \
    X(magic_missing)                                                                                                   \
    X(magic_late)                                                                                                      \
    X(versions_little_endian)                                                                                          \
    X(no_announcement)                                                                                                 \
    X(one_announcement)                                                                                                \
    X(announcement_not_awaited)                                                                                        \
    X(announcement_awaited_past_t_ann)                                                                                 \
    X(str_not_cleared_at_start)                                                                                        \
    X(host_versions_kept)                                                                                              \
    X(active_before_layout)                                                                                            \
    X(version_smallest)                                                                                                \
    X(version_own)                                                                                                     \
    X(version_0_taken)                                                                                                 \
    X(reversed_range_taken)                                                                                            \
    X(answer_above_asked)                                                                                              \
    X(tx_size_of_offer)                                                                                                \
    X(version_1_sizes)                                                                                                 \
    X(size_without_framing)                                                                                            \
    X(below_btu_taken)                                                                                                 \
    X(offer_not_restored)                                                                                              \
    X(offsets_move)                                                                                                    \
    X(host_fields_zeroed)                                                                                              \
    X(reserved_bytes_heeded)                                                                                           \
    X(str_before_layout)                                                                                               \
    X(no_dummy)                                                                                                        \
    X(dummy_last)                                                                                                      \
    X(dummy_overwrites)                                                                                                \
    X(str_clears_obf)                                                                                                  \
    X(str_reserved_bit)                                                                                                \
    X(owed_kept)                                                                                                       \
    X(packet_survives_initialise)                                                                                      \
    X(close_ignored)                                                                                                   \
    X(fence_answered)                                                                                                  \
    X(odr_not_polled)                                                                                                  \
    X(reset_ignored)                                                                                                   \
    X(no_dummy_at_stop)                                                                                                \
    X(active_after_stop)                                                                                               \
    X(null_source)                                                                                                     \
    X(notify_unsupported)                                                                                              \
    X(discovery_unasked)                                                                                               \
    X(discovery_order)                                                                                                 \
    X(set_eid_taken)

#endif
