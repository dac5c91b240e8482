//! Bursts of files, over a real server, a real folder and a transcriber of our own.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use decide::Fate;
use format::Lang;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use warp::Filter;

use super::{Burst, Counts, Ears, Heard, MediaFolder, Taker, hear};
use crate::ports::{Recording, Resolver, TranscribeError, Transcriber};
use crate::wire::file::{File, FileKind};

const PATIENT: Duration = Duration::from_secs(10);
const VOICE: &[u8] = b"OggS\0\x02voice";
const PHOTO: &[u8] = b"\xff\xd8\xff\xe0photo";

/// No name leads anywhere.
struct Nowhere;

#[async_trait]
impl Resolver for Nowhere {
    async fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Says this of whatever it hears, or never anything.
struct Scribe {
    says: Option<Result<&'static str, TranscribeError>>,
    heard: Mutex<Vec<(Bytes, &'static str, Option<Lang>)>>,
}

impl Scribe {
    fn who(says: Option<Result<&'static str, TranscribeError>>) -> Self {
        Self { says, heard: Mutex::default() }
    }
}

#[async_trait]
impl Transcriber for Scribe {
    async fn transcribe(&self, recording: &Recording, deadline: Duration) -> Result<String, TranscribeError> {
        let heard = (recording.content.clone(), recording.extension, recording.lang);
        self.heard.lock().unwrap().push(heard);
        match self.says {
            Some(says) => says.map(str::to_owned),
            None => {
                let never = std::future::pending::<()>();
                tokio::time::timeout(deadline, never).await.map_err(|_| TranscribeError::Timeout)?;
                Ok(String::new())
            }
        }
    }
}

/// A folder and a server with `voice`, `photo`, `page` and `large`, which counts who comes.
struct Site {
    data: TempDir,
    ears: Ears,
    limits: format::Media,
    host: String,
    visits: Arc<Mutex<Vec<String>>>,
}

impl Site {
    async fn new() -> Self {
        Self::gathering(1).await
    }

    /// The server answers once this many have come.
    async fn gathering(together: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (visits, barrier) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(Barrier::new(together)));
        let book = Arc::clone(&visits);
        let routes = warp::path!(String / ..).then(move |name: String| {
            book.lock().unwrap().push(name.clone());
            let barrier = Arc::clone(&barrier);
            async move {
                barrier.wait().await;
                match name.as_str() {
                    "voice" => VOICE.to_vec(),
                    "photo" => PHOTO.to_vec(),
                    "large" => [PHOTO, &[0; 1024 * 1024]].concat(),
                    _ => b"<!doctype html><title>Gone</title>".to_vec(),
                }
            }
        });
        tokio::spawn(warp::serve(routes).incoming(listener).run());
        let data = TempDir::new().unwrap();
        let limits = format::Media {
            photo_mb: 1,
            allowed_hosts: vec![host.clone()],
            ..format::Settings::default().media
        };
        let ears = Ears::new(MediaFolder::of(data.path()), Nowhere);
        Self { data, ears, limits, host, visits }
    }

    fn burst<'a>(&'a self, scribe: Option<&'a Scribe>, files: Vec<File>) -> Burst<'a> {
        const IDS: [&str; 8] = ["m-1", "m-2", "m-3", "m-4", "m-5", "m-6", "m-7", "m-8"];
        let count = u32::try_from(files.len()).unwrap();
        Burst {
            slug: "wheel",
            conversation_id: "c-1",
            limits: &self.limits,
            lang: Some(Lang::Ru),
            taker: Taker::Bot,
            counts: Counts { in_ten_minutes: count, in_a_day: count },
            transcriber: scribe.map(|it| it as &dyn Transcriber),
            deadline: Instant::now() + PATIENT,
            files: IDS.into_iter().zip(files).collect(),
        }
    }

    async fn one(&self, scribe: Option<&Scribe>, file: File) -> Heard {
        hear(&self.ears, &self.burst(scribe, vec![file])).await.remove(0)
    }

