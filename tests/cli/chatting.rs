//! `chat` and `search`.

use crate::bundle::Tree;
use crate::tool::{fed, run};

#[test]
fn a_line_in_is_a_line_out() {
    let tree = Tree::of_two();
    let input = "{\"user\": \"Сколько стоит замена цепи?\"}\nСколько стоит правка колеса?\n\n{\"user\":\"Где вы?\",\"jid\":\"77010000000@s.whatsapp.net\",\"instance_id\":\"hill\",\"at\":\"2025-03-01T09:00:00+05:00\"}\n";
    let lines = fed(tree.path(), &["chat", "spoke", "--json"], input).exits(0).lines();
    assert_eq!(lines.len(), 3);
    for line in &lines {
        for key in ["reply", "action", "intent", "lang", "branch", "sources", "trace"] {
            assert!(line.get(key).is_some(), "{key} in {line}");
        }
    }
    assert!(
        lines[0]["reply"].as_str().unwrap().replace(|it: char| it.is_whitespace(), " ").contains("4 500"),
        "{}",
        lines[0]
    );
    let sources = lines[0]["sources"].as_array().unwrap();
    assert!(sources.iter().any(|it| it.as_str().unwrap().starts_with("SALON_TRUTH.yaml:")), "{sources:?}");
}

#[test]
fn a_chat_is_deterministic() {
    let tree = Tree::of_two();
    let input = "Здравствуйте\nСколько стоит торт?\nХочу заказать на завтра\nАйгуль\n";
    let talk = || fed(tree.path(), &["chat", "tenants/crumb", "--json"], input).exits(0).out;
    assert_eq!(talk(), talk());
}

#[test]
fn a_line_that_is_no_message_is_answered_too() {
    let tree = Tree::of_two();
    let lines =
        fed(tree.path(), &["chat", "crumb", "--json"], "{\"text\": 1}\nЗдравствуйте\n").exits(1).lines();
    assert!(lines[0]["error"].is_string() && lines[1]["action"].is_string(), "{lines:?}");
}

#[test]
fn people_talk_without_json() {
    let tree = Tree::of_two();
    let said =
        fed(tree.path(), &["chat", "spoke"], "Сколько стоит замена цепи?\n/new\nЗдравствуйте\n").exits(0);
    assert!(said.out.contains("500"), "{}", said.out);
    assert!(said.err.contains("SALON_TRUTH.yaml:"), "{}", said.err);
    let quiet = fed(tree.path(), &["chat", "spoke", "--quiet"], "Здравствуйте\n").exits(0);
    assert_eq!(quiet.err, "");
}

#[test]
fn a_target_is_a_tenant_or_a_folder() {
    let tree = Tree::of_two();
    run(tree.path(), &["chat", "nobody"]).exits(2);
    assert!(run(tree.path(), &["chat", "./tenants"]).exits(2).err.contains("spoke"));
    tree.edit("spoke", "client.yaml", "timezone:", "timezon:");
    assert!(run(tree.path(), &["chat", "spoke"]).exits(1).err.contains("timezon"));
}

#[test]
fn search_finds_the_passage() {
    let tree = Tree::of_two();
    let input = "{\"id\": 7, \"q\": \"где хранятся велосипеды зимой\"}\n{\"id\": \"b\", \"q\": \"канатная дорога\", \"branch\": \"hill\"}\n{\"id\": \"c\", \"q\": \"канатная дорога\"}\n";
    let lines = fed(tree.path(), &["search", "spoke", "--json"], input).exits(0).lines();
    assert_eq!(lines[0]["id"], 7);
    let hit = &lines[0]["hits"][0];
    assert!(hit["doc"].as_str().unwrap().ends_with("storage.md"), "{hit}");
    for key in ["section", "chunk", "score"] {
        assert!(!hit[key].is_null(), "{key} in {hit}");
    }
    assert!(lines[0]["confidence"].as_f64().unwrap() > 0.5, "{}", lines[0]);
    assert!(lines[1]["hits"][0]["doc"].as_str().unwrap().ends_with("lift.md"), "{}", lines[1]);
    let elsewhere = lines[2]["hits"].as_array().unwrap();
    assert!(elsewhere.iter().all(|it| !it["doc"].as_str().unwrap().ends_with("lift.md")), "{elsewhere:?}");
}

#[test]
fn search_answers_people_too() {
    let tree = Tree::of_two();
    let found = run(tree.path(), &["search", "spoke", "чем накачивают шины"]).exits(0);
    assert!(found.out.contains("storage.md") && found.out.contains("confidence"), "{}", found.out);
    run(tree.path(), &["search", "spoke"]).exits(2);
    run(tree.path(), &["search", "spoke", "шины", "--branch", "nowhere"]).exits(2);
}
