use super::{Rule, Scene, rule};
use crate::diagnostic::{Diagnostic, Edit, Fix};

pub(super) const RULE: Rule = rule!("slug-mismatch", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(client) = &scene.bundle.client else { return };
    let (slug, folder) = (&client.typed.slug, &scene.bundle.folder);
    if slug == folder {
        return;
    }
    let place = client.place("/slug");
    let message = format!("the slug is `{slug}` but the folder is called `{folder}`");
    let diagnostic = Diagnostic::error(RULE.code, place.clone(), message);
    if !is_slug(folder) {
        let help = "rename the folder to the slug: a–z, 0–9 and _, a letter first, 2 to 63 characters";
        findings.push(diagnostic.with_help(help));
        return;
    }
    let fix = Fix {
        title: format!("write `{folder}`").into(),
        safe: false,
        edits: vec![Edit { place, text: folder.clone() }],
    };
    findings.push(diagnostic.with_help("rename the folder or change the slug").with_fix(fix));
}

fn is_slug(name: &str) -> bool {
    let rest = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    (2..=63).contains(&name.len())
        && name.starts_with(|it: char| it.is_ascii_lowercase())
        && name.chars().all(rest)
}
