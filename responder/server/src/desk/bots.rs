//! The bots that speak for tenants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq as _;
use telegram::Client;
use telegram::client::Settings;
use telegram::title::Icon;
use tokio::sync::OnceCell;

use crate::snapshot::Snapshot;
use crate::tenant::Tenant;

/// One call of Telegram may take this long.
const DEADLINE: Duration = Duration::from_secs(10);
/// What the webhook's secret is made for; another word makes other secrets.
const CONTEXT: &str = "tenantry 2026 telegram webhook secret";
/// The same for the signatures of passes.
const PASSES: &str = "tenantry 2026 addresses of files";

/// The bot of a tenant: its token, resolved.
#[derive(Clone)]
pub(crate) struct Bot {
    /// Telegram's number of it.
    pub(crate) id: i64,
    pub(crate) token: SecretString,
}

impl Bot {
    /// The bot of this token; nothing when it is none.
    pub(crate) fn of(token: SecretString) -> Option<Self> {
        let id = telegram::client::bot_id(&token)?;
        Some(Self { id, token })
    }

    /// What Telegram shows with every update. Made of the token, so that all replicas know it and
    /// nobody has to keep it.
    pub(crate) fn hook_secret(&self) -> SecretString {
        let key = blake3::derive_key(CONTEXT, self.token.expose_secret().as_bytes());
        SecretString::from(blake3::Hash::from(key).to_hex().to_string())
    }

    /// What passes for this bot's files are signed with; made of the token likewise.
    pub(super) fn pass_key(&self) -> [u8; 32] {
        blake3::derive_key(PASSES, self.token.expose_secret().as_bytes())
    }

    /// Tells tokens apart without showing them.
    pub(super) fn fingerprint(&self) -> blake3::Hash {
        blake3::hash(self.token.expose_secret().as_bytes())
    }

    /// A bot that nobody has, to be compared with where there is none.
    pub(super) fn nobody() -> Self {
        Self { id: 0, token: SecretString::from("0:nobody") }
    }

    /// Whether this is the secret; in constant time.
    pub(crate) fn accepts(&self, presented: &[u8]) -> bool {
        self.hook_secret().expose_secret().as_bytes().ct_eq(presented).into()
    }
}

/// Connections to Telegram, one client for each bot.
pub(crate) struct Bots {
    api_url: String,
    clients: Mutex<BTreeMap<i64, Kept>>,
    /// The icons that topics can have; the same for all bots.
    icons: OnceCell<Vec<Icon>>,
    /// What bots are called, where that was asked.
    names: Mutex<BTreeMap<i64, String>>,
}

struct Kept {
    token: blake3::Hash,
    client: Client,
}

impl Bots {
    pub(crate) fn new(api_url: &str) -> Self {
        Self {
            api_url: api_url.to_owned(),
            clients: Mutex::default(),
            icons: OnceCell::new(),
            names: Mutex::default(),
        }
    }

    /// The client of a bot; nothing where none can be made.
    pub(crate) fn client(&self, bot: &Bot) -> Option<Client> {
        let token = bot.fingerprint();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = clients.get(&bot.id).filter(|it| it.token == token) {
            return Some(kept.client.clone());
        }
        let settings =
            Settings { api_url: self.api_url.clone(), token: bot.token.clone(), deadline: DEADLINE };
        let client = Client::new(settings).ok()?;
        clients.insert(bot.id, Kept { token, client: client.clone() });
        Some(client)
    }
}

impl Bots {
    /// What a bot is called, without the `@`; nothing while Telegram does not say.
    pub(super) async fn username(&self, bot_id: i64, client: &Client) -> Option<String> {
        let known = self.names.lock().unwrap_or_else(PoisonError::into_inner).get(&bot_id).cloned();
        if known.is_some() {
            return known;
        }
        let name = client.me().await.ok()?.username;
        self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(bot_id, name.clone());
        Some(name)
    }

    /// The icons that topics can have; none while Telegram does not say.
    pub(super) async fn icons(&self, client: &Client) -> Vec<Icon> {
        let asked = self.icons.get_or_try_init(|| client.topic_icons()).await;
        asked.cloned().unwrap_or_default()
    }
}

/// The bots of all tenants that are served, each once.
pub(crate) fn all(snapshot: &Snapshot) -> Vec<Bot> {
    let mut seen = BTreeSet::new();
    let bots = snapshot.tenants.values().filter(|it| !it.is_deleted()).filter_map(|it| it.bot());
    bots.filter(|it| seen.insert(it.id)).cloned().collect()
}

/// A bot of tenants that are served.
pub(crate) fn find(snapshot: &Snapshot, bot_id: i64) -> Option<Bot> {
    let served = snapshot.tenants.values().filter(|it| !it.is_deleted());
    served.filter_map(|it| it.bot()).find(|it| it.id == bot_id).cloned()
}

/// The tenants that a bot speaks for.
pub(crate) fn tenants(snapshot: &Snapshot, bot_id: i64) -> Vec<&Arc<Tenant>> {
    let served = snapshot.tenants.values().filter(|it| !it.is_deleted());
    served.filter(|it| it.bot().is_some_and(|it| it.id == bot_id)).collect()
}
