-- Conversations, version 1: the tables of state.sqlite, with the same columns.
-- Columns named *_ms are Unix milliseconds. Row ids are UUIDs as text; `seq` is the order of arrival.
-- Slugs sort by their bytes, as in SQLite: replicas step through tenants in that order.
-- Tables whose rows change often leave room on their pages and are vacuumed early.

-- The customers of a tenant: one row for each jid that ever wrote or was written to.
CREATE TABLE users (
    id text PRIMARY KEY,
    client_slug text COLLATE "C" NOT NULL,
    jid text COLLATE "C" NOT NULL,
    phone text,  -- digits of the jid; absent for jids that hide the number
    name text,  -- as WhatsApp shows it, the newest one
    telegram_topic_id bigint,  -- the customer's topic in the branch's group
    created_at_ms bigint NOT NULL,
    last_active_at_ms bigint NOT NULL,  -- to the hour: not every message rewrites the row
    UNIQUE (client_slug, jid)
) WITH (fillfactor = 90);

-- A customer's conversation: who speaks, what is remembered, when a turn is due and who works on it.
-- At most one is open for a tenant and jid. Its row is the lock of all that hangs on it.
CREATE TABLE conversations (
    id text PRIMARY KEY,
    client_slug text COLLATE "C" NOT NULL,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    jid text COLLATE "C" NOT NULL,
    instance_id text NOT NULL,  -- the number the newest message came through
    branch text,  -- slug, once known
    state text NOT NULL DEFAULT 'bot_active' CHECK (state IN ('bot_active', 'pending', 'manager_active')),
    memory text NOT NULL DEFAULT '',  -- JSON of what is remembered, empty at first
    epoch bigint NOT NULL DEFAULT 0,  -- raised whenever a person takes the conversation over
    due_at_ms bigint,  -- when its burst may be answered; null = nothing waits
    lease bigint NOT NULL DEFAULT 0,  -- fencing token of the last claim
    lease_until_ms bigint,  -- the last claim holds until then; null = it was settled
    attempts bigint NOT NULL DEFAULT 0,  -- claims of the burst that waits
    created_at_ms bigint NOT NULL,
    last_message_at_ms bigint NOT NULL,
    closed_at_ms bigint  -- null = open
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);
CREATE UNIQUE INDEX conversations_open ON conversations (client_slug, jid) WHERE closed_at_ms IS NULL;
CREATE INDEX conversations_of_user ON conversations (user_id);
CREATE INDEX conversations_due ON conversations (due_at_ms) WHERE due_at_ms IS NOT NULL;
-- Whose burst is due: stepped through tenant by tenant, so that each has its turn.
CREATE INDEX conversations_due_of_client ON conversations (client_slug, due_at_ms)
    WHERE due_at_ms IS NOT NULL;
CREATE INDEX conversations_silent ON conversations (client_slug, last_message_at_ms);

-- Everything said. `settled` tells what became of a customer's message: null = it waits for a turn,
-- `turn` = a turn answered it or kept silent on purpose, `person` = a person had the conversation,
-- `never` = it was stored without asking for a turn.
CREATE TABLE messages (
    seq bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id text NOT NULL UNIQUE,
    conversation_id text NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message_id text NOT NULL,  -- the gateway's id; for our replies the outbox id
    role text NOT NULL CHECK (role IN ('user', 'assistant', 'manager', 'system')),
    text text NOT NULL,
    media text,  -- photo, audio, document, video, unknown
    file text,  -- JSON: what is known of the file
    request_id text NOT NULL DEFAULT '',  -- of the call it came with
    sent_at bigint NOT NULL,  -- the sender's clock, Unix seconds
    at_ms bigint NOT NULL,  -- our clock
    settled text CHECK (settled IN ('turn', 'person', 'never')),
    answer_id text,  -- the reply of the turn that settled it
    trace text  -- JSON of the decision: on replies, and on the last message of a silent turn
) WITH (fillfactor = 90);
CREATE INDEX messages_of_conversation ON messages (conversation_id, seq);
CREATE INDEX messages_waiting ON messages (conversation_id) WHERE role = 'user' AND settled IS NULL;
CREATE INDEX messages_with_files ON messages (conversation_id, at_ms)
    WHERE media IS NOT NULL AND role = 'user';

