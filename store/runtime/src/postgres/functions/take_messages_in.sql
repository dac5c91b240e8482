-- Takes messages in: what `store` in src/state/inbox.rs does for one of them, for many in one call. Element
-- n of every array is of message n; the last three are ids that rows may get: the customer's, the
-- conversation's, the message's. Returns a row for each message in their order: its conversation, and how
-- many messages its tenant has in its month with it, null where its id had been taken in before.
--
-- Each statement is for all of the messages: beginning one costs the server more than a row of it.
--
-- Rows are locked in one order, so that replicas do not wait for each other in a circle: conversations
-- by tenant and jid, then customers likewise, counters last.
--
-- Plans are made once, perhaps while the tables are empty, and must suit them when they are big: rows are
-- looked for one by one, with nothing to choose but the index.
CREATE OR REPLACE FUNCTION take_messages_in(
    slugs text[], instances text[], message_ids text[], jids text[], phones text[], senders text[],
    texts text[], medias text[], files text[], request_ids text[], sent bigint[], received bigint[],
    dues bigint[], months text[], client_ids text[], user_ids text[], conversation_ids text[], row_ids text[]
) RETURNS TABLE (in_conversation text, nth bigint) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_mergejoin = off SET enable_hashjoin = off SET jit = off
AS $$
DECLARE
    found_in text[];
    states text[];
    owners text[];
    are_fresh boolean[];
    are_outdated boolean[];
    are_made boolean[];
    are_new boolean[];
    made text[];
    at bigint;
    row_id text;
    row_state text;
