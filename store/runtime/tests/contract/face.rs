//! The relational face, as people who write SQL see it.

use crate::engines::Engine;
use crate::make::{SLUG, branch, publication, release};

pub(crate) fn the_relational_face_is_plain_sql(engine: &dyn Engine) {
    let store = engine.open();
    store.publish(&publication(&release(SLUG, "one", &[]), None, "2025-01-15T12:00:00Z")).unwrap();
    assert_eq!(
        engine.rows("SELECT slug, name, billing ->> 'bin' FROM companies"),
        ["wheel_house|Wheel House LLP|000000000000"]
    );
    assert_eq!(
        engine.rows(
            "SELECT name, slug, status, config ->> 'plan', config ->> 'company', config -> 'secrets' ->> 'webhook_secret',
                    created_at FROM clients"
        ),
        ["Spokes & Chains|spokes|active|starter|wheel_house|env:SPOKES_WEBHOOK_SECRET|2025-01-15T12:00:00Z"]
    );
    assert_eq!(
        engine.rows(
            "SELECT telegram_chat_id, owner_telegram_id, reminder_timeout_1, reminder_timeout_2,
                    CASE WHEN enable_reminders THEN 1 ELSE 0 END,
                    CASE WHEN enable_owner_escalation THEN 1 ELSE 0 END,
                    mute_duration_first_minutes, mute_duration_second_hours,
                    branch_resolution_mode, manager_scope, telegram_bot_token, webhook_secret, chatflow_token
             FROM client_settings JOIN clients ON clients.id = client_id WHERE slug = 'spokes'"
        ),
        ["-|@owner, 42|30|60|1|1|30|24|hybrid|branch|file:secrets/telegram|env:SPOKES_WEBHOOK_SECRET|-"]
    );
    assert_eq!(
        engine.rows(
            "SELECT b.slug, b.name, instance_id, phone, telegram_chat_id, knowledge_tag,
                    CASE WHEN is_active THEN 1 ELSE 0 END
             FROM branches b JOIN clients ON clients.id = client_id ORDER BY b.slug"
        ),
        ["hill|by the hill|env:SPOKES_HILL|-|-|hill|1", "river|by the river|env:SPOKES_RIVER|-|-|river|1"]
    );
    assert_eq!(
        engine.rows(
            "SELECT p.name, text, model, temperature, CASE WHEN is_active THEN 1 ELSE 0 END, p.created_at
             FROM prompts p"
        ),
        ["system|Say one.|small|0.3|1|2025-01-15T12:00:00Z"]
    );
    assert_eq!(
        engine.rows(
            "SELECT slug, CASE WHEN rolled_back THEN 1 ELSE 0 END
             FROM live JOIN releases USING (slug, release_id)"
        ),
        ["spokes|0"]
    );
}

pub(crate) fn the_relational_face_follows_the_live_release(engine: &dyn Engine) {
    let store = engine.open();
    let first = publication(&release(SLUG, "one", &[]), None, "t1");
    store.publish(&first).unwrap();
    let mut moved = release(SLUG, "two", &[]);
    moved.branches = vec![branch(moved.client.id, "river"), branch(moved.client.id, "lake")];
    moved.client.status = format::Status::Suspended;
    let second = publication(&moved, Some(&first.release_id), "t2");
    store.publish(&second).unwrap();

    let branches =
        "SELECT slug, CASE WHEN is_active THEN 1 ELSE 0 END, instance_id FROM branches ORDER BY slug";
    let prompts =
        "SELECT text, CASE WHEN is_active THEN 1 ELSE 0 END, created_at FROM prompts ORDER BY created_at";
    assert_eq!(engine.rows(branches), ["hill|0|-", "lake|1|env:SPOKES_LAKE", "river|1|env:SPOKES_RIVER"]);
    assert_eq!(engine.rows(prompts), ["Say one.|0|t1", "Say two.|1|t2"]);
    assert_eq!(engine.rows("SELECT status, created_at FROM clients"), ["suspended|t1"]);

    store.rollback(SLUG, None, None, "t3").unwrap();
    assert_eq!(engine.rows(branches), ["hill|1|env:SPOKES_HILL", "lake|0|-", "river|1|env:SPOKES_RIVER"]);
    assert_eq!(engine.rows(prompts), ["Say one.|1|t1", "Say two.|0|t2"], "no row for going back");
    assert_eq!(engine.rows("SELECT status FROM clients"), ["active"]);

    let mut renamed = release(SLUG, "one", &[]);
    renamed.client.id = uuid::Uuid::from_u128(7);
    renamed.branches = vec![branch(renamed.client.id, "river")];
    store.publish(&publication(&renamed, Some(&first.release_id), "t4")).unwrap();
    let joined = "SELECT count(*) FROM client_settings s JOIN clients c ON c.id = s.client_id
                  JOIN branches b ON b.client_id = c.id JOIN prompts p ON p.client_id = c.id";
    assert_eq!(engine.rows(joined), ["6"], "an id of its own is followed by every table");
}
