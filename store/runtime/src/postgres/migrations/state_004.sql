-- Conversations, version 4: indexes that every message paid for and few calls used.

-- Who has been silent is found through `users`, whose last activity is kept to the hour.
DROP INDEX conversations_silent;
-- Echoes find a customer's replies through the conversation.
DROP INDEX outbox_begun;
