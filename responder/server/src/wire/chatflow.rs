//! ChatFlow's message, read tolerantly: gateways, their versions and the automations people put
//! between name the same thing differently, and a customer's message must not be lost to that.

use serde_json::{Map, Value};

use super::fields::{Fields, Place, word};
use super::file::{self, File, FileKind};

/// What a payload turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reading {
    /// A customer's message.
    Message(WireMessage),
    /// Our own message, or a person's from the business's phone, echoed back.
    Echo(WireMessage),
    /// Nothing to answer.
    Ignored(Ignored),
}

/// Why a payload needs no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ignored {
    Group,
    Broadcast,
    Reaction,
    Receipt,
    Empty,
}

impl Ignored {
    /// A word for metrics.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Broadcast => "broadcast",
            Self::Reaction => "reaction",
            Self::Receipt => "receipt",
            Self::Empty => "empty",
        }
    }
}

/// The payload does not say who wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoSender;

/// A message as it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WireMessage {
    /// The customer's jid, always with an `@`.
    pub(crate) jid: String,
    /// The gateway's id, if it gave one.
    pub(crate) message_id: Option<String>,
    /// The name WhatsApp shows.
    pub(crate) sender: Option<String>,
    /// Text or caption, maybe empty.
    pub(crate) text: String,
    /// Kind of file: `photo`, `audio`, `document`, `video` or `unknown`.
    pub(crate) media: Option<&'static str>,
    /// What is told of the file, where there is one.
    pub(crate) file: Option<File>,
    /// What tells two files apart when the gateway gave no id.
    pub(crate) media_mark: String,
    /// Unix seconds.
    pub(crate) timestamp: Option<i64>,
    /// The WhatsApp number it came through.
    pub(crate) instance_id: Option<String>,
}

/// Longest jid taken for one; WhatsApp's are below 40 characters.
const LONGEST_JID: usize = 128;

/// Reads the payload of a message.
pub(crate) fn read(root: &Map<String, Value>) -> Result<Reading, NoSender> {
    let fields = Fields::of(root);
    let jid = jid(&fields).ok_or(NoSender)?;
    if let Some(ignored) = by_address(&jid) {
        return Ok(Reading::Ignored(ignored));
    }
    let kind = fields.word(&[(Place::Plain, &["messageType", "message_type", "type"])]).unwrap_or_default();
    let kind = bare(&kind);
    if let Some(ignored) = by_kind(&kind).or_else(|| by_content(&fields)) {
        return Ok(Reading::Ignored(ignored));
    }
    let announced = fields.object(&["mediaData", "media_data", "media"]).filter(|it| !it.is_empty());
    let text = text(&fields, announced);
    let media = media(&kind, announced, &text);
    if text.is_empty() && media.is_none() {
        return Ok(Reading::Ignored(Ignored::Empty));
    }
    let message = WireMessage {
        jid,
        message_id: message_id(&fields),
        sender: sender(&fields),
        text,
        media,
        file: media.map(|it| {
            file::read(&fields, announced, FileKind::of(it), matches!(kind.as_str(), "ptt" | "voice"))
        }),
        media_mark: announced.map(|it| Value::Object(it.clone()).to_string()).unwrap_or_default(),
        timestamp: timestamp(&fields),
        instance_id: instance(&fields),
    };
    if fields.truthy(&["fromMe", "from_me"]) {
        Ok(Reading::Echo(message))
    } else {
        Ok(Reading::Message(message))
    }
}

fn jid(fields: &Fields<'_>) -> Option<String> {
    let found = fields.word(&[
        (Place::Metadata, &["remoteJid", "remote_jid", "jid"]),
        (Place::Key, &["remoteJid"]),
        (
            Place::Plain,
            &["remoteJid", "remote_jid", "jid", "from", "chatId", "session_id", "user_id", "phone"],
        ),
        (Place::Metadata, &["from", "phone"]),
    ])?;
    if found.len() > LONGEST_JID {
        None
    } else if found.contains('@') {
        Some(found)
    } else {
        let digits: String = found.chars().filter(char::is_ascii_digit).collect();
        (!digits.is_empty()).then(|| format!("{digits}@s.whatsapp.net"))
    }
}

/// A name, not the jid or the phone that some gateways put in its place.
fn sender(fields: &Fields<'_>) -> Option<String> {
    const NAMES: &[&str] = &["sender", "pushName", "name"];
    let named = |place| fields.all(place, NAMES).filter_map(word).find(|it| is_name(it));
    named(Place::Metadata).or_else(|| named(Place::Plain))
}

fn is_name(text: &str) -> bool {
    !text.contains('@') && text.chars().any(char::is_alphabetic)
}

fn by_address(jid: &str) -> Option<Ignored> {
    let server = jid.rsplit('@').next().unwrap_or_default();
    match server {
        "g.us" => Some(Ignored::Group),
        "broadcast" | "newsletter" => Some(Ignored::Broadcast),
        _ => None,
    }
}

