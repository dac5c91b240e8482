//! How updates travel.

use serde_json::{Value, json};

use super::super::world::{Hook, World};
use super::{Asked, Refusal, bad};

/// Longest secret of a webhook.
const LONGEST_SECRET: usize = 256;

impl World {
    pub(super) fn set_hook(&mut self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let url = asked.args.text("url").unwrap_or_default();
        if url.is_empty() {
            return self.drop_hook(asked);
        }
        // The real one wants https; a stand-in on loopback has no certificate to show.
        let is_http = url.starts_with("https://") || url.starts_with("http://127.0.0.1:");
        if !is_http {
            return Err(bad("bad webhook: An HTTPS URL must be provided for webhook"));
        }
        let secret = asked.args.text("secret_token").filter(|it| !it.is_empty());
        let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_' || it == b'-';
        if secret.as_ref().is_some_and(|it| it.len() > LONGEST_SECRET || !it.bytes().all(plain)) {
            return Err(bad("secret token contains unallowed characters"));
        }
        self.allow(asked);
        let Some(bot) = self.bots.get_mut(&asked.bot) else { return Err(super::not_found()) };
        if asked.args.is("drop_pending_updates") {
            bot.queue.clear();
        }
        // A waiting `getUpdates` ends.
        bot.poll += 1;
        bot.hook = Some(Hook { url, secret, last_error: None });
        Ok(json!(true))
    }

    pub(super) fn drop_hook(&mut self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let Some(bot) = self.bots.get_mut(&asked.bot) else { return Err(super::not_found()) };
        if asked.args.is("drop_pending_updates") {
            bot.queue.clear();
        }
        bot.hook = None;
        Ok(json!(true))
    }

    pub(super) fn hook(&self, bot: i64) -> Value {
        let Some(bot) = self.bots.get(&bot) else { return Value::Null };
        let hook = bot.hook.clone().unwrap_or_default();
        let mut out = json!({"url": hook.url, "has_custom_certificate": false,
            "pending_update_count": bot.queue.len()});
        if let Some((at_ms, words)) = hook.last_error {
            out["last_error_date"] = json!(at_ms / 1000);
            out["last_error_message"] = json!(words);
        }
        if let Some(allowed) = &bot.allowed {
            out["allowed_updates"] = json!(allowed);
        }
        out
    }

    /// Keeps which kinds of updates the bot wants, when it says so.
    pub(in super::super) fn allow(&mut self, asked: &Asked<'_>) {
        let wanted = asked.args.json("allowed_updates");
        let wanted = wanted.and_then(|it| serde_json::from_value::<Vec<String>>(it).ok());
        if let (Some(bot), Some(wanted)) = (self.bots.get_mut(&asked.bot), wanted) {
            bot.allowed = Some(wanted);
        }
    }

    /// What waits for a bot from update `offset` on, at most `limit`; everything before is forgotten.
    pub(in super::super) fn fetch(&mut self, bot: i64, offset: i64, limit: usize) -> Vec<Value> {
        let Some(bot) = self.bots.get_mut(&bot) else { return Vec::new() };
        if offset < 0 {
            let keep = usize::try_from(-offset).unwrap_or(usize::MAX);
            let gone = bot.queue.len().saturating_sub(keep);
            bot.queue.drain(..gone);
        } else {
            bot.queue.retain(|it| i64::from(it.id) >= offset);
        }
        let copies = bot
            .queue
            .iter()
            .flat_map(|it| std::iter::repeat_n(it.body.clone(), usize::try_from(it.copies).unwrap_or(1)));
        copies.take(limit).collect()
    }
}
