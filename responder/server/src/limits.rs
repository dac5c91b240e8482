//! What a tenant's plan allows, and what one customer may cost it.

use format::OnLimit;
use runtime::StoreError;

use crate::care;
use crate::engine::Engine;
use crate::tenant::Tenant;

/// Shares of the plan at which the owner is told, percent.
const NOTICES: [(u64, &str); 2] = [(80, "limit_80"), (100, "limit_100")];
/// The window of a customer's budget, milliseconds.
const HOUR_MS: i64 = 3_600_000;
/// The window of a tenant's budget, milliseconds.
const MINUTE_MS: i64 = 60_000;

/// What a turn may still use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// Everything.
    Full,
    /// No model: the plan is used up and the tenant wants facts only.
    Facts,
    /// Nothing: the plan is used up and the tenant wants silence.
    Nothing,
}

/// Tells the owner at 80 % and at 100 % of the plan, once a month each.
pub(crate) async fn note(engine: &Engine, tenant: &Tenant, month: &str, messages_in: u64) {
    let Some(plan) = tenant.standing().plan.messages_per_month else { return };
    for (percent, what) in NOTICES {
        if messages_in.saturating_mul(100) >= plan.saturating_mul(percent) {
            engine.tell_owner(tenant.slug(), what, format!("{what}:{}:{month}", tenant.slug())).await;
        }
    }
}

/// What a turn of this tenant may use now. A store that cannot say takes nothing away.
pub(crate) async fn allowance(engine: &Engine, tenant: &Tenant) -> Allowance {
    let over = match tenant.settings().on_limit {
        OnLimit::Notify => return Allowance::Full,
        OnLimit::FactsOnly => Allowance::Facts,
        OnLimit::Pause => Allowance::Nothing,
    };
    let Some(plan) = tenant.standing().plan.messages_per_month else { return Allowance::Full };
    let (slug, month) = (tenant.slug().to_owned(), tenant.month(engine.now_ms()));
    let used = engine.with_state(move |state| {
        let usage = state.usage(Some(&slug))?;
        Ok::<_, StoreError>(usage.iter().find(|it| it.month == month).map_or(0, |it| it.messages_in))
    });
    match used.await {
        Ok(used) if used > plan => over,
        Ok(_) => Allowance::Full,
        Err(error) => {
            engine.store_failed("usage", &error);
            Allowance::Full
        }
    }
}

/// So many questions may be embedded for every call of the model: they cost next to nothing, and most
/// messages ask for one.
const QUESTIONS: u32 = 4;

/// Whether a neighbour that costs money may be asked for this customer now, see [`care`]: one customer must
/// not use up what is there for all, nor one tenant. Each neighbour has a budget of its own.
pub(crate) async fn may_ask(engine: &Engine, tenant: &Tenant, jid: &str, what: &'static str) -> bool {
    let now_ms = engine.now_ms();
    let times = if what == care::EMBEDDER { QUESTIONS } else { 1 };
    let own = if what == care::MODEL { String::new() } else { format!(":{what}") };
    let (hourly, minutely) =
        (engine.config.model_calls_customer_hour, engine.config.model_calls_tenant_minute);
    let budgets = [
        ("customer", format!("customer:{}:{jid}{own}", tenant.slug()), HOUR_MS, hourly.saturating_mul(times)),
        ("tenant", format!("tenant:{}:{own}", tenant.slug()), MINUTE_MS, minutely.saturating_mul(times)),
    ];
    for (whose, key, window_ms, most) in budgets {
        let window = now_ms - now_ms.rem_euclid(window_ms);
        match engine.with_state(move |state| state.spend(&key, window, most)).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(tenant.slug = %tenant.slug(), whose, what, "no more calls for now");
                let labels = [("tenant", tenant.slug()), ("whose", whose), ("what", what)];
                engine.telemetry.count("tenantry_budget_refusals_total", &labels);
                return false;
            }
            Err(error) => {
                engine.store_failed("spend", &error);
                return false;
            }
        }
    }
    true
}
