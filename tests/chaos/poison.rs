//! One conversation that kills the process whenever it is decided, among nineteen that do not.

use std::time::Duration;

use playground::model::Mode;

use crate::crowd::{self, Crowd};
use crate::ledger::{self, Store};
use crate::postgres;
use crate::world::{Plan, World, until};

/// What every customer asks; a model answers it, so that all of them are under way for a while.
const QUESTION: &str = "Можно ли к вам прийти с собакой?";
/// What the one asks of whom nobody knows it.
const POISON: &str = "Можно ли прийти к вам с собакой?";
/// The one among twenty.
const POISONOUS: usize = 7;

const OTHERS_WAIT: &str = "SELECT count(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id
     WHERE m.role = 'user' AND m.settled IS NULL AND c.jid NOT LIKE '%000007@%'";
const REQUESTS: &str = "SELECT c.jid FROM handovers h JOIN conversations c ON c.id = h.conversation_id";

/// Kills whatever serves as soon as the model is asked about the poisonous one, again and again, until
/// that customer has a person; says how many kills that took.
async fn kill_until_it_is_found(world: &World, store: &Store<'_>, crowd: &Crowd) -> usize {
    let mut kills = 0;
    let mut asked = 0;
    let mut writing = Vec::new();
    loop {
        let serve = world.open(&[]);
        for nth in if kills == 0 { 0..20 } else { 0..0 } {
            let text = if nth == POISONOUS { POISON } else { QUESTION };
            let message = world.message(1, &crowd::jid(1, nth), text);
            let (crowd, line) = (crowd.clone(), world.line.subscribe());
            writing.push(tokio::spawn(async move { crowd.deliver(line, message, None).await }));
        }
        let deadly = || {
            let all = world.model.asked();
            let found = all[asked..]
                .iter()
                .any(|it| it.messages.iter().any(|said| said.text.contains("прийти к вам")));
            asked = if found { all.len() } else { asked };
            found
        };
        let mut deadly = deadly;
        let mut died = false;
        until("the process is killed or the customer has a person", || {
            died = deadly();
            died || store.rows(REQUESTS).len() == 1
        })
        .await;
        if !died {
            for one in writing {
                one.await.unwrap();
            }
            store.drained().await;
            return kills;
        }
        if kills == 0 {
            // Everybody's message is there, so that everybody is suspected.
            until("all have written", || crowd.acked() == 20).await;
        }
        world.disconnect();
        serve.kill();
        kills += 1;
        store.leases_run_out();
        if kills == 4 {
            assert_eq!(store.count(OTHERS_WAIT), 0, "by now all others were answered");
        }
        assert!(kills <= 4, "it is found");
    }
}

async fn the_one_is_found(world: World, store: &Store<'_>) {
    let crowd = Crowd::default();
    world.model.set_mode(Mode::Slow(Duration::from_millis(200)));
    assert_eq!(kill_until_it_is_found(&world, store, &crowd).await, 4);
    assert_eq!(store.rows(REQUESTS), [[crowd::jid(1, POISONOUS)]], "nobody else needs a person");
    for nth in 0..20 {
        let replies = world.gateway.delivered_to(&crowd::jid(1, nth));
        assert_eq!(replies.len(), 1, "{nth}: {replies:?}");
        let answered = replies[0].text.contains("на поводке");
        assert_eq!(answered, nth != POISONOUS, "{nth}: {}", replies[0].text);
    }
    ledger::check(store, &crowd, &world.gateway);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_conversation_that_kills_is_a_persons_and_the_others_are_answered() {
    let world = World::new(Plan::default()).await;
    let file = world.state_file();
    the_one_is_found(world, &Store::Sqlite(&file)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_conversation_that_kills_is_found_on_a_server() {
    let _shared = crate::replicas::SERVER.read().await;
    let Some(database) = postgres::database() else { return };
    let world = World::new(Plan { store: Some(database.url().to_owned()), ..Plan::default() }).await;
    the_one_is_found(world, &Store::Postgres(&database)).await;
}
