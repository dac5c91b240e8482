//! The services outside, and the verbs that name nothing else.

use clap::Args;
use secrecy::SecretString;

use super::Embeddings;

/// The services that tenants are served with. Values are read by the verb, so that it can name all that
/// is wrong at once.
#[derive(Debug, Args)]
pub(crate) struct Outside {
    /// Base of ChatFlow's API
    #[arg(long, env = "CHATFLOW_API_URL", value_name = "URL", default_value = server::CHATFLOW_API_URL)]
    pub(crate) chatflow_api_url: String,
    /// ChatFlow token of tenants that name none
    #[arg(long, env = "CHATFLOW_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub(crate) chatflow_token: Option<SecretString>,
    /// Base of Telegram's Bot API
    #[arg(long, env = "TELEGRAM_API_URL", value_name = "URL", default_value = server::TELEGRAM_API_URL)]
    pub(crate) telegram_api_url: String,
    /// Base of an OpenAI-compatible API
    #[arg(long, env = "OPENAI_BASE_URL", value_name = "URL", default_value = server::OPENAI_BASE_URL)]
    pub(crate) openai_base_url: String,
    /// Its key; without one no model is asked
    #[arg(long, env = "OPENAI_API_KEY", value_name = "KEY", hide_env_values = true)]
    pub(crate) openai_api_key: Option<SecretString>,
    /// Model there that turns voice notes into words; without one customers are asked to write
    #[arg(long, env = "TRANSCRIPTION_MODEL", value_name = "MODEL")]
    pub(crate) transcription_model: Option<String>,
    #[command(flatten)]
    pub(crate) embeddings: Embeddings,
    /// Where the world reaches this responder
    #[arg(long, env = "PUBLIC_BASE_URL", value_name = "URL")]
    pub(crate) public_base_url: Option<String>,
}

/// Flags of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The tenant; all of them when left out
    pub(crate) slug: Option<String>,
    #[command(flatten)]
    pub(crate) outside: Outside,
}
