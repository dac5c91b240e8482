//! A small invented tenant: a bicycle workshop.

use std::collections::BTreeMap;

use format::{
    BurstWindow, Client, Facts, Intent, Lang, Offer, Pack, Passage, PassageKind, Phrases, PlanLimits, Price,
    Prompt, Reference, Release, SHARED_TAG, Service, Settings, Source, Standing, Status, Text,
};
use uuid::Uuid;

/// Long enough for a webhook secret.
pub(crate) fn secret(name: &str) -> String {
    format!("{name}-secret-0123456789-0123456789-0123456789")
}

/// The variable that holds a tenant's webhook secret.
pub(crate) fn variable(slug: &str) -> String {
    format!("{}_WEBHOOK_SECRET", slug.to_uppercase())
}

/// A workshop that answers at once and has no number of its own.
pub(crate) fn shop(slug: &str) -> Release {
    let text = |ru: &str| Text::plain(ru);
    Release {
        format: format::FORMAT,
        client: Client {
            slug: slug.to_owned(),
            id: Uuid::new_v5(&Uuid::NAMESPACE_OID, slug.as_bytes()),
            name: text("Спица"),
            status: Status::Active,
            plan: "starter".to_owned(),
            company: None,
            languages: vec![Lang::Ru, Lang::Kk],
            timezone: "Asia/Almaty".to_owned(),
            instance_id: None,
            secrets: BTreeMap::from([("webhook_secret".to_owned(), Reference::Env(variable(slug)))]),
            settings: Settings { burst_window_ms: BurstWindow { short: 0, long: 0 }, ..Settings::default() },
        },
        branches: Vec::new(),
        agents: Vec::new(),
        prompts: vec![Prompt {
            name: "system".to_owned(),
            model: "pretend".to_owned(),
            temperature: 0.2,
            is_active: true,
            text: "Ты отвечаешь за {{ client.name }}.".to_owned(),
        }],
        facts: Facts {
            offers: vec![Offer {
                category: text("Колёса"),
                name: text("Правка колеса"),
                price: Price::Exact(4_000),
                note: None,
                source: Source("SALON_TRUTH.yaml:12".to_owned()),
            }],
            services: vec![Service {
                name: text("Правка колеса"),
                aliases: vec!["восьмёрка".to_owned()],
                offers: vec![0],
                price_text: None,
                duration: None,
                description: None,
                source: Source("SALON_TRUTH.yaml:20".to_owned()),
            }],
            ..Facts::default()
        },
        branch_facts: BTreeMap::new(),
        pack: pack(),
        passages: vec![passage("Зимой велосипед лучше хранить в сухом тёплом месте.")],
        sources: BTreeMap::new(),
    }
}

/// As little as the decisions need to answer.
fn pack() -> Pack {
    let intent = |examples: &[&str]| Intent {
        examples: Phrases { ru: examples.iter().map(|it| (*it).to_owned()).collect(), kk: Vec::new() },
        ..Intent::default()
    };
    let intents = [
        ("pricing", intent(&["сколько стоит {service}", "цена на {service}"])),
        ("greeting", intent(&["привет", "здравствуйте"])),
    ];
    let templates = [
        ("disclosure", "Это помощник «{client.name}».", "Бұл «{client.name}» көмекшісі."),
        ("fallback", "Передам коллегам.", "Әріптестерге айтамын."),
        ("answer.greeting", "Чем помочь?", "Қалай көмектесейін?"),
        ("price.exact", "{price} ₸", "{price} ₸"),
        ("price.line", "{name} — {amount}", "{name} — {amount}"),
        ("handover.default", "Передаю мастеру.", "Шеберге айтамын."),
        ("handover.unknown_fact", "Не знаю, передаю мастеру.", "Білмеймін, шеберге айтамын."),
        ("pending.reminder", "Мастер пока не ответил.", "Шебер әлі жауап бермеді."),
        ("clarify", "О чём речь?", "Не туралы?"),
    ];
    let text = |ru: &str, kk: &str| Text { ru: ru.to_owned(), kk: Some(kk.to_owned()) };
    Pack {
        intents: intents.into_iter().map(|(id, it)| (id.to_owned(), it)).collect(),
        templates: templates.into_iter().map(|(id, ru, kk)| (id.to_owned(), text(ru, kk))).collect(),
        ..Pack::default()
    }
}

fn passage(words: &str) -> Passage {
    let (doc, section) = ("knowledge/care.md", "Уход > Зима");
    Passage {
        digest: Passage::digest_of(words, Lang::Ru, SHARED_TAG, doc, section, 0),
        text: words.to_owned(),
        lang: Lang::Ru,
        tag: SHARED_TAG.to_owned(),
        doc: doc.to_owned(),
        section: section.to_owned(),
        ordinal: 0,
        kind: PassageKind::Document,
        line: 3,
        asked: Vec::new(),
    }
}

/// Plan and company.
pub(crate) fn standing() -> Standing {
    Standing {
        plan: PlanLimits {
            slug: "starter".to_owned(),
            price_kzt: 50_000,
            messages_per_month: Some(1_000),
            documents: Some(50),
            whatsapp_numbers: Some(1),
            dashboard: false,
        },
        company: None,
    }
}
