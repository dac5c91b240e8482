//! Hostile addresses, hosts and bodies against a real loopback server that counts who comes.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{FetchError, Wanted, fetch};
use crate::ports::Resolver;

/// What the server does with a connection.
#[derive(Clone)]
enum Manner {
    /// Answers and closes.
    Says(Vec<u8>),
    /// Answers and stays silent.
    Hangs(Vec<u8>),
    /// Answers, then sends zeros for ever.
    Pours(Vec<u8>),
}

struct Server {
    port: u16,
    visits: Arc<AtomicUsize>,
}

impl Server {
    async fn start(host: &str, manner: Manner) -> Self {
        let listener = TcpListener::bind((host, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let visits = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&visits);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, manner.clone()));
            }
        });
        Self { port, visits }
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, manner: Manner) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    match manner {
        Manner::Says(answer) => stream.write_all(&answer).await,
        Manner::Hangs(answer) => {
            stream.write_all(&answer).await?;
            // Until the other side has enough of it.
            stream.read_u8().await.map(drop)
        }
        Manner::Pours(answer) => {
            stream.write_all(&answer).await?;
            let zeros = [b"10000\r\n".as_slice(), &[0; 65_536], b"\r\n"].concat();
            loop {
                stream.write_all(&zeros).await?;
            }
        }
    }
}

/// A resolver that a stranger has in hand.
#[derive(Default)]
struct Strange {
    names: BTreeMap<String, Vec<IpAddr>>,
    asked: AtomicUsize,
}

#[async_trait]
impl Resolver for Strange {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let found = self.names.get(host).ok_or(io::ErrorKind::NotFound)?;
        Ok(found.iter().map(|it| SocketAddr::new(*it, port)).collect())
    }
}

fn resolver(names: &[(&str, &[&str])]) -> Strange {
    let names = names
        .iter()
        .map(|(name, at)| ((*name).to_owned(), at.iter().map(|it| it.parse().unwrap()).collect()));
    Strange { names: names.collect(), ..Strange::default() }
}

async fn get(resolver: &Strange, url: &str, hosts: &[&str]) -> Result<Vec<u8>, FetchError> {
    let hosts: Vec<String> = hosts.iter().map(|it| (*it).to_owned()).collect();
    let wanted = Wanted { url, hosts: &hosts, most: 1_000_000, announced: None };
    fetch(resolver, &wanted, Duration::from_secs(10)).await
}

/// Names as a stranger's resolver answers them; each stands on the tenant's list.
const NAMES: [(&str, &[&str]); 16] = [
    ("127.0.0.1.nip.io", &["127.0.0.1"]),
    ("7f000001.nip.io", &["127.0.0.1"]),
    ("localtest.me", &["127.0.0.1", "::1"]),
    ("private.example", &["10.0.0.5"]),
    ("home.example", &["192.168.1.1"]),
    ("docker.example", &["172.17.0.1"]),
    ("shared.example", &["100.64.0.1"]),
    ("metadata.google.internal", &["169.254.169.254"]),
    ("zero.example", &["0.0.0.0"]),
    ("mixed.example", &["1.1.1.1", "127.0.0.1"]),
    ("six.example", &["::1"]),
    ("unique.example", &["fd00::1"]),
    ("link.example", &["fe80::1"]),
    ("mapped.example", &["::ffff:127.0.0.1"]),
    ("nat.example", &["64:ff9b::7f00:1"]),
    ("sixtofour.example", &["2002:7f00:1::1"]),
];

