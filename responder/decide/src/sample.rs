//! A small invented tenant for tests: a bicycle workshop.

use std::collections::BTreeMap;
use std::sync::Arc;

use format::{
    Booking, Branch, BranchMode, Client, DayHours, Fact, Facts, Hours, Intent, Lang, Offer, Pack, Passage,
    PassageKind, Phrases, Policy, PolicyKind, Price, Prompt, Release, Service, Settings, Source, Status,
    Text, Value,
};
use jiff::Zoned;

use crate::{Effect, Found, Memory, Mind, Outcome, Step, Turn, begin, resume};

fn text(ru: &str, kk: &str) -> Text {
    Text { ru: ru.to_owned(), kk: (!kk.is_empty()).then(|| kk.to_owned()) }
}

fn phrases(ru: &[&str], kk: &[&str]) -> Phrases {
    let owned = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect();
    Phrases { ru: owned(ru), kk: owned(kk) }
}

fn intent(ru: &[&str], kk: &[&str]) -> Intent {
    Intent { examples: phrases(ru, kk), ..Intent::default() }
}

fn policy(id: &str, kind: PolicyKind, examples: &[&str], counter: &[&str], says: &str) -> Policy {
    Policy {
        id: id.to_owned(),
        kind,
        examples: phrases(examples, &[]),
        counter_examples: phrases(counter, &[]),
        says: Some(text(says, "")),
    }
}

