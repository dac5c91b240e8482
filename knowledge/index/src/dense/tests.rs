//! The client against an endpoint on loopback that speaks the API's words.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::{EmbedError, EmbedLine, Embedded, OpenAiEmbedder, OpenAiSettings};

/// Status and body of an answer.
type Answer = (u16, Value);
/// What the endpoint says to a request's inputs.
type Script = dyn Fn(usize, &[String]) -> Answer + Send + Sync;

struct Endpoint {
    address: SocketAddr,
    /// Inputs and `authorization` of every request.
    seen: Arc<Mutex<Vec<(Vec<String>, String)>>>,
}

impl Endpoint {
    fn start(script: impl Fn(usize, &[String]) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::default());
        let (script, log): (Arc<Script>, Arc<Mutex<Vec<_>>>) = (Arc::new(script), Arc::clone(&seen));
        // Ends with the test's process; every connection has a thread of its own.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, script, log) = (stream.unwrap(), Arc::clone(&script), Arc::clone(&log));
                thread::spawn(move || serve(stream, script.as_ref(), &log));
            }
        });
        Self { address, seen }
    }

    fn line(&self, key: Option<&str>) -> EmbedLine {
        let settings = OpenAiSettings {
            base_url: format!("http://{}/v1/", self.address),
            model: "some/model".to_owned(),
            key: key.map(Into::into),
        };
        EmbedLine::open(Arc::new(OpenAiEmbedder::new(&settings).unwrap())).unwrap()
    }

    fn calls(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

fn serve(stream: TcpStream, script: &Script, log: &Mutex<Vec<(Vec<String>, String)>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let (mut length, mut key, mut first) = (0, String::new(), String::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if first.is_empty() {
                first = line.to_owned();
            }
            match line.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap()
                }
                Some((name, value)) if name.eq_ignore_ascii_case("authorization") => key = value.to_owned(),
                _ => {}
            }
        }
        assert!(first.starts_with("POST /v1/embeddings "), "{first}");
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["model"], "some/model");
        let inputs: Vec<String> = serde_json::from_value(body["input"].clone()).unwrap();
        let number = {
            let mut log = log.lock().unwrap();
            log.push((inputs.clone(), key));
            log.len() - 1
        };
        let (status, answer) = script(number, &inputs);
        let answer = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(answer.as_bytes())).is_err() {
            return;
        }
    }
}

/// Length and vowels of a text.
fn numbers(text: &str) -> Vec<f32> {
    vec![1.0, text.len() as f32]
}

fn right(inputs: &[String]) -> Answer {
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, it)| json!({"object": "embedding", "index": index, "embedding": numbers(it)}))
        .rev()
        .collect();
    let usage = json!({"prompt_tokens": inputs.len(), "total_tokens": inputs.len()});
    (200, json!({"object": "list", "model": "some/model", "data": data, "usage": usage}))
}

fn refusal(status: u16, code: &str) -> Answer {
    let message = "Incorrect API key provided: sk-secret";
    (
        status,
        json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": code}}),
    )
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
    let line = endpoint.line(Some("sk-key"));
    let mut texts: Vec<String> = (0..70).map(|it| "шаш ".repeat(it)).collect();
    texts[3] = "x".repeat(100_000);
    let (vectors, tokens) = embed(&line, &texts).unwrap();
    assert_eq!((vectors.len(), tokens), (70, 70));
    assert_eq!(vectors[69], numbers(&texts[69]));
    assert_eq!(vectors[3], numbers(&"x".repeat(8_000)), "bounded");
    assert_eq!(vectors[0], numbers("-"), "nothing is sent as something");
    let seen = endpoint.seen.lock().unwrap();
    assert_eq!(seen.iter().map(|it| it.0.len()).collect::<Vec<_>>(), [32, 32, 6]);
    assert!(seen.iter().all(|it| it.1 == "Bearer sk-key"));
    drop(seen);
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
    assert_eq!(embed(&endpoint.line(None), &["a".to_owned()]).unwrap().0, [numbers("a")]);
    assert_eq!(endpoint.calls(), 3);
}

#[test]
fn what_cannot_work_is_said_at_once_and_without_secrets() {
    for (status, code) in [(401, "invalid_api_key"), (404, "model_not_found"), (429, "insufficient_quota")] {
        let endpoint = Endpoint::start(move |_, _| refusal(status, code));
        let error = embed(&endpoint.line(Some("sk-secret")), &["a".to_owned()]).unwrap_err();
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
        let error = embed(&endpoint.line(None), &["a".to_owned(), "b".to_owned()]).unwrap_err();
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
    assert!(matches!(embed(&changing.line(None), &texts), Err(EmbedError::Nonsense(_))));
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
