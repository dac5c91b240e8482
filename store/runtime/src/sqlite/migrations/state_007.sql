-- state.sqlite, version 7: what owners are told by WhatsApp waits here until it has gone out.

CREATE TABLE notices (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,                -- UUID: the gateway's msg_id
    client_slug TEXT NOT NULL,
    jid TEXT NOT NULL,                      -- the owner's
    text TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending', -- pending, sending, sent, unknown, dead
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before_ms INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    begun_at_ms INTEGER,
    lease_until_ms INTEGER,
    settled_at_ms INTEGER,
    echo_id TEXT,                           -- of the echo that showed it
    error TEXT
) STRICT;
CREATE INDEX notices_open ON notices (client_slug, seq) WHERE status IN ('pending', 'sending');
CREATE INDEX notices_of_phone ON notices (client_slug, jid);
CREATE INDEX notices_settled ON notices (settled_at_ms) WHERE settled_at_ms IS NOT NULL;
