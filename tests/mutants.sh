#!/bin/sh
# Are the tests worth their time? Breaks the engine in one place at a time and shows that a named test
# notices. Works in a checkout of its own, so nothing is left behind: `tests/mutants.sh [NAME...]`.
# `--check` breaks nothing: it says which changes, or tests, are not there any more.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
: "${CARGO_TARGET_DIR:=$root/target}"
export CARGO_TARGET_DIR
lost=0

# FILE TEXT
stands() {
    grep -qF -- "$2" "$1" || { echo "$name: \`$2\` is not in $1 any more"; lost=1; }
}

check() {
    name=$1 test=${5##* }
    stands "$2" "$3"
    [ $# -lt 8 ] || stands "$6" "$7"
    grep -rqF --include=*.rs -- "${test##*::}" tests store/*/tests responder/*/tests ||
        { echo "$name: no test is called \`$test\` any more"; lost=1; }
}

prepare() {
    tree=$(mktemp -d "${TMPDIR:-/tmp}/mutants.XXXXXX")
    trap 'git -C "$root" worktree remove --force "$tree/checkout"; rm -rf "$tree"' EXIT
    git -C "$root" worktree add -q --detach "$tree/checkout"
    cd "$tree/checkout"
}
[ "$*" = --check ] || prepare
survived=0
wanted=" $* "

# NAME FILE WHAT-STANDS-THERE WHAT-STANDS-THERE-INSTEAD TEST [FILE THERE INSTEAD]: the test must fail.
# Texts are one line. What two places guard takes two changes.
mutant() {
    [ "$wanted" != " --check " ] || { check "$@"; return; }
    case "$wanted" in "  " | *" $1 "*) ;; *) return 0 ;; esac
    change "$1" "$2" "$3" "$4"
    [ $# -lt 8 ] || change "$1" "$6" "$7" "$8"
    git diff --quiet && { echo "$1: nothing was changed in $2"; exit 2; }
    # shellcheck disable=SC2086
    if ! cargo test -q --no-run $5 2>"$tree/log"; then
        tail -20 "$tree/log"; echo "$1: does not build"; exit 2
    fi
    # shellcheck disable=SC2086
    if cargo test -q $5 >"$tree/log" 2>&1; then
        echo "$1: SURVIVED $5"; survived=1
    else
        echo "$1: killed by $(grep -c '\.\.\. FAILED\|^---- ' "$tree/log") failures of: cargo test $5"
    fi
    git checkout -q -- .
}

change() {
    OLD=$3 NEW=$4 perl -pi -e 's/\Q$ENV{OLD}\E/$ENV{NEW}/ and $done = 1 unless $done; END { exit !$done }' "$2" ||
        { echo "$1: \`$3\` is not in $2 any more"; exit 2; }
}

contract="-p tenantry -p runtime --test contract"
state=store/runtime/src/state
functions=store/runtime/src/postgres/functions

mutant dedupe-key $state/inbox.rs \
    'VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING' \
    'VALUES (?1 || ?6, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING' "$contract stored_once"
mutant tenant-of-an-id $state/inbox.rs \
    'WHERE message_id = ?1 AND client_slug = ?2 AND instance_id = ?3' \
    'WHERE message_id = ?1 AND client_slug IS NOT NULL AND ?2 = ?2 AND instance_id = ?3' "$contract one_tenants"
mutant tenant-of-a-conversation $state/inbox.rs \
    'WHERE c.client_slug = ?1 AND c.jid = ?2' \
    'WHERE ?1 = ?1 AND c.jid = ?2' "$contract one_tenants"
mutant tenant-of-messages $state/read.rs \
    'WHERE c.user_id = (SELECT id FROM users WHERE client_slug = ?1 AND jid = ?2)' \
    'WHERE c.user_id IN (SELECT id FROM users WHERE ?1 = ?1 AND jid = ?2)' "$contract one_tenants"
mutant fence-lease $state/turn.rs \
    'if fenced.lease_until_ms.is_none() || fenced.lease != claim.lease {' \
    'if fenced.lease_until_ms.is_none() {' "$contract lost_lease"
mutant fence-ownership $state/turn.rs \
    'if fenced.epoch != claim.epoch || !burst.is_subset(waiting) || starts_over {' \
    'if starts_over {' "$contract a_take_during" \
    $state/turn.rs 'if fenced.lease_until_ms.is_none() || fenced.lease != claim.lease {' \
    'if fenced.lease != claim.lease {'
mutant fence-newer-message $state/turn.rs \
    'if fenced.epoch != claim.epoch || !burst.is_subset(waiting) || starts_over {' \
    'if fenced.epoch != claim.epoch || !burst.is_subset(waiting) {' "$contract a_newer_message"
mutant ownership-at-sending $state/outbox.rs \
    'if is_persons && reply.author == Author::Bot {' 'if is_persons && false {' "$contract a_take_cancels" \
    $state/outbox.rs 'if row.author == Author::Bot && is_a_persons(sql, &row.conversation_id)? =>' 'if false =>'
mutant order-of-replies $state/outbox.rs \
    "AND e.status IN ('pending', 'sending') LIMIT 1) IS NULL" "AND e.status IN ('nothing') LIMIT 1) IS NULL" \
    "$contract replies_leave_in_order"
mutant interrupted-sends $state/outbox.rs \
    'if !idempotent {' 'if idempotent {' "$contract a_crash_while_sending"
mutant usage-once $state/inbox.rs \
    'UPDATE usage SET messages_in = messages_in + 1,' 'UPDATE usage SET messages_in = messages_in + 2,' \
    "$contract usage_counts"
# What PostgreSQL does in functions of its own; without a server their tests have nothing to say.
mutant dedupe-of-postgres $functions/take_messages_in.sql \
    'WHERE e.message_id = m.id AND' "WHERE e.message_id = m.id || '?' AND" \
    "$contract on_postgres::a_message_is_stored_once" $functions/take_messages_in.sql \
    'SELECT array_agg(f.turn = 1 AND (f.id, f.slug, f.instance) IN (' 'SELECT array_agg(f.turn = 1 OR (f.id, f.slug, f.instance) IN ('
mutant fence-of-postgres $functions/turns.sql \
    'SELECT t.is_plain AND o.lease = t.lease AND o.lease_until_ms IS NOT NULL' 'SELECT t.is_plain AND o.lease_until_ms IS NOT NULL' \
    "$contract on_postgres::a_lost_lease_cannot_commit"
mutant scope-of-a-desk $state/desk/press.rs \
    'if !slugs.contains(&slug) {' 'if slug.is_empty() {' \
    "$contract what_is_foreign_is_refused"
mutant one-winner $state/desk/press.rs \
    'if let Some((telegram_id, name)) = talk::owner(sql, &press.handover_id)? {' \
    'if let Some((telegram_id, name)) = talk::owner(sql, &press.handover_id)?.filter(|_| false) {' \
    "$contract of_two_who_take_one_wins"
mutant owners-scope responder/server/src/desk/judge.rs \
    'if !decides(&tenant, lesson.branch.as_deref(), who.role.as_deref()) {' 'if false {' \
    "-p tenantry -p server --test server desk::lessons"
mutant places-in-time $state/rate.rs \
    'slot_ms.saturating_add(gap_ms)' 'slot_ms' "$contract place_of_his_own"
mutant places-that-passed responder/server/src/outbox/pace.rs \
    '(it - now_ms).abs() <= gap_ms.max(CLOSE_MS)' 'it <= now_ms' \
    "-p tenantry -p server --test server pace::what_waited"
mutant lease-of-a-notice responder/server/src/desk/phone.rs \
    'let is_ours = || term.holds(engine.clock.as_ref());' 'let is_ours = || term.holds(engine.clock.as_ref()) || true;' \
    "-p tenantry --test chaos tells_an_owner_nothing_again"
mutant syncs store/runtime/src/sqlite/open.rs \
    '"synchronous", "FULL"' '"synchronous", "OFF"' "-p tenantry --test chaos power_cut_loses"
[ $lost = 0 ] || exit 2
exit $survived
