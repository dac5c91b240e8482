//! Small things to store: messages, turns, releases of an invented bicycle workshop.

use std::collections::BTreeMap;

use format::{
    Branch, Client, Facts, Lang, Pack, Passage, PassageKind, PlanLimits, Prompt, Reference, Release,
    SHARED_TAG, Settings, Standing, Status, Text,
};
use runtime::{Claim, Inbound, Publication, Receipt, StateStore, TurnCommit, Turnstile, VectorRow};
use uuid::Uuid;

/// The tenant of most tests.
pub(crate) const SLUG: &str = "spokes";
/// A customer.
pub(crate) const ANNA: &str = "77010000001@s.whatsapp.net";
/// Another customer.
pub(crate) const BOLAT: &str = "77010000002@s.whatsapp.net";
/// The clock of most tests, Unix milliseconds.
pub(crate) const NOON: i64 = 1_736_942_400_000;

/// A message of `jid`, received at `at_ms` and due at once.
pub(crate) fn message(jid: &str, id: &str, text: &str, at_ms: i64) -> Inbound {
    Inbound {
        slug: SLUG.to_owned(),
        instance_id: "number-1".to_owned(),
        message_id: id.to_owned(),
        jid: jid.to_owned(),
        sender: Some("A customer".to_owned()),
        text: text.to_owned(),
        media: None,
        file: None,
        request_id: format!("call-{id}"),
        sent_at: at_ms / 1000,
        received_at_ms: at_ms,
        due_at_ms: at_ms,
        month: "2025-01".to_owned(),
    }
}

/// Stores one message.
pub(crate) fn store(state: &dyn StateStore, message: &Inbound) -> Receipt {
    let mut receipts = state.store_inbound(std::slice::from_ref(message)).unwrap();
    assert_eq!(receipts.len(), 1);
    receipts.remove(0)
}

/// Stores a message of Anna and claims its turn.
pub(crate) fn claimed(state: &dyn StateStore, id: &str, at_ms: i64) -> Claim {
    store(state, &message(ANNA, id, "how much is a new chain?", at_ms));
    let mut claims = state.claim_due(at_ms, 60_000, &Turnstile::open(10)).unwrap();
    assert_eq!(claims.len(), 1, "one conversation is due");
    claims.remove(0)
}

/// A turn that answers `claim` with `reply`.
pub(crate) fn turn(claim: &Claim, reply: Option<&str>, outbox_id: &str, now_ms: i64) -> TurnCommit {
    TurnCommit {
        claim: claim.clone(),
        memory: format!("{{\"after\":\"{outbox_id}\"}}"),
        reply: reply.map(str::to_owned),
        instance_id: "number-1".to_owned(),
        branch: None,
        handover: None,
        cancel_handover: false,
        heard: Vec::new(),
        timers: Vec::new(),
        trace: format!("{{\"of\":\"{outbox_id}\"}}"),
        now_ms,
        outbox_id: outbox_id.to_owned(),
        send_until_ms: None,
    }
}

/// Takes a message all the way to a reply that is being sent.
pub(crate) fn sending(state: &dyn StateStore, id: &str, reply: &str, at_ms: i64) -> String {
    let claim = claimed(state, id, at_ms);
    let outbox_id = format!("out-{id}");
    state.commit_turn(&turn(&claim, Some(reply), &outbox_id, at_ms)).unwrap();
    let begun = state.begin_sends(at_ms, 60_000, &Turnstile::open(10)).unwrap();
    assert_eq!(begun.len(), 1, "one reply leaves");
    assert_eq!(begun[0].id, outbox_id);
    outbox_id
}

