use format::Lang;
use schema::Language;

use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("template-language", run);

/// What must be said in the customer's language whatever happens: who speaks, and that a person will.
const NEEDED: [&str; 2] = ["disclosure", "fallback"];

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let (Some(client), Some(release)) = (&scene.bundle.client, scene.release) else { return };
    for (index, language) in client.typed.languages.iter().enumerate() {
        let (lang, en, ru) = match language {
            Language::Ru => (Lang::Ru, "Russian", "на русском"),
            Language::Kk => (Lang::Kk, "Kazakh", "на казахском"),
        };
        for id in NEEDED {
            let template = release.pack.templates.get(id);
            let text = template.and_then(|it| match lang {
                Lang::Ru => Some(it.ru.as_str()),
                Lang::Kk => it.kk.as_deref(),
            });
            if text.is_some_and(|it| !it.trim().is_empty()) {
                continue;
            }
            let pointer = format!("/languages/{index}");
            // Unless languages are named, both hold.
            let written = client.value(&pointer).is_some();
            let place = client.place(if written { pointer.as_str() } else { "/slug" });
            let message = say!("the template `{id}` has no text in {en}", "у шаблона `{id}` нет текста {ru}");
            let help = say!(
                "add it under `domain_pack.templates.{id}`, or to the pack the others come from",
                "добавьте его в `domain_pack.templates.{id}` или туда, откуда взят остальной шаблон",
            );
            findings.push(Diagnostic::error(RULE.code, place, message).with_help(help));
        }
    }
}
