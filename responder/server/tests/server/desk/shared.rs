//! Files of customers in their topic.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use format::Settings;
use playground::telegram::{Fault, Message, Rule, Telegram};
use runtime::StateStore as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use warp::Filter;
use warp::http::StatusCode;
use warp::reply::Reply as _;

use crate::desk::office::{BOT, GROUP, MANAGER, Office, UNKNOWN};
use crate::house::{JID, message};

const PHOTO: &[u8] = b"\xff\xd8\xff\xe0 a picture \r\n--";
const VOICE: &[u8] = b"OggS\0\x02 a voice";
const PAPER: &[u8] = b"%PDF-1.7 a paper";
const VIDEO: &[u8] = b"\0\0\0\x18ftypisom a video";
const REEL: &[u8] = b"\0\0\0\x14ftypqt   a reel";

/// Where the gateway keeps what customers send.
#[derive(Clone, Default)]
struct Host {
    address: String,
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Host {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = Self { address: listener.local_addr().unwrap().to_string(), ..Self::default() };
        for (name, content) in
            [("photo", PHOTO), ("voice", VOICE), ("paper", PAPER), ("video", VIDEO), ("reel", REEL)]
        {
            host.files.lock().unwrap().insert(name.to_owned(), content.to_vec());
        }
        let files = Arc::clone(&host.files);
        let routes = warp::path!(String).map(move |name: String| match files.lock().unwrap().get(&name) {
            Some(content) => content.clone().into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        });
        tokio::spawn(warp::serve(routes).incoming(listener).run());
        host
    }

    /// Its address stops holding, as signed ones do.
    fn loses(&self, name: &str) {
        self.files.lock().unwrap().remove(name);
    }

    fn allowed(&self) -> impl FnOnce(&mut Settings) + use<> {
        let address = self.address.clone();
        move |settings| settings.media.allowed_hosts = vec![address]
    }

    fn message(&self, id: &str, kind: &str, file: &str, words: &str) -> Value {
        let mut payload = message(id, words);
        payload["messageType"] = json!(kind);
        let url = format!("http://{}/{file}", self.address);
        payload["mediaData"] = json!({"url": url, "seconds": 3, "fileName": "счёт <1>.exe"});
        payload
    }
}

/// An office where a manager talks to the customer.
async fn talking(host: &Host) -> Office {
    let office = Office::of(host.allowed(), |_| {}).await;
    office.asked().await;
    office.says(MANAGER, "Слушаю");
    office.reaches("Слушаю").await;
    office
}

impl Office {
    async fn gets(&self, payload: &Value) {
        assert_eq!(self.house.deliver("wheel", payload).await.0, 200);
    }

    /// The newest message of the bot that this is true of.
    async fn shows(&self, what: &str, is: impl Fn(&Message) -> bool) -> Message {
        let look = |it: &Telegram| {
            let said = it.messages(GROUP).into_iter().rev().filter(|it| it.from == BOT);
            said.into_iter().find(|it| is(it))
        };
        self.sees(what, look).await
    }

