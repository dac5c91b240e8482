//! Calls that cost nothing: whether a host answers, and which models an endpoint lists.

use std::collections::BTreeSet;

use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;

use super::{DEADLINE, Words};

/// More of a list of models than this is not read.
const LONGEST_LIST: usize = 4 * 1024 * 1024;

/// What asking for a list of models came to.
#[derive(Debug, Clone)]
pub(super) enum Models {
    /// It lists these.
    Listed(BTreeSet<String>),
    /// It answers, but has no list.
    Unlisted,
    /// It refuses the key.
    Refused(u16),
    /// It does not work.
    Away(Words),
}

impl Models {
    /// Whether the list holds the model; names may go on with a tag, `bge-m3:latest`.
    pub(super) fn lacks(&self, model: &str) -> bool {
        let Self::Listed(all) = self else { return false };
        let is_it =
            |it: &String| it.strip_prefix(model).is_some_and(|it| it.is_empty() || it.starts_with(':'));
        !all.is_empty() && !all.iter().any(is_it)
    }
}

/// Whether somebody answers at `base`: with which status, or what went wrong.
pub(super) async fn knock(base: &str) -> Result<u16, Words> {
    let status = send(base, base, |it| it).await?.status();
    match status {
        // Somebody stands before the host and does not reach it either.
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Err(broken(status))
        }
        status => Ok(status.as_u16()),
    }
}

/// The models at an OpenAI-compatible endpoint.
pub(super) async fn models(base: &str, key: Option<&SecretString>) -> Models {
    let url = format!("{}/models", base.trim_end_matches('/'));
    let with_key = |it: RequestBuilder| match key {
        Some(key) => it.bearer_auth(key.expose_secret()),
        None => it,
    };
    let response = match send(base, &url, with_key).await {
        Ok(response) => response,
        Err(why) => return Models::Away(why),
    };
    match response.status() {
        StatusCode::OK => listed(response).await.map_or(Models::Unlisted, Models::Listed),
        it @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Models::Refused(it.as_u16()),
        it if it.is_server_error() => Models::Away(broken(it)),
        _ => Models::Unlisted,
    }
}

async fn listed(mut response: Response) -> Option<BTreeSet<String>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_LIST {
            return None;
        }
    }
    let list: Value = serde_json::from_slice(&body).ok()?;
    let models = list.get("data")?.as_array()?;
    Some(models.iter().filter_map(|it| it.get("id")?.as_str().map(str::to_owned)).collect())
}

async fn send(
    base: &str,
    url: &str,
    with: impl FnOnce(RequestBuilder) -> RequestBuilder,
) -> Result<Response, Words> {
    let client = crate::adapters::client(base, DEADLINE).build();
    let client = client.map_err(|_| words!("no HTTP client can be made", "HTTP-клиент не создаётся"))?;
    // Whatever the libraries below would log stays unsaid.
    let sent = with(client.get(url)).send().with_subscriber(Dispatch::none()).await;
    sent.map_err(|error| {
        if error.is_timeout() {
            let seconds = DEADLINE.as_secs();
            words!("no answer within {seconds} s", "нет ответа за {seconds} с")
        } else if error.is_connect() {
            words!("no connection", "нет соединения")
        } else {
            words!("the connection broke", "соединение оборвалось")
        }
    })
}

fn broken(status: StatusCode) -> Words {
    let code = status.as_u16();
    words!("it answers with HTTP {code}", "ответ HTTP {code}")
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use tokio::net::TcpListener;
    use warp::Filter as _;
    use warp::http::Response as Answer;

    use super::*;

    /// A server that answers everything with this status and body, if the key is `right`.
    async fn server(status: u16, body: &'static str) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = warp::get().and(warp::header::optional::<String>("authorization")).map(
            move |key: Option<String>| {
                let status = if key.as_deref() == Some("Bearer wrong") { 401 } else { status };
                Answer::builder().status(status).body(body).unwrap()
            },
        );
        tokio::spawn(warp::serve(routes).incoming(listener).run());
        address
    }

    #[tokio::test]
    async fn lists_of_models_are_read_and_refusals_told_apart() {
        let list = r#"{"object": "list", "data": [{"id": "small"}, {"id": "bge-m3:latest"}, {"no": "id"}]}"#;
        let base = format!("http://{}/v1/", server(200, list).await);
        let found = models(&base, Some(&"right".into())).await;
        assert!(matches!(&found, Models::Listed(all) if all.len() == 2), "{found:?}");
        assert!(found.lacks("smal") && found.lacks("bge"));
        assert!(!found.lacks("small") && !found.lacks("bge-m3") && !found.lacks("bge-m3:latest"));
        let refused = models(&base, Some(&"wrong".into())).await;
        assert!(matches!(refused, Models::Refused(401)), "{refused:?}");
        for (status, body) in [(404, ""), (200, "no JSON"), (200, "{}")] {
            let base = format!("http://{}/v1", server(status, body).await);
            let found = models(&base, None).await;
            assert!(matches!(found, Models::Unlisted) && !found.lacks("any"), "{status} {body}: {found:?}");
        }
        let base = format!("http://{}/v1", server(500, "").await);
        assert!(matches!(models(&base, None).await, Models::Away(_)));
    }

    #[tokio::test]
    async fn any_answer_is_one_but_that_nobody_is_there() {
        for (status, is_there) in [(200, true), (404, true), (500, true), (502, false), (503, false)] {
            let base = format!("http://{}/api", server(status, "").await);
            assert_eq!(knock(&base).await.is_ok(), is_there, "{status}");
        }
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
        let error = knock(&format!("http://{free}/?token=canary")).await.unwrap_err();
        assert_eq!(error.en, "no connection");
    }
}
