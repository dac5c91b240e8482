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

-- Takes messages in: what `store` in src/state/inbox.rs does for one of them, for many in one call
-- and in hardly more statements. Element n of every array is of message n; `new_ids` holds three for
-- each (customer, conversation, message). Returns a row for each message in their order: its
-- conversation, and how many messages its tenant has in its month with it, null where its id had been
-- taken in before.
--
-- Rows are locked in one order, so that replicas do not wait for each other in a circle: conversations
-- by tenant and jid, counters last. Plans are made once and must suit the tables when they are big.
CREATE OR REPLACE FUNCTION take_messages_in(
    slugs text[], instances text[], message_ids text[], jids text[], phones text[], senders text[],
    texts text[], medias text[], files text[], request_ids text[], sent bigint[], received bigint[],
    dues bigint[], months text[], client_ids text[], new_ids text[]
) RETURNS TABLE (in_conversation text, nth bigint) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    found_in text[];
    states text[];
    are_fresh boolean[];
    are_new boolean[];
    odd_ones bigint[];
    odd bigint;
    row_id text;
    row_state text;
BEGIN
    -- Ids that were taken in before.
    SELECT array_agg(s.conversation_id ORDER BY m.n), array_agg(s.conversation_id IS NULL ORDER BY m.n)
        INTO found_in, are_fresh
    FROM unnest(message_ids, slugs, instances) WITH ORDINALITY AS m (id, slug, instance, n)
        LEFT JOIN seen s ON s.message_id = m.id AND s.client_slug = m.slug AND s.instance_id = m.instance;

    -- The others' open conversations, locked. Odd ones: of customers who are new, have another name, or
    -- were away for an hour.
    WITH wanted AS (
        SELECT DISTINCT m.slug, m.jid FROM unnest(slugs, jids, are_fresh) AS m (slug, jid, is_fresh)
        WHERE m.is_fresh
    ), locked AS MATERIALIZED (
        SELECT c.id, c.client_slug, c.jid, c.state, u.name, u.last_active_at_ms
        FROM wanted w JOIN conversations c
            ON c.client_slug = w.slug AND c.jid = w.jid AND c.closed_at_ms IS NULL
            JOIN users u ON u.id = c.user_id
        ORDER BY c.client_slug, c.jid FOR UPDATE OF c
    ), placed AS (
        SELECT m.n, m.slug, m.jid, coalesce(m.found_in, l.id) AS found_in, l.state,
            m.is_fresh AND bool_or(l.id IS NULL OR l.last_active_at_ms < m.at - 3600000
                OR (m.sender IS NOT NULL AND l.name IS DISTINCT FROM m.sender))
                OVER (PARTITION BY m.slug, m.jid) AS is_odd
        FROM unnest(slugs, jids, senders, received, found_in, are_fresh) WITH ORDINALITY
            AS m (slug, jid, sender, at, found_in, is_fresh, n)
            LEFT JOIN locked l ON l.client_slug = m.slug AND l.jid = m.jid
    )
    SELECT array_agg(p.found_in ORDER BY p.n), array_agg(p.state ORDER BY p.n),
        array_agg(p.n ORDER BY p.slug COLLATE "C", p.jid COLLATE "C", p.n) FILTER (WHERE p.is_odd)
        INTO found_in, states, odd_ones
    FROM placed p;
    FOREACH odd IN ARRAY coalesce(odd_ones, '{}') LOOP
        INSERT INTO users AS u (id, client_slug, jid, phone, name, created_at_ms, last_active_at_ms)
        VALUES (new_ids[3 * odd - 2], slugs[odd], jids[odd], phones[odd], senders[odd], received[odd],
            received[odd])
        ON CONFLICT (client_slug, jid) DO UPDATE SET name = coalesce(excluded.name, u.name),
            last_active_at_ms = greatest(u.last_active_at_ms, excluded.last_active_at_ms)
        RETURNING u.id INTO row_id;
        IF found_in[odd] IS NULL THEN
            INSERT INTO conversations
                (id, client_slug, user_id, jid, instance_id, created_at_ms, last_message_at_ms)
            VALUES (new_ids[3 * odd - 1], slugs[odd], row_id, jids[odd], instances[odd], received[odd],
                received[odd])
            ON CONFLICT DO NOTHING;
            -- Read again rather than believed: another replica may have opened it in the same moment.
            SELECT c.id, c.state INTO row_id, row_state FROM conversations c
            WHERE c.client_slug = slugs[odd] AND c.jid = jids[odd] AND c.closed_at_ms IS NULL FOR UPDATE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'the conversation was closed meanwhile' USING ERRCODE = 'serialization_failure';
            END IF;
            found_in[odd] := row_id;
            states[odd] := row_state;
        END IF;
    END LOOP;

    -- Ids, unless another replica was faster by a moment. An id that comes twice is new once.
    WITH firsts AS (
        SELECT m.*, row_number() OVER (PARTITION BY m.id, m.slug, m.instance ORDER BY m.n) AS turn
        FROM unnest(message_ids, slugs, instances, found_in, received, are_fresh) WITH ORDINALITY
            AS m (id, slug, instance, found_in, at, is_fresh, n)
    ), marked AS (
        INSERT INTO seen (message_id, client_slug, instance_id, conversation_id, kind, received_at_ms)
        SELECT f.id, f.slug, f.instance, f.found_in, 'inbound', f.at FROM firsts f
        WHERE f.is_fresh AND f.turn = 1 ORDER BY f.n
        ON CONFLICT DO NOTHING RETURNING message_id, client_slug, instance_id
    )
    SELECT array_agg(f.turn = 1 AND k.message_id IS NOT NULL ORDER BY f.n) INTO are_new
    FROM firsts f LEFT JOIN marked k
        ON k.message_id = f.id AND k.client_slug = f.slug AND k.instance_id = f.instance;

    INSERT INTO messages (id, conversation_id, message_id, role, text, media, file, request_id, sent_at,
                          at_ms, settled)
    SELECT new_ids[3 * m.n], m.found_in, m.id, 'user', m.text, m.media, m.file, m.request, m.sent_s, m.at,
        CASE WHEN m.state = 'manager_active' THEN 'person' WHEN m.due = 9223372036854775807 THEN 'never' END
    FROM unnest(message_ids, texts, medias, files, request_ids, sent, received, dues, found_in, states,
        are_new) WITH ORDINALITY
        AS m (id, text, media, file, request, sent_s, at, due, found_in, state, is_new, n)
    WHERE m.is_new ORDER BY m.n;

    -- What is written while a request is open is shown to those who have it, in its topic behind what
    -- waits there.
    IF 'pending' = ANY (states) OR 'manager_active' = ANY (states) THEN
        INSERT INTO posts (id, client_slug, bot_id, chat_id, topic_id, conversation_id, handover_id, message_id,
                           kind, makes, urgency, status, not_before_ms, created_at_ms)
        SELECT new_ids[3 * m.n], h.client_slug, t.bot_id, t.chat_id, t.id, m.found_in, h.id, new_ids[3 * m.n],
            'forward', 1, 1,
            CASE WHEN t.id IS NULL THEN 'unrouted'
                WHEN row_number() OVER (PARTITION BY t.id ORDER BY m.n) > 1 OR EXISTS (
                    SELECT 1 FROM posts p WHERE p.topic_id = t.id AND p.makes = 1
                    AND p.status IN ('queued', 'pending', 'sending')) THEN 'queued'
                ELSE 'pending' END,
            m.at, m.at
        FROM unnest(received, found_in, states, are_new) WITH ORDINALITY AS m (at, found_in, state, is_new, n)
            JOIN handovers h ON h.conversation_id = m.found_in AND h.status IN ('pending', 'active')
            LEFT JOIN topics t ON t.id = h.topic_id
        WHERE m.is_new AND m.state <> 'bot_active' ORDER BY m.n;
    END IF;

    -- A new message makes a new burst: attempts at the old one say nothing about it.
    WITH bursts AS (
        SELECT m.found_in, max(m.at) AS at, max(m.due) FILTER (WHERE m.asks) AS due, bool_or(m.asks) AS asks,
            (array_agg(m.instance ORDER BY m.n DESC) FILTER (WHERE m.instance <> ''))[1] AS instance
        FROM (
            SELECT i.*, i.state <> 'manager_active' AND i.due <> 9223372036854775807 AS asks
            FROM unnest(instances, received, dues, found_in, states, are_new) WITH ORDINALITY
                AS i (instance, at, due, found_in, state, is_new, n)
            WHERE i.is_new) m
        GROUP BY m.found_in
    )
    UPDATE conversations c SET
        instance_id = coalesce(b.instance, c.instance_id),
        last_message_at_ms = greatest(c.last_message_at_ms, b.at),
        due_at_ms = CASE WHEN b.asks THEN greatest(c.due_at_ms, b.due) ELSE c.due_at_ms END,
        attempts = CASE WHEN b.asks THEN 0 ELSE c.attempts END
    FROM bursts b WHERE c.id = b.found_in;

    RETURN QUERY
        WITH numbered AS (
            SELECT m.*, sum(m.is_new::integer) OVER (PARTITION BY m.slug, m.month ORDER BY m.n) AS at
            FROM unnest(slugs, months, client_ids, are_new, found_in) WITH ORDINALITY
                AS m (slug, month, client_id, is_new, found_in, n)
        ), stored AS (
            SELECT m.slug, m.month, min(m.client_id) AS client_id, count(*) AS new
            FROM numbered m WHERE m.is_new GROUP BY m.slug, m.month
        ), counted AS (
            INSERT INTO usage AS u (client_id, client_slug, month, messages_in)
            SELECT s.client_id, s.slug, s.month, s.new FROM stored s
            ORDER BY s.slug COLLATE "C", s.month COLLATE "C"
            ON CONFLICT (client_slug, month) DO UPDATE SET messages_in = u.messages_in + excluded.messages_in,
                client_id = CASE WHEN excluded.client_id = u.client_slug THEN u.client_id
                    ELSE excluded.client_id END
            RETURNING u.client_slug, u.month, u.messages_in
        )
        SELECT m.found_in, CASE WHEN m.is_new THEN (c.messages_in - s.new + m.at)::bigint END
        FROM numbered m LEFT JOIN stored s ON s.slug = m.slug AND s.month = m.month
            LEFT JOIN counted c ON c.client_slug = m.slug AND c.month = m.month
        ORDER BY m.n;
END $$;