fn pack() -> Pack {
    let intents = [
        (
            "pricing",
            intent(
                &["сколько стоит {service}", "цена на {service}", "сколько стоит"],
                &["{service} қанша тұрады"],
            ),
        ),
        ("duration", intent(&["сколько длится {service}", "как долго делаете {service}"], &[])),
        (
            "hours",
            intent(&["до скольки вы работаете", "вы работаете {date}"], &["нешеге дейін жұмыс істейсіздер"]),
        ),
        ("location", intent(&["где вы находитесь", "ваш адрес"], &["мекенжайыңыз қандай"])),
        (
            "booking",
            intent(&["запишите на {service} {date}", "хочу записаться", "можно {date} в {time}"], &[]),
        ),
        ("greeting", intent(&["привет", "здравствуйте"], &["сәлем"])),
        ("off_topic", intent(&["какая погода", "расскажи анекдот"], &[])),
        ("thanks", intent(&["спасибо", "благодарю"], &["рахмет"])),
    ];
    let templates = [
        ("disclosure", "Я помощник «{client.name}».", "Мен «{client.name}» көмекшісімін."),
        ("answer.greeting", "Чем помочь?", "Қалай көмектесейін?"),
        ("answer.thanks", "Пожалуйста!", "Оқасы жоқ!"),
        ("answer.off_topic", "Я только про велосипеды.", "Мен тек велосипед туралы."),
        ("answer.hours", "Работаем {days} с {open} до {close}.", "Жұмыс уақыты: {open}–{close}."),
        ("hours.closed_on_day", "{day}: не работаем.", "{day}: жұмыс істемейміз."),
        ("answer.location", "Адрес: {shop.address}.", "Мекенжай: {shop.address}."),
        ("price.exact", "{price} ₸", "{price} ₸"),
        ("price.from", "от {price} ₸", "{price} ₸-ден"),
        ("price.line", "{name} — {amount}", "{name} — {amount}"),
        ("service.not_found", "Такой позиции нет, есть {suggestions}.", ""),
        ("which.pricing", "Какая услуга интересует?", "Қай қызмет?"),
        ("duration.line", "{service}: {duration}.", ""),
        ("handover.default", "Передаю администратору.", "Әкімшіге жеткіземін."),
        (
            "handover.unknown_fact",
            "Не знаю точно, передаю администратору.",
            "Нақты білмеймін, әкімшіге жеткіземін.",
        ),
        ("handover.clarify_limit", "Передаю администратору.", ""),
        ("clarify", "Что вас интересует?", "Не қызықтырады?"),
        ("branch.ask", "Какой филиал: {branches}?", ""),
        ("branch.each", "{branch.name}: {text}", ""),
        ("branch.chosen", "Хорошо, {branch.name}.", ""),
        ("consult", "{lead}. {options}. {question}?", ""),
        ("answer.ack", "Хорошо.", "Жақсы."),
        ("handover.media", "Посмотрит человек.", ""),
        ("handover.voice", "Снова не слышно, передаю человеку.", ""),
        ("media.unheard", "Не слышно, напишите.", "Естілмейді, жазыңыз."),
        ("media.refused", "Такое не открыть.", ""),
        ("media.too_large", "Файл велик.", ""),
        ("media.too_many", "Файлов много.", ""),
        ("booking.closed_day", "{day}: не работаем.", ""),
        ("booking.closed_time", "Работаем с {open} до {close}.", ""),
        ("booking.ask_all", "Напишите: {missing}.", ""),
        ("booking.ask", "Подскажите: {field}.", ""),
        ("booking.done", "Передаю заявку: {summary}.", ""),
        ("booking.dropped", "Хорошо, не передаю.", ""),
        ("booking.refused", "Можно и без этого.", ""),
        ("booking.why.name", "Имя нужно администратору.", ""),
        ("booking.why.phone", "Номер нужен для связи.", ""),
        ("shield.long", "Покороче, пожалуйста.", ""),
        ("reengage.ask", "Ответить или не писать?", ""),
        ("pending.cancelled", "Хорошо, отменил.", ""),
        ("pending.waiting", "Человек уже видит ваш вопрос.", ""),
        ("pending.noted", "Добавил.", ""),
        ("pending.added", "Добавил к вашему вопросу.", ""),
        ("booking.unlisted", "«{service}» нет в списке.", ""),
        ("booking.field.service", "услуга", ""),
        ("booking.field.date", "дата", ""),
        ("booking.field.time", "время", ""),
        ("booking.field.name", "имя", ""),
        ("booking.field.phone", "телефон", ""),
    ];
    Pack {
        intents: intents.into_iter().map(|(id, it)| (id.to_owned(), it)).collect(),
        policies: vec![
            policy(
                "payment",
                PolicyKind::Gate,
                &["можно оплатить картой", "как оплатить"],
                &["точка на карте"],
                "Про оплату ответит администратор.",
            ),
            policy(
                "complaint",
                PolicyKind::HardLaw,
                &["плохо сделали {service}", "хочу пожаловаться", "сломалось после ремонта"],
                &["отличный сервис"],
                "Жаль. Передам администратору.",
            ),
            policy("opt_out", PolicyKind::OptOut, &["не пишите мне", "стоп"], &[], "Больше не пишу."),
            policy(
                "human_request",
                PolicyKind::Human,
                &["позовите человека", "хочу поговорить с живым человеком"],
                &[],
                "Зову человека.",
            ),
        ],
        playbooks: vec![format::Playbook {
            id: "choosing".to_owned(),
            topic: "choosing".to_owned(),
            triggers: phrases(&["какой велосипед выбрать", "посоветуйте велосипед"], &[]),
            lead: text("Выбирайте по росту", ""),
            questions: vec![text("Где будете кататься?", "")],
            options: vec![text("для города с корзиной", "")],
            next_step: None,
            fallback: false,
        }],
        lexicon: format::Lexicon {
            promises: phrases(&["записал вас"], &[]), ..format::Lexicon::default()
        },
        templates: templates.into_iter().map(|(id, ru, kk)| (id.to_owned(), text(ru, kk))).collect(),
        ..Pack::default()
    }
}

fn offer(name: &str, price: Price, line: u32) -> Offer {
    Offer {
        category: text("Ремонт", ""),
        name: text(name, ""),
        price,
        note: None,
        source: Source(format!("SALON_TRUTH.yaml:{line}")),
    }
}

