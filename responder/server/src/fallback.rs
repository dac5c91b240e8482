//! What is committed when a turn cannot be decided: silence where nobody may speak, otherwise a
//! request to people and an honest sentence.

use decide::{Memory, Said, Speaker};
use format::{Lang, Reason, Release};
use runtime::{Claim, TurnCommit};

use crate::conversation::memory;
use crate::engine::Engine;
use crate::tenant::Tenant;
use crate::timers;
use crate::trace::{StoredStep, StoredTrace};

/// The pack's sentence for this case.
const FALLBACK: &str = "fallback";
/// The pack's sentence that says who answers.
const DISCLOSURE: &str = "disclosure";
/// How many things said are remembered.
const REMEMBERED: usize = 10;

/// Commits that nothing is said; the messages stay stored.
pub(crate) fn silence(engine: &Engine, tenant: &Tenant, claim: Claim, why: &'static str) -> TurnCommit {
    let memory = memory(&claim);
    commit(engine, tenant, claim, memory, (why, false))
}

/// Commits a request to people with reason `error`, and the fallback text unless a person speaks.
pub(crate) async fn hand_over(
    engine: &Engine,
    tenant: &Tenant,
    claim: Claim,
    why: &'static str,
) -> TurnCommit {
    let mut memory = memory(&claim);
    if memory.manager_active {
        return commit(engine, tenant, claim, memory, (why, false));
    }
    let words = words(&claim);
    let summary = words.join("\n");
    let lang = decide::language(&tenant.head().client.languages, memory.lang, &summary);
    memory.lang = Some(lang);
    // Without a release that can be read there are no words; people are asked all the same.
    let awake = engine.wake(tenant).await.ok();
    let reply = awake.and_then(|it| text(it.release(), &memory, lang));
    remember(&mut memory, &words, reply.as_deref());
    memory.last_turn_at = Some(engine.now_ms() / 1000);
    let timers = timers::of_turn(tenant, &claim, engine.now_ms());
    let mut commit = commit(engine, tenant, claim, memory, (why, true));
    commit.timers = timers;
    commit.reply = reply;
    commit.handover = Some((Reason::Error.code().to_owned(), summary));
    commit
}

/// Commits a request to people with reason `error`, as for a reply that was not sent in time: the customer
/// is told nothing.
pub(crate) fn leave_to_people(
    engine: &Engine,
    tenant: &Tenant,
    claim: Claim,
    why: &'static str,
) -> TurnCommit {
    let mut memory = memory(&claim);
    let words = words(&claim);
    remember(&mut memory, &words, None);
    let summary = words.join("\n");
    let timers = timers::of_turn(tenant, &claim, engine.now_ms());
    let mut commit = commit(engine, tenant, claim, memory, (why, true));
    commit.timers = timers;
    commit.handover = Some((Reason::Error.code().to_owned(), summary));
    commit
}

/// What the customer wrote.
fn words(claim: &Claim) -> Vec<String> {
    claim.burst.iter().map(|it| it.text.clone()).filter(|it| !it.is_empty()).collect()
}

fn commit(
    engine: &Engine,
    tenant: &Tenant,
    claim: Claim,
    memory: Memory,
    (why, handed_over): (&'static str, bool),
) -> TurnCommit {
    let trace = StoredTrace {
        release: tenant.release_id().to_owned(),
        action: if handed_over { "escalate" } else { "silence" }.to_owned(),
        intent: why.to_owned(),
        branch: memory.branch.clone(),
        handover: handed_over.then(|| Reason::Error.code().to_owned()),
        steps: vec![StoredStep { rule: "fallback".to_owned(), detail: why.to_owned(), sources: Vec::new() }],
        ..StoredTrace::default()
    };
    TurnCommit {
        memory: serde_json::to_string(&memory).expect("string keys and plain values always serialise"),
        reply: None,
        instance_id: tenant.numbers().answering(memory.branch.as_deref(), &claim.instance_id),
        branch: memory.branch,
        handover: None,
        cancel_handover: false,
        heard: Vec::new(),
        timers: Vec::new(),
        trace: trace.to_json(),
        now_ms: engine.now_ms(),
        outbox_id: (engine.ids)().to_string(),
        send_until_ms: None,
        claim,
    }
}

/// The fallback, after the disclosure where nothing has been said to this customer before.
fn text(release: &Release, memory: &Memory, lang: Lang) -> Option<String> {
    let sentence = |id: &str| {
        let text = release.pack.templates.get(id)?.get(lang);
        let text = text.replace("{client.name}", release.client.name.get(lang));
        // What is left is a slot that only a decision can fill.
        (!text.trim().is_empty() && !text.contains('{')).then(|| text.trim().to_owned())
    };
    let fallback = sentence(FALLBACK)?;
    let known = memory.said.iter().any(|it| it.by == Speaker::Bot);
    let disclosure = if known { None } else { sentence(DISCLOSURE) };
    Some(disclosure.map_or_else(|| fallback.clone(), |it| format!("{it} {fallback}")))
}

fn remember(memory: &mut Memory, words: &[String], reply: Option<&str>) {
    let customer = words.iter().map(|it| Said { by: Speaker::Customer, text: it.clone() });
    let bot = reply.map(|it| Said { by: Speaker::Bot, text: it.to_owned() });
    memory.said.extend(customer.chain(bot));
    let surplus = memory.said.len().saturating_sub(REMEMBERED);
    memory.said.drain(..surplus);
}
