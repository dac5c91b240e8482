//! Personal data goes, what the business tells everybody stays.

use lessons::{Cleaned, Cleaner, Personal};
use proptest::prelude::*;

use crate::shop::release;

fn cleaner() -> Cleaner {
    Cleaner::new(&release(), ["Динара 🌸", "Жанна Ким"])
}

fn clean(text: &str) -> Cleaned {
    cleaner().clean(text)
}

#[test]
fn phones_in_all_usual_forms() {
    for phone in [
        "+77015554433",
        "87015554433",
        "7015554433",
        "+7 701 555 44 33",
        "8 (701) 555-44-33",
        "8-701-555-44-33",
        "8.701.555.44.33",
        "8701 555 44 33",
        "+7(701)5554433",
        "8 701 и потом 555 44 33",
        "8 727 250 12 34",
        "250-12-34",
        "2501234",
        "+49 151 23456789",
        "８７０１５５５４４３３",
        "8\u{200b}7015554433",
    ] {
        let cleaned = clean(&format!("Звоните {phone} в любое время"));
        assert_eq!(cleaned.text, "Звоните в любое время", "{phone}");
        assert_eq!(cleaned.removed.iter().collect::<Vec<_>>(), [&Personal::Phone], "{phone}");
    }
}

#[test]
fn other_personal_data() {
    for (text, expected, kind) in [
        ("Пишите на ivan.petrov@mail.kz, отвечу", "Пишите на, отвечу", Personal::Email),
        ("ИИН 900101300123 нужен для договора", "ИИН нужен для договора", Personal::Number),
        ("Карта 4400 4301 2345 6789 подойдёт", "Карта подойдёт", Personal::Number),
        ("Счёт KZ86 125K ZT50 0410 0100 подойдёт", "Счёт подойдёт", Personal::Number),
        ("Напишите @aisha_master там договоримся", "Напишите там договоримся", Personal::Handle),
        ("Вот ссылка https://pay.example/t?token=abc123 оплаты", "Вот ссылка оплаты", Personal::Link),
        ("Пишите в wa.me/77015554433 напрямую", "Пишите в напрямую", Personal::Link),
        ("Заберём на ул. Абая, дом 10, кв 45 сами", "Заберём на сами", Personal::Address),
        ("Привезём в мкр Самал, 5 дом, 12 кв вечером", "Привезём в вечером", Personal::Address),
        ("Көше Сәтбаев, 7 үй, пәтер 12 болса", "болса", Personal::Address),
        ("Меня зовут Гульнар, чините раму?", "чините раму?", Personal::Name),
        ("меня зовут гульнар чините раму", "чините раму", Personal::Name),
        ("Менің атым Ерлан болады", "болады", Personal::Name),
        ("Мен Ерланмын, рама жөндейсіз бе", "Мен, рама жөндейсіз бе", Personal::Name),
        ("Это Марат, чините раму?", "Это, чините раму?", Personal::Name),
        ("Здравствуйте, Марина! Чиним любые", "Здравствуйте! Чиним любые", Personal::Name),
        ("Динара, да, чиним любые", "да, чиним любые", Personal::Participant),
        ("передайте жанне что чиним", "передайте что чиним", Personal::Participant),
        ("Спросите Анну Сергеевну завтра", "Спросите завтра", Personal::Name),
    ] {
        let cleaned = clean(text);
        assert_eq!(cleaned.text, expected, "{text}");
        assert!(cleaned.removed.contains(&kind), "{text} {:?}", cleaned.removed);
    }
}

