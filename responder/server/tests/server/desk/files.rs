//! Files that people send to customers: fetched by the gateway, from this process, from Telegram.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use playground::gateway::{Call, Gateway, Kind, Mode, Options, Outcome};
use playground::loopback::Loopback;
use playground::telegram::{Fault, NewFile, Post, Rule};
use server::Config;

use crate::desk::office::{BOT, GROUP, MANAGER, Office, TOKEN};
use crate::house::{JID, until};

const PATIENCE: Duration = Duration::from_secs(20);

/// An office whose gateway fetches what it is to send, and is idempotent.
struct Depot {
    office: Office,
    gateway: Gateway,
    _open: Loopback,
}

fn file(kind: &str, name: &str, mime: &str, bytes: Vec<u8>) -> NewFile {
    NewFile { kind: kind.to_owned(), name: name.to_owned(), mime: mime.to_owned(), bytes: bytes.into() }
}

/// Bytes that no text and no two files have.
fn bytes(seed: u8, length: usize) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(31).wrapping_add(at >> 8) as u8) ^ seed).collect()
}

impl Depot {
    /// With an address that the gateway reaches, and a request that people were asked.
    async fn open() -> Self {
        Self::of(Gateway::default(), |config| config.public_base_url = Some(String::new())).await
    }

    async fn of(gateway: Gateway, configure: impl FnOnce(&mut Config)) -> Self {
        let served = gateway.serve().await.unwrap();
        let office = Office::of(
            |_| {},
            |config| {
                config.chatflow_api_url = format!("{}/api/v1", served.url());
                config.chatflow_idempotent = gateway.is_idempotent();
                configure(config);
            },
        );
        let office = office.await;
        office.asked().await;
        Self { office, gateway, _open: served }
    }

    /// A manager sends this; the message.
    fn sends(&self, file: NewFile, caption: &str) -> i32 {
        let thread_id = Some(self.office.topic().thread_id);
        let (text, file) = (caption.to_owned(), Some(file));
        let post = Post { chat_id: GROUP, thread_id, from: MANAGER, text, file, ..Post::default() };
        self.office.telegram.post(post).unwrap()
    }

    /// The first file that the customer's phone shows after this call.
    async fn arrives(&self, after: u64) -> Call {
        self.gateway.wait_for(JID, after, PATIENCE).await.expect("the file arrives")
    }

    /// The number of calls so far.
    fn seen(&self) -> u64 {
        self.gateway.calls().len() as u64
    }

    async fn marked(&self, message_id: i32) {
        let mark =
            |it: &playground::telegram::Telegram| it.message(GROUP, message_id)?.reactions.get(&BOT).cloned();
        assert_eq!(self.office.sees("a mark of delivery", mark).await, "👌");
    }

    /// What the bot says under a message.
    async fn said_of(&self, message_id: i32) -> String {
        let word = |it: &playground::telegram::Telegram| {
            it.messages(GROUP).into_iter().find(|it| it.reply_to == Some(message_id) && it.from == BOT)
        };
        self.office.sees("a word about it", word).await.text
    }

    /// Waits for so many calls of the gateway, over the pauses between attempts.
    async fn calls(&self, count: usize) -> Vec<Call> {
        until("calls of the gateway", || {
            self.office.house.site.clock.move_on(200);
            Some(self.gateway.calls()).filter(|it| it.len() >= count)
        })
        .await
    }

