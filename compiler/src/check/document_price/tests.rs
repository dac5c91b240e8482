use super::*;
use crate::check::samples::{Kiosk, told};

const PRICES: &str = "
  services_catalog:
    services:
      - {name: Ремонт экрана, aliases: [разбит экран], price_items: [Ремонт экрана, Ремонт экрана с рамкой]}
      - {name: Чистка, price_items: [Чистка сухая, Чистка полная]}
  price_list:
    - category: Работы
      items:
        - {name: Ремонт экрана, price: 12000}
        - {name: Ремонт экрана с рамкой, price: 15000}
        - {name: Чистка сухая, price: 3000}
        - {name: Чистка полная, price: 6000}
        - {name: Пайка, price_from: 5000}
        - {name: Диагностика, price_from: 1000, price_to: 2000}
        - {name: Наклейка стекла (до 7 дюймов), price: 2500}
";

fn told_of(document: &str) -> Vec<String> {
    told(RULE, &Kiosk::new().truth(PRICES).document("knowledge/a.md", document))
}

#[test]
fn contradictions_are_told_at_the_sum() {
    for (document, sum) in [
        ("Ремонт экрана — 11 000 ₸", "11 000 ₸"),
        ("- у нас ремонт экранов делаем за 11000 тг.", "11000 тг"),
        ("Чистка — 4 000 ₸", "4 000 ₸"),
        ("Разбит экран? Ремонт экрана с рамкой стоит 14 000 тенге.", "14 000 тенге"),
        ("## Пайка\n\nЦена: от 4 000 ₸", "от 4 000 ₸"),
        ("**Сколько стоит пайка?**\n4 000 ₸", "4 000 ₸"),
        ("| Работа | Время | Цена |\n|---|---|---|\n| Чистка полная | 20 мин | 5 000 ₸ |", "5 000 ₸"),
        ("| Работа | Цена, ₸ |\n|---|---|\n| Чистка полная | 5 000 |", "5 000"),
        ("Диагностика — 3 000 ₸", "3 000 ₸"),
        ("Диагностика — 2 500–3 000 ₸", "2 500–3 000 ₸"),
        ("Наклейка стекла (до 7 дюймов) — 2 000 ₸", "2 000 ₸"),
        ("Чистка сухая — 3 000 ₸, чистка полная — 5 000 ₸", "5 000 ₸"),
        ("3 500 ₸ — чистка сухая", "3 500 ₸"),
        ("Чистка сухая — ~~4 000 ₸~~ 3 500 ₸", "3 500 ₸"),
    ] {
        assert_eq!(told_of(document), [sum.trim_start_matches("от ")], "{document}");
    }
}

#[test]
fn what_agrees_or_is_about_something_else_is_left_alone() {
    for document in [
        "Ремонт экрана — 12 000 ₸",
        "Ремонт экрана: от 12 000 до 15 000 ₸",
        "Чистка — 3 000 ₸ или 6 000 ₸",
        "Чистка — от 3 000 ₸",
        "Пайка — от 5 000 ₸, сложная пайка — 9 000 ₸",
        "Пайка — 7 000 ₸",
        "Диагностика — 1 500 ₸",
        "Диагностика — от 1 000 ₸",
        "Чистка сухая — ~~4 000 ₸~~ 3 000 ₸",
        "Чистка сухая раньше стоила 4 000 ₸",
        "Скидка на чистку полную — 500 ₸",
        "Чистка полная + 500 ₸ за срочность",
        "Предоплата за ремонт экрана 2 000 ₸",
        "Ремонт экрана планшета — 20 000 ₸",
        "Ремонт батареи — 8 000 ₸",
        "При заказе от 20 000 ₸ доставка бесплатно",
        "## Пайка\n\nСертификат на 10 000 ₸ действует год.",
        "Чистка полная — $15",
        "Чистка полная занимает 20 минут",
        "<!-- Чистка полная — 1 ₸ -->",
    ] {
        assert_eq!(told_of(document), Vec::<String>::new(), "{document}");
    }
}

#[test]
fn a_branch_has_its_own_prices() {
    let branches = "branches:\n  - slug: north\n    name: Север\n    facts:\n      price_list:\n        - category: Работы\n          \
                    items: [{name: Пайка, price: 9000}]\n  - {slug: south, name: Юг}\n";
    let kiosk = |path: &str, text: &str| {
        let prices = "  price_list: [{category: Работы, items: [{name: Пайка, price_from: 5000}]}]\n";
        told(RULE, &Kiosk::new().truth(prices).file("branches.yaml", branches).document(path, text))
    };
    assert_eq!(kiosk("knowledge/north/a.md", "Пайка — 7 000 ₸"), ["7 000 ₸"]);
    assert_eq!(kiosk("knowledge/south/a.md", "Пайка — 7 000 ₸"), Vec::<String>::new());
    assert_eq!(kiosk("knowledge/a.md", "Пайка — 7 000 ₸"), Vec::<String>::new());
    assert_eq!(kiosk("knowledge/a.md", "Пайка — 9 000 ₸"), Vec::<String>::new());
}