    fn files(&self) -> Vec<Message> {
        self.telegram.messages(GROUP).into_iter().filter(|it| it.from == BOT && it.file.is_some()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_customer_sends_is_shown_as_it_is() {
    let host = Host::start().await;
    let office = talking(&host).await;
    for (id, kind, name, words, shown, content) in [
        ("F-1", "image", "photo", "Вот <b>она</b>", "photo", PHOTO),
        ("F-2", "ptt", "voice", "", "voice", VOICE),
        ("F-3", "document", "paper", "Счёт", "document", PAPER),
        ("F-4", "video", "video", "Видно, где <i>стучит</i>", "video", VIDEO),
    ] {
        office.gets(&host.message(id, kind, name, words)).await;
        let is_it = |it: &Message| it.file.as_ref().is_some_and(|it| it.kind == shown);
        let message = office.shows(shown, is_it).await;
        let file = message.file.unwrap();
        assert!(file.bytes[..] == *content, "{shown}");
        assert_eq!(message.text, format!("Клиент: {words}").trim_end(), "{shown}");
        assert_eq!(message.thread_id, Some(office.topic().thread_id));
        if shown == "document" {
            assert_eq!((file.name.as_str(), file.mime.as_str()), ("счёт <1>.pdf", "application/pdf"));
        }
        if shown == "video" {
            assert_eq!(file.mime, "video/mp4");
        }
    }
    office.gets(&host.message("F-5", "video", "reel", "")).await;
    let reel =
        office.shows("a reel", |it| it.file.as_ref().is_some_and(|it| it.name.ends_with(".mov"))).await;
    let file = reel.file.unwrap();
    assert!(file.kind == "document" && file.mime == "video/quicktime", "Telegram plays no other videos");
    assert_eq!(office.files().len(), 5);
    // Kept for as long as the conversation is.
    let conversation = office.house.site.state.conversations("wheel", Some(JID)).unwrap().remove(0);
    let kept = office.house.site.dir.path().join("media/wheel").join(conversation);
    assert!(std::fs::read_dir(kept).unwrap().count() >= 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shown_is_told_with_the_reason() {
    let host = Host::start().await;
    let office = talking(&host).await;
    let mut large = host.message("W-3", "image", "photo", "");
    large["mediaData"]["size"] = json!(30 * 1024 * 1024);
    let mut long = host.message("W-6", "video", "video", "Вот");
    long["mediaData"]["size"] = json!(51 * 1024 * 1024);
    let mut elsewhere = host.message("W-4", "image", "photo", "");
    elsewhere["mediaData"]["url"] = json!("http://169.254.169.254/photo");
    host.files.lock().unwrap().insert("page".to_owned(), b"<html>".to_vec());
    for (payload, expected) in [
        (
            host.message("W-1", "image", "gone", "Вот"),
            "Клиент: [📷 фото, файл не передан: не удалось скачать] Вот",
        ),
        (
            host.message("W-2", "video", "photo", ""),
            "Клиент: [🎬 видео, файл не передан: такие файлы не принимаются]",
        ),
        (large, "Клиент: [📷 фото, файл не передан: слишком большой]"),
        (long, "Клиент: [🎬 видео, файл не передан: слишком большой] Вот"),
        (elsewhere, "Клиент: [📷 фото, файл не передан: не удалось скачать]"),
        (
            host.message("W-5", "image", "page", ""),
            "Клиент: [📷 фото, файл не передан: такие файлы не принимаются]",
        ),
    ] {
        office.gets(&payload).await;
        office.shows(expected, |it| it.text == expected).await;
        office.telegram.advance(std::time::Duration::from_secs(60));
    }
    assert!(office.files().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_led_to_a_request_follow_its_card() {
    let host = Host::start().await;
    let office = Office::of(host.allowed(), |_| {}).await;
    for nth in 1..=3 {
        office.gets(&host.message(&format!("B-{nth}"), "image", "photo", UNKNOWN)).await;
        office.house.settled().await;
        if !office.house.requests().is_empty() {
            break;
        }
    }
    // What is kept already needs no address.
    host.loses("photo");
    let photo = office.shows("the photo", |it| it.file.is_some()).await;
    let card = office.cards().remove(0);
    assert!(photo.message_id > card.message_id && photo.thread_id == card.thread_id);
    assert!(photo.file.unwrap().bytes[..] == *PHOTO);
    assert_eq!(office.files().len(), 1, "that of the burst");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_inside_a_message_is_kept_for_people_alone() {
    let office = Office::of(|_| {}, |_| {}).await;
    let video = |id: &str, words: &str| {
        let mut payload = message(id, words);
        payload["messageType"] = json!("video");
        payload["mediaData"] = json!({"base64": STANDARD.encode(VIDEO), "seconds": 3});
        payload
    };
    let carries = || {
        let rows = office.house.messages("wheel", JID).into_iter();
        let files = rows.filter(|it| it.role == "user").map(|it| it.file.unwrap_or_default());
        files.map(|it| it.contains("base64")).collect::<Vec<bool>>()
    };
    office.gets(&video("V-0", "сколько стоит правка колеса?")).await;
    office.house.settled().await;
    assert_eq!((carries(), office.house.requests().len()), (vec![false], 0), "the bot keeps none");
    for nth in 1..=3 {
        office.gets(&video(&format!("V-{nth}"), UNKNOWN)).await;
        office.house.settled().await;
        if !office.house.requests().is_empty() {
            break;
        }
    }
    let shown = office.shows("the video", |it| it.file.is_some()).await;
    let file = shown.file.unwrap();
    assert!(file.kind == "video" && file.bytes[..] == *VIDEO);
    let kept = || {
        let rows = office.house.messages("wheel", JID).into_iter();
        rows.filter(|it| it.file.as_ref().is_some_and(|it| it.contains("kept"))).count()
    };
    assert_eq!((carries().contains(&true), kept()), (false, 1), "that of the burst, in the folder");
    // While the request is open, and nobody has taken it.
    office.gets(&video("V-9", "И вот")).await;
    office.house.settled().await;
    office.sees("the second", |_| (office.files().len() == 2).then_some(())).await;
    assert_eq!((carries().contains(&true), kept()), (false, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_and_a_lost_address_lose_no_file() {
    let host = Host::start().await;
    let office = talking(&host).await;
    office.telegram.fail(Rule::of("sendPhoto", Fault::Flood { retry_after: 1 }, 1));
    office.gets(&host.message("R-1", "image", "photo", "")).await;
    office
        .sees("it was asked to wait", |it| {
            it.calls().iter().any(|it| it.method == "SendPhoto" && it.code == 429).then_some(())
        })
        .await;
    host.loses("photo");
    let shown = office.shows("the photo", |it| it.file.is_some()).await;
    assert!(shown.file.unwrap().bytes[..] == *PHOTO);
    assert_eq!(office.files().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_telegram_cannot_show_comes_as_a_file() {
    let host = Host::start().await;
    let office = talking(&host).await;
    let odd = Fault::Refuse { code: 400, description: "Bad Request: PHOTO_INVALID_DIMENSIONS".to_owned() };
    office.telegram.fail(Rule::of("sendPhoto", odd.clone(), 2));
    office.gets(&host.message("O-1", "image", "photo", "")).await;
    let shown = office.shows("the file", |it| it.file.is_some()).await.file.unwrap();
    assert!(shown.kind == "document" && shown.bytes[..] == *PHOTO);
    office.telegram.fail(Rule::of("sendDocument", odd, 1));
    office.gets(&host.message("O-2", "image", "photo", "")).await;
    let expected = "Клиент: [📷 фото, файл не передан: Telegram не принимает его]";
    office.shows(expected, |it| it.text == expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_files_are_taken_while_a_person_has_the_talk() {
    let host = Host::start().await;
    let allowed = host.allowed();
    let limited = |it: &mut Settings| {
        allowed(it);
        (it.media.per_10_minutes, it.media.per_day) = (2, 2);
    };
    let office = Office::of(limited, |_| {}).await;
    office.asked().await;
    for nth in 1..=2 {
        office.gets(&host.message(&format!("C-{nth}"), "image", "photo", "")).await;
    }
    office.sees("the first two", |_| (office.files().len() == 2).then_some(())).await;
    let reason = "Клиент: [📷 фото, файл не передан: слишком много файлов подряд]";
    office.gets(&host.message("C-3", "image", "photo", "")).await;
    office.shows("nobody has it, and it is too many", |it| it.text == reason).await;
    office.says(MANAGER, "Слушаю");
    office.reaches("Слушаю").await;
    for (nth, kind, name) in [(4, "image", "photo"), (5, "document", "paper"), (6, "video", "video")] {
        office.gets(&host.message(&format!("C-{nth}"), kind, name, "")).await;
    }
    office.sees("all that came", |_| (office.files().len() == 5).then_some(())).await;
}
