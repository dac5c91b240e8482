-- Conversations, version 6: what every message pays for. The server reads a condition on a column anew from
-- its text whenever a statement writes to the table; the words in these columns are written by one type each
-- in src/state/, and read back by it.
-- In the order in which messages that come in lock them.
LOCK TABLE seen, conversations, messages, outbox IN ACCESS EXCLUSIVE MODE;
ALTER TABLE conversations DROP CONSTRAINT conversations_state_check;
ALTER TABLE messages DROP CONSTRAINT messages_role_check, DROP CONSTRAINT messages_settled_check;
ALTER TABLE outbox DROP CONSTRAINT outbox_status_check, DROP CONSTRAINT outbox_author_check;
ALTER TABLE seen DROP CONSTRAINT seen_kind_check;
