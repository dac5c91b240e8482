-- Commits turns: what `commit` in src/state/turn.rs does for one of them, for many in one call, where there
-- is nothing to decide: the claim holds, the bot has the conversation, exactly what the turn answers waits
-- there, and it only replies (`plain`). Element n of every array but two is of turn n. `answered` are the row
-- ids of the messages that turns answer, those of turn n from `first[n]` up to `last[n]`, sorted by their
-- bytes; `of_turn` has the number of the turn of each. Returns for each turn in their order `begun` or
-- `queued` for what became of its reply; `left` where nothing but locking its conversation has been done;
-- null where that is gone, or another transaction has it: nobody waits for that here, where it would be all
-- of them.
--
-- Here and below each statement is for all of them, with plans as take_messages_in has them.
CREATE OR REPLACE FUNCTION commit_turns(
    ids text[], plain boolean[], leases bigint[], epochs bigint[], memories text[], branches text[],
    replies text[], traces text[], now bigint[], reply_ids text[], slugs text[], jids text[],
    instances text[], received bigint[], request_ids text[], send_until bigint[], first bigint[],
    last bigint[], answered text[], of_turn bigint[]
) RETURNS TABLE (outcome text) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_mergejoin = off SET enable_hashjoin = off SET jit = off
AS $$
DECLARE
    held boolean[];
    outcomes text[];
BEGIN
    SELECT array_agg(c.holds ORDER BY t.n) INTO held
    FROM unnest(ids, plain, leases, epochs) WITH ORDINALITY AS t (id, is_plain, lease, epoch, n)
        LEFT JOIN LATERAL (
            SELECT t.is_plain AND o.lease = t.lease AND o.lease_until_ms IS NOT NULL AND o.epoch = t.epoch
                AND o.state = 'bot_active' AS holds
            FROM conversations o WHERE o.id = t.id LIMIT 1 FOR UPDATE SKIP LOCKED
        ) c ON true;

    -- In a statement of its own: it sees what came in until the conversations were locked.
    SELECT array_agg(CASE WHEN NOT t.held THEN 'left' WHEN t.held THEN
        CASE WHEN answered[t.first : t.last] IS DISTINCT FROM (
                SELECT array_agg(m.id ORDER BY m.id COLLATE "C") FROM messages m
                WHERE m.conversation_id = t.id AND m.role = 'user' AND m.settled IS NULL) THEN 'left'
            WHEN t.until IS NOT NULL AND (
                SELECT 1 FROM outbox o
                WHERE o.conversation_id = t.id AND o.status IN ('pending', 'sending') LIMIT 1) IS NULL THEN 'begun'
            ELSE 'queued' END
        END ORDER BY t.n) INTO outcomes
    FROM unnest(ids, held, send_until, first, last) WITH ORDINALITY AS t (id, held, until, first, last, n);

    IF outcomes && ARRAY['begun', 'queued'] THEN
        UPDATE conversations c SET memory = t.memory, branch = coalesce(t.branch, c.branch), due_at_ms = NULL,
            lease_until_ms = NULL, attempts = 0, last_message_at_ms = greatest(c.last_message_at_ms, t.at)
        FROM unnest(ids, memories, branches, now, outcomes) AS t (id, memory, branch, at, outcome)
        WHERE c.id = t.id AND t.outcome IN ('begun', 'queued');

        UPDATE messages m SET settled = 'turn', answer_id = reply_ids[a.turn]
        FROM unnest(answered, of_turn) AS a (id, turn)
        WHERE m.id = a.id AND outcomes[a.turn] IN ('begun', 'queued');

        INSERT INTO messages (id, conversation_id, message_id, role, text, sent_at, at_ms, trace)
        SELECT t.id, t.conversation, t.id, 'assistant', t.text, t.at / 1000, t.at, t.trace
        FROM unnest(reply_ids, ids, replies, now, traces, outcomes) WITH ORDINALITY
            AS t (id, conversation, text, at, trace, outcome, n)
        WHERE t.outcome IN ('begun', 'queued') ORDER BY t.n;

        INSERT INTO outbox (id, conversation_id, client_slug, instance_id, jid, text, not_before_ms,
                            created_at_ms, received_at_ms, request_id, status, attempts, begun_at_ms,
                            lease_until_ms)
        SELECT t.id, t.conversation, t.slug, t.instance, t.jid, t.text, t.at, t.at, t.received, t.request,
            CASE WHEN t.outcome = 'begun' THEN 'sending' ELSE 'pending' END, (t.outcome = 'begun')::integer,
            CASE WHEN t.outcome = 'begun' THEN t.at END, CASE WHEN t.outcome = 'begun' THEN t.until END
        FROM unnest(reply_ids, ids, slugs, instances, jids, replies, now, received, request_ids, send_until,
            outcomes) WITH ORDINALITY
            AS t (id, conversation, slug, instance, jid, text, at, received, request, until, outcome, n)
        WHERE t.outcome IN ('begun', 'queued') ORDER BY t.n;
    END IF;
    RETURN QUERY SELECT t.outcome FROM unnest(outcomes) WITH ORDINALITY AS t (outcome, n) ORDER BY t.n;
