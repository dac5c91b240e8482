use super::{Rule, Scene, rule};
use crate::bundle::Bundle;
use crate::diagnostic::Diagnostic;
use crate::said::{Said, say};
use crate::source::Place;

pub(super) const RULE: Rule = rule!("duplicate-instance", run);

/// Branches of one tenant; that two tenants claim one number is seen when all are known.
fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let own = branches(scene.bundle);
    for (index, (number, place)) in own.iter().enumerate() {
        let Some((_, first)) = own[..index].iter().find(|(it, _)| it == number) else { continue };
        let message = say!(
            "the number `{number}` already belongs to another branch",
            "номер `{number}` уже занят другим филиалом",
        );
        let help = say!(
            "a number that branches share stands in client.yaml as `instance_id`",
            "общий для филиалов номер пишут в client.yaml: `instance_id: {number}`",
        );
        findings.push(duplicate(message, place.clone(), first.clone()).with_help(help));
    }
}

/// The finding that a number belongs to another tenant.
pub(crate) fn taken(number: &str, tenant: &str, here: Place, there: Place) -> Diagnostic {
    let message = say!(
        "the number `{number}` already belongs to the tenant `{tenant}`",
        "номер `{number}` уже занят брендом `{tenant}`",
    );
    let help = say!("a number belongs to one tenant", "у каждого бренда свой номер");
    duplicate(message, here, there).with_help(help)
}

fn duplicate(message: Said, here: Place, there: Place) -> Diagnostic {
    let first = say!("first here", "первый раз — здесь");
    let again = say!("again here", "второй раз — здесь");
    Diagnostic::error(RULE.code, here, message).with_mark(again).with_label(there, first)
}

/// Numbers as written and where, the client's own first.
pub(crate) fn instances(bundle: &Bundle) -> Vec<(&str, Place)> {
    let client = bundle.client.iter().filter_map(|file| {
        let number = file.typed.instance_id.as_deref()?;
        Some((number.trim(), file.place("/instance_id")))
    });
    client.filter(|(number, _)| !number.is_empty()).chain(branches(bundle)).collect()
}

fn branches(bundle: &Bundle) -> Vec<(&str, Place)> {
    let all = bundle.branches.iter().flat_map(|file| {
        file.typed.branches.iter().enumerate().filter_map(|(index, branch)| {
            let number = branch.instance_id.as_deref()?.trim();
            Some((number, file.place(&format!("/branches/{index}/instance_id"))))
        })
    });
    all.filter(|(number, _)| !number.is_empty()).collect()
}