-- Ids of the gateway that were taken in, so that a message delivered again is stored, counted and
-- answered once. Kept longer than any gateway repeats (a week). Also the way from such an id to its
-- message. `kind`: a customer's message, an echo of our own reply, or an echo of what a person wrote
-- on the phone.
CREATE TABLE seen (
    message_id text COLLATE "C" NOT NULL,
    client_slug text COLLATE "C" NOT NULL,
    instance_id text COLLATE "C" NOT NULL,
    conversation_id text NOT NULL,  -- no foreign key: its index would cost every message a page
    kind text NOT NULL CHECK (kind IN ('inbound', 'own_echo', 'person_echo')),
    received_at_ms bigint NOT NULL,
    PRIMARY KEY (message_id, client_slug, instance_id)
);

-- Unique messages in of a tenant and month (in the tenant's zone): what the plan limits and the
-- invoice count. `client_id` is the id in `clients`, or the slug while the tenant is not published.
CREATE TABLE usage (
    client_id text NOT NULL,
    client_slug text COLLATE "C" NOT NULL,
    month text COLLATE "C" NOT NULL,
    messages_in bigint NOT NULL,
    PRIMARY KEY (client_slug, month)
) WITH (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Requests passed to people; at most one is open in a conversation.
CREATE TABLE handovers (
    seq bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id text NOT NULL UNIQUE,
    client_slug text COLLATE "C" NOT NULL,
    conversation_id text NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    branch text,
    reason text NOT NULL,
    summary text NOT NULL,  -- grows when the open request is asked for again
    status text NOT NULL CHECK (status IN ('pending', 'active', 'resolved', 'returned', 'cancelled')),
    outbox_id text,  -- set while it is only about this reply not having gone out for certain
    created_at_ms bigint NOT NULL,
    taken_at_ms bigint,
    human_at_ms bigint,  -- a person last did something about it
    closed_at_ms bigint
);
CREATE UNIQUE INDEX handovers_open ON handovers (conversation_id) WHERE status IN ('pending', 'active');
CREATE INDEX handovers_of_client ON handovers (client_slug, seq) WHERE status IN ('pending', 'active');
CREATE INDEX handovers_of_outbox ON handovers (outbox_id) WHERE outbox_id IS NOT NULL;

-- Replies on their way out. pending -> sending (committed before the gateway is called) -> sent;
-- back to pending to try again; unknown = it may have gone out, a person looks; dead = it will not
-- go out; cancelled = a person took the conversation before it left.
CREATE TABLE outbox (
    seq bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id text NOT NULL UNIQUE,  -- also the id of the message and the gateway's msg_id
    conversation_id text NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    client_slug text COLLATE "C" NOT NULL,
    instance_id text NOT NULL,
    jid text COLLATE "C" NOT NULL,
    text text NOT NULL,
    status text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'sending', 'sent', 'unknown', 'dead', 'cancelled')),
    attempts bigint NOT NULL DEFAULT 0,  -- sends begun
    not_before_ms bigint NOT NULL,
    begun_at_ms bigint,  -- the last send began
    lease_until_ms bigint,  -- whoever sends has it until then
    settled_at_ms bigint,
    echo_id text,  -- the gateway's id of it, when its echo came back
    error text,
    created_at_ms bigint NOT NULL,
    received_at_ms bigint NOT NULL DEFAULT 0,  -- of the newest message it answers
    request_id text NOT NULL DEFAULT ''  -- of that message
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);
CREATE INDEX outbox_due ON outbox (not_before_ms) WHERE status = 'pending';
CREATE INDEX outbox_due_of_client ON outbox (client_slug, not_before_ms, seq) WHERE status = 'pending';
CREATE INDEX outbox_sending ON outbox (seq) WHERE status = 'sending';
CREATE INDEX outbox_of_conversation ON outbox (conversation_id, seq) WHERE status IN ('pending', 'sending');
CREATE INDEX outbox_all_of_conversation ON outbox (conversation_id);
CREATE INDEX outbox_begun ON outbox (client_slug, jid, begun_at_ms);
CREATE INDEX outbox_failed ON outbox (status) WHERE status IN ('dead', 'unknown');