/// A release of `slug` that says `word` in its prompt and knows one passage of each of `texts`.
pub(crate) fn release(slug: &str, word: &str, texts: &[&str]) -> Release {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_DNS, slug.as_bytes());
    Release {
        format: format::FORMAT,
        client: Client {
            slug: slug.to_owned(),
            id,
            name: Text::plain("Spokes & Chains"),
            status: Status::Active,
            plan: "starter".to_owned(),
            company: Some("wheel_house".to_owned()),
            languages: vec![Lang::Ru, Lang::Kk],
            timezone: "Asia/Almaty".to_owned(),
            instance_id: Some(Reference::Env("SPOKES_NUMBER".to_owned())),
            secrets: BTreeMap::from([
                ("webhook_secret".to_owned(), Reference::Env("SPOKES_WEBHOOK_SECRET".to_owned())),
                ("telegram_bot_token".to_owned(), Reference::File("secrets/telegram".to_owned())),
            ]),
            settings: Settings {
                owner_telegram_id: vec!["@owner".to_owned(), "42".to_owned()],
                ..Settings::default()
            },
        },
        branches: vec![branch(id, "river"), branch(id, "hill")],
        agents: Vec::new(),
        prompts: vec![Prompt {
            name: "system".to_owned(),
            model: "small".to_owned(),
            temperature: 0.3,
            is_active: true,
            text: format!("Say {word}."),
        }],
        facts: Facts::default(),
        branch_facts: BTreeMap::new(),
        pack: Pack::default(),
        passages: texts.iter().zip(0..).map(|(text, ordinal)| passage(text, ordinal)).collect(),
        sources: BTreeMap::new(),
    }
}

/// A branch with a number of its own, named by reference.
pub(crate) fn branch(client: Uuid, slug: &str) -> Branch {
    Branch {
        slug: slug.to_owned(),
        id: Uuid::new_v5(&client, slug.as_bytes()),
        name: Text::plain(format!("by the {slug}")),
        aliases: Vec::new(),
        instance_id: Some(Reference::Env(format!("SPOKES_{}", slug.to_uppercase()))),
        phone: None,
        telegram_chat_id: None,
        knowledge_tag: slug.to_owned(),
        is_active: true,
        auto_approve_roles: None,
    }
}

fn passage(text: &str, ordinal: u32) -> Passage {
    Passage {
        digest: digest(text, ordinal),
        text: text.to_owned(),
        lang: Lang::Ru,
        tag: SHARED_TAG.to_owned(),
        doc: "guide.md".to_owned(),
        section: "Care".to_owned(),
        ordinal,
        kind: PassageKind::Document,
        line: 1,
        asked: Vec::new(),
    }
}

/// The digest of the passage at `ordinal` in [`release`].
pub(crate) fn digest(text: &str, ordinal: u32) -> String {
    Passage::digest_of(text, Lang::Ru, SHARED_TAG, "guide.md", "Care", ordinal)
}

/// A vector of a passage.
pub(crate) fn vector(digest: &str) -> VectorRow {
    VectorRow {
        encoder: "lexical-1".to_owned(),
        digest: digest.to_owned(),
        bytes: digest.as_bytes()[..8].to_vec(),
    }
}

/// Plan and company.
pub(crate) fn standing() -> Standing {
    Standing {
        plan: PlanLimits {
            slug: "starter".to_owned(),
            price_kzt: 50_000,
            messages_per_month: Some(1000),
            documents: Some(50),
            whatsapp_numbers: Some(1),
            dashboard: false,
        },
        company: Some(format::Company {
            slug: "wheel_house".to_owned(),
            name: "Wheel House LLP".to_owned(),
            agents: Vec::new(),
            billing: serde_json::json!({"bin": "000000000000"}),
        }),
    }
}

/// The publication of `release` on top of `base`, with vectors of all its passages.
pub(crate) fn publication(release: &Release, base: Option<&str>, at: &str) -> Publication {
    let bytes = format::encode(release);
    Publication {
        slug: release.client.slug.clone(),
        release_id: format::release_id(&bytes),
        bytes,
        standing: standing(),
        base: base.map(str::to_owned),
        vectors: release.passages.iter().map(|it| vector(&it.digest)).collect(),
        commit: Some("0123abc".to_owned()),
        author: Some("An Author".to_owned()),
        actor: Some("An Actor".to_owned()),
        at: at.to_owned(),
    }
}
