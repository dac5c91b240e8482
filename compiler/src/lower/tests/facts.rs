use format::{DayHours, Price, Reference, Value};
use serde_json::json;

use super::*;

#[test]
fn texts_stand_under_dotted_keys_with_their_places() {
    let facts = release(WORKSHOP).facts;
    let shown: Vec<String> = facts
        .texts
        .iter()
        .map(|(key, fact)| {
            let value = |value: &Value| match value {
                Value::Text(text) | Value::Number(text) => text.clone(),
                Value::Flag(flag) => flag.to_string(),
                Value::List(items) => items.join("/"),
            };
            let twin = fact.value_kk.as_ref().map(|it| format!(" ({})", value(it))).unwrap_or_default();
            format!("{} {key} = {}{twin}", fact.source.0, value(&fact.value))
        })
        .collect();
    assert_eq!(
        shown.join("\n"),
        "\
SALON_TRUTH.yaml:64 booking.cancel_policy.notice.standard_services_min_hours = 3
SALON_TRUTH.yaml:61 booking.collect_fields = что чиним/когда (нені жөндейміз/қашан)
SALON_TRUTH.yaml:71 payment.methods = наличные
SALON_TRUTH.yaml:54 price_quick_answers.tube = Камера от 1 200 ₸ с заменой (Камера 1 200 ₸-ден бастап)
SALON_TRUTH.yaml:57 promotions.stacking = Не складываются
SALON_TRUTH.yaml:69 quality.parts = рама/руль
SALON_TRUTH.yaml:67 quality.warranty = Гарантия на работу месяц (Жұмысқа бір ай кепілдік)
SALON_TRUTH.yaml:66 quality.warranty_days = 30
SALON_TRUTH.yaml:18 salon.address.entrance = Вход со двора
SALON_TRUTH.yaml:16 salon.address.full = Западная 1 (Батыс 1)
SALON_TRUTH.yaml:19 salon.address.landmarks = Мост/Парк
SALON_TRUTH.yaml:26 salon.hours.close = 19:00
SALON_TRUTH.yaml:23 salon.hours.days = каждый день (күн сайын)
SALON_TRUTH.yaml:25 salon.hours.open = 9:00
SALON_TRUTH.yaml:12 salon.name = Спица
SALON_TRUTH.yaml:21 salon.parking.available = true",
    );
}

#[test]
fn services_are_joined_with_their_prices() {
    let facts = release(WORKSHOP).facts;
    let prices: Vec<(&str, Price)> = facts.offers.iter().map(|it| (it.name.ru.as_str(), it.price)).collect();
    assert_eq!(
        prices,
        [
            ("Правка колеса", Price::Exact(3000)),
            ("Замена камеры", Price::From(1200)),
            ("Сборка колеса", Price::Range(8000, 14000)),
            ("Мойка", Price::Exact(2000)),
        ]
    );
    assert_eq!(facts.offers[0].category.kk.as_deref(), Some("Дөңгелектер"));
    assert_eq!(facts.offers[1].note.as_ref().unwrap().ru, "без камеры");
    let [wheel, tube, change] = &facts.services[..] else { panic!("three services") };
    assert_eq!((wheel.offers.as_slice(), wheel.name.kk.as_deref()), (&[0, 2][..], Some("Дөңгелек")));
    assert_eq!(wheel.aliases, ["восьмёрка", "доңғалақ"]);
    assert_eq!(
        (tube.offers.len(), tube.price_text.as_ref().unwrap().kk.as_deref()),
        (0, Some("Камера 1 200 ₸-ден бастап"))
    );
    assert_eq!(change.offers, [1], "a service without price_items has the line of its own name");
}

