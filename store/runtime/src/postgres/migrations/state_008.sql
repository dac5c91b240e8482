-- Conversations, version 8: a request to people knows the webhook call it came of.

ALTER TABLE handovers ADD COLUMN request_id TEXT NOT NULL DEFAULT '';