fn facts() -> Facts {
    let service = |name: &str, offers: &[usize], duration: &str| Service {
        name: text(name, ""),
        aliases: Vec::new(),
        offers: offers.to_vec(),
        price_text: None,
        duration: (!duration.is_empty()).then(|| text(duration, "")),
        description: None,
        source: Source("SALON_TRUTH.yaml:1".to_owned()),
    };
    let address = Fact {
        value: Value::Text("ул. Садовая, 7".to_owned()),
        value_kk: None,
        source: Source("SALON_TRUTH.yaml:3".to_owned()),
    };
    Facts {
        texts: BTreeMap::from([("shop.address".to_owned(), address)]),
        offers: vec![
            offer("Замена камеры", Price::Exact(3500), 10),
            offer("Настройка тормозов", Price::From(2000), 11),
            offer("Настройка скоростей", Price::Exact(4000), 12),
        ],
        services: vec![service("Замена камеры", &[0], "Обычно 30 минут"), service("Настройка", &[1, 2], "")],
        hours: Some(Hours {
            days: text("ежедневно, кроме понедельника", ""),
            usual: DayHours::Open { open: "10:00".to_owned(), close: "19:00".to_owned() },
            last_appointment: None,
            exceptions: None,
            week: BTreeMap::from([("mon".to_owned(), DayHours::Closed)]),
            dates: BTreeMap::new(),
            source: Source("SALON_TRUTH.yaml:5".to_owned()),
        }),
        booking: Booking {
            can_confirm: false,
            collect: ["услуга", "дата", "время", "имя", "телефон"].iter().map(|it| text(it, "")).collect(),
        },
        ..Facts::default()
    }
}

/// The workshop's release.
pub(crate) fn release() -> Release {
    let passage = "**Чините электросамокаты?**\nДа, чиним электросамокаты любых марок.";
    Release {
        format: format::FORMAT,
        client: Client {
            slug: "bikes".to_owned(),
            id: uuid::Uuid::nil(),
            name: text("Спица", ""),
            status: Status::Active,
            plan: "starter".to_owned(),
            company: None,
            languages: vec![Lang::Ru, Lang::Kk],
            timezone: "Asia/Almaty".to_owned(),
            instance_id: None,
            secrets: BTreeMap::new(),
            settings: Settings { branch_resolution_mode: BranchMode::Hybrid, ..Settings::default() },
        },
        branches: Vec::new(),
        agents: Vec::new(),
        prompts: vec![Prompt {
            name: "system".to_owned(),
            model: "m".to_owned(),
            temperature: 0.3,
            is_active: true,
            text: "Помогай.".to_owned(),
        }],
        facts: facts(),
        branch_facts: BTreeMap::new(),
        pack: pack(),
        passages: vec![Passage {
            digest: "p1".to_owned(),
            text: passage.to_owned(),
            lang: Lang::Ru,
            tag: format::SHARED_TAG.to_owned(),
            doc: "knowledge/faq.md".to_owned(),
            section: "FAQ".to_owned(),
            ordinal: 0,
            kind: PassageKind::Document,
            line: 1,
            asked: Vec::new(),
        }],
        sources: BTreeMap::new(),
    }
}

/// A conversation with the workshop; a passage is found for whatever is searched, with the given
/// confidence, and the model says `model`.
pub(crate) struct Chat {
    pub(crate) mind: Mind,
    pub(crate) memory: Memory,
    pub(crate) now: Zoned,
    pub(crate) confidence: f32,
    pub(crate) model: Option<String>,
    /// Seconds between turns.
    pub(crate) every: i64,
}

/// Which rules a message of its own goes through, in order.
pub(crate) fn rules(text: &str) -> Vec<String> {
    Chat::new().say(text).trace.entries.into_iter().map(|it| it.rule).collect()
}

