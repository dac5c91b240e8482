//! Customers who all write at once, through a gateway that delivers again what was not answered.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use playground::gateway::Gateway;
use playground::phone::{Answer, Message, Phone};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::PATIENCE;
use crate::world::{OWNER, SERVICES, World, instance, priced, slug};

/// A message and what the responder said of it.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) slug: String,
    pub(crate) jid: String,
    pub(crate) message_id: String,
    /// What exactly one reply to this customer says.
    pub(crate) expects: Option<String>,
    /// It was answered 200.
    pub(crate) acked: bool,
    /// It was answered 200 `Accepted` so often.
    pub(crate) accepted: u32,
    /// It was answered 503 so often.
    pub(crate) refused: u32,
}

/// Everything that customers have sent; clones share it.
#[derive(Clone, Default)]
pub(crate) struct Crowd {
    told: Arc<Mutex<Vec<Told>>>,
    writers: Arc<Mutex<usize>>,
}

impl Crowd {
    /// What was sent so far.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    /// Messages that were answered 200.
    pub(crate) fn acked(&self) -> usize {
        self.told.lock().unwrap().iter().filter(|it| it.acked).count()
    }

    /// So many new customers write so many messages each, all at once; a customer's messages one
    /// after the other. Ends when all of them were answered 200.
    pub(crate) fn flood(&self, world: &World, customers: usize, each: usize) -> JoinHandle<()> {
        let mut writing = JoinSet::new();
        for _ in 0..customers {
            let customer = {
                let mut next = self.writers.lock().unwrap();
                *next += 1;
                *next
            };
            let shop = customer % world.shops;
            let jid = jid(shop, customer);
            let messages: Vec<_> = (0..each)
                .map(|nth| {
                    let (text, expects) = words(shop, customer, nth);
                    (world.message(shop, &jid, &text), expects)
                })
                .collect();
            let (crowd, line) = (self.clone(), world.line.subscribe());
            writing.spawn(async move {
                for (message, expects) in messages {
                    crowd.deliver(line.clone(), message, expects).await;
                }
            });
        }
        tokio::spawn(async move { writing.join_all().await.clear() })
    }

    /// One message, again and again until it is answered 200.
    pub(crate) async fn deliver(
        &self,
        line: watch::Receiver<Vec<Phone>>,
        message: Message,
        expects: Option<String>,
    ) {
        let told = Told {
            slug: message.slug.clone(),
            jid: message.jid.clone(),
            message_id: message.message_id.clone(),
            expects,
            acked: false,
            accepted: 0,
            refused: 0,
        };
        let at = {
            let mut all = self.told.lock().unwrap();
            all.push(told);
            all.len() - 1
        };
        let (answer, refused) = insist(line, &message, false).await;
        let mut all = self.told.lock().unwrap();
        all[at].acked = true;
        all[at].refused = refused;
        all[at].accepted += u32::from(answer.body["message"] == "Accepted");
    }
}

/// Posts until the answer is 200, wherever the responder is by then; the answer, and how often it was
/// refused before.
pub(crate) async fn insist(
    mut line: watch::Receiver<Vec<Phone>>,
    message: &Message,
    echo: bool,
) -> (Answer, u32) {
    let deadline = Instant::now() + PATIENCE;
    let mut refused = 0;
    let mut turn: usize = message.message_id.bytes().map(usize::from).sum();
    loop {
        let phones = line.borrow_and_update().clone();
        if !phones.is_empty() {
            // As a balancer does: somewhere, and elsewhere the next time.
            turn += 1;
            let phone = &phones[turn % phones.len()];
            let answer = if echo { phone.echo(message).await } else { phone.write(message).await };
            match answer {
                Ok(answer) if answer.status == 200 => return (answer, refused),
                Ok(answer) => {
                    assert_eq!(answer.status, 503, "{}", answer.body);
                    refused += 1;
                }
                Err(_) => {}
            }
        }
        assert!(Instant::now() < deadline, "no responder takes the message");
        drop(tokio::time::timeout(Duration::from_millis(50), line.changed()).await);
    }
}

/// Tells the responder of what reached customers' phones in shops with an odd number, and their
/// owners', as a gateway does that echoes. Ends with the test.
pub(crate) fn echoes(world: &World) -> JoinHandle<()> {
    let (gateway, line) = (world.gateway.clone(), world.line.subscribe());
    let blank = world.message(0, "", "");
    tokio::spawn(async move {
        let (mut seen, mut watch) = (0, gateway.watch());
        while watch.changed().await.is_ok() {
            let calls = gateway.calls_after(seen);
            seen += calls.len();
            for call in calls.into_iter().filter(|it| it.is_delivered()) {
                let is_echoed = |shop: &usize| shop % 2 == 1 || call.jid == OWNER;
                let Some(shop) = shop_of(&call.instance_id).filter(is_echoed) else { continue };
                let message = Message {
                    slug: slug(shop),
                    instance_id: Some(call.instance_id),
                    jid: call.jid,
                    text: call.text,
                    message_id: call.msg_id.expect("every send carries its own id"),
                    ..blank.clone()
                };
                let line = line.clone();
                tokio::spawn(async move { drop(insist(line, &message, true).await) });
            }
        }
    })
}

/// The shop with this number.
pub(crate) fn shop_of(instance_id: &str) -> Option<usize> {
    (0..8).find(|shop| instance(*shop) == instance_id)
}

/// The shop that a customer of [`Crowd::flood`] writes to stands in the number.
pub(crate) fn jid(shop: usize, customer: usize) -> String {
    format!("7701{shop:02}{customer:06}@s.whatsapp.net")
}

/// What a customer says: a price mostly, sometimes what only a model or a person can answer.
fn words(shop: usize, customer: usize, nth: usize) -> (String, Option<String>) {
    match customer % 16 {
        7 => ("Можно ли к вам прийти с собакой?".to_owned(), None),
        11 => ("Позовите, пожалуйста, живого человека".to_owned(), None),
        _ => {
            let service = (customer + nth) % SERVICES.len();
            (format!("Сколько стоит {}?", SERVICES[service].to_lowercase()), Some(priced(shop, service)))
        }
    }
}

/// The gateway fails its next calls the way networks do: it delivers, and the answer is lost.
pub(crate) fn lose_answers(gateway: &Gateway, calls: u32) {
    gateway.set_mode(playground::gateway::Mode::AcceptThenDrop, Some(calls));
}
