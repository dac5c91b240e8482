//! An hour without a gateway, while customers go on writing and the process dies in the midst of it.

use runtime::{DeskStore as _, StateStore as _};

use super::{Deed, Dice, Event, START_MS, Site, TENANTS, check, jid};

const MINUTE: i64 = 60_000;
const DOWN: std::ops::Range<i64> = START_MS + 5 * MINUTE..START_MS + 65 * MINUTE;
const END_MS: i64 = START_MS + 75 * MINUTE;
const CUSTOMERS: usize = 4;
/// How old a reply may be at each of [`TENANTS`], minutes.
const MOST_AGE: [u32; 2] = [5, 45];
/// The gateway is asked again with pauses no longer than this: 120 s and a fifth of it.
const LONGEST_PAUSE_MS: i64 = 144_000;
/// A reply is as old as what it answers: a burst's window, and its turn, before it was made.
const WRITTEN_MS: i64 = 8_000;

/// Every customer asks for a price every three minutes.
fn script() -> Vec<Event> {
    let mut events = Vec::new();
    for minute in 0..75 {
        for (tenant, (slug, _)) in TENANTS.into_iter().enumerate() {
            for customer in (0..CUSTOMERS).filter(|it| (minute + it) % 3 == 0) {
                let at_ms = START_MS + i64::try_from(minute).unwrap() * MINUTE;
                let id = format!("{slug}-{customer}-{minute}");
                let deed = Deed::Writes { id, text: super::TEXTS[0] };
                events.push(Event { at_ms, slug, jid: jid(tenant, customer), deed });
            }
        }
    }
    events
}

struct Reply {
    id: String,
    slug: String,
    status: String,
    created_at_ms: i64,
}

fn replies(site: &Site) -> Vec<Reply> {
    let created = site.rows("SELECT id, CAST(created_at_ms AS TEXT) FROM outbox ORDER BY seq");
    let what = site.rows("SELECT client_slug, status FROM outbox ORDER BY seq");
    let reply = |((id, at), (slug, status)): ((String, String), (String, String))| Reply {
        id,
        slug,
        status,
        created_at_ms: at.parse().unwrap(),
    };
    created.into_iter().zip(what).map(reply).collect()
}

#[test]
fn an_hour_without_a_gateway_loses_and_doubles_nothing_and_is_over_when_it_is_over() {
    let mut dice = Dice(1);
    let site = Site::of(&mut dice, |release| {
        let tenant = TENANTS.iter().position(|it| it.0 == release.client.slug).unwrap();
        release.client.settings.max_reply_age_minutes = MOST_AGE[tenant];
    });
    site.shared.with(|world| (world.calm, world.down, world.idempotent) = (true, DOWN, false));
    let events = script();
    let half = START_MS + 35 * MINUTE;
    let (before, after) = events.split_at(events.partition_point(|it| it.at_ms < half));
    site.live(half, before);
    let waiting = site.rows("SELECT id, status FROM outbox WHERE status = 'pending'").len();
    assert!((1..=before.len()).contains(&waiting), "{waiting} wait, one for a message at most");
    site.live(END_MS + 10 * MINUTE, after);
    check(&site, &events, 1);

    let replies = replies(&site);
    assert_eq!(replies.len(), events.len(), "one for each message");
    let calls = site.shared.with(|world| world.calls.clone());
    let mut late = 0;
    for Reply { id, slug, status, created_at_ms } in &replies {
        let tenant = TENANTS.iter().position(|it| it.0 == slug).unwrap();
        let most_age_ms = i64::from(MOST_AGE[tenant]) * MINUTE;
        let asked: Vec<_> = calls.iter().filter(|it| it.id == *id).collect();
        let arrived = asked.iter().find(|it| it.arrived).map(|it| it.at_ms);
        match (status.as_str(), arrived) {
            ("sent", Some(at_ms)) => {
                assert!(at_ms - created_at_ms <= most_age_ms, "{id} is too old for {slug}");
                let soon = (created_at_ms + MINUTE).max(DOWN.end + LONGEST_PAUSE_MS);
                assert!(at_ms <= soon, "{id} arrived {} s after the outage", (at_ms - DOWN.end) / 1000);
                late += usize::from(at_ms - created_at_ms > MINUTE);
            }
            // Asked for until it was too old, while the gateway was away.
            ("dead", None) => {
                let end_ms = created_at_ms + most_age_ms;
                assert!(end_ms <= DOWN.end + WRITTEN_MS, "{id} of {slug} was given up early");
                let last = asked.last().map_or(end_ms, |it| it.at_ms);
                assert!(end_ms - last <= WRITTEN_MS, "{id} of {slug}: not asked for since {last}");
            }
            other => panic!("{id}: {other:?}"),
        }
    }
    assert!(late > 0, "some waited for the gateway");
    let alarms = site.state.alarms(START_MS).unwrap();
    for (slug, _) in TENANTS {
        let dead = replies.iter().filter(|it| it.slug == slug && it.status == "dead").count();
        assert!(dead > 0, "some of {slug} are a person's");
        assert_eq!(alarms[slug].dead, dead as u64);
        assert_eq!(alarms[slug].stuck_since_ms, None, "the gateway is not down any more");
        let open = site.state.handovers(Some(slug)).unwrap();
        assert!(!open.is_empty() && open.len() <= CUSTOMERS, "one request for a customer");
    }
}
