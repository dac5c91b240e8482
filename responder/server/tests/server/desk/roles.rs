//! What people may do, by the bundle.

use std::time::{Duration, Instant};

use format::{Agent, Company, ManagerScope, Role};

use crate::desk::office::{MANAGER, Office, STRANGER, release};
use crate::desk::school::{ANSWER, answered, asked_of, decided, lesson_card, lessons, taught};
use crate::house::JID;
use crate::shop;

/// A manager of the south answers at the north, where managers are trusted; how many lessons come of it.
async fn answered_elsewhere(scope: ManagerScope, outcome: &str) -> usize {
    let mut shop = release(|it| it.manager_scope = scope);
    shop.agents
        .iter_mut()
        .filter(|it| it.role == Role::Manager)
        .for_each(|it| it.branch = Some("south".to_owned()));
    let office = Office::of_branches(shop).await;
    let card = asked_of(&office, JID, "A", "number-north").await;
    answered(&office, &card, MANAGER, ANSWER).await;
    let line = format!(r#"tenantry_lessons_total{{tenant="wheel",outcome="{outcome}"}}"#);
    let deadline = Instant::now() + Duration::from_secs(20);
    while office.house.metric(&line).await < 1.0 {
        assert!(Instant::now() < deadline, "{line}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    lessons(&office).len()
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_are_managers_of_their_branch() {
    assert_eq!(
        answered_elsewhere(ManagerScope::Branch, "dropped").await,
        0,
        "the answer went out all the same"
    );
    assert_eq!(answered_elsewhere(ManagerScope::Global, "approved").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_named_for_two_branches_works_at_both() {
    let mut shop = release(|_| {});
    let south = shop.agents.iter_mut().find(|it| it.role == Role::Manager).unwrap();
    south.branch = Some("south".to_owned());
    let north = Agent { branch: Some("north".to_owned()), ..south.clone() };
    shop.agents.push(north);
    let office = Office::of_branches(shop).await;
    let card = asked_of(&office, JID, "A", "number-north").await;
    answered(&office, &card, MANAGER, ANSWER).await;
    crate::desk::school::in_use(&office, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_of_the_company_decide_at_all_its_clients() {
    let office = Office::open().await;
    let card = taught(&office).await;
    assert_eq!(office.press(&card, STRANGER, "В базу").await, "Решает владелец или тот, кому он это доверил");
    let company = Company {
        agents: vec![Agent {
            name: "Яна".to_owned(),
            role: Role::Owner,
            telegram: Some(STRANGER.to_string()),
            phone: None,
            branch: None,
        }],
        slug: "wheels".to_owned(),
        name: "ИП Колесо".to_owned(),
        billing: serde_json::Value::Null,
    };
    let standing = format::Standing { company: Some(company), ..shop::standing() };
    office.house.site.publish_under(&release(|_| {}), standing);
    office.house.responder.reload().await.unwrap();
    office.press(&lesson_card(&office).await, STRANGER, "В базу").await;
    assert!(decided(&office, &card).await.contains("Яна"));
}
