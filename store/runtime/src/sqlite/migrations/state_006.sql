-- state.sqlite, version 6: indexes that every message paid for and few calls used.

-- Who has been silent is found through `users`, whose last activity is kept to the hour.
DROP INDEX conversations_silent;
-- Echoes find a customer's replies through the conversation, as erasing does.
DROP INDEX outbox_begun;
CREATE INDEX outbox_all_of_conversation ON outbox (conversation_id);
