//! What is served and what was compiled, as the page shows it.

use format::{Head, Lang, Status, Text};
use playground::bench::{Bench, Number, Tenant};
use server::{Readiness, Snapshot};

use super::desk;
use super::publish::{Compiled, Seen};
use super::secrets::Invented;

pub(super) fn of(compiled: &Compiled, served: &Snapshot, secrets: &Invented) -> Bench {
    Bench {
        revision: compiled.revision,
        compiled_at_ms: compiled.at_ms,
        tenants: compiled.tenants.iter().map(|it| tenant(it, served, secrets)).collect(),
        findings: compiled.findings.clone(),
    }
}

fn tenant(seen: &Seen, served: &Snapshot, secrets: &Invented) -> Tenant {
    let shown = Tenant {
        slug: seen.slug.clone(),
        name: seen.slug.clone(),
        samples: seen.samples.clone(),
        is_broken: seen.is_broken,
        ..Tenant::default()
    };
    let Some(live) = served.tenants.get(&seen.slug) else {
        return Tenant {
            problems: served.unreadable.get(&seen.slug).cloned().into_iter().collect(),
            ..shown
        };
    };
    let head = live.head();
    Tenant {
        name: name(&head.client.name, head).to_owned(),
        status: status(head.client.status).to_owned(),
        languages: head.client.languages.iter().map(|it| it.code().to_owned()).collect(),
        numbers: numbers(head, secrets),
        release_id: Some(live.release_id().to_owned()),
        problems: match live.readiness() {
            Readiness::Ready => Vec::new(),
            Readiness::Degraded(words) | Readiness::Unready(words) => words.clone(),
        },
        desk: desk::of(head, secrets),
        ..shown
    }
}

/// The client's own number last: whoever has branches mostly writes to one of them.
fn numbers(head: &Head, secrets: &Invented) -> Vec<Number> {
    let branches = head.branches.iter().filter(|it| it.is_active);
    let branches = branches.filter_map(|it| Some((it.instance_id.as_ref()?, &it.name)));
    let client = head.client.instance_id.as_ref().map(|it| (it, &head.client.name));
    let mut numbers: Vec<Number> = Vec::new();
    for (reference, text) in branches.chain(client) {
        let Some(instance_id) = secrets.resolve(reference) else { continue };
        if numbers.iter().all(|it| it.instance_id != instance_id) {
            numbers.push(Number { instance_id, name: name(text, head).to_owned() });
        }
    }
    numbers
}

/// In the tenant's first language.
fn name<'a>(text: &'a Text, head: &Head) -> &'a str {
    text.get(head.client.languages.first().copied().unwrap_or(Lang::Ru))
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Suspended => "suspended",
        Status::Deleted => "deleted",
    }
}
