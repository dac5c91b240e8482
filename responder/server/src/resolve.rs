//! What a release only refers to, resolved; and what that means for its tenant.

use std::collections::BTreeMap;

use format::{Head, Reference};
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};

use crate::Config;
use crate::desk::Bot;
use crate::numbers::Numbers;
use crate::secrets::{self, SHORTEST_WEBHOOK_SECRET, WebhookKeys};
use crate::tenant::{Readiness, Resolved};

/// The variable that is also the default of every tenant.
const DEFAULT_TOKEN: &str = "CHATFLOW_TOKEN";

/// What is wrong with a tenant, in words.
#[derive(Default)]
pub(crate) struct Findings {
    /// Its webhook must stay closed.
    pub(crate) closing: Vec<String>,
    /// It is served all the same.
    pub(crate) degrading: Vec<String>,
}

impl Findings {
    /// Takes the numbers for `slug`; one that an earlier tenant has is refused to the later.
    pub(crate) fn claim_numbers(
        &mut self,
        slug: &str,
        numbers: &Numbers,
        taken: &mut BTreeMap<String, String>,
    ) {
        if numbers.all().any(|it| taken.contains_key(it)) {
            self.closing.push("instance_id_taken".to_owned());
            return;
        }
        taken.extend(numbers.all().map(|it| (it.to_owned(), slug.to_owned())));
    }

    /// Whether the tenant is served.
    pub(crate) fn readiness(self) -> Readiness {
        let Self { mut closing, degrading } = self;
        if closing.is_empty() && degrading.is_empty() {
            Readiness::Ready
        } else if closing.is_empty() {
            Readiness::Degraded(degrading)
        } else {
            closing.extend(degrading);
            Readiness::Unready(closing)
        }
    }
}

/// Resolves everything a release refers to. Reads files.
pub(crate) fn resolve(head: &Head, config: &Config) -> (Resolved, Findings) {
    let mut findings = Findings::default();
    let keys = webhook_keys(head, config, &mut findings);
    let value = |reference: &Reference| secrets::resolve(reference, config.secrets.as_ref(), &config.data);
    let plain = |reference: &Reference| value(reference).map(|it| it.expose_secret().to_owned());
    let (numbers, problems) = Numbers::of(head, plain);
    findings.degrading.extend(problems);
    let own_token = head.client.secrets.get("chatflow_token");
    let token = own_token.filter(|it| **it != Reference::Env(DEFAULT_TOKEN.to_owned())).map(value);
    if token.as_ref().is_some_and(Option::is_none) {
        findings.degrading.push("chatflow_token_unresolved".to_owned());
    }
    for (name, reference) in &head.client.secrets {
        let known = name.starts_with("webhook_secret") || name == "chatflow_token";
        if !known && value(reference).is_none() {
            findings.degrading.push(format!("{name}_unresolved"));
        }
    }
    let bot = head.client.secrets.get("telegram_bot_token").and_then(value).and_then(|token| {
        let bot = Bot::of(token);
        if bot.is_none() {
            findings.degrading.push("telegram_bot_token_odd".to_owned());
        }
        bot
    });
    let zone = TimeZone::get(&head.client.timezone).unwrap_or_else(|_| {
        findings.degrading.push("timezone_unknown".to_owned());
        TimeZone::UTC
    });
    (Resolved { keys, numbers, bot, token, zone }, findings)
}

fn webhook_keys(head: &Head, config: &Config, findings: &mut Findings) -> WebhookKeys {
    let read = |name: &str| -> Result<Option<SecretString>, String> {
        let Some(reference) = head.client.secrets.get(name) else { return Ok(None) };
        let value = secrets::resolve(reference, config.secrets.as_ref(), &config.data)
            .ok_or_else(|| format!("{name}_unresolved"))?;
        if value.expose_secret().chars().count() < SHORTEST_WEBHOOK_SECRET {
            return Err(format!("{name}_short"));
        }
        Ok(Some(value))
    };
    let next = read("webhook_secret_next").unwrap_or_else(|problem| {
        findings.degrading.push(problem);
        None
    });
    match read("webhook_secret") {
        Ok(Some(current)) => WebhookKeys::new(&current, next.as_ref()),
        Ok(None) => {
            findings.closing.push("webhook_secret_missing".to_owned());
            WebhookKeys::dummy().clone()
        }
        Err(problem) => {
            findings.closing.push(problem);
            WebhookKeys::dummy().clone()
        }
    }
}
