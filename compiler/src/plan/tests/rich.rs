//! A plan in which everything changes, as people see it.

use std::sync::Arc;

use format::{BranchMode, Fact, Price, Source, Text, Value};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{commented, live, planned, shown};
use crate::compile::Case;
use crate::plan::{Plan, Published, changed_answers};
use crate::samples::{Sample, passage};

fn case(id: &str, user: &str, expected: &str) -> Case {
    let case = serde_json::json!({ "id": id, "user": user, "expected": { "must_include": [expected] } });
    Case { file: "EVAL.yaml".to_owned(), line: 3, case: serde_json::from_value(case).unwrap() }
}

/// A workshop whose packs understand two questions.
fn speaking(change: impl FnOnce(&mut format::Release)) -> Sample {
    Sample::with(|it| {
        let phrases = |ru: &[&str]| format::Phrases {
            ru: ru.iter().map(|it| (*it).to_owned()).collect(),
            kk: Vec::new(),
        };
        let intent = |ru: &[&str]| format::Intent { examples: phrases(ru), ..format::Intent::default() };
        it.pack.intents.insert("hours".to_owned(), intent(&["when are you open", "until what time"]));
        it.pack
            .intents
            .insert("pricing".to_owned(), intent(&["how much is {service}", "price of {service}"]));
        for (id, text) in [
            ("answer.hours", "Open {days} {open}–{close}."),
            ("price.exact", "{price} ₸"),
            ("price.from", "from {price} ₸"),
            ("price.line", "{name}: {amount}"),
            ("handover.default", "I will ask a person."),
        ] {
            it.pack.templates.insert(id.to_owned(), Text::plain(text));
            it.sources.insert(format!("template.{id}"), Source("_packs/base.yaml:9".to_owned()));
        }
        it.facts.services = vec![format::Service {
            name: Text::plain("Brakes"),
            aliases: vec!["brakes".to_owned()],
            offers: vec![0],
            price_text: None,
            duration: None,
            description: None,
            source: Source("SALON_TRUTH.yaml:9".to_owned()),
        }];
        let rule = Fact {
            value: Value::Text("Bring your bicycle clean and dry.\nLocks stay with you.\n".to_owned()),
            value_kk: None,
            source: Source("SALON_TRUTH.yaml:20".to_owned()),
        };
        it.facts.texts.insert("guest_policy.clean".to_owned(), rule);
        change(it);
    })
}

fn rich() -> Plan {
    let old = speaking(|_| {});
    let new = speaking(|it| {
        it.facts.offers[0].price = Price::Exact(4500);
        it.facts.offers[1].note = Some(Text::plain("<b>@everyone</b> | see #1 https://evil.example"));
        let rule = it.facts.texts.get_mut("guest_policy.clean").unwrap();
        rule.value = Value::Text("Bring your bicycle clean.\nLocks stay with you.\n".to_owned());
        it.client.settings.branch_resolution_mode = BranchMode::AskUser;
        it.prompts[0].text = "You answer for a workshop.\nBe brief and kind.\n```\n".to_owned();
        it.pack.templates.insert("handover.default".to_owned(), Text::plain("I will ask a mechanic."));
        it.passages[1] = passage("knowledge/faq.md", "Storage", "Bicycles sleep with us in winter.", 1);
    });
    let mut published = live(&old, false);
    let still = Sample::second();
    published.tenants.extend(live(&still, false).tenants);
    published.vectors.extend(live(&still, false).vectors);
    let mut plan: Plan = planned(&published, &[&new, &still]);
    let cases = [
        case("brakes", "how much is Brakes", "4 000"),
        case("hello", "until what time", "19:00"),
        case("saddle", "until what time", "saddles"),
    ];
    let heard =
        changed_answers(&Arc::new(old.release), &Arc::new(new.release), &cases, &plan.tenants[0]).unwrap();
    plan.tenants[0].hear(Ok(heard));
    plan.add_up();
    plan
}

#[test]
fn a_rich_plan_on_a_terminal() {
    insta::assert_snapshot!(shown(&rich()));
}

#[test]
fn a_rich_plan_as_a_comment() {
    insta::assert_snapshot!(commented(&rich()));
}

/// Rendered by a Markdown engine: tables are tables of four cells, and nothing is a link or a tag of
/// a tenant's.
#[test]
fn a_comment_is_the_markdown_it_means_to_be() {
    let text = commented(&rich());
    let options = Options::ENABLE_TABLES | Options::ENABLE_GFM | Options::ENABLE_STRIKETHROUGH;
    let (mut tables, mut cells, mut rows) = (0, 0, 0);
    for event in Parser::new_ext(&text, options) {
        match event {
            Event::Start(Tag::Table(columns)) => {
                assert_eq!(columns.len(), 4);
                tables += 1;
            }
            Event::Start(Tag::TableRow) => rows += 1,
            Event::End(TagEnd::TableCell) => cells += 1,
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => panic!("{dest_url}"),
            Event::InlineHtml(tag) => {
                let ours = ["<b>", "</b>", "<i>", "</i>", "<br>", "<sub>", "</sub>", "<code>", "</code>"];
                assert!(ours.contains(&&*tag), "{tag}");
            }
            _ => {}
        }
    }
    assert!(
        tables >= 3 && cells == (rows + tables) * 4,
        "{tables} tables, {rows} rows, {cells} cells: {text}"
    );
    assert!(text.contains("> [!CAUTION]\n> ") && text.contains("routing (workshop)"), "{text}");
}

/// However much the packs understand, what changes in them is asked first.
#[test]
fn a_policy_that_changes_is_asked_about() {
    let saying = |says: &str| {
        speaking(|it| {
            let many = (0..700).map(|at| format!("question number {at}")).collect();
            let examples = format::Phrases { ru: many, kk: Vec::new() };
            it.pack
                .intents
                .insert("many".to_owned(), format::Intent { examples, ..format::Intent::default() });
            it.pack.policies = vec![format::Policy {
                id: "refund".to_owned(),
                kind: format::PolicyKind::HardLaw,
                examples: format::Phrases { ru: vec!["give my money back".to_owned()], kk: Vec::new() },
                counter_examples: format::Phrases::default(),
                says: Some(Text::plain(says)),
            }];
        })
    };
    let (old, new) = (saying("A person will call you."), saying("The master will call you."));
    let plan = planned(&live(&old, false), &[&new]);
    let heard =
        changed_answers(&Arc::new(old.release), &Arc::new(new.release), &[], &plan.tenants[0]).unwrap();
    let questions: Vec<&str> = heard.answers.iter().map(|it| it.question.as_str()).collect();
    assert_eq!(questions, ["give my money back"]);
}

#[test]
fn a_new_tenant_has_no_answers_that_change() {
    let plan = planned(&Published::default(), &[&speaking(|_| {})]);
    assert!(plan.tenants[0].answers.is_empty() && !commented(&plan).contains("customer asks"));
}
