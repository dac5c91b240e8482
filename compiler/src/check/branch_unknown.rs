use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::words;

pub(super) const RULE: Rule = rule!("branch-unknown", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(client) = &scene.bundle.client else { return };
    if scene.bundle.has_branches && scene.bundle.branches.is_none() {
        return;
    }
    let branches = scene.bundle.branches.iter().flat_map(|it| &it.typed.branches);
    let slugs: Vec<&str> = branches.map(|it| it.slug.as_str()).collect();
    for (index, agent) in client.typed.agents.iter().enumerate() {
        let Some(branch) = agent.branch.as_deref().filter(|it| !slugs.contains(it)) else { continue };
        let place = client.place(&format!("/agents/{index}/branch"));
        let diagnostic = Diagnostic::error(
            RULE.code,
            place,
            say!("there is no branch `{branch}`", "нет филиала `{branch}`"),
        );
        let help = match words::closest(branch, slugs.iter().copied()) {
            Some(slug) => words::did_you_mean(slug),
            None if slugs.is_empty() => say!(
                "branches.yaml names no branch; remove the line",
                "в branches.yaml нет ни одного филиала; удалите эту строку",
            ),
            None => {
                let all = words::list(slugs.iter().copied());
                say!("the branches are {all}", "есть филиалы: {all}"; all)
            }
        };
        findings.push(diagnostic.with_help(help));
    }
}