#[test]
fn what_everybody_may_know_stays() {
    for text in [
        "Чистка стоит 3 500 ₸, полная 12 000 ₸",
        "Цены 3 500, 4 500, 5 500 и 120 000",
        "Цены 3 500 4 500 5 500 7 500",
        "8 500 7 000 500",
        "Бюджет 1500000 хватит, приём 12-05-26, размеры 10-15-20",
        "От 1 250 000 тенге",
        "Работаем с 10:00 до 19:00",
        "Каникулы с 30.12.2025 по 08.01.2026",
        "Акция до 31.12.2026, 2026-12-31",
        "Звоните +7 727 300 40 50 или 8 (727) 300-40-50",
        "Пишите hello@wheels.example и @wheels_shop",
        "Карта: https://go.wheels.example/map?id=77",
        "Смотрите https://wheels.example/prices",
        "Мы на ул. Гоголя, дом 15, кв 2",
        "Площадь 45 кв м",
        "Это Чистка полная",
        "Мастер Роза покажет",
        "Гоголь мен Сейфуллин көшелерінің бұрышында",
        "Это можно сделать завтра",
        "Диаметр 27,5 и 29, вес 12 кг, скидка 10%",
        "Рама 2024 года, артикул 4512",
        "Здравствуйте! Да, чиним",
    ] {
        let cleaned = clean(text);
        assert_eq!((cleaned.text.as_str(), cleaned.removed.len()), (text, 0), "{:?}", cleaned.removed);
    }
}

#[test]
fn nothing_may_be_left() {
    for text in ["87015554433", "Динара", "Здравствуйте, Марина! @aisha", "Динара, да", "ivan@mail.kz 👍"]
    {
        assert!(clean(text).says_nothing(), "{text} → {}", clean(text).text);
    }
    assert!(!clean("Динара, чиним").says_nothing());
}

#[test]
fn profiles_hold_all_sorts_of_words() {
    let cleaner = Cleaner::new(&release(), ["Хорошего дня", "мама Али", "🌸", "Роза"]);
    for text in ["хорошего дня, чиним за два дня", "звоните маме", "Мастер покажет розу"]
    {
        assert_eq!(cleaner.clean(text).text, text);
    }
}

/// Ordinary words around which personal data is put.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "чиним",
        "можно",
        "раму",
        "за",
        "3 500 ₸",
        "в",
        "10:00",
        "шынжыр",
        "да,",
        "цепь.",
    ]);
    prop::collection::vec(word, 0..6).prop_map(|it| it.join(" "))
}

fn separators() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", " ", "-", " - ", ".", "\u{a0}"])
}

proptest! {
    #[test]
    fn a_phone_is_found_wherever_it_stands(
        (before, after) in (words(), words()),
        start in prop::sample::select(vec!["+7", "8", "+7 ", "8 ", "8-"]),
        code in prop::sample::select(vec!["701", "(747)", "777", "(727)"]),
        (a, b, c) in (100..1000_u32, 10..100_u32, 10..100_u32),
        (one, two) in (separators(), separators()),
    ) {
        // Behind a bare number nobody can tell where the phone begins.
        let text = format!("{before}, {start}{code}{one}{a}{two}{b}{two}{c} {after}");
        let cleaned = clean(&text);
        prop_assert!(cleaned.removed.contains(&Personal::Phone), "{}", text);
        let digits = format!("{a}{b}{c}");
        let left: String = cleaned.text.chars().filter(char::is_ascii_digit).collect();
        prop_assert!(!left.contains(&digits), "{} → {}", text, cleaned.text);
    }

    #[test]
    fn cleaning_twice_is_cleaning_once(
        text in "([+78 ()-]|[0-9]{1,4}|Динара |меня зовут |кв 5|ул. |@a|a@b.kz|KZ12|https://|t.me/|[а-яА-Я, .!?\n]{1,8}){0,12}"
    ) {
        let once = clean(&text);
        let twice = clean(&once.text);
        prop_assert_eq!(&twice.text, &once.text);
        prop_assert!(twice.removed.is_empty());
    }

    #[test]
    fn any_text_can_be_cleaned(text in "\\PC{0,60}") {
        let cleaned = clean(&text);
        prop_assert!(cleaned.text.len() <= text.len() + 1);
    }

    #[test]
    fn ordinary_words_stay(text in words()) {
        let cleaned = clean(&text);
        prop_assert_eq!(cleaned.text, text.trim());
    }
}