    async fn get(&self, url: &str) -> (u16, Vec<u8>) {
        let response = self.office.house.http.get(url).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.bytes().await.unwrap().to_vec())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_arrives_byte_for_byte() {
    let depot = Depot::open().await;
    let nasty = "../a\"b\r\nX: y;\u{202e} прайс.pdf";
    let plain = "attachment; filename=\"photo.jpg\"; filename*=UTF-8''photo.jpg";
    let rows = [
        (file("photo", "p.jpg", "image/jpeg", bytes(1, 70_000)), "Вот <b>так</b>", Kind::Image, "image/jpeg"),
        (file("voice", "", "audio/ogg", bytes(2, 9_000)), "", Kind::Audio, "audio/ogg; codecs=opus"),
        (
            file("document", nasty, "application/pdf", bytes(3, 300_000)),
            "Прайс",
            Kind::Doc,
            "application/pdf",
        ),
        (
            file("document", "x.html", "text/html", b"<script>".to_vec()),
            "",
            Kind::Doc,
            "application/octet-stream",
        ),
        (file("video", "v.mp4", "video/mp4", bytes(4, 200_000)), "Смотрите", Kind::Video, "video/mp4"),
    ];
    for (file, caption, kind, mime) in rows {
        let (after, sent) = (depot.seen(), depot.sends(file.clone(), caption));
        let call = depot.arrives(after).await;
        let fetched = call.file.clone().unwrap();
        assert_eq!((call.kind, call.text.trim(), fetched.mime.as_str()), (kind, caption, mime));
        assert!(fetched.bytes == file.bytes, "{kind:?}");
        assert!(!call.text.is_empty(), "the gateway refuses files without words");
        assert_eq!(call.instance_id, "wheel-1", "the tenant's own number");
        let url = call.url.unwrap();
        assert!(!url.contains(TOKEN) && !url.contains("AAwheel"), "{url}");
        if kind == Kind::Image {
            assert_eq!(fetched.disposition, plain);
        }
        if file.name == nasty {
            let said = fetched.disposition;
            assert!(said.starts_with("attachment; filename=\"_a_b X_ y_"), "{said}");
            assert!(
                said.ends_with("%20%D0%BF%D1%80%D0%B0%D0%B9%D1%81.pdf") && !said.contains(".."),
                "{said}"
            );
            assert!(url.ends_with("%D0%BF%D1%80%D0%B0%D0%B9%D1%81.pdf"), "{url}");
        }
        depot.marked(sent).await;
    }
    assert_eq!(depot.office.state(), "manager_active");
    assert_eq!(depot.office.house.metric("tenantry_file_fetches_total{outcome=\"given\"}").await, 5.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_a_recording_cannot_carry_follow_it() {
    let depot = Depot::open().await;
    let after = depot.seen();
    let sent = depot.sends(file("audio", "a.mp3", "audio/mpeg", bytes(5, 5_000)), "Послушайте");
    depot.marked(sent).await;
    let calls = depot.gateway.calls_after(usize::try_from(after).unwrap());
    let said: Vec<_> = calls.iter().map(|it| (it.kind, it.text.as_str())).collect();
    assert_eq!(said, [(Kind::Audio, " "), (Kind::Text, "Послушайте")]);
    assert_ne!(calls[0].msg_id, calls[1].msg_id);
    assert_eq!(calls[0].file.as_ref().unwrap().mime, "audio/mpeg");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_opens_one_file_for_an_hour_and_nothing_else() {
    let depot = Depot::open().await;
    let mut urls = Vec::new();
    for seed in [1, 2] {
        let after = depot.seen();
        depot.sends(file("photo", "p.jpg", "image/jpeg", bytes(seed, 1_000)), "");
        urls.push(depot.arrives(after).await.url.unwrap());
    }
    let http = &depot.office.house.http;
    let base = &depot.office.house.url;
    let pass = |url: &str| {
        url.strip_prefix(&format!("{base}/media/")).unwrap().split('/').next().unwrap().to_owned()
    };
    let (one, two) = (pass(&urls[0]), pass(&urls[1]));
    assert_eq!(depot.get(&urls[0]).await, (200, bytes(1, 1_000)));
    assert_eq!(depot.get(&format!("{base}/media/{one}")).await, (200, bytes(1, 1_000)));
    let head = http.head(&urls[0]).send().await.unwrap();
    let said = |name: &str| head.headers()[name].to_str().unwrap().to_owned();
    assert_eq!((head.status().as_u16(), said("content-length").as_str()), (200, "1000"));
    assert_eq!(
        (said("x-content-type-options").as_str(), said("cache-control").as_str()),
        ("nosniff", "private, no-store")
    );
    assert!(said("content-security-policy").contains("sandbox"));
    assert_eq!(http.post(&urls[0]).send().await.unwrap().status(), 405);
    // One's row with another's seal, a later end, and what nobody has made.
    let mut forged = URL_SAFE_NO_PAD.decode(&one).unwrap();
    forged[8..24].copy_from_slice(&URL_SAFE_NO_PAD.decode(&two).unwrap()[8..24]);
    let mut longer = URL_SAFE_NO_PAD.decode(&one).unwrap();
    longer[30] ^= 0x40;
    let missing = depot.get(&format!("{base}/media/x")).await;
    assert_eq!(missing.0, 404);
    for odd in [
        URL_SAFE_NO_PAD.encode(&forged),
        URL_SAFE_NO_PAD.encode(&longer),
        "A".repeat(86),
        one[1..].to_owned(),
    ] {
        assert_eq!(depot.get(&format!("{base}/media/{odd}/photo.jpg")).await, missing, "{odd}");
    }
    for path in ["media", "media/", &format!("media/{one}/a/b"), "media/../healthz/x"] {
        assert_eq!(depot.get(&format!("{base}/{path}")).await.0, 404, "{path}");
    }
    depot.office.house.site.clock.move_on(59 * 60_000);
    assert_eq!(depot.get(&urls[0]).await.0, 200);
    depot.office.house.site.clock.move_on(2 * 60_000);
    assert_eq!(depot.get(&urls[0]).await, missing);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_said_and_its_words_go_alone() {
    let depot = Depot::of(Gateway::default(), |_| {}).await;
    let alone = depot.sends(file("photo", "p.jpg", "image/jpeg", bytes(1, 10)), "");
    let said = depot.said_of(alone).await;
    assert!(said.contains("Файл не отправлен клиенту") && said.contains("PUBLIC_BASE_URL"), "{said}");
    let after = depot.seen();
    let worded = depot.sends(file("photo", "p.jpg", "image/jpeg", bytes(1, 10)), "Вот фото");
    let call = depot.arrives(after).await;
    assert_eq!((call.kind, call.text.as_str()), (Kind::Text, "Вот фото"));
    let said = depot.said_of(worded).await;
    assert!(said.ends_with("Подпись отправлена текстом"), "{said}");
    assert_eq!(depot.office.house.requests().len(), 1, "no request of its own");

    let depot = Depot::open().await;
    let large = depot.sends(file("video", "v.mp4", "video/mp4", vec![7; 21 * 1024 * 1024]), "");
    let said = depot.said_of(large).await;
    assert!(said.contains("больше 20 МБ"), "{said}");
    let calls = depot.gateway.calls();
    assert!(calls.iter().all(|it| it.kind == Kind::Text), "the gateway is not bothered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_asked_for_again_under_the_same_id() {
    let depot = Depot::open().await;
    depot.gateway.set_mode(Mode::AcceptThenDrop, Some(1));
    let before = depot.gateway.calls().len();
    let sent = depot.sends(file("document", "a.pdf", "application/pdf", bytes(1, 3_000)), "Счёт");
    let calls = depot.calls(before + 2).await;
    let files: Vec<_> = calls[before..].iter().map(|it| (it.msg_id.clone().unwrap(), it.outcome)).collect();
    assert_eq!((files[0].1, files[1].1), (Outcome::Dropped, Outcome::Repeated));
    assert_eq!(files[0].0, files[1].0);
    depot.marked(sent).await;

    // A gateway that may double is not asked twice.
    let careless = Gateway::new(Options { token: None, idempotent: false });
    let depot = Depot::of(careless, |config| config.public_base_url = Some(String::new())).await;
    depot.gateway.set_mode(Mode::AcceptThenDrop, Some(1));
    let before = depot.gateway.calls().len();
    let sent = depot.sends(file("photo", "p.jpg", "image/jpeg", bytes(1, 3_000)), "");
    let said = depot.said_of(sent).await;
    assert!(said.contains("Неизвестно, доставлено ли сообщение: связь с WhatsApp прервалась"), "{said}");
    assert_eq!(depot.gateway.calls().len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_telegram_fails_the_file_and_what_follows_wait() {
    let depot = Depot::open().await;
    let telegram = &depot.office.telegram;
    for fault in [
        Rule::of("getFile", Fault::Flood { retry_after: 1 }, 1),
        Rule::of("getFile", Fault::Status { code: 502 }, 1),
        Rule::of("file", Fault::Status { code: 502 }, 1),
        Rule::of("file", Fault::Flood { retry_after: 1 }, 1),
        Rule::of("file", Fault::LoseAnswer, 1),
        Rule::of("file", Fault::Slow(Duration::from_millis(300)), 1),
    ] {
        let before = depot.gateway.delivered_to(JID).len();
        telegram.fail(fault.clone());
        let sent = depot.sends(file("photo", "p.jpg", "image/jpeg", bytes(1, 3_000)), "Сначала фото");
        depot.office.says(MANAGER, "Потом слова");
        let arrived = until("both arrive", || {
            depot.office.house.site.clock.move_on(200);
            let arrived = depot.gateway.delivered_to(JID).split_off(before);
            (arrived.len() >= 2).then_some(arrived)
        });
        let said: Vec<_> = arrived.await.into_iter().map(|it| (it.kind, it.text)).collect();
        let expected = [(Kind::Image, "Сначала фото".to_owned()), (Kind::Text, "Потом слова".to_owned())];
        assert_eq!(said, expected, "{fault:?}");
        depot.marked(sent).await;
        telegram.advance(Duration::from_secs(60));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_telegram_has_lost_is_said_to_be_gone() {
    let depot = Depot::open().await;
    let gone = Fault::Refuse { code: 400, description: "Bad Request: wrong file_id".to_owned() };
    depot.office.telegram.fail(Rule::of("getFile", gone, 3));
    let sent = depot.sends(file("photo", "p.jpg", "image/jpeg", bytes(1, 10)), "");
    let pushed = until("it is given up", || {
        depot.office.house.site.clock.move_on(200);
        let said = depot.office.telegram.messages(GROUP).into_iter();
        said.filter(|it| it.from == BOT).find(|it| it.reply_to == Some(sent))
    });
    assert!(pushed.await.text.contains("пришлите файл ещё раз"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_under_a_file_are_corrected_like_others() {
    let depot = Depot::open().await;
    let after = depot.seen();
    let sent = depot.sends(file("photo", "p.jpg", "image/jpeg", bytes(1, 10)), "Завтра в 10");
    depot.arrives(after).await;
    depot.marked(sent).await;
    let after = depot.seen();
    depot.office.telegram.edit(GROUP, sent, "Завтра в 11").unwrap();
    let call = depot.arrives(after).await;
    assert_eq!((call.kind, call.text.as_str()), (Kind::Text, "✏️ Завтра в 11"));
}