/// Addresses that are not on the list, however they are spelled. `PORT` is where the server listens.
const SPELLINGS: [&str; 92] = [
    // This machine, its other names and numbers.
    "http://127.0.0.1:PORT/",
    "http://127.0.0.1/",
    "http://127.1:PORT/",
    "http://127.0.1:PORT/",
    "http://127.0.0.2:PORT/",
    "http://0:PORT/",
    "http://0.0.0.0:PORT/",
    "http://2130706433:PORT/",
    "http://017700000001:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://0177.0.0.01:PORT/",
    "http://0x7f000001:PORT/",
    "http://0x7f.0.0.1:PORT/",
    "http://0x7F.0x0.0x0.0x1:PORT/",
    "http://0x7f.1:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://１２７.0.0.1:PORT/",
    "http://127。0。0。1:PORT/",
    "http://127%2e0%2e0%2e1:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST:PORT/",
    "http://localhost.:PORT/",
    "http://loc\u{ad}alhost:PORT/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/",
    "http://files.localhost:PORT/",
    "http://[::1]:PORT/",
    "http://[0:0:0:0:0:0:0:1]:PORT/",
    "http://[::]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[0:0:0:0:0:ffff:7f00:1]:PORT/",
    "http://[64:ff9b::7f00:1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://[::1%25lo]:PORT/",
    "http://[fe80::1%25eth0]:PORT/",
    "http://[fe80::1]:PORT/",
    "http://[::1:PORT/",
    // Where clouds keep their secrets.
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[fd00:ec2::254]/",
    "http://100.100.100.200/",
    "http://192.0.0.192/",
    // Neighbours.
    "http://10.0.0.1:5432/",
    "http://192.168.0.1:6333/",
    "http://172.16.0.1/",
    "http://[fd12::1]/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    // Other schemes.
    "file:///etc/passwd",
    "file://files.example/etc/passwd",
    "gopher://files.example:PORT/_GET",
    "ftp://files.example/a",
    "ws://files.example/a",
    "dict://127.0.0.1:PORT/",
    "ldap://files.example/",
    "jar:http://files.example!/",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "blob:http://files.example/a",
    "unix:/var/run/docker.sock",
    // Another host than it seems.
    "http://files.example@127.0.0.1:PORT/",
    "http://user:secret@files.example/",
    "http://@files.example/",
    "http://:@files.example/",
    "http://127.0.0.1:PORT\\@files.example/",
    "http://files.example\\@127.0.0.1:PORT/",
    "http:\\\\127.0.0.1:PORT/",
    "http:files.example/a",
    "http:/files.example/a",
    "http:///files.example/a",
    "http://127.0.0.1:PORT#@files.example/",
    "http://127.0.0.1:PORT?@files.example/",
    "http://127.0.0.1:PORT/@files.example",
    "http://127.0.0.1\t.files.example/",
    "http://fi\nles.example/",
    "http://files.example.evil.example/",
    "http://evilfiles.example/",
    "http://files.example./",
    "http://files%2eexample/",
    "http://files.example%00.evil.example/",
    // Another port than the host's own.
    "http://files.example:PORT/",
    "http://files.example:6333/",
    "https://files.example:5432/",
    "//files.example/a",
];

