-- Conversations, version 7: messages and replies are found by their id or in their conversation, never by
-- their number alone, whose index every message paid for four times.

ALTER TABLE messages DROP CONSTRAINT messages_pkey;
ALTER TABLE outbox DROP CONSTRAINT outbox_pkey;
