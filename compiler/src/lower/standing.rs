//! Plan and company: what stands beside the release.

use format::{Company, PlanLimits, Standing};
use schema::{CompanyEntry, PlanEntry};
use serde_json::Value;

use super::place::{Layer, suggest};
use super::{Input, Problem, client};
use crate::said::say;

/// Plan and company of a tenant; a tariff that cannot be found is a problem.
pub(super) fn standing(input: &Input<'_>, problems: &mut Vec<Problem>) -> Option<Standing> {
    let plan = plan(input, problems);
    let company = company(input, problems);
    Some(Standing { plan: plan?, company })
}

/// The tariffs that hold where a tree has no plans.yaml.
fn seed_plans() -> Vec<PlanLimits> {
    let plan = |slug: &str, price_kzt, messages_per_month| PlanLimits {
        slug: slug.to_owned(),
        price_kzt,
        messages_per_month,
        documents: None,
        whatsapp_numbers: None,
        dashboard: true,
    };
    let starter = PlanLimits {
        documents: Some(50),
        whatsapp_numbers: Some(1),
        dashboard: false,
        ..plan("starter", 50_000, Some(1_000))
    };
    vec![starter, plan("medium", 100_000, Some(3_000)), plan("pro", 150_000, None)]
}

fn plan(input: &Input<'_>, problems: &mut Vec<Problem>) -> Option<PlanLimits> {
    let slug = &input.client.typed.plan;
    let plans = match input.plans {
        Some(file) => file.typed.plans.iter().map(limits).collect(),
        None => seed_plans(),
    };
    let found = plans.iter().find(|it| it.slug == *slug).cloned();
    if found.is_none() {
        let help = suggest(slug, plans.iter().map(|it| it.slug.as_str()));
        let spot = Layer::new(input.client, "").spot("/plan");
        let message = say!("there is no plan `{slug}`", "нет тарифа `{slug}`");
        problems.push(spot.problem("plan-unknown", message, help));
    }
    found
}

fn limits(entry: &PlanEntry) -> PlanLimits {
    PlanLimits {
        slug: entry.slug.clone(),
        price_kzt: entry.price_kzt,
        messages_per_month: entry.messages_per_month,
        documents: entry.documents,
        whatsapp_numbers: entry.whatsapp_numbers,
        dashboard: entry.dashboard,
    }
}

fn company(input: &Input<'_>, problems: &mut Vec<Problem>) -> Option<Company> {
    let slug = input.client.typed.company.as_ref()?;
    let companies = &input.companies?.typed.companies;
    let found = companies.iter().find(|it| it.slug == *slug);
    if found.is_none() {
        let help = suggest(slug, companies.iter().map(|it| it.slug.as_str()));
        let spot = Layer::new(input.client, "").spot("/company");
        let message = say!("there is no company `{slug}`", "нет компании `{slug}`");
        problems.push(spot.problem("company-unknown", message, help));
    }
    found.map(entity)
}

fn entity(entry: &CompanyEntry) -> Company {
    Company {
        slug: entry.slug.clone(),
        name: entry.name.clone(),
        billing: Value::Object(entry.billing.clone()),
        agents: entry.agents.iter().map(client::agent).collect(),
    }
}