#[tokio::test]
async fn a_hundred_hostile_addresses_open_no_connection() {
    let ok = Manner::Says(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK".to_vec());
    let (four, six) = (Server::start("127.0.0.1", ok.clone()).await, Server::start("::1", ok).await);
    // The list as a tenant has it, and a resolver that sends it all here.
    let mut names: Vec<(&str, &[&str])> = NAMES.to_vec();
    names.push(("files.example", &["127.0.0.1", "::1"]));
    let resolver = resolver(&names);
    let listed: Vec<String> =
        NAMES.iter().flat_map(|(name, _)| [(*name).to_owned(), format!("{name}:{}", four.port)]).collect();
    let listed: Vec<&str> = listed.iter().map(String::as_str).collect();
    let mut tried = 0;
    let mut refused = async |url: String, hosts: &[&str]| {
        tried += 1;
        let answer = get(&resolver, &url, hosts).await;
        let early = [FetchError::Address, FetchError::Host, FetchError::NotPublic];
        assert!(early.iter().any(|it| answer == Err(*it)), "{url}: {answer:?}");
    };
    for url in SPELLINGS {
        for port in [four.port, six.port] {
            refused(url.replace("PORT", &port.to_string()), &["files.example"]).await;
        }
    }
    for (name, _) in NAMES {
        refused(format!("http://{name}:{}/", four.port), &listed).await;
        refused(format!("https://{name}/"), &listed).await;
    }
    refused("http://files.example/".to_owned(), &["files.example"]).await;
    // What no list opens.
    for (url, entry) in [
        ("http://169.254.169.254/", "169.254.169.254"),
        ("http://[fe80::1]/", "[fe80::1]"),
        ("http://0.0.0.0/", "0.0.0.0"),
        ("http://[::ffff:a9fe:a9fe]/", "[::ffff:a9fe:a9fe]"),
    ] {
        refused(url.to_owned(), &[entry]).await;
    }
    assert!(tried >= 200, "{tried}");
    assert_eq!((four.visits(), six.visits()), (0, 0));
}

#[tokio::test]
async fn this_machine_may_be_named_and_is_held_to_what_was_looked_up() {
    let server = Server::start(
        "127.0.0.2",
        Manner::Says(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nOggS".to_vec()),
    )
    .await;
    // The system's own resolver says 127.0.0.1, where nobody listens.
    let strange = resolver(&[("localhost", &["127.0.0.2"])]);
    let (url, entry) = (format!("http://localhost:{}/a", server.port), format!("localhost:{}", server.port));
    assert_eq!(get(&strange, &url, &[&entry]).await.unwrap(), b"OggS");
    assert_eq!((strange.asked.load(Ordering::SeqCst), server.visits()), (1, 1));
    let (url, entry) = (format!("http://127.0.0.2:{}/a", server.port), format!("127.0.0.2:{}", server.port));
    assert_eq!(get(&strange, &url, &[&entry]).await.unwrap(), b"OggS");
    assert_eq!((strange.asked.load(Ordering::SeqCst), server.visits()), (1, 2));
    // A machine that calls itself this one is not.
    let strange = resolver(&[("localhost", &["10.0.0.1"])]);
    let (url, entry) = (format!("http://localhost:{}/a", server.port), format!("localhost:{}", server.port));
    assert_eq!(get(&strange, &url, &[&entry]).await, Err(FetchError::NotPublic));
    assert_eq!(get(&resolver(&[]), &url, &[&entry]).await, Err(FetchError::Unresolved));
    assert_eq!(get(&resolver(&[("localhost", &[])]), &url, &[&entry]).await, Err(FetchError::Unresolved));
}

type Answer = Result<Vec<u8>, FetchError>;

/// Fetches from a server of this manner, within this time.
async fn from(
    manner: Manner,
    announced: Option<u64>,
    deadline: Duration,
) -> (Result<Vec<u8>, FetchError>, usize) {
    let server = Server::start("127.0.0.1", manner).await;
    let (url, entry) = (format!("http://127.0.0.1:{}/a", server.port), format!("127.0.0.1:{}", server.port));
    let wanted = Wanted { url: &url, hosts: &[entry], most: 1_000_000, announced };
    let answer = fetch(&resolver(&[]), &wanted, deadline).await;
    (answer, server.visits())
}

const PATIENT: Duration = Duration::from_secs(10);

fn says(head: &str, body: &[u8]) -> Manner {
    Manner::Says([format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), body].concat())
}

#[tokio::test]
async fn bodies_are_read_whole_or_not_at_all() {
    let large = vec![0; 1_000_001];
    let rows: [(Manner, Option<u64>, Answer); 13] = [
        (says("200 OK\r\ncontent-length: 4", b"OggS"), None, Ok(b"OggS".to_vec())),
        (
            says("200 OK\r\ntransfer-encoding: chunked", b"2\r\nOg\r\n2\r\ngS\r\n0\r\n\r\n"),
            None,
            Ok(b"OggS".to_vec()),
        ),
        (says("200 OK\r\nconnection: close", b"OggS"), None, Ok(b"OggS".to_vec())),
        (says("200 OK\r\nconnection: close", b"OggS"), Some(4), Ok(b"OggS".to_vec())),
        // Cut off, however the body says where it ends.
        (says("200 OK\r\nconnection: close", b"OggS"), Some(5), Err(FetchError::CutOff)),
        (says("200 OK\r\ncontent-length: 9", b"OggS"), None, Err(FetchError::CutOff)),
        (says("200 OK\r\ntransfer-encoding: chunked", b"4\r\nOggS\r\n"), None, Err(FetchError::CutOff)),
        (says("200 OK\r\ncontent-length: 0", b""), None, Err(FetchError::CutOff)),
        (says("200 OK\r\ncontent-length: 1000001", &large), None, Err(FetchError::TooLarge)),
        (says("200 OK\r\nconnection: close", &large), None, Err(FetchError::TooLarge)),
        (says("404 Not Found\r\ncontent-length: 4", b"OggS"), None, Err(FetchError::Status(404))),
        (says("206 Partial Content\r\ncontent-length: 4", b"OggS"), None, Err(FetchError::Status(206))),
        (Manner::Says(b"SSH-2.0-OpenSSH\r\n".to_vec()), None, Err(FetchError::Connection)),
    ];
    for (at, (manner, announced, expected)) in rows.into_iter().enumerate() {
        let (answer, visits) = from(manner, announced, PATIENT).await;
        assert_eq!((answer, visits), (expected, 1), "row {at}");
    }
}

#[tokio::test]
async fn what_does_not_end_is_ended() {
    let endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    assert_eq!(from(Manner::Pours(endless), None, PATIENT).await.0, Err(FetchError::TooLarge));
    for silent in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nOg"] {
        let began = Instant::now();
        let (answer, _) =
            from(Manner::Hangs(silent.as_bytes().to_vec()), None, Duration::from_millis(300)).await;
        assert_eq!(answer, Err(FetchError::Timeout), "{silent:?}");
        assert!(began.elapsed() < PATIENT);
    }
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let target = Server::start("127.0.0.1", says("200 OK\r\ncontent-length: 4", b"OggS")).await;
    for code in [301, 302, 303, 307, 308] {
        let head =
            format!("{code} Moved\r\nlocation: http://127.0.0.1:{}/\r\ncontent-length: 0", target.port);
        assert_eq!(from(says(&head, b""), None, PATIENT).await.0, Err(FetchError::Status(code)));
    }
    assert_eq!(target.visits(), 0);
}

#[tokio::test]
async fn no_error_tells_the_address() {
    for url in ["http://canary.example/canary?sig=canary", "canary", "http://canary:canary@files.example/"] {
        let error = get(&resolver(&[]), url, &["files.example"]).await.unwrap_err();
        assert!(!format!("{error} {error:?} {}", error.code()).contains("canary"));
    }
}
