-- state.sqlite, version 2: files, request ids, leases of sends, timers that are claimed, budgets.

ALTER TABLE messages ADD COLUMN file TEXT;                          -- JSON: what is known of the file
ALTER TABLE messages ADD COLUMN request_id TEXT NOT NULL DEFAULT '';-- of the call it came with

-- Whose burst is due: stepped through tenant by tenant, so that each has its turn.
CREATE INDEX conversations_due_of_client ON conversations (client_slug, due_at_ms)
    WHERE due_at_ms IS NOT NULL;
CREATE INDEX conversations_silent ON conversations (client_slug, last_message_at_ms);
CREATE INDEX messages_with_files ON messages (conversation_id, at_ms)
    WHERE media IS NOT NULL AND role = 'user';

ALTER TABLE outbox ADD COLUMN lease_until_ms INTEGER;               -- whoever sends has it until then
ALTER TABLE outbox ADD COLUMN received_at_ms INTEGER NOT NULL DEFAULT 0; -- of the newest message it answers
ALTER TABLE outbox ADD COLUMN request_id TEXT NOT NULL DEFAULT '';  -- of that message
CREATE INDEX outbox_due_of_client ON outbox (client_slug, not_before_ms, seq) WHERE status = 'pending';
CREATE INDEX outbox_failed ON outbox (status) WHERE status IN ('dead', 'unknown');

ALTER TABLE handovers ADD COLUMN human_at_ms INTEGER;               -- a person last did something about it

-- Things to do later in a conversation: one of each kind. The row goes when it is done.
DROP TABLE timers;
CREATE TABLE timers (
    id TEXT PRIMARY KEY,
    client_slug TEXT NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL DEFAULT '{}', -- JSON
    due_at_ms INTEGER NOT NULL,
    lease INTEGER NOT NULL DEFAULT 0,   -- fencing token of the last claim
    lease_until_ms INTEGER,
    UNIQUE (conversation_id, kind)
) STRICT;
CREATE INDEX timers_due ON timers (due_at_ms);

-- What a key (a tenant, a customer) has used up in the window that began at window_ms.
CREATE TABLE budgets (
    key TEXT PRIMARY KEY,
    window_ms INTEGER NOT NULL,
    used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What an erasure under way has removed so far, for its receipt.
CREATE TABLE tallies (
    key TEXT NOT NULL,
    item TEXT NOT NULL,
    rows INTEGER NOT NULL,
    PRIMARY KEY (key, item)
) STRICT, WITHOUT ROWID;
