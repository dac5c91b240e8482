use schema::ChatId;

use super::{Rule, Scene, rule};
use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::said::{Said, say};
use crate::source::Place;

pub(super) const RULE: Rule = rule!("telegram-id", run);

/// Who is meant by an id.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Group,
    Person,
}

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let mut look = |id: &ChatId, whose: Whose, place: Place| findings.extend(examine(&id.0, whose, place));
    if let Some(file) = &scene.bundle.client {
        let settings = &file.typed.settings;
        if let Some(id) = &settings.telegram_chat_id {
            look(id, Whose::Group, file.place("/settings/telegram_chat_id"));
        }
        for (index, id) in settings.owner_telegram_id.iter().flat_map(|it| &it.0).enumerate() {
            // One owner stands there alone, several in a list.
            let listed = file.value("/settings/owner_telegram_id").is_some_and(serde_json::Value::is_array);
            let item = if listed { format!("/{index}") } else { String::new() };
            look(id, Whose::Person, file.place(&format!("/settings/owner_telegram_id{item}")));
        }
        for (index, agent) in file.typed.agents.iter().enumerate() {
            if let Some(id) = &agent.telegram {
                look(id, Whose::Person, file.place(&format!("/agents/{index}/telegram")));
            }
        }
    }
    if let Some(file) = &scene.bundle.branches {
        for (index, branch) in file.typed.branches.iter().enumerate() {
            if let Some(id) = &branch.telegram_chat_id {
                look(id, Whose::Group, file.place(&format!("/branches/{index}/telegram_chat_id")));
            }
        }
    }
}

fn examine(written: &str, whose: Whose, place: Place) -> Option<Diagnostic> {
    let id = written.trim();
    let number = id.parse::<i64>().ok();
    let help = match whose {
        Whose::Group => say!(
            "the id of a group with topics begins with -100: \"-1003412216010\"",
            "номер группы с темами начинается с -100: \"-1003412216010\"",
        ),
        Whose::Person => {
            say!("write \"@name\" in quotes, or a number", "пишите \"@имя\" в кавычках или номер цифрами")
        }
    };
    let (message, is_error): (Said, bool) = match (whose, number) {
        (Whose::Group, Some(number)) if number.to_string().starts_with("-100") && id.len() >= 11 => {
            return None;
        }
        (Whose::Group, Some(number)) if number < 0 => {
            (say!("`{id}` is a group without topics", "`{id}` — группа без тем"), false)
        }
        (Whose::Group, Some(_)) => (
            say!("`{id}` is the id of a person, not of a group", "`{id}` — номер человека, а не группы"),
            true,
        ),
        (Whose::Person, Some(number)) if number > 0 => return None,
        (Whose::Person, Some(_)) => (
            say!("`{id}` is the id of a group, not of a person", "`{id}` — номер группы, а не человека"),
            true,
        ),
        (_, None) if is_name(id) => return None,
        (_, None) => (say!("`{id}` is no Telegram id", "`{id}` — не имя и не номер в Telegram"), true),
    };
    let report = if is_error { Diagnostic::error } else { Diagnostic::warning };
    let diagnostic = report(RULE.code, place.clone(), message).with_help(help);
    let meant =
        format!("@{}", id.trim_start_matches("https://").trim_start_matches("t.me/").trim_start_matches('@'));
    Some(match number {
        None if is_name(&meant) => {
            let (text, title) = (format!("\"{meant}\""), say!("write `{meant}`", "написать `{meant}`"));
            diagnostic.with_fix(Fix { title, safe: false, edits: vec![Edit { place, text }] })
        }
        _ => diagnostic,
    })
}

/// `@` and what Telegram allows behind it: 4 to 32 letters, digits and `_`, a letter first.
fn is_name(id: &str) -> bool {
    let Some(name) = id.strip_prefix('@') else { return false };
    let fits = |it: char| it.is_ascii_alphanumeric() || it == '_';
    (4..=32).contains(&name.len())
        && name.starts_with(|it: char| it.is_ascii_alphabetic())
        && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::samples::Kiosk;
    use crate::diagnostic::Severity;

    fn told(settings: &str) -> Vec<(Severity, String)> {
        let client = format!("slug: kiosk\nname: Киоск\nsettings: {{{settings}}}\n");
        Kiosk::new().file("client.yaml", &client).run(RULE, |sources, found| {
            found.into_iter().map(|it| (it.severity, sources.text(it.file)[it.span].to_owned())).collect()
        })
    }

    #[test]
    fn groups_are_negative() {
        for good in ["\"-1003412216010\"", "-1003412216010", "\"@kiosk_group\""] {
            assert_eq!(told(&format!("telegram_chat_id: {good}")), [], "{good}");
        }
        assert_eq!(told("telegram_chat_id: 3412216010"), [(Severity::Error, "3412216010".to_owned())]);
        assert_eq!(told("telegram_chat_id: -412216010"), [(Severity::Warning, "-412216010".to_owned())]);
        assert_eq!(told("telegram_chat_id: группа"), [(Severity::Error, "группа".to_owned())]);
    }

    #[test]
    fn people_have_names_or_positive_numbers() {
        for good in ["\"@owner\"", "123456789", "[\"@owner\", 5]"] {
            assert_eq!(told(&format!("owner_telegram_id: {good}")), [], "{good}");
        }
        for wrong in ["owner", "\"@я\"", "\"https://t.me/owner\"", "-1003412216010"] {
            assert_eq!(told(&format!("owner_telegram_id: {wrong}")), [(Severity::Error, wrong.to_owned())]);
        }
        let listed = told("owner_telegram_id: [\"@owner\", boss]");
        assert_eq!(listed, [(Severity::Error, "boss".to_owned())]);
    }
}
