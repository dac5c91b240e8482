//! Files: the gateway is given an address and fetches what it passes on, as the real one does.

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Client;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName};
use reqwest::redirect::Policy;

use super::call::Fetched;

/// A file must be here after this.
const PATIENCE: Duration = Duration::from_secs(20);
/// WhatsApp takes no larger ones.
const LARGEST: u64 = 100 * 1024 * 1024;

/// Fetches; what goes wrong is told in the status.
pub(super) async fn fetch(url: &str) -> Fetched {
    whole(url).await.unwrap_or_else(|error| Fetched {
        status: error.status().map_or(0, |it| it.as_u16()),
        ..Fetched::nothing()
    })
}

async fn whole(url: &str) -> Result<Fetched, reqwest::Error> {
    let response = client().get(url).send().await?;
    let said = |name: HeaderName| {
        let value = response.headers().get(name).and_then(|it| it.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let (status, mime) = (response.status().as_u16(), said(CONTENT_TYPE));
    let disposition = said(CONTENT_DISPOSITION);
    let fits = response.content_length().is_none_or(|it| it <= LARGEST);
    let bytes = if fits { response.bytes().await? } else { Bytes::new() };
    Ok(Fetched { status, mime, disposition, bytes })
}

fn client() -> &'static Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        // Fails only when the process has chosen one already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder().no_proxy().timeout(PATIENCE).redirect(Policy::none()).build();
        client.expect("a client with a TLS provider and no certificates of its own can be built")
    });
    &CLIENT
}
