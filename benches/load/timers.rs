//! Requests that return to the bot, all at once.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::{PATIENCE, grow, quiet, tell, world};

/// How many are due.
const DUE: usize = 10_000;
/// Returns wait for the end of the night.
const AWAKE: &str = "quiet_hours: {from: \"03:00\", to: \"03:01\"}";

pub(crate) async fn timers() {
    let (world, _) = grow(1, 1, AWAKE, None).await;
    let serve = world.serve(&[]);
    quiet(serve.pid()).await;
    let file = Connection::open(world.state_file()).expect("the file is there");
    let slug = world::slug(0);
    let written = file.execute_batch(&format!(
        "BEGIN;
         INSERT INTO users (id, client_slug, jid, created_at_ms, last_active_at_ms)
             WITH RECURSIVE talks (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM talks WHERE n < {DUE})
             SELECT 'u' || n, '{slug}', n || '@lid', 1, 1 FROM talks;
         INSERT INTO conversations (id, client_slug, user_id, jid, instance_id, state, created_at_ms, last_message_at_ms)
             SELECT 'c' || id, client_slug, id, jid, '', 'pending', 1, 1 FROM users WHERE jid LIKE '%@lid';
         INSERT INTO handovers (id, client_slug, conversation_id, reason, summary, status, created_at_ms)
             SELECT 'h' || id, client_slug, id, 'payment', '', 'pending', 1 FROM conversations WHERE state = 'pending';
         INSERT INTO timers (id, client_slug, conversation_id, kind, due_at_ms)
             SELECT 't' || id, client_slug, id, 'return_to_bot', 1 FROM conversations WHERE state = 'pending';
         COMMIT;"
    ));
    written.expect("the tables are known");
    let began = Instant::now();
    let left = || file.query_row("SELECT count(*) FROM timers", [], |row| row.get::<_, i64>(0));
    while left().expect("the table is there") > 0 {
        assert!(began.elapsed() < PATIENCE, "timers are done");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tell(&format!(
        "SQLite: {DUE} timers due at once are done in {} ms (target 5000)",
        began.elapsed().as_millis()
    ));
}
