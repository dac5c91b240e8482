//! A workshop for bicycles with two branches.

use std::collections::BTreeMap;

use format::{
    Answer, Branch, Client, DayHours, Fact, Facts, Hours, Lang, Offer, Pack, Passage, PassageKind, Price,
    Promotion, Release, SHARED_TAG, Service, Settings, Source, Status, Text, Value,
};
use lessons::{Message, Who};
use uuid::Uuid;

pub(crate) fn source(line: u32) -> Source {
    Source(format!("truth.yaml:{line}"))
}

fn offer(name: &str, kk: &str, price: Price, line: u32) -> Offer {
    let name = Text { ru: name.to_owned(), kk: (!kk.is_empty()).then(|| kk.to_owned()) };
    Offer { category: Text::plain("Работы"), name, price, note: None, source: source(line) }
}

fn service(name: &str, aliases: &[&str], offers: Vec<usize>, duration: Option<&str>, line: u32) -> Service {
    Service {
        name: Text::plain(name),
        aliases: aliases.iter().map(|it| (*it).to_owned()).collect(),
        offers,
        price_text: None,
        duration: duration.map(Text::plain),
        description: None,
        source: source(line),
    }
}

fn branch(slug: &str, name: &str, roles: Option<Vec<String>>) -> Branch {
    Branch {
        slug: slug.to_owned(),
        id: Uuid::nil(),
        name: Text::plain(name),
        aliases: Vec::new(),
        instance_id: None,
        phone: Some("+7 727 300-40-50".to_owned()),
        telegram_chat_id: None,
        knowledge_tag: format!("{slug}-tag"),
        is_active: true,
        auto_approve_roles: roles,
    }
}

fn facts() -> Facts {
    let fact =
        |text: &str, line| Fact { value: Value::Text(text.to_owned()), value_kk: None, source: source(line) };
    let day = |open: &str, close: &str| DayHours::Open { open: open.to_owned(), close: close.to_owned() };
    Facts {
        texts: BTreeMap::from([
            ("shop.address.full".to_owned(), fact("ул. Гоголя, дом 15, кв 2", 3)),
            ("shop.email".to_owned(), fact("hello@wheels.example", 4)),
            ("shop.site".to_owned(), fact("https://go.wheels.example/map?id=77", 5)),
            ("shop.telegram".to_owned(), fact("@wheels_shop", 6)),
        ]),
        offers: vec![
            offer("Замена цепи", "Шынжыр ауыстыру", Price::Exact(4500), 11),
            offer("Чистка сухая", "", Price::Exact(3000), 12),
            offer("Чистка полная", "", Price::Exact(6000), 13),
            offer("Сварка рамы", "", Price::From(8000), 14),
            offer("Диагностика", "", Price::Range(1000, 2000), 15),
        ],
        services: vec![
            service("Замена цепи", &["новая цепь", "порвалась цепь"], vec![0], Some("30–40 минут"), 21),
            service("Чистка", &["помыть велосипед"], vec![1, 2], Some("1 час"), 22),
        ],
        hours: Some(Hours {
            days: Text::plain("ежедневно"),
            usual: day("10:00", "20:00"),
            last_appointment: None,
            exceptions: None,
            week: BTreeMap::from([
                ("sat".to_owned(), day("11:00", "18:00")),
                ("sun".to_owned(), DayHours::Closed),
            ]),
            dates: BTreeMap::new(),
            source: source(31),
        }),
        promotions: vec![Promotion {
            name: Text::plain("Скидка студентам"),
            discount_percent: Some(10),
            eligibility: None,
            requirements: None,
            notes: None,
            source: source(41),
        }],
        answers: vec![Answer {
            id: "storage".to_owned(),
            questions: vec!["сколько стоит хранение велосипеда зимой".to_owned()],
            text: Text::plain("Хранение зимой стоит 5 000 ₸ в месяц"),
            source: source(51),
        }],
        ..Facts::default()
    }
}

pub(crate) fn passage(section: &str, text: &str) -> Passage {
    let doc = "knowledge/care.md";
    Passage {
        digest: Passage::digest_of(text, Lang::Ru, SHARED_TAG, doc, section, 0),
        text: text.to_owned(),
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

pub(crate) fn release() -> Release {
    let facts = facts();
    let mut north = facts.clone();
    north.offers[0].price = Price::Exact(5500);
    Release {
        format: format::FORMAT,
        client: Client {
            slug: "wheels".to_owned(),
            id: Uuid::nil(),
            name: Text::plain("Колесо"),
            status: Status::Active,
            plan: "basic".to_owned(),
            company: None,
            languages: vec![Lang::Ru, Lang::Kk],
            timezone: "Asia/Almaty".to_owned(),
            instance_id: None,
            secrets: BTreeMap::new(),
            settings: Settings::default(),
        },
        branches: vec![
            branch("north", "Север", Some(vec!["owner".to_owned(), "manager".to_owned()])),
            branch("south", "Юг", None),
        ],
        agents: Vec::new(),
        prompts: Vec::new(),
        facts,
        branch_facts: BTreeMap::from([("north".to_owned(), north)]),
        pack: Pack::default(),
        passages: vec![passage(
            "Уход > Как часто смазывать цепь",
            "Смазывайте цепь каждые двести километров. Мастер Роза покажет, как.",
        )],
        sources: BTreeMap::new(),
    }
}

/// Messages a minute apart, by marks: `К:` customer, `Б:` bot, `В:` owner, `М:` manager, `?:` unknown.
pub(crate) fn talk(lines: &[&str]) -> Vec<Message> {
    let person = |role| Who::Person { name: Some("Айша".to_owned()), role };
    let message = |(at, line): (usize, &&str)| {
        let (mark, text) = line.split_once(':').unwrap();
        let who = match mark {
            "К" => Who::Customer,
            "Б" => Who::Bot,
            "В" => person(Some(format::Role::Owner)),
            "М" => person(Some(format::Role::Manager)),
            _ => person(None),
        };
        Message { who, text: text.trim().to_owned(), at_ms: at as i64 * 60_000 }
    };
    lines.iter().enumerate().map(message).collect()
}
