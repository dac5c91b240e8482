//! A few hundred pseudo-random operations against invariants that hold after each of them.

use std::collections::{BTreeMap, BTreeSet};

use runtime::{Claim, OutboxRow, Receipt, Settlement, StateStore, StoreError, Turnstile};

use crate::engines::Engine;
use crate::make::{NOON, SLUG, message, turn};

/// A small generator (Numerical Recipes' constants, high bits): the same seed, the same history.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What the outside knows about the store it drives.
#[derive(Default)]
struct World {
    now_ms: i64,
    /// Ids stored, by jid.
    stored: BTreeMap<String, Vec<String>>,
    claims: Vec<Claim>,
    sends: Vec<OutboxRow>,
    /// Claims that committed a reply: outbox id by (conversation, lease).
    replies: BTreeMap<(String, i64), String>,
    /// Replies the gateway delivered.
    delivered: BTreeSet<String>,
    /// Jids a person has.
    taken: BTreeSet<String>,
    /// Ids taken in, forgotten ones too.
    unique: u64,
    turns: u32,
    echoes: u32,
}

const CUSTOMERS: u64 = 4;

fn jid(n: u64) -> String {
    format!("7701000000{n}@s.whatsapp.net")
}

pub(crate) fn invariants_hold_in_many_histories(engine: &dyn Engine) {
    for seed in 1..=8 {
        invariants_hold(&*engine.another().state(), seed);
    }
}

/// Runs one history; any seed must hold.
fn invariants_hold(state: &dyn StateStore, seed: u64) {
    let mut dice = Dice(seed);
    let mut world = World { now_ms: NOON, ..World::default() };
    for _ in 0..300 {
        world.now_ms += i64::try_from(dice.below(400)).unwrap();
        match dice.below(10) {
            0..=2 => write(state, &mut world, &mut dice),
            3..=4 => claim(state, &mut world, &mut dice),
            5..=6 => commit(state, &mut world, &mut dice),
            7 => send(state, &mut world),
            8 => settle(state, &mut world, &mut dice),
            _ => rare(state, &mut world, &mut dice),
        }
        check(state, &world);
    }
    drain(state, &mut world);
}

/// Whatever happened, honest workers bring it to an end.
fn drain(state: &dyn StateStore, world: &mut World) {
    while let Some(row) = world.sends.pop() {
        state.settle_send(&row.id, row.attempts, &Settlement::Sent, world.now_ms).unwrap();
    }
    for _ in 0..200 {
        world.now_ms += 5000;
        for claim in state.claim_due(world.now_ms, 1000, &Turnstile::open(100)).unwrap() {
            world.turns += 1;
            let outbox_id = format!("out-{}", world.turns);
            state.commit_turn(&turn(&claim, Some("at last"), &outbox_id, world.now_ms)).unwrap();
        }
        for row in state.begin_sends(world.now_ms, 60_000, &Turnstile::open(100)).unwrap() {
            state.settle_send(&row.id, row.attempts, &Settlement::Sent, world.now_ms).unwrap();
        }
        if state.next_due().unwrap().is_none() {
            return;
        }
    }
    panic!("something is due for ever");
}

fn write(state: &dyn StateStore, world: &mut World, dice: &mut Dice) {
    let jid = jid(dice.below(CUSTOMERS));
    // Few ids, so that many are repeats.
    let id = format!("{jid} {}", dice.below(40));
    let is_new = !world.stored.get(&jid).is_some_and(|ids| ids.contains(&id));
    let mut it = message(&jid, &id, "hello", world.now_ms);
    it.due_at_ms += i64::try_from(dice.below(500)).unwrap();
    let receipt = state.store_inbound(&[it]).unwrap().remove(0);
    assert_eq!(matches!(receipt, Receipt::Stored { .. }), is_new);
    if is_new {
        world.unique += 1;
        world.stored.entry(jid).or_default().push(id);
    }
}

fn claim(state: &dyn StateStore, world: &mut World, dice: &mut Dice) {
    let lease_ms = i64::try_from(dice.below(3000)).unwrap();
    for claim in state.claim_due(world.now_ms, lease_ms, &Turnstile::open(2)).unwrap() {
        assert!(!world.taken.contains(&claim.jid), "a person's conversation is not claimed");
        assert!(!claim.burst.is_empty());
        let later = |it: &&Claim| it.conversation_id == claim.conversation_id && it.lease >= claim.lease;
        assert!(!world.claims.iter().any(|it| later(&it)), "tokens grow");
        world.claims.push(claim);
    }
}

