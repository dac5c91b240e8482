use std::collections::BTreeSet;

use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;

pub(super) const RULE: Rule = rule!("plan-limit", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let (Some(client), Some(standing)) = (&scene.bundle.client, scene.standing) else { return };
    let plan = &standing.plan;
    let branches = scene.bundle.branches.iter().flat_map(|it| &it.typed.branches);
    let own = client.typed.instance_id.iter();
    let numbers: BTreeSet<&String> = own.chain(branches.filter_map(|it| it.instance_id.as_ref())).collect();
    let counts = [
        ("documents", scene.bundle.documents.len(), plan.documents),
        ("WhatsApp numbers", numbers.len(), plan.whatsapp_numbers),
    ];
    for (what, count, limit) in counts {
        let Some(limit) = limit.filter(|it| count > *it as usize) else { continue };
        let place = client.place("/plan");
        let message = format!("the plan `{}` includes {limit} {what}, the tenant has {count}", plan.slug);
        findings.push(Diagnostic::warning(RULE.code, place, message).with_help("choose a larger plan"));
    }
}
