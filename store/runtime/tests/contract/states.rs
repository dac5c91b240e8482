//! The contract of the door for conversations, on every engine.

macro_rules! on_every_state {
    (
        stores { $($suite:ident: $($test:ident)*;)* }
        engines { $($inside:ident: $($peek:ident)*;)* }
    ) => {
        mod on_sqlite {
            $($(
                #[test]
                fn $test() {
                    let engine = crate::engines::Sqlite::new().unwrap();
                    crate::$suite::$test(&*crate::engines::Engine::state(&engine));
                }
            )*)*
            $($(
                #[test]
                fn $peek() {
                    crate::$inside::$peek(&crate::engines::Sqlite::new().unwrap());
                }
            )*)*
        }

        mod on_postgres {
            $($(
                #[test]
                fn $test() {
                    // Where there is no server it has been said, or refused.
                    if let Some(engine) = crate::engines::Postgres::new() {
                        crate::$suite::$test(&*crate::engines::Engine::state(&engine));
                    }
                }
            )*)*
            $($(
                #[test]
                fn $peek() {
                    if let Some(engine) = crate::engines::Postgres::new() {
                        crate::$inside::$peek(&engine);
                    }
                }
            )*)*
        }
    };
}

on_every_state! {
    stores {
        inbox:
            a_message_is_stored_once
            a_batch_may_repeat_itself
            the_same_id_from_ten_callers_is_stored_once
            an_id_is_one_tenants_and_one_numbers
            usage_counts_by_month
            a_message_is_found_by_either_id
            a_forgotten_customer_leaves_nothing
            once_is_once;
        suspects:
            whose_turn_was_cut_short_waits_until_there_is_room_for_doubt
            who_writes_again_is_doubted_as_before
            no_more_doubt_is_claimed_at_once_than_there_is_room_for
            the_one_that_kills_is_found_and_the_others_are_answered
            a_turn_that_was_left_is_no_attempt
            a_tenant_with_nobody_but_suspects_keeps_nobody_waiting;
        turns:
            a_burst_is_claimed_when_it_is_due
            a_burst_is_in_the_senders_order
            the_longest_waiting_are_claimed_first
            never_due_is_never_answered
            a_turn_writes_everything_at_once
            a_silent_turn_leaves_its_trace
            a_lost_lease_cannot_commit
            an_expired_lease_that_nobody_took_commits
            a_newer_message_makes_the_turn_start_over
            a_customer_who_never_stops_is_answered_all_the_same
            a_take_during_a_turn_voids_it
            a_forgotten_conversation_cannot_commit
            a_request_is_open_once_and_grows
            a_cancelled_request_is_closed
            requests_are_listed_newest_first;
        together:
            a_turn_that_is_refused_spoils_no_other
            of_a_conversation_one_turn_is_committed_however_many_try
            sends_are_settled_whatever_is_settled_beside_them;
        sends:
            replies_leave_in_order_one_at_a_time
            a_commit_begins_the_send_of_its_reply
            another_conversation_is_not_held_up
            a_send_is_settled_once
            what_will_not_go_out_is_handed_over
            owners_can_be_told_what_waits_and_failed
            a_take_cancels_what_has_not_begun
            a_take_makes_the_open_request_active
            an_echo_of_ours_is_known_by_id
            an_echo_of_ours_is_known_by_its_text
            what_has_not_left_has_no_echo
            a_persons_echo_takes_over_once
            an_echo_clears_what_was_unknown;
        fair:
            a_tenant_with_a_thousand_keeps_nobody_waiting
            a_tenant_has_no_more_at_work_than_it_may
            whoever_comes_next_is_asked_first;
        timers:
            a_timer_is_done_once
            a_timer_replaces_the_one_of_its_kind
            a_lost_timer_cannot_commit
            what_a_timer_says_leaves_behind_the_replies
            a_return_closes_the_request_that_nobody_took
            a_timer_does_not_talk_over_a_person;
        erasing:
            a_budget_is_spent_once_however_many_ask
            traces_are_found_and_gone_once_forgotten
            a_tenant_leaves_nothing_but_its_totals
            what_is_old_expires_and_what_waits_stays
            old_ids_are_dropped_whoever_they_are_of;
    }
    engines {
        sends:
            a_crash_while_sending_is_sent_again
            a_crash_while_sending_is_shown_to_a_person
            a_crash_before_the_reply_is_answered_once;
        history:
            invariants_hold_in_many_histories;
        peeks:
            usage_names_the_client_of_the_releases
            a_take_outlives_giving_the_conversation_back
            users_carry_phone_and_name
            an_acknowledged_message_is_there_for_others;
        replicas:
            replicas_share_many_conversations
            replicas_race_for_one_conversation
            the_same_messages_delivered_to_all_replicas_are_stored_once
            a_frozen_replica_is_fenced
            a_replica_that_starts_leaves_the_others_at_work;
        desk:
            a_request_is_shown_in_its_topic
            what_is_said_while_a_request_is_open_is_shown
            nothing_is_shown_without_a_request
            a_take_on_the_phone_is_shown
            a_request_that_is_closed_is_shown_so
            a_card_goes_before_what_waits
            a_request_that_grows_is_noted
            what_can_be_shown_nowhere_is_dead
            a_request_moves_to_another_chat
            reminders_come_once
            what_no_act_asks_for_is_told;
        desk_topics:
            a_topic_is_kept_by_one
            messages_of_a_topic_go_one_at_a_time
            a_deleted_topic_is_made_anew_with_one_card
            a_deleted_topic_is_not_made_anew_for_a_talk_that_is_over
            a_card_without_an_answer_is_posted_once_more
            a_crash_while_posting_is_taken_up
            a_post_is_settled_by_its_own_attempt
            only_the_newest_change_is_made
            what_waits_for_its_card_goes_behind_it
            replicas_show_everything_once_and_in_order;
        desk_crowd:
            ten_requests_a_minute_in_each_group_are_shown_at_once;
        desk_limits:
            no_window_is_exceeded_by_replicas_that_race
            new_requests_go_first_and_the_oldest_of_them
            the_last_messages_of_a_window_are_kept_for_what_is_urgent
            a_block_is_honoured
            a_bot_makes_no_more_calls_than_it_may
            the_next_post_is_known
            a_full_chat_holds_up_no_other;
        desk_files:
            files_that_led_to_a_request_follow_its_card
            words_without_their_file_are_told_as_such
            an_echo_of_a_file_is_ours
            a_file_is_held_for_longer_than_words;
        desk_people:
            writing_takes_the_request
            nothing_of_the_bots_leaves_behind_a_person
            what_became_of_a_persons_words_is_shown
            of_two_who_take_one_wins
            an_update_is_done_once
            what_is_foreign_is_refused
            a_change_mends_or_corrects
            a_request_is_done_when_somebody_has_answered
            a_group_without_topics_goes_by_replies
            replies_find_the_customer_where_topics_are_gone
            names_are_bound_to_their_first_id
            one_of_all_holds
            figures_tell_what_happened;
        desk_lessons:
            a_request_teaches_what_was_said
            a_lesson_is_decided_once
            an_approved_lesson_is_used_until_a_release_has_it
            a_lesson_comes_of_a_request_once;
        desk_teaching:
            a_resolved_request_is_considered_once
            a_lesson_that_waits_is_shown_and_decided_by_its_card
            a_decision_while_the_card_is_on_its_way_is_shown_on_it
            a_lesson_is_shown_although_its_topic_was_deleted
            lessons_that_wait_are_asked_about_again_where_their_topic_was_deleted
            a_lesson_approved_at_once_is_told_of_and_can_be_taken_back
            a_press_tells_which_message_the_card_is
            of_two_that_say_the_same_the_later_is_used
            a_forgotten_customers_lesson_has_no_card;
        desk_notices:
            an_owner_is_told_once_for_a_cause
            messages_to_owners_leave_one_at_a_time
            replicas_send_each_message_to_an_owner_once
            an_echo_of_what_an_owner_is_told_takes_over_nothing
            an_echo_of_what_an_owner_is_told_opens_no_talk
            a_crash_while_telling_an_owner_is_taken_up
            what_owners_were_told_goes_with_them;
        desk_instead:
            an_alert_that_is_given_up_rings_phones_once
            an_alert_that_kills_its_sender_twice_rings_phones
            what_phones_need_not_tell_is_dropped;
        desk_erase:
            a_forgotten_customer_is_nowhere_on_the_desk
            a_tenants_desk_goes_with_it
            what_is_old_leaves_the_desk;
    }
}
