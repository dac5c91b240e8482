-- Conversations, version 2: people. The tables of state.sqlite, version 4, with the same columns: what is to
-- be shown in Telegram, who bound himself, what people taught.

-- A person's words leave like the bot's replies; only the bot's are cancelled when a person takes over.
ALTER TABLE outbox ADD COLUMN author text NOT NULL DEFAULT 'bot' CHECK (author IN ('bot', 'person'));
ALTER TABLE outbox ADD COLUMN media text;  -- kind of file
ALTER TABLE outbox ADD COLUMN file text;  -- JSON: what is known of the file
ALTER TABLE outbox ADD COLUMN origin text;  -- JSON: the message in Telegram it comes from
ALTER TABLE outbox ADD COLUMN handover_id text;  -- the request a person answers with it
CREATE INDEX outbox_of_origin ON outbox (origin, seq) WHERE origin IS NOT NULL;

ALTER TABLE handovers ADD COLUMN taken_by bigint;  -- numeric id in Telegram
ALTER TABLE handovers ADD COLUMN taken_by_name text;
ALTER TABLE handovers ADD COLUMN taken_by_role text;
ALTER TABLE handovers ADD COLUMN first_answer_at_ms bigint;  -- a person first answered the customer
ALTER TABLE handovers ADD COLUMN topic_id text;  -- where it is shown, once it is routed
ALTER TABLE handovers ADD COLUMN card_message_id bigint;  -- its card in Telegram, once it is posted
CREATE INDEX handovers_of_topic ON handovers (topic_id) WHERE topic_id IS NOT NULL;
CREATE INDEX handovers_of_conversation ON handovers (conversation_id, seq);

-- A customer's place in a group: a topic of its own where the group has topics.
CREATE TABLE topics (
    id text PRIMARY KEY,
    client_slug text COLLATE "C" NOT NULL,
    bot_id bigint NOT NULL,  -- the bot that speaks there
    chat_id bigint NOT NULL,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    threaded bigint NOT NULL,  -- 0: the group has no topics, posts stand in the group itself
    thread_id bigint,  -- null until it is made, and again once it is lost
    title text NOT NULL DEFAULT '',  -- as it was set last
    created_at_ms bigint NOT NULL,
    UNIQUE (client_slug, chat_id, user_id),
    UNIQUE (chat_id, thread_id)
);
CREATE INDEX topics_of_user ON topics (user_id);

-- Things to do in Telegram: what, not in which words. unrouted = nobody has said in which chat;
-- queued = behind another of its topic, or before the card or topic it changes; pending -> sending
-- (committed before Telegram is called) -> sent, dead or cancelled. Of the kinds that make messages
-- one of a topic at most is pending or sending.
CREATE TABLE posts (
    seq bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id text NOT NULL UNIQUE,
    client_slug text COLLATE "C" NOT NULL,
    bot_id bigint,
    chat_id bigint,
    topic_id text REFERENCES topics (id) ON DELETE CASCADE,
    conversation_id text REFERENCES conversations (id) ON DELETE CASCADE,
    handover_id text,
    message_id text,  -- the row of `messages` that is shown
    kind text NOT NULL CHECK (kind IN ('card', 'forward', 'said', 'note', 'remind', 'buttons', 'title', 'pin',
        'unpin', 'react', 'lesson', 'alert')),
    makes bigint NOT NULL,  -- 1: a message, 0: a change to what stands there
    urgency bigint NOT NULL,  -- 0 first
    payload text NOT NULL DEFAULT '{}',  -- JSON
    status text NOT NULL
        CHECK (status IN ('unrouted', 'queued', 'pending', 'sending', 'sent', 'dead', 'cancelled')),
    attempts bigint NOT NULL DEFAULT 0,  -- sends begun
    unsure bigint NOT NULL DEFAULT 0,  -- of them, whose answer was lost
    not_before_ms bigint NOT NULL,
    begun_at_ms bigint,  -- the last send began
    lease_until_ms bigint,  -- whoever sends has it until then
    telegram_message_id bigint,
    error text,
    created_at_ms bigint NOT NULL,
    settled_at_ms bigint
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);
CREATE INDEX posts_unrouted ON posts (seq) WHERE status = 'unrouted';
-- Stepped through bot by bot and chat by chat: what waits in one does not slow down another.
CREATE INDEX posts_due ON posts (bot_id, chat_id, makes, urgency, created_at_ms, seq) WHERE status = 'pending';
CREATE INDEX posts_due_at ON posts (bot_id, chat_id, makes, not_before_ms) WHERE status = 'pending';
CREATE INDEX posts_sending ON posts (seq) WHERE status = 'sending';
CREATE INDEX posts_in_line ON posts (topic_id, seq)
    WHERE makes = 1 AND status IN ('queued', 'pending', 'sending');