fn commit(state: &dyn StateStore, world: &mut World, dice: &mut Dice) {
    if world.claims.is_empty() {
        return;
    }
    let at = usize::try_from(dice.below(world.claims.len() as u64)).unwrap();
    // Sometimes the claim is kept and committed again, as a confused worker would.
    let claim = if dice.below(4) == 0 { world.claims[at].clone() } else { world.claims.remove(at) };
    world.turns += 1;
    let outbox_id = format!("out-{}", world.turns);
    let text = format!("reply {}", world.turns);
    let mut turn = turn(&claim, (dice.below(5) > 0).then_some(text.as_str()), &outbox_id, world.now_ms);
    turn.handover = (dice.below(6) == 0).then(|| ("policy".to_owned(), outbox_id.clone()));
    turn.cancel_handover = dice.below(8) == 0;
    turn.send_until_ms = (dice.below(2) == 0).then_some(world.now_ms + 60_000);
    match state.commit_turn(&turn) {
        Ok(begun) => {
            assert!(!world.taken.contains(&claim.jid), "the bot does not talk over a person");
            let key = (claim.conversation_id, claim.lease);
            let said = turn.reply.is_some();
            assert!(!world.replies.contains_key(&key), "at most one reply for a claim");
            world.replies.insert(key, if said { outbox_id } else { String::new() });
            if let Some(row) = begun {
                leaves(world, row);
            }
        }
        Err(StoreError::Stale) => assert_eq!(state.message(&outbox_id).unwrap(), None, "nothing was written"),
        Err(error) => panic!("{error}"),
    }
}

fn send(state: &dyn StateStore, world: &mut World) {
    for row in state.begin_sends(world.now_ms, 60_000, &Turnstile::open(2)).unwrap() {
        leaves(world, row);
    }
}

/// A send was begun.
fn leaves(world: &mut World, row: OutboxRow) {
    assert!(!world.taken.contains(&row.jid), "nothing begins to leave after a take");
    assert!(!world.delivered.contains(&row.id), "what was delivered is not sent again");
    let in_flight = |it: &&OutboxRow| !world.delivered.contains(&it.id);
    let before = world.sends.iter().filter(in_flight).find(|it| it.conversation_id == row.conversation_id);
    assert_eq!(before, None, "one at a time");
    world.sends.push(row);
}

fn settle(state: &dyn StateStore, world: &mut World, dice: &mut Dice) {
    let Some(row) = world.sends.pop() else { return };
    let error = "http 503".to_owned();
    let settlement = match dice.below(5) {
        0 => Settlement::Retry { at_ms: world.now_ms + 100, error },
        1 => Settlement::Dead { error },
        2 => Settlement::Unknown { error },
        _ => Settlement::Sent,
    };
    state.settle_send(&row.id, row.attempts, &settlement, world.now_ms).unwrap();
    if settlement == Settlement::Sent {
        world.delivered.insert(row.id);
    }
}

/// Take-overs, echoes of our own, erasures.
fn rare(state: &dyn StateStore, world: &mut World, dice: &mut Dice) {
    let jid = jid(dice.below(CUSTOMERS));
    world.echoes += 1;
    match dice.below(6) {
        0 => {
            let person = message(&jid, &format!("phone-{}", world.echoes), "I am here", world.now_ms);
            assert!(!state.record_echo(&person).unwrap());
            world.taken.insert(jid);
        }
        1..=3 => {
            let Some(row) = world.sends.last() else { return };
            let ours = message(&row.jid, &format!("WA-{}", world.echoes), &row.text, world.now_ms);
            assert!(state.record_echo(&ours).unwrap(), "an echo of what is being sent is ours");
            world.delivered.insert(row.id.clone());
        }
        _ => {
            state.forget(SLUG, &jid, "").unwrap();
            world.stored.remove(&jid);
            world.taken.remove(&jid);
            world.sends.retain(|it| it.jid != jid);
            world.claims.retain(|it| it.jid != jid);
        }
    }
}

fn check(state: &dyn StateStore, world: &World) {
    for n in 0..CUSTOMERS {
        let messages = state.messages(SLUG, &jid(n)).unwrap();
        let asked: Vec<&str> =
            messages.iter().filter(|it| it.role == "user").map(|it| it.message_id.as_str()).collect();
        let stored: Vec<&str> = world.stored.get(&jid(n)).into_iter().flatten().map(String::as_str).collect();
        assert_eq!(asked, stored, "each stored id once, in the order of arrival");
        let said: BTreeSet<&str> =
            messages.iter().filter(|it| it.role == "assistant").map(|it| it.id.as_str()).collect();
        assert!(said.iter().all(|id| world.replies.values().any(|it| it == id)), "every reply has a claim");
    }
    let counted: u64 = state.usage(None).unwrap().iter().map(|it| it.messages_in).sum();
    assert_eq!(counted, world.unique, "usage is the number of unique ids");
    let open = state.handovers(None).unwrap();
    let conversations: BTreeSet<&str> = open.iter().map(|it| it.conversation_id.as_str()).collect();
    assert_eq!(conversations.len(), open.len(), "one open request in a conversation");
    for jid in &world.taken {
        let is_persons =
            open.iter().any(|it| it.jid == *jid && it.status == "active" && it.id != it.conversation_id);
        assert!(is_persons, "whoever has a talk can give it back");
    }
    if let Some(due) = state.next_due().unwrap() {
        assert!(due <= world.now_ms + 4000, "something is due soon or nothing waits");
    }
}
