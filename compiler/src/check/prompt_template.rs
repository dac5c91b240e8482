use std::collections::BTreeMap;
use std::ops::Range;

use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};

use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;
use crate::said::{Said, say};
use crate::source::Place;
use crate::words;

pub(super) const RULE: Rule = rule!("prompt-template", run);

/// What a prompt may name.
const VARIABLES: [&str; 10] = [
    "branch.name",
    "branch.phone",
    "branch.slug",
    "client.name",
    "client.slug",
    "contact.name",
    "contact.phone",
    "lang",
    "now",
    "role",
];

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(prompts) = &scene.bundle.prompt else { return };
    for (index, prompt) in prompts.typed.prompts.iter().enumerate() {
        let place = prompts.place(&format!("/prompts/{index}/text"));
        let written = &scene.sources.text(place.file)[place.span.clone()];
        for (part, message, help) in mistakes(&prompt.text, written) {
            let span = place.span.start + part.start..place.span.start + part.end;
            let diagnostic = Diagnostic::error(RULE.code, Place::new(place.file, span), message);
            findings.push(diagnostic.with_help(help));
        }
    }
}

/// What is wrong with a prompt: where in its written form, what, and what to do.
fn mistakes(text: &str, written: &str) -> Vec<(Range<usize>, Said, Said)> {
    let all = || {
        let all = words::list(VARIABLES.into_iter());
        say!("the variables are {all}", "переменные: {all}"; all)
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let template = match environment.template_from_named_str("prompt", text) {
        Ok(template) => template,
        Err(error) => {
            let place = line(written, text, error.line().unwrap_or(1));
            let (en, ru) = reason(&error);
            let message = say!("the prompt is no template: {en}", "инструкция не читается: {ru}");
            return vec![(place, message, all())];
        }
    };
    let mut unknown: Vec<String> = template.undeclared_variables(true).into_iter().collect();
    unknown.retain(|it| !VARIABLES.contains(&it.as_str()));
    unknown.sort();
    if !unknown.is_empty() {
        let tell = |name: &String| {
            let help = match words::closest(name, VARIABLES.into_iter()) {
                Some(known) => {
                    let all = all();
                    say!("did you mean `{known}`? {all}", "может быть, `{known}`? {all}"; all)
                }
                None => all(),
            };
            (find(written, name), say!("there is no variable `{name}`", "нет переменной `{name}`"), help)
        };
        return unknown.iter().map(tell).collect();
    }
    // Filters are looked up only when the text is filled in. Loops could take for ever, so texts
    // with statements are not tried.
    if text.contains("{%") {
        return Vec::new();
    }
    match template.render(sample()) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let place = line(written, text, error.line().unwrap_or(1));
            let (en, ru) = reason(&error);
            let message = say!("the prompt cannot be filled in: {en}", "инструкцию нельзя заполнить: {ru}");
            vec![(place, message, all())]
        }
    }
}

/// Every variable with a text under it.
fn sample() -> Value {
    let mut values: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    let mut texts: BTreeMap<&str, Value> = BTreeMap::new();
    for variable in VARIABLES {
        match variable.split_once('.') {
            Some((owner, part)) => drop(values.entry(owner).or_default().insert(part, "x")),
            None => drop(texts.insert(variable, Value::from("x"))),
        }
    }
    texts.extend(values.into_iter().map(|(owner, parts)| (owner, Value::from(parts))));
    Value::from(texts)
}

/// What the template engine says, and for those who do not program what to look at.
fn reason(error: &minijinja::Error) -> (String, &'static str) {
    let english = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let russian = match error.kind() {
        ErrorKind::SyntaxError => "скобки {{ }} не закрыты, или внутри них лишние знаки",
        ErrorKind::UnknownFilter => "после знака | стоит слово, которого программа не знает",
        _ => "внутри скобок {{ }} стоит то, чего программа не понимает",
    };
    (english, russian)
}

/// The first place inside braces where a name is written.
fn find(written: &str, name: &str) -> Range<usize> {
    let inside = |at: &usize| {
        let before = &written[..*at];
        let open = before.rfind("{{").max(before.rfind("{%"));
        open.is_some_and(|open| !before[open..].contains("}}") && !before[open..].contains("%}"))
    };
    // `client . name` is written apart; then its first part has to do.
    let first = name.split('.').next().unwrap_or(name);
    for wanted in [name, first] {
        if let Some(at) = written.match_indices(wanted).map(|(at, _)| at).find(inside) {
            return at..at + wanted.len();
        }
    }
    line(written, written, 1)
}

/// The place of a template's line; of the whole first line where the text is not written line by line.
fn line(written: &str, text: &str, number: usize) -> Range<usize> {
    let wanted = text.lines().nth(number.saturating_sub(1)).map(str::trim).filter(|it| !it.is_empty());
    match wanted.and_then(|it| Some((written.find(it)?, it.len()))) {
        Some((at, length)) => at..at + length,
        None => 0..written.lines().next().map_or(0, str::len),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::said::Lang;

    fn told(text: &str) -> Vec<String> {
        mistakes(text, text)
            .into_iter()
            .map(|(part, message, _)| format!("{} | {}", &text[part], message.in_lang(Lang::En)))
            .collect()
    }

    #[test]
    fn variables_and_braces_are_checked() {
        assert!(
            told("«{{client.name}}» {{ role }} {{branch.name|upper}} {{contact.phone}} {{client.slug}}")
                .is_empty()
        );
        assert!(told("{% if branch.name %}{{ branch.name }}{% endif %}").is_empty());
        assert_eq!(told("client {{ client.title }}"), ["client.title | there is no variable `client.title`"]);
        assert_eq!(told("{{ a }}{{ b }}"), ["a | there is no variable `a`", "b | there is no variable `b`"]);
        assert_eq!(told("{{ client }}"), ["client | there is no variable `client`"]);
        assert_eq!(told("x\n{{ role").len(), 1);
        assert_eq!(told("x\n{{ role|nothing }}").len(), 1);
        assert!(told("x\n{{ role|nothing }}")[0].starts_with("{{ role|nothing }}"));
    }
}
