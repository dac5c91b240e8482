-- state.sqlite, version 1.
-- Columns named *_ms are Unix milliseconds. Row ids are UUIDs as text; `seq` is the order of arrival.

-- The customers of a tenant: one row for each jid that ever wrote or was written to.
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    client_slug TEXT NOT NULL,
    jid TEXT NOT NULL,
    phone TEXT,                         -- digits of the jid; absent for jids that hide the number
    name TEXT,                          -- as WhatsApp shows it, the newest one
    telegram_topic_id INTEGER,          -- the customer's topic in the branch's group
    created_at_ms INTEGER NOT NULL,
    last_active_at_ms INTEGER NOT NULL, -- to the hour: not every message rewrites the row
    UNIQUE (client_slug, jid)
) STRICT;

-- A customer's conversation: who speaks, what is remembered, when a turn is due and who works on it.
-- At most one is open for a tenant and jid.
CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    client_slug TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    jid TEXT NOT NULL,
    instance_id TEXT NOT NULL,          -- the number the newest message came through
    branch TEXT,                        -- slug, once known
    state TEXT NOT NULL DEFAULT 'bot_active' CHECK (state IN ('bot_active', 'pending', 'manager_active')),
    memory TEXT NOT NULL DEFAULT '',    -- JSON of what is remembered, empty at first
    epoch INTEGER NOT NULL DEFAULT 0,   -- raised whenever a person takes the conversation over
    due_at_ms INTEGER,                  -- when its burst may be answered; null = nothing waits
    lease INTEGER NOT NULL DEFAULT 0,   -- fencing token of the last claim
    lease_until_ms INTEGER,             -- the last claim holds until then; null = it was settled
    attempts INTEGER NOT NULL DEFAULT 0,-- claims of the burst that waits
    created_at_ms INTEGER NOT NULL,
    last_message_at_ms INTEGER NOT NULL,
    closed_at_ms INTEGER                -- null = open
) STRICT;
CREATE UNIQUE INDEX conversations_open ON conversations (client_slug, jid) WHERE closed_at_ms IS NULL;
CREATE INDEX conversations_of_user ON conversations (user_id);
CREATE INDEX conversations_due ON conversations (due_at_ms) WHERE due_at_ms IS NOT NULL;
CREATE INDEX conversations_leased ON conversations (lease_until_ms) WHERE lease_until_ms IS NOT NULL;

-- Everything said. `settled` tells what became of a customer's message: null = it waits for a turn,
-- `turn` = a turn answered it or kept silent on purpose, `person` = a person had the conversation,
-- `never` = it was stored without asking for a turn.
CREATE TABLE messages (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message_id TEXT NOT NULL,           -- the gateway's id; for our replies the outbox id
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'manager', 'system')),
    text TEXT NOT NULL,
    media TEXT,                         -- photo, audio, document, video, unknown
    sent_at INTEGER NOT NULL,           -- the sender's clock, Unix seconds
    at_ms INTEGER NOT NULL,             -- our clock
    settled TEXT CHECK (settled IN ('turn', 'person', 'never')),
    answer_id TEXT,                     -- the reply of the turn that settled it
    trace TEXT                          -- JSON of the decision: on replies, and on the last message of a silent turn
) STRICT;
CREATE INDEX messages_of_conversation ON messages (conversation_id, seq);
CREATE INDEX messages_waiting ON messages (conversation_id) WHERE role = 'user' AND settled IS NULL;

-- Ids of the gateway that were taken in, so that a message delivered again is stored, counted and
-- answered once. Kept longer than any gateway repeats (a week). Also the way from such an id to its
-- message. `kind`: a customer's message, an
-- echo of our own reply, or an echo of what a person wrote on the phone.
CREATE TABLE seen (
    message_id TEXT NOT NULL,
    client_slug TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,      -- no foreign key: its index would cost every message a page
    kind TEXT NOT NULL CHECK (kind IN ('inbound', 'own_echo', 'person_echo')),
    received_at_ms INTEGER NOT NULL,
    PRIMARY KEY (message_id, client_slug, instance_id)
) STRICT, WITHOUT ROWID;

-- Unique messages in of a tenant and month (in the tenant's zone): what the plan limits and the
-- invoice count. `client_id` is the id in `clients`, or the slug while the tenant is not published.
CREATE TABLE usage (
    client_id TEXT NOT NULL,
    client_slug TEXT NOT NULL,
    month TEXT NOT NULL,
    messages_in INTEGER NOT NULL,
    PRIMARY KEY (client_slug, month)
) STRICT, WITHOUT ROWID;

-- Requests passed to people; at most one is open in a conversation.
CREATE TABLE handovers (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    client_slug TEXT NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    branch TEXT,
    reason TEXT NOT NULL,
    summary TEXT NOT NULL,              -- grows when the open request is asked for again
    status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'resolved', 'returned', 'cancelled')),
    outbox_id TEXT,                     -- set while it is only about this reply not having gone out for certain
    created_at_ms INTEGER NOT NULL,
    taken_at_ms INTEGER,
    closed_at_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX handovers_open ON handovers (conversation_id) WHERE status IN ('pending', 'active');