BEGIN
    -- Ids that were taken in before.
    SELECT array_agg(s.conversation_id ORDER BY m.n), array_agg(s.conversation_id IS NULL ORDER BY m.n)
        INTO found_in, are_fresh
    FROM unnest(message_ids, slugs, instances) WITH ORDINALITY AS m (id, slug, instance, n)
        LEFT JOIN LATERAL (
            SELECT e.conversation_id FROM seen e
            WHERE e.message_id = m.id AND e.client_slug = m.slug AND e.instance_id = m.instance LIMIT 1
        ) s ON true;

    -- The others' open conversations, locked.
    SELECT array_agg(coalesce(m.found_in, c.id) ORDER BY m.n), array_agg(c.state ORDER BY m.n),
        array_agg(c.user_id ORDER BY m.n), array_agg(coalesce(u.is_outdated, false) ORDER BY m.n)
        INTO found_in, states, owners, are_outdated
    FROM (
        SELECT i.* FROM unnest(slugs, jids, senders, received, found_in, are_fresh) WITH ORDINALITY
            AS i (slug, jid, sender, received, found_in, is_fresh, n)
        ORDER BY i.slug COLLATE "C", i.jid COLLATE "C", i.n
    ) m LEFT JOIN LATERAL (
        SELECT o.id, o.state, o.user_id FROM conversations o
        WHERE m.is_fresh AND o.client_slug = m.slug AND o.jid = m.jid AND o.closed_at_ms IS NULL LIMIT 1 FOR UPDATE
    ) c ON true LEFT JOIN LATERAL (
        SELECT p.last_active_at_ms < m.received - 3600000
            OR (m.sender IS NOT NULL AND p.name IS DISTINCT FROM m.sender) AS is_outdated
        FROM users p WHERE p.id = c.user_id LIMIT 1
    ) u ON true;

    -- Customers who have another name, or were away for an hour.
    IF true = ANY (are_outdated) THEN
        UPDATE users u SET name = coalesce(m.name, u.name),
            last_active_at_ms = greatest(u.last_active_at_ms, m.received)
        FROM (
            SELECT i.owner, max(i.received) AS received,
                (array_agg(i.sender ORDER BY i.n DESC) FILTER (WHERE i.sender IS NOT NULL))[1] AS name
            FROM unnest(owners, senders, received, are_outdated) WITH ORDINALITY
                AS i (owner, sender, received, is_outdated, n)
            WHERE i.is_outdated GROUP BY i.owner ORDER BY min(i.n)
        ) m WHERE u.id = m.owner;
    END IF;

    -- Conversations of those who have none open. A burst that begins one is due at once with it.
    IF array_position(found_in, NULL) IS NOT NULL THEN
        INSERT INTO users AS u (id, client_slug, jid, phone, name, created_at_ms, last_active_at_ms)
        SELECT min(m.user_id), m.slug, m.jid, min(m.phone),
            (array_agg(m.sender ORDER BY m.n DESC) FILTER (WHERE m.sender IS NOT NULL))[1],
            min(m.received), max(m.received)
        FROM unnest(slugs, jids, phones, senders, received, user_ids, found_in) WITH ORDINALITY
            AS m (slug, jid, phone, sender, received, user_id, found_in, n)
        WHERE m.found_in IS NULL GROUP BY m.slug, m.jid ORDER BY m.slug COLLATE "C", m.jid COLLATE "C"
        ON CONFLICT (client_slug, jid) DO UPDATE SET name = coalesce(excluded.name, u.name),
            last_active_at_ms = greatest(u.last_active_at_ms, excluded.last_active_at_ms);

        WITH opened AS (
            INSERT INTO conversations AS c
                (id, client_slug, user_id, jid, instance_id, created_at_ms, last_message_at_ms, due_at_ms)
            SELECT b.id, b.slug, (SELECT u.id FROM users u WHERE u.client_slug = b.slug AND u.jid = b.jid LIMIT 1),
                b.jid, coalesce(b.instance, ''), b.began, b.received, b.due
            FROM (
                SELECT m.slug, m.jid, min(m.id) AS id, min(m.received) AS began, max(m.received) AS received,
                    max(m.due) FILTER (WHERE m.due <> 9223372036854775807) AS due,
                    (array_agg(m.instance ORDER BY m.n DESC) FILTER (WHERE m.instance <> ''))[1] AS instance
                FROM unnest(slugs, jids, instances, received, dues, conversation_ids, found_in) WITH ORDINALITY
                    AS m (slug, jid, instance, received, due, id, found_in, n)
                WHERE m.found_in IS NULL GROUP BY m.slug, m.jid
                ORDER BY m.slug COLLATE "C", m.jid COLLATE "C"
            ) b ON CONFLICT DO NOTHING RETURNING c.id
        )
        SELECT array_agg(o.id) INTO made FROM opened o;

        SELECT array_agg(coalesce(m.found_in, m.made) ORDER BY m.n),
            array_agg(coalesce(m.state, CASE WHEN m.made IS NOT NULL THEN 'bot_active' END) ORDER BY m.n),
            array_agg(m.made IS NOT NULL ORDER BY m.n)
            INTO found_in, states, are_made
        FROM (
            SELECT i.*, CASE WHEN i.found_in IS NULL AND i.first = ANY (made) THEN i.first END AS made
            FROM (
                SELECT o.*, min(o.id) OVER (PARTITION BY o.slug, o.jid, o.found_in IS NULL) AS first
                FROM unnest(slugs, jids, conversation_ids, found_in, states) WITH ORDINALITY
                    AS o (slug, jid, id, found_in, state, n)
            ) i
        ) m;

        -- Another replica has opened it in the same moment.
        FOR at IN SELECT m.n FROM unnest(found_in) WITH ORDINALITY AS m (id, n) WHERE m.id IS NULL LOOP
            SELECT c.id, c.state INTO row_id, row_state FROM conversations c
            WHERE c.client_slug = slugs[at] AND c.jid = jids[at] AND c.closed_at_ms IS NULL FOR UPDATE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'the conversation was closed meanwhile' USING ERRCODE = 'serialization_failure';
            END IF;
            found_in[at] := row_id;
            states[at] := row_state;
        END LOOP;
    ELSE
        are_made := array_fill(false, ARRAY[cardinality(slugs)]);
    END IF;

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
    SELECT array_agg(f.turn = 1 AND (f.id, f.slug, f.instance) IN (
            SELECT k.message_id, k.client_slug, k.instance_id FROM marked k) ORDER BY f.n) INTO are_new
    FROM firsts f;

    INSERT INTO messages (id, conversation_id, message_id, role, text, media, file, request_id, sent_at,
                          at_ms, settled)
    SELECT m.row_id, m.found_in, m.id, 'user', m.text, m.media, m.file, m.request, m.sent_s, m.at,
        CASE WHEN m.state = 'manager_active' THEN 'person' WHEN m.due = 9223372036854775807 THEN 'never' END
    FROM unnest(row_ids, message_ids, texts, medias, files, request_ids, sent, received, dues, found_in, states,
        are_new) WITH ORDINALITY
        AS m (row_id, id, text, media, file, request, sent_s, at, due, found_in, state, is_new, n)
    WHERE m.is_new ORDER BY m.n;

    -- What is written while a request is open is shown to those who have it, in its topic behind what
    -- waits there.
    IF 'pending' = ANY (states) OR 'manager_active' = ANY (states) THEN
        INSERT INTO posts (id, client_slug, bot_id, chat_id, topic_id, conversation_id, handover_id, message_id,
                           kind, makes, urgency, status, not_before_ms, created_at_ms)
        SELECT m.row_id, h.client_slug, t.bot_id, t.chat_id, t.id, m.found_in, h.id, m.row_id,
            'forward', 1, 1,
            CASE WHEN t.id IS NULL THEN 'unrouted'
                WHEN row_number() OVER (PARTITION BY t.id ORDER BY m.n) > 1 OR EXISTS (
                    SELECT 1 FROM posts p WHERE p.topic_id = t.id AND p.makes = 1
                    AND p.status IN ('queued', 'pending', 'sending')) THEN 'queued'
                ELSE 'pending' END,
            m.at, m.at
        FROM unnest(row_ids, received, found_in, states, are_new) WITH ORDINALITY
            AS m (row_id, at, found_in, state, is_new, n)
            CROSS JOIN LATERAL (
                SELECT o.id, o.client_slug, o.topic_id FROM handovers o
                WHERE o.conversation_id = m.found_in AND o.status IN ('pending', 'active') LIMIT 1
            ) h LEFT JOIN LATERAL (SELECT * FROM topics p WHERE p.id = h.topic_id LIMIT 1) t ON true
        WHERE m.is_new AND m.state <> 'bot_active' ORDER BY m.n;
    END IF;

    -- What has come in is due, in the conversations that were open before.
    IF false = ANY (are_made) THEN
        UPDATE conversations c SET
            instance_id = coalesce(b.instance, c.instance_id),
            last_message_at_ms = greatest(c.last_message_at_ms, b.received),
            due_at_ms = CASE WHEN b.asks THEN greatest(c.due_at_ms, b.due) ELSE c.due_at_ms END
        FROM (
            SELECT m.found_in AS id, max(m.received) AS received, bool_or(m.asks) AS asks,
                max(m.due) FILTER (WHERE m.asks) AS due,
                (array_agg(m.instance ORDER BY m.n DESC) FILTER (WHERE m.instance <> ''))[1] AS instance
            FROM (
                SELECT i.*, i.state <> 'manager_active' AND i.due <> 9223372036854775807 AS asks
                FROM unnest(instances, received, dues, found_in, states, are_new, are_made) WITH ORDINALITY
                    AS i (instance, received, due, found_in, state, is_new, is_made, n)
                WHERE i.is_new AND NOT i.is_made) m
            GROUP BY m.found_in
        ) b WHERE c.id = b.id;
    END IF;

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
