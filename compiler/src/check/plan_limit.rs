use std::collections::BTreeSet;

use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("plan-limit", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let (Some(client), Some(standing)) = (&scene.bundle.client, scene.standing) else { return };
    let plan = &standing.plan;
    let branches = scene.bundle.branches.iter().flat_map(|it| &it.typed.branches);
    let own = client.typed.instance_id.iter();
    let numbers: BTreeSet<&String> = own.chain(branches.filter_map(|it| it.instance_id.as_ref())).collect();
    let counts = [
        (["document", "documents"], "документов", scene.bundle.documents.len(), plan.documents),
        (["WhatsApp number", "WhatsApp numbers"], "номеров WhatsApp", numbers.len(), plan.whatsapp_numbers),
    ];
    for ([one, many], russian, count, limit) in counts {
        let Some(limit) = limit.filter(|it| count > *it as usize) else { continue };
        let (slug, place) = (&plan.slug, client.place("/plan"));
        let what = if limit == 1 { one } else { many };
        let message = say!(
            "the plan `{slug}` includes {limit} {what}, the tenant has {count}",
            "в тариф `{slug}` входит {russian}: {limit}, а у бренда их {count}",
        );
        let help = say!("choose a larger plan", "выберите тариф побольше");
        findings.push(Diagnostic::warning(RULE.code, place, message).with_help(help));
    }
}