CREATE INDEX handovers_of_client ON handovers (client_slug, seq) WHERE status IN ('pending', 'active');
CREATE INDEX handovers_of_outbox ON handovers (outbox_id) WHERE outbox_id IS NOT NULL;

-- Replies on their way out. pending -> sending (committed before the gateway is called) -> sent;
-- back to pending to try again; unknown = it may have gone out, a person looks; dead = it will not
-- go out; cancelled = a person took the conversation before it left.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,            -- also the id of the message and the gateway's msg_id
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    client_slug TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    jid TEXT NOT NULL,
    text TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'sending', 'sent', 'unknown', 'dead', 'cancelled')),
    attempts INTEGER NOT NULL DEFAULT 0,-- sends begun
    not_before_ms INTEGER NOT NULL,
    begun_at_ms INTEGER,                -- the last send began
    settled_at_ms INTEGER,
    echo_id TEXT,                       -- the gateway's id of it, when its echo came back
    error TEXT,
    created_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (not_before_ms) WHERE status = 'pending';
CREATE INDEX outbox_sending ON outbox (seq) WHERE status = 'sending';
CREATE INDEX outbox_of_conversation ON outbox (conversation_id, seq) WHERE status IN ('pending', 'sending');
CREATE INDEX outbox_begun ON outbox (client_slug, jid, begun_at_ms);

-- People's answers that may become knowledge; the columns of the predecessor. Used by the learning
-- queue.
CREATE TABLE learned_responses (
    id TEXT PRIMARY KEY,
    client_slug TEXT NOT NULL,
    branch TEXT,
    handover_id TEXT,
    question_text TEXT NOT NULL,
    question_normalized TEXT NOT NULL,
    response_text TEXT NOT NULL,
    source TEXT NOT NULL,
    source_name TEXT,
    source_role TEXT,
    source_channel TEXT,
    agent_id TEXT,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected')),
    approved_by TEXT,
    approved_at_ms INTEGER,
    rejected_at_ms INTEGER,
    qdrant_point_id TEXT,
    use_count INTEGER NOT NULL DEFAULT 0,
    last_used_at_ms INTEGER,
    is_active INTEGER NOT NULL DEFAULT 1,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX learned_responses_of_client ON learned_responses (client_slug, status);
CREATE INDEX learned_responses_of_handover ON learned_responses (handover_id);

-- Things to do later in a conversation or for a tenant (reminders, automatic return, retention).
CREATE TABLE timers (
    id TEXT PRIMARY KEY,
    client_slug TEXT NOT NULL,
    conversation_id TEXT REFERENCES conversations (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL DEFAULT '{}', -- JSON
    due_at_ms INTEGER NOT NULL,
    done_at_ms INTEGER
) STRICT;
CREATE INDEX timers_due ON timers (due_at_ms) WHERE done_at_ms IS NULL;
CREATE INDEX timers_of_conversation ON timers (conversation_id);

-- Questions nothing could answer, counted: what the owner should write down next.
CREATE TABLE knowledge_gaps (
    id TEXT PRIMARY KEY,
    client_slug TEXT NOT NULL,
    conversation_id TEXT REFERENCES conversations (id) ON DELETE CASCADE,
    message_id TEXT,
    text TEXT NOT NULL,
    lang TEXT NOT NULL,
    miss_type TEXT NOT NULL,
    repeat_count INTEGER NOT NULL DEFAULT 1,
    first_seen_at_ms INTEGER NOT NULL,
    last_seen_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX knowledge_gaps_of_client ON knowledge_gaps (client_slug, last_seen_at_ms);
CREATE INDEX knowledge_gaps_of_conversation ON knowledge_gaps (conversation_id);

-- Who changed the state of what, without anybody's words: requests opened and closed, take-overs,
-- replies that did not go out.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    client_slug TEXT NOT NULL,
    conversation_id TEXT REFERENCES conversations (id) ON DELETE CASCADE,
    actor TEXT NOT NULL CHECK (actor IN ('bot', 'customer', 'person', 'system')),
    action TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_of_conversation ON audit (conversation_id);

-- Keys of things that are told once.
CREATE TABLE told (
    key TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