-- People's answers that may become knowledge; the columns of the predecessor. Used by the learning
-- queue.
CREATE TABLE learned_responses (
    id text PRIMARY KEY,
    client_slug text COLLATE "C" NOT NULL,
    branch text,
    handover_id text,
    question_text text NOT NULL,
    question_normalized text NOT NULL,
    response_text text NOT NULL,
    source text NOT NULL,
    source_name text,
    source_role text,
    source_channel text,
    agent_id text,
    status text NOT NULL CHECK (status IN ('pending', 'approved', 'rejected')),
    approved_by text,
    approved_at_ms bigint,
    rejected_at_ms bigint,
    qdrant_point_id text,
    use_count bigint NOT NULL DEFAULT 0,
    last_used_at_ms bigint,
    is_active bigint NOT NULL DEFAULT 1,  -- 0 or 1, as in SQLite
    created_at_ms bigint NOT NULL,
    updated_at_ms bigint NOT NULL
);
CREATE INDEX learned_responses_of_client ON learned_responses (client_slug, status);
CREATE INDEX learned_responses_of_handover ON learned_responses (handover_id);

-- Things to do later in a conversation: one of each kind. The row goes when it is done.
CREATE TABLE timers (
    id text PRIMARY KEY,
    client_slug text COLLATE "C" NOT NULL,
    conversation_id text NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    kind text NOT NULL,
    payload text NOT NULL DEFAULT '{}',  -- JSON
    due_at_ms bigint NOT NULL,
    lease bigint NOT NULL DEFAULT 0,  -- fencing token of the last claim
    lease_until_ms bigint,
    UNIQUE (conversation_id, kind)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);
CREATE INDEX timers_due ON timers (due_at_ms);

-- Questions nothing could answer, counted: what the owner should write down next.
CREATE TABLE knowledge_gaps (
    id text PRIMARY KEY,
    client_slug text COLLATE "C" NOT NULL,
    conversation_id text REFERENCES conversations (id) ON DELETE CASCADE,
    message_id text,
    text text NOT NULL,
    lang text NOT NULL,
    miss_type text NOT NULL,
    repeat_count bigint NOT NULL DEFAULT 1,
    first_seen_at_ms bigint NOT NULL,
    last_seen_at_ms bigint NOT NULL
);
CREATE INDEX knowledge_gaps_of_client ON knowledge_gaps (client_slug, last_seen_at_ms);
CREATE INDEX knowledge_gaps_of_conversation ON knowledge_gaps (conversation_id);

-- Who changed the state of what, without anybody's words: requests opened and closed, take-overs,
-- replies that did not go out.
CREATE TABLE conversation_audit (
    seq bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at_ms bigint NOT NULL,
    client_slug text COLLATE "C" NOT NULL,
    conversation_id text REFERENCES conversations (id) ON DELETE CASCADE,
    actor text NOT NULL CHECK (actor IN ('bot', 'customer', 'person', 'system')),
    action text NOT NULL,
    detail text NOT NULL DEFAULT ''
);
CREATE INDEX conversation_audit_of_conversation ON conversation_audit (conversation_id);

-- Keys of things that are told once.
CREATE TABLE told (
    key text PRIMARY KEY,
    at_ms bigint NOT NULL
);

-- What a key (a tenant, a customer) has used up in the window that began at window_ms.
CREATE TABLE budgets (
    key text PRIMARY KEY,
    window_ms bigint NOT NULL,
    used bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);

-- What an erasure under way has removed so far, for its receipt.
CREATE TABLE tallies (
    key text NOT NULL,
    item text NOT NULL,
    rows bigint NOT NULL,
    PRIMARY KEY (key, item)
);
