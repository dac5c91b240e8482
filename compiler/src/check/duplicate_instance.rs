use super::{Rule, Scene};
use crate::bundle::Bundle;
use crate::diagnostic::Diagnostic;
use crate::source::Place;

pub(super) const RULE: Rule = Rule {
    code: "duplicate-instance",
    summary: "one WhatsApp number belongs to two branches or tenants",
    explain: include_str!("../../explain/duplicate-instance.md"),
    run,
};

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let own = instances(scene.bundle);
    for (index, (id, place, is_branch)) in own.iter().enumerate() {
        let in_earlier = |it: &Bundle| {
            let same = instances(it).into_iter().find(|(other, ..)| other == id);
            same.map(|(_, place, _)| (place, it.folder.clone()))
        };
        let (first, message, help) = if let Some((first, tenant)) = scene.earlier.iter().find_map(in_earlier)
        {
            let message = format!("the number `{id}` already belongs to the tenant `{tenant}`");
            (first, message, "a number belongs to one tenant")
        } else if let Some((_, first, _)) =
            own[..index].iter().find(|(it, _, branch)| it == id && *branch && *is_branch)
        {
            let message = format!("the number `{id}` already belongs to another branch");
            (first.clone(), message, "a number that branches share stands in client.yaml as `instance_id`")
        } else {
            continue;
        };
        let diagnostic = Diagnostic::error(RULE.code, place.clone(), message);
        findings.push(diagnostic.with_label(first, "first here").with_help(help));
    }
}

/// Numbers as written, where, and whether in a branch.
fn instances(bundle: &Bundle) -> Vec<(&str, Place, bool)> {
    let client = bundle.client.iter().filter_map(|file| {
        let id = file.typed.instance_id.as_deref()?;
        Some((id.trim(), file.place("/instance_id"), false))
    });
    let branches = bundle.branches.iter().flat_map(|file| {
        file.typed.branches.iter().enumerate().filter_map(|(index, branch)| {
            let id = branch.instance_id.as_deref()?;
            Some((id.trim(), file.place(&format!("/branches/{index}/instance_id")), true))
        })
    });
    client.chain(branches).filter(|(id, ..)| !id.is_empty()).collect()
}
