-- state.sqlite, version 4: people. What is to be shown in Telegram, who bound himself, what people taught.

-- A person's words leave like the bot's replies; only the bot's are cancelled when a person takes over.
ALTER TABLE outbox ADD COLUMN author TEXT NOT NULL DEFAULT 'bot' CHECK (author IN ('bot', 'person'));
ALTER TABLE outbox ADD COLUMN media TEXT;                           -- kind of file
ALTER TABLE outbox ADD COLUMN file TEXT;                            -- JSON: what is known of the file
ALTER TABLE outbox ADD COLUMN origin TEXT;                          -- JSON: the message in Telegram it comes from
ALTER TABLE outbox ADD COLUMN handover_id TEXT;                     -- the request a person answers with it
CREATE INDEX outbox_of_origin ON outbox (origin, seq) WHERE origin IS NOT NULL;

ALTER TABLE handovers ADD COLUMN taken_by INTEGER;                  -- numeric id in Telegram
ALTER TABLE handovers ADD COLUMN taken_by_name TEXT;
ALTER TABLE handovers ADD COLUMN taken_by_role TEXT;
ALTER TABLE handovers ADD COLUMN first_answer_at_ms INTEGER;        -- a person first answered the customer
ALTER TABLE handovers ADD COLUMN topic_id TEXT;                     -- where it is shown, once it is routed
ALTER TABLE handovers ADD COLUMN card_message_id INTEGER;           -- its card in Telegram, once it is posted
CREATE INDEX handovers_of_topic ON handovers (topic_id) WHERE topic_id IS NOT NULL;
CREATE INDEX handovers_of_conversation ON handovers (conversation_id, seq);

-- A customer's place in a group: a topic of its own where the group has topics.
CREATE TABLE topics (
    id TEXT PRIMARY KEY,
    client_slug TEXT NOT NULL,
    bot_id INTEGER NOT NULL,            -- the bot that speaks there
    chat_id INTEGER NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    threaded INTEGER NOT NULL,          -- 0: the group has no topics, posts stand in the group itself
    thread_id INTEGER,                  -- null until it is made, and again once it is lost
    title TEXT NOT NULL DEFAULT '',     -- as it was set last
    created_at_ms INTEGER NOT NULL,
    UNIQUE (client_slug, chat_id, user_id),
    UNIQUE (chat_id, thread_id)
) STRICT;
CREATE INDEX topics_of_user ON topics (user_id);

-- Things to do in Telegram: what, not in which words. unrouted = nobody has said in which chat;
-- queued = behind another of its topic, or before the card or topic it changes; pending -> sending
-- (committed before Telegram is called) -> sent, dead or cancelled. Of the kinds that make messages
-- one of a topic at most is pending or sending.
CREATE TABLE posts (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    client_slug TEXT NOT NULL,
    bot_id INTEGER,
    chat_id INTEGER,
    topic_id TEXT REFERENCES topics (id) ON DELETE CASCADE,
    conversation_id TEXT REFERENCES conversations (id) ON DELETE CASCADE,
    handover_id TEXT,
    message_id TEXT,                    -- the row of `messages` that is shown
    kind TEXT NOT NULL CHECK (kind IN ('card', 'forward', 'said', 'note', 'remind', 'buttons', 'title', 'pin',
        'unpin', 'react', 'lesson', 'alert')),
    makes INTEGER NOT NULL,             -- 1: a message, 0: a change to what stands there
    urgency INTEGER NOT NULL,           -- 0 first
    payload TEXT NOT NULL DEFAULT '{}', -- JSON
    status TEXT NOT NULL
        CHECK (status IN ('unrouted', 'queued', 'pending', 'sending', 'sent', 'dead', 'cancelled')),
    attempts INTEGER NOT NULL DEFAULT 0,-- sends begun
    unsure INTEGER NOT NULL DEFAULT 0,  -- of them, whose answer was lost
    not_before_ms INTEGER NOT NULL,
    begun_at_ms INTEGER,                -- the last send began
    lease_until_ms INTEGER,             -- whoever sends has it until then
    telegram_message_id INTEGER,
    error TEXT,
    created_at_ms INTEGER NOT NULL,
    settled_at_ms INTEGER
) STRICT;
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
    seq INTEGER PRIMARY KEY,
    bot_id INTEGER NOT NULL,
    chat_id INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    makes INTEGER NOT NULL,             -- 1: a message
    calls INTEGER NOT NULL              -- 2 where the topic has to be made first
) STRICT;
CREATE INDEX post_calls_of_bot ON post_calls (bot_id, at_ms);
CREATE INDEX post_calls_of_chat ON post_calls (bot_id, chat_id, at_ms) WHERE makes = 1;

-- Telegram asked to wait: a bot (chat 0) or a bot in a chat.
CREATE TABLE blocks (
    bot_id INTEGER NOT NULL,
    chat_id INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (bot_id, chat_id)
) STRICT, WITHOUT ROWID;

-- Updates that were taken in, kept for three days: one that is delivered again does nothing.
CREATE TABLE updates (
    bot_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    PRIMARY KEY (bot_id, update_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX updates_received ON updates (received_at_ms);

-- Where a bot's polling stands.
CREATE TABLE cursors (
    bot_id INTEGER PRIMARY KEY,
    next_update_id INTEGER NOT NULL
) STRICT;

-- The numeric id a name was first seen with: names in Telegram can be given away.
CREATE TABLE bindings (
    client_slug TEXT NOT NULL,
    username TEXT NOT NULL,             -- lower case, without the sign before it
    telegram_id INTEGER NOT NULL,
    bound_at_ms INTEGER NOT NULL,
    PRIMARY KEY (client_slug, username)
) STRICT, WITHOUT ROWID;

-- People a bot may write to: they have started it.
CREATE TABLE reachable (
    bot_id INTEGER NOT NULL,
    telegram_id INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (bot_id, telegram_id)
) STRICT, WITHOUT ROWID;

-- What happened to requests, for figures: nobody's name and nobody's words. `handover_id` groups the
-- lines of one request and names nobody; it outlives the request.
CREATE TABLE desk_events (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    client_slug TEXT NOT NULL,
    branch TEXT,
    handover_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    role TEXT,                          -- of the person who did it
    detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX desk_events_of_client ON desk_events (client_slug, at_ms);
CREATE INDEX desk_events_of_handover ON desk_events (handover_id, kind);

-- What one process of all may do, for a time.
CREATE TABLE holds (
    key TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Lessons: where they come from and what became of them.
ALTER TABLE learned_responses ADD COLUMN conversation_id TEXT;
ALTER TABLE learned_responses ADD COLUMN lang TEXT;
ALTER TABLE learned_responses ADD COLUMN tag TEXT;
ALTER TABLE learned_responses ADD COLUMN evidence TEXT;             -- JSON: what it was learned from
ALTER TABLE learned_responses ADD COLUMN duplicates_of TEXT;        -- what it says again
ALTER TABLE learned_responses ADD COLUMN contradiction TEXT;        -- what it contradicts
ALTER TABLE learned_responses ADD COLUMN digest TEXT;               -- of its passage
ALTER TABLE learned_responses ADD COLUMN decided_by TEXT;
ALTER TABLE learned_responses ADD COLUMN decided_role TEXT;
ALTER TABLE learned_responses ADD COLUMN exported_at_ms INTEGER;
ALTER TABLE learned_responses ADD COLUMN retired_at_ms INTEGER;     -- it stands in a release
CREATE INDEX learned_responses_of_conversation ON learned_responses (conversation_id);

-- Raised whenever what a tenant may use of its lessons changes.
CREATE TABLE learned_revisions (
    client_slug TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