    fn file(&self, kind: FileKind, name: &str) -> File {
        let url = Some(format!("http://{}/{name}", self.host));
        File { kind, url, voice: kind == FileKind::Audio, ..File::default() }
    }

    fn kept(&self, heard: &Heard) -> Option<Vec<u8>> {
        heard.file.kept.as_ref().map(|it| std::fs::read(self.data.path().join(it)).unwrap())
    }

    fn visits(&self) -> Vec<String> {
        self.visits.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_voice_note_becomes_words_once() {
    let site = Site::new().await;
    let scribe = Scribe::who(Some(Ok(" Сколько стоит правка колеса? ")));
    let note = site.file(FileKind::Audio, "voice");
    let heard = site.one(Some(&scribe), note.clone()).await;
    assert_eq!(heard.text.as_deref(), Some("Сколько стоит правка колеса?"));
    assert_eq!((heard.fate, heard.word), (Some(Fate::Heard), "heard"));
    assert_eq!(site.kept(&heard).as_deref(), Some(VOICE));
    assert_eq!(*scribe.heard.lock().unwrap(), [(Bytes::from_static(VOICE), "ogg", Some(Lang::Ru))]);
    // The turn starts over: nothing is downloaded, paid for or kept again.
    let again = site.one(Some(&scribe), note).await;
    assert_eq!(again, Heard { word: "remembered", ..heard.clone() });
    assert_eq!((scribe.heard.lock().unwrap().len(), site.visits().len()), (1, 1));
    // What was committed with the message is known without the folder.
    assert_eq!(site.ears.folder.forget_tenant("wheel").unwrap(), 1);
    assert_eq!(File::of_json(&heard.file.to_json(), FileKind::Audio), heard.file);
}

#[tokio::test]
async fn each_file_has_its_fate() {
    let site = Site::new().await;
    let scribe = Scribe::who(Some(Ok("Добрый день")));
    let file = |kind, name| site.file(kind, name);
    let elsewhere = |kind| File { url: Some("http://files.example/a".to_owned()), ..file(kind, "") };
    let (audio, photo, video) = (FileKind::Audio, FileKind::Photo, FileKind::Video);
    let rows = [
        (file(photo, "photo"), None, "kept"),
        (file(audio, "voice"), Some(Fate::Heard), "heard"),
        (File { voice: false, ..file(audio, "voice") }, None, "kept"),
        (file(video, "voice"), Some(Fate::Refused), "refused"),
        (file(photo, "page"), Some(Fate::Refused), "content"),
        (file(audio, "page"), Some(Fate::Unheard), "content"),
        (file(photo, "large"), Some(Fate::TooLarge), "too_large"),
        (File { bytes: Some(1 << 40), ..file(audio, "voice") }, Some(Fate::TooLarge), "too_large"),
        (elsewhere(photo), None, "host"),
        (elsewhere(audio), Some(Fate::Unheard), "host"),
        (File { url: None, ..file(photo, "") }, None, "nowhere"),
        (File { url: None, ..file(audio, "") }, Some(Fate::Unheard), "nowhere"),
        (File { url: None, base64: Some("/9j/4HBob3Rv".to_owned()), ..file(photo, "") }, None, "kept"),
        (File { url: None, base64: Some("?".to_owned()), ..file(photo, "") }, Some(Fate::Refused), "content"),
    ];
    for (at, (file, fate, word)) in rows.into_iter().enumerate() {
        let heard = site.one(Some(&scribe), file).await;
        assert_eq!((heard.fate, heard.word), (fate, word), "row {at}");
        assert_eq!(site.kept(&heard).is_some(), matches!(word, "kept" | "heard"), "row {at}");
        assert!(heard.file.base64.is_none() || heard.file.kept.is_none(), "row {at}: content is kept once");
        site.ears.folder.forget_tenant("wheel").unwrap();
    }
    assert!(!site.visits().contains(&"video".to_owned()));
}

#[tokio::test]
async fn what_cannot_be_heard_is_kept_for_people() {
    let site = Site::new().await;
    let scribes = [
        (None, "deaf"),
        (Some(Err(TranscribeError::Unavailable)), "transcribe_unavailable"),
        (Some(Err(TranscribeError::Timeout)), "transcribe_timeout"),
        (Some(Ok(" ... ")), "wordless"),
    ];
    for (says, word) in scribes {
        let scribe = says.map(|it| Scribe::who(Some(it)));
        let heard = site.one(scribe.as_ref(), site.file(FileKind::Audio, "voice")).await;
        assert_eq!((heard.fate, heard.text.as_deref(), heard.word), (Some(Fate::Unheard), None, word));
        assert_eq!(site.kept(&heard).as_deref(), Some(VOICE), "{word}");
    }
}

#[tokio::test]
async fn the_files_of_a_burst_are_taken_at_once_and_answered_in_order() {
    // The server answers when all three are there.
    let site = Site::gathering(3).await;
    let scribe = Scribe::who(Some(Ok("Добрый день")));
    let names = ["photo", "voice", "voice"]
        .map(|name| site.file(if name == "photo" { FileKind::Photo } else { FileKind::Audio }, name));
    let heard = hear(&site.ears, &site.burst(Some(&scribe), names.to_vec())).await;
    let seen: Vec<_> = heard.iter().map(|it| (it.id.as_str(), it.fate)).collect();
    assert_eq!(seen, [("m-1", None), ("m-2", Some(Fate::Heard)), ("m-3", Some(Fate::Heard))]);
}

#[tokio::test]
async fn a_turn_does_not_wait_longer_than_it_may() {
    let site = Site::new().await;
    let scribe = Scribe::who(None);
    let files = vec![site.file(FileKind::Audio, "voice"); 3];
    let began = Instant::now();
    let burst = Burst { deadline: began + Duration::from_millis(700), ..site.burst(Some(&scribe), files) };
    let heard = hear(&site.ears, &burst).await;
    assert!(began.elapsed() < PATIENT);
    assert!(heard.iter().all(|it| it.fate == Some(Fate::Unheard)), "{heard:?}");
    // Where no time is left, nothing is begun.
    let site = Site::new().await;
    let files = vec![site.file(FileKind::Audio, "voice"), site.file(FileKind::Photo, "photo")];
    let burst = Burst { deadline: Instant::now(), ..site.burst(Some(&scribe), files) };
    let heard = hear(&site.ears, &burst).await;
    let seen: Vec<_> = heard.iter().map(|it| (it.fate, it.word)).collect();
    assert_eq!(seen, [(Some(Fate::Unheard), "late"), (None, "late")]);
    assert!(site.visits().is_empty());
}

#[tokio::test]
async fn the_last_of_too_many_are_not_taken() {
    let site = Site::new().await;
    let files = vec![site.file(FileKind::Photo, "photo"); 3];
    let burst = Burst { counts: Counts { in_ten_minutes: 7, in_a_day: 7 }, ..site.burst(None, files) };
    let heard = hear(&site.ears, &burst).await;
    let fates: Vec<_> = heard.iter().map(|it| it.fate).collect();
    assert_eq!(fates, [None, Some(Fate::TooMany), Some(Fate::TooMany)]);
    assert_eq!(site.visits().len(), 1);
}

#[test]
fn speech_is_told_from_noise() {
    let words = super::take::words;
    for (text, seconds) in [
        ("да", Some(1)),
        ("Сколько стоит?", None),
        ("8 701 555 00 11", Some(9)),
        ("Иә, ертең келемін", Some(12)),
    ] {
        assert_eq!(words(text, seconds).as_deref(), Some(text));
    }
    for (text, seconds) in
        [("", None), ("  \n", None), ("а", None), ("...", Some(2)), ("♪ ♪ ♪ м", None), ("Спасибо.", Some(30))]
    {
        assert_eq!(words(text, seconds), None, "{text}");
    }
    assert_eq!(words(&"а ".repeat(20_000), None), None);
}
