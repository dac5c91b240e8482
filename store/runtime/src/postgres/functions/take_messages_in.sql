-- Takes messages in: what `store` in src/state/inbox.rs does for one of them, for many in one call
-- and in hardly more statements. Element n of every array is of message n; `new_ids` holds three for
-- each (customer, conversation, message). Returns a row for each message in their order: its
-- conversation, and how many messages its tenant has in its month with it, null where its id had been
-- taken in before.
--
-- Rows are locked in one order, so that replicas do not wait for each other in a circle: conversations
-- by tenant and jid, counters last.
--
-- Plans are made once, perhaps while the tables are empty, and must suit them when they are big: rows are
-- looked for one by one, with nothing to choose but the index.
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
    at bigint;
    row_id text;
    row_state text;
    row_user text;
    is_outdated boolean;
    burst record;
BEGIN
    -- Ids that were taken in before.
    SELECT array_agg(s.conversation_id ORDER BY m.n), array_agg(s.conversation_id IS NULL ORDER BY m.n)
        INTO found_in, are_fresh
    FROM unnest(message_ids, slugs, instances) WITH ORDINALITY AS m (id, slug, instance, n)
        LEFT JOIN LATERAL (
            SELECT e.conversation_id FROM seen e
            WHERE e.message_id = m.id AND e.client_slug = m.slug AND e.instance_id = m.instance LIMIT 1
        ) s ON true;
    states := array_fill(NULL::text, ARRAY[cardinality(slugs)]);

    -- The others' open conversations, locked; customers who are new, have another name, or were away for
    -- an hour, are written.
    FOR at IN
        SELECT m.n FROM unnest(slugs, jids, are_fresh) WITH ORDINALITY AS m (slug, jid, is_fresh, n)
        WHERE m.is_fresh ORDER BY m.slug COLLATE "C", m.jid COLLATE "C", m.n
    LOOP
        SELECT c.id, c.state, c.user_id INTO row_id, row_state, row_user FROM conversations c
        WHERE c.client_slug = slugs[at] AND c.jid = jids[at] AND c.closed_at_ms IS NULL FOR UPDATE;
        is_outdated := true;
        IF row_id IS NOT NULL THEN
            SELECT u.last_active_at_ms < received[at] - 3600000
                OR (senders[at] IS NOT NULL AND u.name IS DISTINCT FROM senders[at])
            INTO is_outdated FROM users u WHERE u.id = row_user;
        END IF;
        IF is_outdated THEN
            INSERT INTO users AS u (id, client_slug, jid, phone, name, created_at_ms, last_active_at_ms)
            VALUES (new_ids[3 * at - 2], slugs[at], jids[at], phones[at], senders[at], received[at],
                received[at])
            ON CONFLICT (client_slug, jid) DO UPDATE SET name = coalesce(excluded.name, u.name),
                last_active_at_ms = greatest(u.last_active_at_ms, excluded.last_active_at_ms)
            RETURNING u.id INTO row_user;
        END IF;
        IF row_id IS NULL THEN
            INSERT INTO conversations
                (id, client_slug, user_id, jid, instance_id, created_at_ms, last_message_at_ms)
            VALUES (new_ids[3 * at - 1], slugs[at], row_user, jids[at], instances[at], received[at],
                received[at])
            ON CONFLICT DO NOTHING RETURNING id, state INTO row_id, row_state;
        END IF;
        IF row_id IS NULL THEN
            -- Another replica has opened it in the same moment.
            SELECT c.id, c.state INTO row_id, row_state FROM conversations c
            WHERE c.client_slug = slugs[at] AND c.jid = jids[at] AND c.closed_at_ms IS NULL FOR UPDATE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'the conversation was closed meanwhile' USING ERRCODE = 'serialization_failure';
            END IF;
        END IF;
        found_in[at] := row_id;
        states[at] := row_state;
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
            CROSS JOIN LATERAL (
                SELECT o.id, o.client_slug, o.topic_id FROM handovers o
                WHERE o.conversation_id = m.found_in AND o.status IN ('pending', 'active') LIMIT 1
            ) h LEFT JOIN LATERAL (SELECT * FROM topics p WHERE p.id = h.topic_id LIMIT 1) t ON true
        WHERE m.is_new AND m.state <> 'bot_active' ORDER BY m.n;
    END IF;

    FOR burst IN
        SELECT m.found_in AS id, max(m.received) AS received, bool_or(m.asks) AS asks,
            max(m.due) FILTER (WHERE m.asks) AS due,
            (array_agg(m.instance ORDER BY m.n DESC) FILTER (WHERE m.instance <> ''))[1] AS instance
        FROM (
            SELECT i.*, i.state <> 'manager_active' AND i.due <> 9223372036854775807 AS asks
            FROM unnest(instances, received, dues, found_in, states, are_new) WITH ORDINALITY
                AS i (instance, received, due, found_in, state, is_new, n)
            WHERE i.is_new) m
        GROUP BY m.found_in
    LOOP
        UPDATE conversations c SET
            instance_id = coalesce(burst.instance, c.instance_id),
            last_message_at_ms = greatest(c.last_message_at_ms, burst.received),
            due_at_ms = CASE WHEN burst.asks THEN greatest(c.due_at_ms, burst.due) ELSE c.due_at_ms END
        WHERE c.id = burst.id;
    END LOOP;

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
