//! Numbers of answers beside those of the facts.

use lessons::{Cleaner, Material, Message, Who, candidate, contradictions};
use proptest::prelude::*;

use crate::shop::release;

fn found(question: &str, answer: &str, branch: Option<&str>) -> Vec<(String, String)> {
    let all = contradictions(question, answer, &release(), branch);
    all.into_iter().map(|it| (it.said, it.source.0)).collect()
}

#[test]
fn other_numbers_than_the_facts_are_found() {
    for (question, answer, line) in [
        ("Сколько стоит замена цепи?", "4000", 11),
        ("Сколько стоит замена цепи?", "Замена цепи 4 000 ₸", 11),
        ("Сколько стоит замена цепи?", "Пять тысяч", 11),
        ("Шынжыр ауыстыру қанша?", "бес мың болады", 11),
        ("Сколько стоит замена цепи?", "Да, сделаем за 4000 тг", 11),
        ("Сколько стоит поменять?", "Замену цепи делаем за 5к", 11),
        ("Порвалась цепь, сколько будет?", "от 5 тысяч", 11),
        ("Шынжыр ауыстыру қанша тұрады?", "5000 теңге", 11),
        ("Сколько чистка?", "Чистка сухая — 3 500 ₸, чистка полная — 6 000 ₸", 12),
        ("Чистка полная почем", "Будет стоить 7 500 тенге", 13),
        ("А сварка?", "Сварка рамы 6 000 ₸", 14),
        ("Диагностика сколько стоит", "3000 ₸", 15),
        ("Сколько по времени замена цепи?", "Около 2 часов", 21),
        ("Долго менять?", "Замена цепи занимает 1 час 30 минут", 21),
        ("До скольки вы работаете?", "Работаем с 9:00 до 20:00", 31),
        ("До скольки вы работаете?", "до 21:00", 31),
        ("Какой график?", "10:00–19:00", 31),
        ("Вы работаете в субботу?", "В субботу с 10 до 20", 31),
        ("Сағат нешеге дейін жұмыс істейсіздер?", "10:00-ден 22:00-ге дейін", 31),
        ("Есть скидка студентам?", "Да, студентам скидка 15%", 41),
        ("Какие скидки есть?", "Скидка 25% на всё", 41),
        ("Сколько стоит хранение велосипеда зимой?", "Зимой 7 000 ₸ в месяц", 51),
    ] {
        let found = found(question, answer, None);
        let lines: Vec<&str> = found.iter().map(|it| it.1.as_str()).collect();
        assert!(lines.contains(&format!("truth.yaml:{line}").as_str()), "{question} {answer} → {found:?}");
    }
}

#[test]
fn what_agrees_or_has_no_fact_is_left_alone() {
    for (question, answer) in [
        ("Сколько стоит замена цепи?", "4 500 ₸"),
        ("Сколько стоит замена цепи?", "4500"),
        ("Сколько стоит замена цепи?", "четыре тысячи пятьсот"),
        ("Сколько стоит замена цепи?", "Замена цепи 4,5 тыс, цепь отдельно"),
        ("Сколько чистка?", "Чистка 3 000 ₸ или 6 000 ₸"),
        ("Сколько чистка?", "от 3 000 до 6 000 ₸"),
        ("А сварка?", "Сварка рамы от 8 000 ₸"),
        ("А сварка?", "Сварка рамы 12 000 ₸, если сложная"),
        ("Диагностика сколько стоит", "1 500 ₸"),
        ("Сколько стоит покраска?", "Покраска 20 000 ₸"),
        ("Сколько ждать?", "Замена цепи 40 минут"),
        ("Сколько ждать?", "Замена цепи полчаса"),
        ("Можно опоздать?", "На замену цепи можно опоздать на 15 минут, но не больше"),
        ("До скольки вы работаете?", "Работаем с 10:00 до 20:00"),
        ("До скольки вы работаете?", "с 10 до 20"),
        ("Как работаете в субботу?", "В субботу с 11 до 18"),
        ("До скольки вы сегодня?", "Сегодня работаем до 17:00"),
        ("Есть скидка студентам?", "Да, студентам скидка 10%"),
        ("Сколько стоит хранение велосипеда зимой?", "5 000 ₸ в месяц, можно до весны"),
        ("Замена цепи сколько?", "Предоплата 2 000 ₸, остальное потом"),
        ("Есть парковка?", "Да, 20 мест во дворе"),
        ("Красите рамы?", "Красим, хватает на 5 лет"),
    ] {
        assert_eq!(found(question, answer, Some("south")), [], "{question} {answer}");
    }
}

#[test]
fn a_branch_has_facts_of_its_own() {
    let question = "Сколько стоит замена цепи?";
    assert_eq!(found(question, "5 500 ₸", Some("north")), []);
    assert_eq!(found(question, "4 500 ₸", Some("south")), []);
    assert_eq!(found(question, "4 500 ₸", None).len(), 1, "wrong in the north");
    assert_eq!(
        found(question, "5 500 ₸", Some("south")),
        [("5 500 ₸".to_owned(), "truth.yaml:11".to_owned())]
    );
}

#[test]
fn the_fact_is_told_in_words() {
    let found = contradictions("Сварка рамы сколько?", "5 000 ₸", &release(), None);
    assert_eq!(found[0].fact, "Сварка рамы: от 8000 ₸");
}

/// Pieces of sentences about numbers among whatever people type.
fn texts() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "замена цепи",
        "Чистка",
        " 4",
        "5 000",
        " ₸",
        "тыс",
        "к",
        "k",
        "K",
        "тг",
        "ТЕНГЕ",
        " до ",
        "-",
        ",5",
        "%",
        ":00",
        "мин",
        "час",
        "полчаса",
        "работаем с 9",
        "в субботу",
        "дейін",
        "скидка студентам",
        "пять",
        "тысяч",
        ". ",
        "?",
        "\n",
        "И\u{307}",
    ]);
    let piece = prop_oneof![known.prop_map(str::to_owned), "\\PC{0,3}", "[0-9.,:% İK]{0,4}"];
    prop::collection::vec(piece, 0..10).prop_map(|it| it.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn anything_can_be_read(question in texts(), answer in texts()) {
        let release = release();
        for it in contradictions(&question, &answer, &release, None) {
            prop_assert!(!it.fact.is_empty() && it.source.0.starts_with("truth.yaml:"));
        }
        let person = Who::Person { name: None, role: None };
        let message = |who, text: &str| Message { who, text: text.to_owned(), at_ms: 0 };
        let messages = [message(Who::Customer, &question), message(person, &answer)];
        if let Some(found) = candidate(Material { messages: &messages, requested_ms: 0 }) {
            let cleaned = Cleaner::new(&release, ["Динара"]).clean(&found.answer);
            prop_assert!(!cleaned.text.contains("Динара"));
        }
    }
}
