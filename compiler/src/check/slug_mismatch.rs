use super::{Rule, Scene, rule};
use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::said::say;

pub(super) const RULE: Rule = rule!("slug-mismatch", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(client) = &scene.bundle.client else { return };
    let (slug, folder) = (&client.typed.slug, &scene.bundle.folder);
    if slug == folder {
        return;
    }
    let place = client.place("/slug");
    let message = say!(
        "the slug is `{slug}` but the folder is called `{folder}`",
        "в `slug` стоит `{slug}`, а папка называется `{folder}`",
    );
    let diagnostic = Diagnostic::error(RULE.code, place.clone(), message);
    if !is_slug(folder) {
        let help = say!(
            "rename the folder to the slug: a–z, 0–9 and _, a letter first, 2 to 63 characters",
            "назовите папку так же, как slug: a–z, 0–9 и _, первой буква, от 2 до 63 знаков",
        );
        findings.push(diagnostic.with_help(help));
        return;
    }
    let fix = Fix {
        title: say!("write `{folder}`", "написать `{folder}`"),
        safe: false,
        edits: vec![Edit { place, text: folder.clone() }],
    };
    let help = say!("rename the folder or change the slug", "переименуйте папку или исправьте slug");
    findings.push(diagnostic.with_help(help).with_fix(fix));
}

fn is_slug(name: &str) -> bool {
    let rest = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    (2..=63).contains(&name.len())
        && name.starts_with(|it: char| it.is_ascii_lowercase())
        && name.chars().all(rest)
}
