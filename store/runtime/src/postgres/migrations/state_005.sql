-- Conversations, version 5: what owners are told by WhatsApp waits here until it has gone out. The same
-- columns as in state.sqlite, version 7.

CREATE TABLE notices (
    seq bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id text NOT NULL UNIQUE,  -- UUID: the gateway's msg_id
    client_slug text COLLATE "C" NOT NULL,
    jid text COLLATE "C" NOT NULL,  -- the owner's
    text text NOT NULL,
    status text NOT NULL DEFAULT 'pending',  -- pending, sending, sent, unknown, dead
    attempts bigint NOT NULL DEFAULT 0,
    not_before_ms bigint NOT NULL,
    created_at_ms bigint NOT NULL,
    begun_at_ms bigint,
    lease_until_ms bigint,
    settled_at_ms bigint,
    echo_id text,  -- of the echo that showed it
    error text
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);
CREATE INDEX notices_open ON notices (client_slug, seq) WHERE status IN ('pending', 'sending');
CREATE INDEX notices_of_phone ON notices (client_slug, jid);
CREATE INDEX notices_settled ON notices (settled_at_ms) WHERE settled_at_ms IS NOT NULL;