END $$;

-- Records what the gateway took: what `settle_sent` in src/state/outbox.rs does. Returns for each in their
-- order whether that is all there is to be done; it is not where another transaction has the row.
CREATE OR REPLACE FUNCTION settle_sent(ids text[], tried bigint[], now bigint[])
RETURNS TABLE (is_all boolean) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_mergejoin = off SET enable_hashjoin = off SET jit = off
AS $$
BEGIN
    RETURN QUERY
        WITH held AS MATERIALIZED (
            SELECT s.id, t.at, t.n FROM unnest(ids, tried, now) WITH ORDINALITY AS t (id, tried, at, n)
                CROSS JOIN LATERAL (
                    SELECT o.id FROM outbox o
                    WHERE o.id = t.id AND o.status = 'sending' AND o.attempts = t.tried AND o.author = 'bot'
                    LIMIT 1 FOR UPDATE SKIP LOCKED
                ) s
        ), settled AS (
            UPDATE outbox o SET status = 'sent', error = NULL, settled_at_ms = h.at, lease_until_ms = NULL
            FROM held h WHERE o.id = h.id RETURNING h.n
        )
        SELECT t.n IN (SELECT s.n FROM settled s) FROM unnest(ids) WITH ORDINALITY AS t (id, n) ORDER BY t.n;
END $$;

-- Claims those of these conversations that may still be claimed: what `claim_near` in src/state/claim.rs does
-- for one of them. Others may have been faster since they were found: each is looked at again under its lock.
CREATE OR REPLACE FUNCTION claim_conversations(ids text[], now_ms bigint, until_ms bigint)
RETURNS TABLE (
    id text, client_slug text, jid text, name text, instance_id text, state text, memory text, lease bigint,
    epoch bigint, attempts bigint, due_at_ms bigint
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_mergejoin = off SET enable_hashjoin = off SET jit = off
AS $$
BEGIN
    RETURN QUERY
        WITH held AS MATERIALIZED (
            SELECT f.id AS row_id FROM unnest(ids) WITH ORDINALITY AS t (id, n)
                CROSS JOIN LATERAL (
                    SELECT o.id FROM conversations o
                    WHERE o.id = t.id AND o.due_at_ms <= now_ms AND o.state <> 'manager_active'
                      AND (o.lease_until_ms IS NULL OR o.lease_until_ms <= now_ms)
                    LIMIT 1 FOR UPDATE SKIP LOCKED
                ) f
            ORDER BY t.n
        )
        UPDATE conversations c SET lease = c.lease + 1, lease_until_ms = until_ms, attempts = c.attempts + 1
        FROM held h WHERE c.id = h.row_id
        RETURNING c.id, c.client_slug, c.jid, (SELECT u.name FROM users u WHERE u.id = c.user_id),
            c.instance_id, c.state, c.memory, c.lease, c.epoch, c.attempts - 1, c.due_at_ms;
END $$;
