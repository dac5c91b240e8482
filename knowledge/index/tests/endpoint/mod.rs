//! An embedder on loopback that speaks the API's words, for tests here and of the binary.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// Status and body of an answer.
pub(crate) type Answer = (u16, Value);
/// Inputs and `authorization` of a request.
pub(crate) type Seen = (Vec<String>, String);
type Log = Arc<Mutex<Vec<Seen>>>;
/// What the endpoint says to a request's inputs.
type Script = dyn Fn(usize, &[String]) -> Answer + Send + Sync;

/// An OpenAI-compatible embedder that answers from a script.
pub(crate) struct Endpoint {
    address: SocketAddr,
    /// Inputs and `authorization` of every request.
    seen: Log,
}

impl Endpoint {
    /// Starts it; the script gets the number of the request and its inputs.
    pub(crate) fn start(script: impl Fn(usize, &[String]) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::default());
        let (script, log): (Arc<Script>, Log) = (Arc::new(script), Arc::clone(&seen));
        // Ends with the test's process; every connection has a thread of its own.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, script, log) = (stream.unwrap(), Arc::clone(&script), Arc::clone(&log));
                thread::spawn(move || serve(stream, script.as_ref(), &log));
            }
        });
        Self { address, seen }
    }

    /// Base of its API.
    pub(crate) fn base(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Inputs and `authorization` of every request so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Texts that were sent so far.
    pub(crate) fn texts(&self) -> usize {
        self.seen().iter().map(|it| it.0.len()).sum()
    }
}

fn serve(stream: TcpStream, script: &Script, log: &Mutex<Vec<Seen>>) {
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

/// An embedding of a text: it knows its length.
pub(crate) fn numbers(text: &str) -> Vec<f32> {
    vec![1.0, text.len() as f32]
}

/// The right answer: embeddings in no particular order.
pub(crate) fn right(inputs: &[String]) -> Answer {
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, it)| json!({"object": "embedding", "index": index, "embedding": numbers(it)}))
        .rev()
        .collect();
    let usage = json!({"prompt_tokens": inputs.len(), "total_tokens": inputs.len()});
    (200, json!({"object": "list", "model": "some/model", "data": data, "usage": usage}))
}

/// An error as the API words it, with what must not be repeated.
pub(crate) fn refusal(status: u16, code: &str) -> Answer {
    let message = "Incorrect API key provided: sk-secret";
    (
        status,
        json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": code}}),
    )
}