/// `imageMessage`, `IMAGE` and `image` are one kind.
fn bare(kind: &str) -> String {
    let kind: String = kind.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    kind.strip_suffix("message").map(str::to_owned).unwrap_or(kind)
}

fn by_kind(kind: &str) -> Option<Ignored> {
    match kind {
        "reaction" | "encreaction" => Some(Ignored::Reaction),
        "receipt" | "ack" | "messageack" | "read" | "delivered" | "delivery" | "deliveryreceipt"
        | "readreceipt" | "played" | "status" | "messagestatus" | "statusupdate" | "protocol" | "revoked"
        | "presence" | "typing" | "e2enotification" => Some(Ignored::Receipt),
        _ => None,
    }
}

fn by_content(fields: &Fields<'_>) -> Option<Ignored> {
    let message = fields.object(&["message"])?;
    if message.contains_key("reactionMessage") {
        Some(Ignored::Reaction)
    } else if message.contains_key("protocolMessage") {
        Some(Ignored::Receipt)
    } else {
        None
    }
}

fn message_id(fields: &Fields<'_>) -> Option<String> {
    const NAMES: &[&str] = &["messageId", "message_id", "id"];
    fields.word(&[(Place::Metadata, NAMES), (Place::Key, &["id"]), (Place::Plain, NAMES)]).or_else(|| {
        let message = fields.object(&["message"])?;
        NAMES.iter().find_map(|name| word(message.get(*name)?))
    })
}

fn instance(fields: &Fields<'_>) -> Option<String> {
    const NAMES: &[&str] = &["instanceId", "instance_id", "instance", "whatsapp_instance_id"];
    fields.word(&[(Place::Metadata, NAMES), (Place::Plain, NAMES), (Place::Node, NAMES)])
}

/// The first text, else the caption of the file.
fn text(fields: &Fields<'_>, file: Option<&Map<String, Value>>) -> String {
    let inside = |message: &Map<String, Value>| within(message, 0);
    fields
        .word(&[(Place::Plain, &["message"]), (Place::Plain, &["text", "body", "message_text", "content"])])
        .or_else(|| {
            fields.all(Place::Plain, &["message", "text"]).filter_map(Value::as_object).find_map(inside)
        })
        .or_else(|| word(file?.get("caption")?))
        .or_else(|| fields.word(&[(Place::Plain, &["caption"])]))
        .unwrap_or_default()
}

/// The text of a `message` object; some gateways nest it a few times.
fn within(message: &Map<String, Value>, depth: u8) -> Option<String> {
    const NAMES: [&str; 7] =
        ["text", "body", "message", "content", "conversation", "extendedTextMessage", "caption"];
    let values = || NAMES.iter().filter_map(|name| message.get(*name));
    values().find_map(word).or_else(|| {
        values().filter_map(Value::as_object).filter(|_| depth < 3).find_map(|it| within(it, depth + 1))
    })
}

/// Kind of file, by the message's kind, the file's type, then its MIME type. A kind we do not know
/// that came with a text and without a file is a text.
fn media(kind: &str, file: Option<&Map<String, Value>>, text: &str) -> Option<&'static str> {
    if let Some(media) = known_media(kind) {
        return Some(media);
    }
    let is_text = matches!(kind, "" | "text" | "chat" | "conversation" | "extendedtext");
    let Some(file) = file else { return (!is_text && text.is_empty()).then_some("unknown") };
    let named = |name: &str| file.get(name).and_then(Value::as_str);
    let by_type = named("type").and_then(|it| known_media(&bare(it)));
    let by_mime = || {
        let mime = named("mimetype").or_else(|| named("mime")).or_else(|| named("type"))?;
        match mime.split('/').next()? {
            "image" => Some("photo"),
            "audio" => Some("audio"),
            "video" => Some("video"),
            "application" | "text" => Some("document"),
            _ => None,
        }
    };
    by_type.or_else(by_mime).or(Some("unknown"))
}

fn known_media(kind: &str) -> Option<&'static str> {
    match kind {
        "image" | "photo" | "jpg" | "jpeg" | "png" => Some("photo"),
        "audio" | "voice" | "ptt" => Some("audio"),
        "document" | "pdf" | "doc" | "docx" | "xls" | "xlsx" | "documentwithcaption" => Some("document"),
        "video" | "ptv" => Some("video"),
        _ => None,
    }
}

/// Unix seconds from seconds, milliseconds or microseconds, whole or fractional, number or text.
fn timestamp(fields: &Fields<'_>) -> Option<i64> {
    const NAMES: &[&str] = &["timestamp", "t", "time", "messageTimestamp"];
    let found = fields.word(&[(Place::Metadata, NAMES), (Place::Plain, NAMES)])?;
    let Ok(mut seconds) = found.parse::<f64>() else {
        return found.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    };
    // Seconds stay below this until the year 5138.
    while seconds > 1e11 && seconds.is_finite() {
        seconds /= 1000.0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are wanted; the range is checked")]
    (seconds > 0.0).then_some(seconds as i64)
}