#[test]
fn hours_promotions_bookings_and_answers_are_typed() {
    let facts = release(WORKSHOP).facts;
    let hours = facts.hours.unwrap();
    let day = |open: &str, close: &str| DayHours::Open { open: open.to_owned(), close: close.to_owned() };
    assert_eq!(hours.usual, day("9:00", "19:00"));
    assert_eq!(json(&hours.week), json!({ "sat": day("10:00", "16:00"), "sun": "closed" }));
    assert_eq!(json(&hours.dates), json!({ "2026-01-01": "closed" }));
    assert_eq!(facts.promotions[0].discount_percent, Some(10));
    assert_eq!(facts.booking.collect[1].kk.as_deref(), Some("қашан"));
    assert!(!facts.booking.can_confirm && !facts.payment.allowed && !facts.discounts.enabled);
    assert_eq!(facts.answers[0].questions, ["храните зимой", "қыста сақтайсыздар ма"]);
    assert_eq!(facts.answers[0].text.kk.as_deref(), Some("Иә, сақтаймыз"));
}

#[test]
fn facts_of_a_branch_are_complete_and_name_their_file() {
    let release = release(WORKSHOP);
    assert_eq!(release.branch_facts.keys().collect::<Vec<_>>(), ["east"]);
    let east = release.facts_at(Some("east"));
    let address = &east.texts["salon.address.full"];
    assert_eq!((address.source.0.as_str(), &address.value_kk), ("branches.yaml:16", &None));
    assert_eq!(east.texts["salon.address.entrance"].source.0, "SALON_TRUTH.yaml:18");
    assert_eq!(east.offers[0].price, Price::Exact(4000));
    assert_eq!(east.offers[0].source.0, "branches.yaml:20");
    assert_eq!(east.services[0].offers, [0, 2]);
    assert_eq!(release.facts_at(Some("west")), &release.facts);
}

#[test]
fn client_branches_and_people() {
    let release = release(WORKSHOP);
    let client = &release.client;
    assert_eq!(client.id.get_version_num(), 5);
    assert_eq!(client.name.kk.as_deref(), Some("Шабақ"));
    assert_eq!(client.secrets["webhook_secret"], Reference::Env("WORKSHOP_SECRET".into()));
    assert_eq!(client.secrets["chatflow_token"], Reference::Env("CHATFLOW_TOKEN".into()), "the default");
    assert_eq!(client.settings.telegram_chat_id.as_deref(), Some("-1001"));
    assert_eq!(client.settings.owner_telegram_id, ["@boss", "7"]);
    assert_eq!((client.settings.quiet_hours.as_ref(), client.settings.media.photo_mb), (None, 3));
    assert_eq!(client.settings.media.audio_mb, 8, "the default");
    let [west, east] = &release.branches[..] else { panic!("two branches") };
    assert_eq!((west.knowledge_tag.as_str(), east.knowledge_tag.as_str()), ("west", "east_side"));
    assert_eq!(west.aliases, ["западная", "батыс"]);
    assert_eq!(west.instance_id, Some(Reference::Env("WORKSHOP_WEST".into())));
    assert_eq!(east.auto_approve_roles.as_deref(), Some(&["owner".to_owned(), "branch_head".to_owned()][..]));
    assert_eq!(
        json(&release.agents[0]),
        json!({ "name": "Ян", "role": "branch_head", "telegram": "@yan", "branch": "east" })
    );
    assert_eq!((release.prompts[0].model.as_str(), release.prompts[0].is_active), ("gpt-4o-mini", true));
}

#[test]
fn old_files_keep_their_facts_at_top_level() {
    let old = "\
salon: &salon
  name: Колос
price_list:
  - {category: Хлеб, items: [{name: Батон, price: 250}]}
client_pack:
  salon: *salon
";
    let facts = release(&with(BAKERY, &[("SALON_TRUTH.yaml", old)])).facts;
    assert_eq!(facts.texts["salon.name"].source.0, "SALON_TRUTH.yaml:2");
    assert_eq!(facts.offers[0].source.0, "SALON_TRUTH.yaml:4");
}
