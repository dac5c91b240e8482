//! Secrets for tenants whose real ones a newcomer has not: invented for this run, never shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use format::{Client, Reference};
use uuid::Uuid;

/// Invents a value for every name; the same name has the same value all along.
pub(super) struct Invented {
    /// What keeps values of this run from being guessed.
    salt: String,
    /// `file:` references are read from here.
    data: PathBuf,
    /// Names whose values are tokens of bots.
    bots: RwLock<BTreeSet<String>>,
    /// The webhook secret's reference by slug.
    webhooks: RwLock<BTreeMap<String, Reference>>,
}

impl Invented {
    pub(super) fn new(data: &Path) -> Self {
        Self {
            salt: Uuid::new_v4().simple().to_string(),
            data: data.to_owned(),
            bots: RwLock::default(),
            webhooks: RwLock::default(),
        }
    }

    /// The value of the environment variable `name`, in this run. The machine's own environment is
    /// not asked: nothing real is called, so nothing real is needed.
    pub(super) fn value(&self, name: &str) -> String {
        if self.bots.read().unwrap_or_else(PoisonError::into_inner).contains(name) {
            return self.token(name);
        }
        format!("dev-{name}-{}", self.salt)
    }

    /// A bot's token, as Telegram writes them.
    fn token(&self, name: &str) -> String {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
        format!("{}:{}", 5_000_000 + u64::from(id.as_fields().0), self.salt)
    }

    /// The webhook secret of a tenant learned before.
    pub(super) fn webhook(&self, slug: &str) -> Option<String> {
        let webhooks = self.webhooks.read().unwrap_or_else(PoisonError::into_inner);
        self.resolve(webhooks.get(slug)?)
    }

    /// An instance id or a secret behind a reference.
    pub(super) fn resolve(&self, reference: &Reference) -> Option<String> {
        match reference {
            Reference::Literal(value) => Some(value.clone()),
            Reference::Env(name) => Some(self.value(name)),
            Reference::File(path) => {
                fs::read_to_string(self.data.join(path)).ok().map(|it| it.trim().to_owned())
            }
        }
    }

    /// Remembers how the tenant's webhook is opened and invents the files its secrets lie in, as
    /// far as they belong into the data folder.
    pub(super) fn learn(&self, client: &Client) {
        for (secret, reference) in &client.secrets {
            let is_bot = secret == "telegram_bot_token";
            match reference {
                Reference::File(path) => {
                    let value = if is_bot { self.token(path) } else { self.salt.clone() };
                    self.invent_file(Path::new(path), &value);
                }
                Reference::Env(name) if is_bot => {
                    self.bots.write().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
                }
                _ => {}
            }
        }
        if let Some(reference) = client.secrets.get("webhook_secret") {
            let mut webhooks = self.webhooks.write().unwrap_or_else(PoisonError::into_inner);
            webhooks.insert(client.slug.clone(), reference.clone());
        }
    }

    fn invent_file(&self, path: &Path, value: &str) {
        let is_inside = path.components().all(|it| matches!(it, Component::Normal(_) | Component::CurDir));
        let path = self.data.join(path);
        if !is_inside || path.exists() {
            return;
        }
        // Where this fails the tenant is shown as not ready, with the name of the secret.
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, value));
        if let Err(error) = written {
            tracing::warn!(%error, "a secret's file cannot be invented");
        }
    }
}
