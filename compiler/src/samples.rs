//! A small invented tenant for the tests of this crate: a bicycle workshop with two doors.

use std::collections::BTreeMap;

use format::{
    Branch, Client, DayHours, Facts, Hours, Lang, Offer, Pack, Passage, PassageKind, PlanLimits, Price,
    Prompt, Reference, Release, Settings, Source, Standing, Status, Text,
};
use uuid::Uuid;

use crate::plan::Desired;

/// A release with its bytes and address.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) release: Release,
    pub(crate) bytes: Vec<u8>,
    pub(crate) release_id: String,
    pub(crate) standing: Standing,
}

impl Sample {
    pub(crate) fn of(release: Release) -> Self {
        let bytes = format::encode(&release);
        let release_id = format::release_id(&bytes);
        Self { release, bytes, release_id, standing: standing() }
    }

    /// The workshop, changed.
    pub(crate) fn with(change: impl FnOnce(&mut Release)) -> Self {
        let mut release = workshop();
        change(&mut release);
        Self::of(release)
    }

    /// A second workshop with the same knowledge.
    pub(crate) fn second() -> Self {
        Self::with(|it| {
            it.client = client("workshop_two");
            it.branches.clear();
        })
    }

    pub(crate) fn desired(&self) -> Desired<'_> {
        let Self { release, bytes, release_id, standing } = self;
        Desired { release, bytes, release_id, standing }
    }
}

pub(crate) fn standing() -> Standing {
    let plan = PlanLimits {
        slug: "starter".to_owned(),
        price_kzt: 50_000,
        messages_per_month: Some(1000),
        documents: Some(50),
        whatsapp_numbers: Some(1),
        dashboard: false,
    };
    Standing { plan, company: None }
}

pub(crate) fn workshop() -> Release {
    Release {
        format: format::FORMAT,
        client: client("workshop"),
        branches: vec![branch("north", Some("wa-north")), branch("south", None)],
        agents: Vec::new(),
        prompts: vec![Prompt {
            name: "system".to_owned(),
            model: "gpt-4o-mini".to_owned(),
            temperature: 0.3,
            is_active: true,
            text: "You answer for a workshop.\nBe brief.\n".to_owned(),
        }],
        facts: facts(),
        branch_facts: BTreeMap::new(),
        pack: Pack::default(),
        passages: vec![
            passage("knowledge/faq.md", "Wheels", "A wheel is trued while you wait.", 0),
            passage("knowledge/faq.md", "Storage", "Bicycles are stored over the winter.", 1),
        ],
        sources: BTreeMap::new(),
    }
}

fn client(slug: &str) -> Client {
    Client {
        slug: slug.to_owned(),
        id: id(slug),
        name: Text::plain("Spoke"),
        status: Status::Active,
        plan: "starter".to_owned(),
        company: None,
        languages: vec![Lang::Ru],
        timezone: "Asia/Almaty".to_owned(),
        instance_id: None,
        secrets: BTreeMap::new(),
        settings: Settings::default(),
    }
}

fn id(slug: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, slug.as_bytes())
}

fn branch(slug: &str, instance_id: Option<&str>) -> Branch {
    serde_json::from_value(serde_json::json!({
        "slug": slug,
        "id": id(slug),
        "name": { "ru": slug },
        "instance_id": instance_id.map(|it| Reference::Literal(it.to_owned())),
        "phone": null,
        "telegram_chat_id": null,
        "knowledge_tag": slug,
        "is_active": true,
    }))
    .unwrap()
}

fn facts() -> Facts {
    let at = |line: u32| Source(format!("SALON_TRUTH.yaml:{line}"));
    let offer = |name: &str, price, line| Offer {
        category: Text::plain("Repairs"),
        name: Text::plain(name),
        price,
        note: None,
        source: at(line),
    };
    Facts {
        offers: vec![offer("Brakes", Price::Exact(4000), 12), offer("Tune-up", Price::From(12_500), 13)],
        hours: Some(Hours {
            days: Text::plain("every day"),
            usual: DayHours::Open { open: "10:00".to_owned(), close: "19:00".to_owned() },
            last_appointment: None,
            exceptions: None,
            week: BTreeMap::new(),
            dates: BTreeMap::new(),
            source: at(5),
        }),
        ..Facts::default()
    }
}

pub(crate) fn passage(doc: &str, section: &str, text: &str, ordinal: u32) -> Passage {
    Passage {
        digest: Passage::digest_of(text, Lang::Ru, format::SHARED_TAG, doc, section, ordinal),
        text: text.to_owned(),
        lang: Lang::Ru,
        tag: format::SHARED_TAG.to_owned(),
        doc: doc.to_owned(),
        section: section.to_owned(),
        ordinal,
        kind: PassageKind::Document,
        line: ordinal * 3 + 1,
        asked: Vec::new(),
    }
}
