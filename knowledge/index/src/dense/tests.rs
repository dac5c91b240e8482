//! The client against an endpoint on loopback that speaks the API's words.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{EmbedError, EmbedLine, Embedded, OpenAiEmbedder, OpenAiSettings};
use crate::endpoint::{Endpoint, numbers, refusal, right};

fn line(endpoint: &Endpoint, key: Option<&str>) -> EmbedLine {
    let settings = OpenAiSettings {
        base_url: endpoint.base() + "/",
        model: "some/model".to_owned(),
        key: key.map(Into::into),
    };
    EmbedLine::open(Arc::new(OpenAiEmbedder::new(&settings).unwrap())).unwrap()
}

fn embed(line: &EmbedLine, texts: &[String]) -> Result<(Vec<Vec<f32>>, u64), EmbedError> {
    let (mut vectors, mut tokens) = (Vec::new(), 0);
    line.embed(texts, |at, embedded: Embedded| {
        assert_eq!(at, vectors.len());
        tokens += embedded.tokens;
        vectors.extend(embedded.vectors);
        Ok::<(), EmbedError>(())
    })?;
    Ok((vectors, tokens))
}

#[test]
fn texts_go_in_batches_and_come_back_in_order() {
    let endpoint = Endpoint::start(|_, inputs| right(inputs));
    let line = line(&endpoint, Some("sk-key"));
    let mut texts: Vec<String> = (0..70).map(|it| "шаш ".repeat(it)).collect();
    texts[3] = "x".repeat(100_000);
    let (vectors, tokens) = embed(&line, &texts).unwrap();
    assert_eq!((vectors.len(), tokens), (70, 70));
    assert_eq!(vectors[69], numbers(&texts[69]));
    assert_eq!(vectors[3], numbers(&"x".repeat(8_000)), "bounded");
    assert_eq!(vectors[0], numbers("-"), "nothing is sent as something");
    assert_eq!(endpoint.texts(), 70);
    let seen = endpoint.seen();
    assert_eq!(seen.iter().map(|it| it.0.len()).collect::<Vec<_>>(), [32, 32, 6]);
    assert!(seen.iter().all(|it| it.1 == "Bearer sk-key"));
    assert_eq!(embed(&line, &[]).unwrap(), (Vec::new(), 0));
    assert_eq!(line.embed_one("шаш").unwrap(), numbers("шаш"));
}

#[test]
fn what_passes_is_asked_again() {
    let endpoint = Endpoint::start(|number, inputs| match number {
        0 => refusal(503, "overloaded"),
        1 => refusal(429, "rate_limit_exceeded"),
        _ => right(inputs),
    });
    assert_eq!(embed(&line(&endpoint, None), &["a".to_owned()]).unwrap().0, [numbers("a")]);
    assert_eq!(endpoint.seen().len(), 3);
}

#[test]
fn what_cannot_work_is_said_at_once_and_without_secrets() {
    for (status, code) in [(401, "invalid_api_key"), (404, "model_not_found"), (429, "insufficient_quota")] {
        let endpoint = Endpoint::start(move |_, _| refusal(status, code));
        let error = embed(&line(&endpoint, Some("sk-secret")), &["a".to_owned()]).unwrap_err();
        assert_eq!(error, EmbedError::Refused(format!("{status} {code}")));
    }
}

#[test]
fn nonsense_is_not_kept() {
    let nonsense: [fn(&[String]) -> Value; 5] = [
        |_| json!([]),
        |_| json!([{"object": "embedding", "index": 7, "embedding": [1.0]}]),
        |_| json!([{"object": "embedding", "index": 0, "embedding": [1.0]}, {"object": "embedding", "index": 1, "embedding": [1.0, 2.0]}]),
        |_| json!([{"object": "embedding", "index": 0, "embedding": [0.0]}, {"object": "embedding", "index": 1, "embedding": [1.0]}]),
        |_| json!("none"),
    ];
    for (number, data) in nonsense.into_iter().enumerate() {
        let endpoint = Endpoint::start(move |_, inputs| {
            let usage = json!({"prompt_tokens": 1, "total_tokens": 1});
            (200, json!({"object": "list", "model": "m", "data": data(inputs), "usage": usage}))
        });
        let error = embed(&line(&endpoint, None), &["a".to_owned(), "b".to_owned()]).unwrap_err();
        assert!(matches!(error, EmbedError::Nonsense(_)), "{number}: {error}");
    }
    let changing = Endpoint::start(|number, inputs| {
        let (status, mut answer) = right(inputs);
        if number == 1 {
            let data = answer["data"].as_array_mut().unwrap();
            data.iter_mut().for_each(|it| it["embedding"] = json!([1.0]));
        }
        (status, answer)
    });
    let texts: Vec<String> = (0..40).map(|it| it.to_string()).collect();
    assert!(matches!(embed(&line(&changing, None), &texts), Err(EmbedError::Nonsense(_))));
}

#[tokio::test]
async fn a_deadline_ends_a_call_to_an_endpoint_that_hangs() {
    use super::Embedder as _;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let settings = OpenAiSettings { base_url, model: "m".to_owned(), key: None };
    let embedder = OpenAiEmbedder::new(&settings).unwrap();
    let outcome = embedder.embed(&["a".to_owned()], Duration::from_millis(50)).await;
    assert_eq!(outcome, Err(EmbedError::Timeout));
    drop(listener);
    for bad in ["", "example.org", "ftp://a"] {
        let settings = OpenAiSettings { base_url: bad.to_owned(), ..settings.clone() };
        assert!(OpenAiEmbedder::new(&settings).is_err(), "{bad}");
    }
}