/// Holds a rung against its table: each example goes through `rule`, no counter-example does.
pub(crate) fn table(rule: &str, examples: &[&str], counter_examples: &[&str]) {
    for text in examples {
        let rules = rules(text);
        assert!(rules.iter().any(|it| it.starts_with(rule)), "{text}: {rules:?}");
    }
    for text in counter_examples {
        let rules = rules(text);
        assert!(!rules.iter().any(|it| it.starts_with(rule)), "{text}: {rules:?}");
    }
}

/// A second point of the workshop, where replacing a tube costs more.
pub(crate) fn with_branches(release: &mut Release) {
    let branch = |slug: &str, name: &str, street: &str, price: u64| {
        let mut facts = facts();
        facts.offers[0].price = Price::Exact(price);
        if let Some(address) = facts.texts.remove("shop.address") {
            let value = Value::Text(format!("ул. {street}, 7"));
            facts.texts.insert("shop.address".to_owned(), Fact { value: value.clone(), ..address.clone() });
            facts.texts.insert("salon.address.full".to_owned(), Fact { value, ..address });
        }
        let branch = Branch {
            slug: slug.to_owned(),
            id: uuid::Uuid::nil(),
            name: text(name, ""),
            aliases: Vec::new(),
            instance_id: Some(format::Reference::Literal(format!("{slug}-number"))),
            phone: None,
            telegram_chat_id: None,
            knowledge_tag: slug.to_owned(),
            is_active: true,
            auto_approve_roles: None,
        };
        (branch, facts)
    };
    for (branch, facts) in
        [branch("north", "Северный", "Садовая", 3500), branch("south", "Южный", "Речная", 4500)]
    {
        release.branch_facts.insert(branch.slug.clone(), facts);
        release.branches.push(branch);
    }
}

impl Chat {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// With the release changed.
    pub(crate) fn with(change: impl FnOnce(&mut Release)) -> Self {
        let mut release = release();
        change(&mut release);
        Self {
            mind: Mind::new(Arc::new(release)),
            memory: Memory::default(),
            now: "2025-01-15T12:00:00+05:00[Asia/Almaty]".parse().unwrap(),
            confidence: 0.0,
            model: None,
            every: 60,
        }
    }

    pub(crate) fn say(&mut self, text: &str) -> crate::Decision {
        self.say_turn(&Turn::text(text))
    }

    pub(crate) fn say_turn(&mut self, turn: &Turn) -> crate::Decision {
        let mut step = begin(&self.mind, self.memory.clone(), turn, &self.now);
        for _ in 0..5 {
            let (progress, effect) = match step {
                Step::Done(decision) => {
                    self.memory = decision.memory.clone();
                    self.now = self.now.checked_add(jiff::Span::new().seconds(self.every)).unwrap();
                    return *decision;
                }
                Step::Need(progress, effect) => (progress, effect),
            };
            let outcome = match effect {
                Effect::Search { .. } => Outcome::Found(vec![Found {
                    digest: "p1".to_owned(),
                    score: 1.0,
                    confidence: self.confidence,
                }]),
                Effect::Generate { .. } => match &self.model {
                    Some(text) => Outcome::Generated(text.clone()),
                    None => Outcome::Failed(crate::Failure::Absent),
                },
            };
            step = resume(&self.mind, progress, outcome);
        }
        panic!("a turn needs at most a search and a model");
    }

    /// The reply without the disclosure.
    pub(crate) fn hears(&mut self, text: &str) -> String {
        self.hears_turn(&Turn::text(text))
    }

    /// The same for a turn with more than a text.
    pub(crate) fn hears_turn(&mut self, turn: &Turn) -> String {
        let decision = self.say_turn(turn);
        let reply = decision.reply().unwrap_or_default().to_owned();
        match &decision.disclosure {
            Some(disclosure) => reply.replacen(disclosure, "", 1).trim().to_owned(),
            None => reply,
        }
    }
}