CREATE INDEX posts_cards ON posts (topic_id, seq)
    WHERE kind = 'card' AND status IN ('queued', 'pending', 'sending');
CREATE INDEX posts_of_handover ON posts (handover_id, kind, status);
CREATE INDEX posts_of_topic ON posts (topic_id, makes, status);
CREATE INDEX posts_of_conversation ON posts (conversation_id);
CREATE INDEX posts_of_client ON posts (client_slug, created_at_ms);
CREATE INDEX posts_shown ON posts (chat_id, telegram_message_id) WHERE telegram_message_id IS NOT NULL;

-- Calls begun in the last minutes: what Telegram's limits are counted by. A post that is tried again
-- counts again, and one that is erased still counts.
CREATE TABLE post_calls (
    seq bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    bot_id bigint NOT NULL,
    chat_id bigint NOT NULL,
    at_ms bigint NOT NULL,
    makes bigint NOT NULL,  -- 1: a message
    calls bigint NOT NULL  -- 2 where the topic has to be made first
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);
CREATE INDEX post_calls_of_bot ON post_calls (bot_id, at_ms);
CREATE INDEX post_calls_of_chat ON post_calls (bot_id, chat_id, at_ms) WHERE makes = 1;

-- Telegram asked to wait: a bot (chat 0) or a bot in a chat.
CREATE TABLE blocks (
    bot_id bigint NOT NULL,
    chat_id bigint NOT NULL,
    until_ms bigint NOT NULL,
    PRIMARY KEY (bot_id, chat_id)
);

-- Updates that were taken in, kept for three days: one that is delivered again does nothing.
CREATE TABLE updates (
    bot_id bigint NOT NULL,
    update_id bigint NOT NULL,
    received_at_ms bigint NOT NULL,
    PRIMARY KEY (bot_id, update_id)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);
CREATE INDEX updates_received ON updates (received_at_ms);

-- Where a bot's polling stands.
CREATE TABLE cursors (
    bot_id bigint PRIMARY KEY,
    next_update_id bigint NOT NULL
);

-- The numeric id a name was first seen with: names in Telegram can be given away.
CREATE TABLE bindings (
    client_slug text COLLATE "C" NOT NULL,
    username text COLLATE "C" NOT NULL,  -- lower case, without the sign before it
    telegram_id bigint NOT NULL,
    bound_at_ms bigint NOT NULL,
    PRIMARY KEY (client_slug, username)
);

-- People a bot may write to: they have started it.
CREATE TABLE reachable (
    bot_id bigint NOT NULL,
    telegram_id bigint NOT NULL,
    since_ms bigint NOT NULL,
    PRIMARY KEY (bot_id, telegram_id)
);

-- What happened to requests, for figures: nobody's name and nobody's words. `handover_id` groups the
-- lines of one request and names nobody; it outlives the request.
CREATE TABLE desk_events (
    seq bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at_ms bigint NOT NULL,
    client_slug text COLLATE "C" NOT NULL,
    branch text,
    handover_id text NOT NULL,
    kind text NOT NULL,
    role text,  -- of the person who did it
    detail text NOT NULL DEFAULT ''
);
CREATE INDEX desk_events_of_client ON desk_events (client_slug, at_ms);
CREATE INDEX desk_events_of_handover ON desk_events (handover_id, kind);

-- What one process of all may do, for a time.
CREATE TABLE holds (
    key text PRIMARY KEY,
    holder text NOT NULL,
    until_ms bigint NOT NULL
);

-- Lessons: where they come from and what became of them.
ALTER TABLE learned_responses ADD COLUMN conversation_id text;
ALTER TABLE learned_responses ADD COLUMN lang text;
ALTER TABLE learned_responses ADD COLUMN tag text;
ALTER TABLE learned_responses ADD COLUMN evidence text;  -- JSON: what it was learned from
ALTER TABLE learned_responses ADD COLUMN duplicates_of text;  -- what it says again
ALTER TABLE learned_responses ADD COLUMN contradiction text;  -- what it contradicts
ALTER TABLE learned_responses ADD COLUMN digest text;  -- of its passage
ALTER TABLE learned_responses ADD COLUMN decided_by text;
ALTER TABLE learned_responses ADD COLUMN decided_role text;
ALTER TABLE learned_responses ADD COLUMN exported_at_ms bigint;
ALTER TABLE learned_responses ADD COLUMN retired_at_ms bigint;  -- it stands in a release
CREATE INDEX learned_responses_of_conversation ON learned_responses (conversation_id);

-- Raised whenever what a tenant may use of its lessons changes.
CREATE TABLE learned_revisions (
    client_slug text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL
);
