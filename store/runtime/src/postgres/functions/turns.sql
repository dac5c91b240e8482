-- Commits turns: what `commit` in src/state/turn.rs does for one of them, for many in one call, where there
-- is nothing to decide: the claim holds, the bot has the conversation, exactly what the turn answers waits
-- there, and it only replies (`plain`). Element n of every array is of turn n; `answered` are the row ids of
-- the messages that turns answer, those of turn n from `first[n]` up to `first[n + 1]`. Returns for each turn
-- in their order `begun` or `queued` for what became of its reply; `left` where nothing but locking its
-- conversation has been done; null where that is gone, or another transaction has it: nobody waits for that
-- here, where it would be all of them.
CREATE OR REPLACE FUNCTION commit_turns(
    ids text[], plain boolean[], leases bigint[], epochs bigint[], memories text[], branches text[],
    replies text[], traces text[], now bigint[], reply_ids text[], slugs text[], jids text[],
    instances text[], received bigint[], request_ids text[], send_until bigint[], answered text[],
    first bigint[]
) RETURNS TABLE (outcome text) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
DECLARE
    burst text[];
    holds boolean;
    waiting bigint;
    of_burst bigint;
    is_free boolean;
    outcomes text[] := array_fill(NULL::text, ARRAY[cardinality(ids)]);
BEGIN
    FOR i IN 1 .. cardinality(ids) LOOP
        SELECT c.lease = leases[i] AND c.lease_until_ms IS NOT NULL AND c.epoch = epochs[i]
            AND c.state = 'bot_active'
        INTO holds FROM conversations c WHERE c.id = ids[i] FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            outcomes[i] := 'left';
        END IF;
        IF holds AND plain[i] THEN
            burst := answered[first[i] : first[i + 1] - 1];
            SELECT count(*), count(*) FILTER (WHERE m.id = ANY (burst)) INTO waiting, of_burst
            FROM messages m WHERE m.conversation_id = ids[i] AND m.role = 'user' AND m.settled IS NULL;
            IF waiting = of_burst AND of_burst = cardinality(burst) THEN
                is_free := send_until[i] IS NOT NULL AND (
                    SELECT 1 FROM outbox o
                    WHERE o.conversation_id = ids[i] AND o.status IN ('pending', 'sending') LIMIT 1) IS NULL;
                UPDATE conversations c SET memory = memories[i], branch = coalesce(branches[i], c.branch),
                    due_at_ms = NULL, lease_until_ms = NULL, attempts = 0,
                    last_message_at_ms = greatest(c.last_message_at_ms, now[i])
                WHERE c.id = ids[i];
                UPDATE messages m SET settled = 'turn', answer_id = reply_ids[i] WHERE m.id = ANY (burst);
                outcomes[i] := CASE WHEN is_free THEN 'begun' ELSE 'queued' END;
            END IF;
        END IF;
    END LOOP;
    INSERT INTO messages (id, conversation_id, message_id, role, text, sent_at, at_ms, trace)
    SELECT t.id, t.conversation, t.id, 'assistant', t.text, t.at / 1000, t.at, t.trace
    FROM unnest(reply_ids, ids, replies, now, traces, outcomes) WITH ORDINALITY
        AS t (id, conversation, text, at, trace, outcome, n)
    WHERE t.outcome IN ('begun', 'queued') ORDER BY t.n;
    INSERT INTO outbox (id, conversation_id, client_slug, instance_id, jid, text, not_before_ms, created_at_ms,
                        received_at_ms, request_id, status, attempts, begun_at_ms, lease_until_ms)
    SELECT t.id, t.conversation, t.slug, t.instance, t.jid, t.text, t.at, t.at, t.received, t.request,
        CASE WHEN t.outcome = 'begun' THEN 'sending' ELSE 'pending' END, (t.outcome = 'begun')::integer,
        CASE WHEN t.outcome = 'begun' THEN t.at END, CASE WHEN t.outcome = 'begun' THEN t.until END
    FROM unnest(reply_ids, ids, slugs, instances, jids, replies, now, received, request_ids, send_until,
        outcomes) WITH ORDINALITY
        AS t (id, conversation, slug, instance, jid, text, at, received, request, until, outcome, n)
    WHERE t.outcome IN ('begun', 'queued') ORDER BY t.n;
    RETURN QUERY SELECT t.outcome FROM unnest(outcomes) WITH ORDINALITY AS t (outcome, n) ORDER BY t.n;
END $$;

-- Records what the gateway took: what `settle_sent` in src/state/outbox.rs does. Returns for each in their
-- order whether that is all there is to be done; it is not where another transaction has the row.
CREATE OR REPLACE FUNCTION settle_sent(ids text[], tried bigint[], now bigint[])
RETURNS TABLE (is_all boolean) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
BEGIN
    FOR i IN 1 .. cardinality(ids) LOOP
        UPDATE outbox o SET status = 'sent', error = NULL, settled_at_ms = now[i], lease_until_ms = NULL
        WHERE o.id = (
            SELECT s.id FROM outbox s
            WHERE s.id = ids[i] AND s.status = 'sending' AND s.attempts = tried[i] AND s.author = 'bot'
            FOR UPDATE SKIP LOCKED);
        is_all := FOUND;
        RETURN NEXT;
    END LOOP;
END $$;

-- Claims those of these conversations that may still be claimed: what `claim_near` in src/state/claim.rs does
-- for one of them. Others may have been faster since they were found: each is looked at again under its lock.
CREATE OR REPLACE FUNCTION claim_conversations(ids text[], now_ms bigint, until_ms bigint)
RETURNS TABLE (
    id text, client_slug text, jid text, name text, instance_id text, state text, memory text, lease bigint,
    epoch bigint, attempts bigint, due_at_ms bigint
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
BEGIN
    FOR i IN 1 .. cardinality(ids) LOOP
        RETURN QUERY
            UPDATE conversations c SET lease = c.lease + 1, lease_until_ms = until_ms, attempts = c.attempts + 1
            WHERE c.id = (
                SELECT o.id FROM conversations o
                WHERE o.id = ids[i] AND o.due_at_ms <= now_ms AND o.state <> 'manager_active'
                  AND (o.lease_until_ms IS NULL OR o.lease_until_ms <= now_ms) FOR UPDATE SKIP LOCKED)
            RETURNING c.id, c.client_slug, c.jid, (SELECT u.name FROM users u WHERE u.id = c.user_id),
                c.instance_id, c.state, c.memory, c.lease, c.epoch, c.attempts - 1, c.due_at_ms;
    END LOOP;
END $$;
