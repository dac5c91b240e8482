-- Conversations, version 3: what people answered is considered as lessons, once each. The same columns as in
-- state.sqlite, version 5.

-- Null: nobody has asked yet what a resolved request teaches. Those of before are not asked.
ALTER TABLE handovers ADD COLUMN considered_at_ms bigint;
UPDATE handovers SET considered_at_ms = coalesce(closed_at_ms, created_at_ms) WHERE status = 'resolved';
CREATE INDEX handovers_unconsidered ON handovers (id) WHERE status = 'resolved' AND considered_at_ms IS NULL;

-- Who of the people wrote a message, as the bundle knew him then.
ALTER TABLE messages ADD COLUMN said_by text;
ALTER TABLE messages ADD COLUMN said_role text;
