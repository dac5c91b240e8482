//! From teloxide's types to ours.

use serde_json::Value;
use teloxide_core::types::{
    CallbackQuery, Chat, ChatMemberKind, ChatMemberUpdated, FileMeta, MediaKind, Message, MessageEntity,
    MessageEntityKind, MessageKind, UpdateKind, User,
};

use super::strip::{Kept, UNTYPED};
use super::{
    ANONYMOUS, Command, CommandName, File, FileKind, Incoming, Membership, Person, Place, Pressed, Private,
    Reason, Rights, Said, Standing,
};

/// The topic that every forum has and nobody owns.
const GENERAL: i32 = 1;

pub(super) fn incoming(update: &Value, kept: &Kept) -> Incoming {
    let edited = update.get("edited_message").is_some();
    // From text, because teloxide looks at borrowed keys; unknown and broken kinds come out as `Error`.
    let text = update.to_string();
    let Ok(update) = serde_json::from_str::<teloxide_core::types::Update>(&text) else {
        return unread(kept, edited);
    };
    match update.kind {
        UpdateKind::Message(it) => message(&it, kept, false),
        UpdateKind::EditedMessage(it) => message(&it, kept, true),
        UpdateKind::CallbackQuery(it) => pressed(it, kept),
        UpdateKind::MyChatMember(it) => standing(it),
        UpdateKind::Error(_) => unread(kept, edited),
        _ => Incoming::Ignored(Reason::Kind),
    }
}

/// A message whose content teloxide cannot read.
fn unread(kept: &Kept, edited: bool) -> Incoming {
    let outline = kept.message.clone().and_then(|it| serde_json::from_value::<Message>(it).ok());
    let Some(outline) = outline else { return Incoming::Ignored(Reason::Unreadable) };
    match place(&outline, kept) {
        Ok((place, from)) => Incoming::Said(said(&outline, place, from, kept, edited)),
        Err(reason) => Incoming::Ignored(reason),
    }
}

fn person(user: &User) -> Person {
    Person {
        id: i64::try_from(user.id.0).unwrap_or(0),
        username: user.username.clone(),
        name: user.full_name(),
        sender_chat: None,
        signature: None,
    }
}

/// Where a message stands and who wrote it, when both are of interest.
fn place(message: &Message, kept: &Kept) -> Result<(Place, Person), Reason> {
    let user = message.from.as_ref().ok_or(Reason::Channel)?;
    let mut from = person(user);
    if message.chat.is_private() {
        return Err(if user.is_bot { Reason::Bot } else { Reason::Unreadable });
    }
    if !message.chat.is_supergroup() && !message.chat.is_group() {
        return Err(Reason::Chat);
    }
    if let Some(chat) = &message.sender_chat {
        // Channels and linked chats speak through accounts of Telegram's own.
        if chat.id != message.chat.id || from.id != ANONYMOUS {
            return Err(Reason::Channel);
        }
        from.sender_chat = Some(chat.id.0);
    } else if user.is_bot || from.id == ANONYMOUS || from.id <= 0 {
        return Err(Reason::Bot);
    }
    let thread = message.thread_id.map(|it| it.0.0).filter(|it| message.is_topic_message && *it != GENERAL);
    if thread.is_none() && kept.reply_to.is_none() {
        return Err(Reason::General);
    }
    Ok((Place { chat_id: message.chat.id.0, thread_id: thread, message_id: message.id.0 }, from))
}

fn message(message: &Message, kept: &Kept, edited: bool) -> Incoming {
    if let MessageKind::Common(common) = &message.kind
        && let MediaKind::Migration(teloxide_core::types::ChatMigration::To { chat_id }) = &common.media_kind
    {
        return Incoming::Migrated { from: message.chat.id.0, to: chat_id.0 };
    }
    if message.chat.is_private() {
        return private(message, kept, edited);
    }
    let (place, mut from) = match place(message, kept) {
        Ok(found) => found,
        Err(reason) => return Incoming::Ignored(reason),
    };
    match &message.kind {
        MessageKind::Common(common) if common.is_automatic_forward => {
            return Incoming::Ignored(Reason::Channel);
        }
        MessageKind::Common(common) => from.signature.clone_from(&common.author_signature),
        // Kinds that teloxide does not know: something was said, whoever said it should hear of it.
        MessageKind::Empty {} | MessageKind::Dice(_) if !kept.is_pin => {}
        _ => return Incoming::Ignored(Reason::Service),
    }
    spoken(said(message, place, from, kept, edited))
}

/// Words, or a command.
fn spoken(said: Said) -> Incoming {
    match said.text.as_deref().and_then(command) {
        Some((name, bot, argument)) if said.file.is_none() => {
            let Said { place, from, reply_to, replied, .. } = said;
            Incoming::Command(Command { place, from, name, reply_to, replied, bot, argument })
        }
        _ => Incoming::Said(said),
    }
}

fn said(message: &Message, place: Place, from: Person, kept: &Kept, edited: bool) -> Said {
    let (text, file, group) = match &message.kind {
        MessageKind::Common(common) => content(&common.media_kind),
        _ => (None, None, None),
    };
    Said {
        place,
        from,
        at: message.date.timestamp(),
        text: text.filter(|it| !it.trim().is_empty()),
        file,
        replied: kept.replied,
        reply_to: kept.reply_to.filter(|it| Some(*it) != place.thread_id),
        edited,
        group,
    }
}

fn private(message: &Message, kept: &Kept, edited: bool) -> Incoming {
    let Some(user) = message.from.as_ref() else { return Incoming::Ignored(Reason::Unreadable) };
    if user.is_bot {
        return Incoming::Ignored(Reason::Bot);
    }
    let MessageKind::Common(common) = &message.kind else { return Incoming::Ignored(Reason::Service) };
    // A private chat has the id of its person; anything else is forged.
    if i64::try_from(user.id.0) != Ok(message.chat.id.0) {
        return Incoming::Ignored(Reason::Kind);
    }
    let (text, _, _) = content(&common.media_kind);
    let start = text.as_deref().and_then(|it| {
        let rest = it.strip_prefix("/start")?;
        (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim().to_owned())
    });
    if kept.reply_to.is_some() && start.is_none() {
        // Requests may be shown to a person alone, who answers by replying.
        let place = Place { chat_id: message.chat.id.0, thread_id: None, message_id: message.id.0 };
        return spoken(said(message, place, person(user), kept, edited));
    }
    if edited {
        return Incoming::Ignored(Reason::Kind);
    }
    Incoming::Private(Private { from: person(user), message_id: message.id.0, text, start })
}

type Content = (Option<String>, Option<File>, Option<String>);

fn content(media: &MediaKind) -> Content {
    let file = |kind, meta: &FileMeta, mime: Option<String>, name: Option<String>| {
        let size = Some(u64::from(meta.size)).filter(|it| *it != u64::from(u32::MAX));
        Some(File { kind, id: meta.id.0.clone(), size, mime, name })
    };
    let mime = |it: &dyn ToString| Some(it.to_string()).filter(|it| it != UNTYPED);
    let album = |it: &Option<teloxide_core::types::MediaGroupId>| it.as_ref().map(|it| it.0.clone());
    let caption = |text: &Option<String>, entities: &[MessageEntity]| {
        text.as_deref().map(|text| with_links(text, entities))
    };
    match media {
        MediaKind::Text(it) => (Some(with_links(&it.text, &it.entities)), None, None),
        MediaKind::Photo(it) => {
            let largest =
                it.photo.iter().max_by_key(|it| (u64::from(it.width) * u64::from(it.height), it.file.size));
            let photo = largest.and_then(|it| file(FileKind::Photo, &it.file, None, None));
            (caption(&it.caption, &it.caption_entities), photo, album(&it.media_group_id))
        }
        MediaKind::Voice(it) => {
            let mime = it.voice.mime_type.as_ref().and_then(|it| mime(it));
            (
                caption(&it.caption, &it.caption_entities),
                file(FileKind::Voice, &it.voice.file, mime, None),
                None,
            )
        }
        MediaKind::Audio(it) => {
            let mime = it.audio.mime_type.as_ref().and_then(|it| mime(it));
            let audio = file(FileKind::Audio, &it.audio.file, mime, it.audio.file_name.clone());
            (caption(&it.caption, &it.caption_entities), audio, album(&it.media_group_id))
        }
        MediaKind::Document(it) => {
            let mime = it.document.mime_type.as_ref().and_then(|it| mime(it));
            let document = file(FileKind::Document, &it.document.file, mime, it.document.file_name.clone());
            (caption(&it.caption, &it.caption_entities), document, album(&it.media_group_id))
        }
        MediaKind::Animation(it) => {
            let mime = it.animation.mime_type.as_ref().and_then(|it| mime(it));
            let name = it.animation.file_name.clone();
            let animation = file(FileKind::Document, &it.animation.file, mime, name);
            (caption(&it.caption, &it.caption_entities), animation, None)
        }
        MediaKind::Video(it) => {
            let mime = it.video.mime_type.as_ref().and_then(|it| mime(it));
            let video = file(FileKind::Video, &it.video.file, mime, it.video.file_name.clone());
            (caption(&it.caption, &it.caption_entities), video, album(&it.media_group_id))
        }
        MediaKind::VideoNote(it) => (None, file(FileKind::Video, &it.video_note.file, None, None), None),
        _ => (None, None, None),
    }
}

/// The text, with the address of every link that hides behind words after them.
fn with_links(text: &str, entities: &[MessageEntity]) -> String {
    let mut links: Vec<(usize, &str)> = entities
        .iter()
        .filter_map(|it| match &it.kind {
            MessageEntityKind::TextLink { url } => Some((it.offset.checked_add(it.length)?, url.as_str())),
            _ => None,
        })
        .collect();
    links.sort_unstable();
    let mut links = links.into_iter().peekable();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for it in text.chars() {
        while let Some((_, url)) = links.next_if(|(end, _)| *end <= at) {
            out.push_str(&format!(" ({url})"));
        }
        out.push(it);
        at += it.len_utf16();
    }
    for (_, url) in links {
        out.push_str(&format!(" ({url})"));
    }
    out
}

/// `/name@bot argument`; `None` when the text is no command.
fn command(text: &str) -> Option<(CommandName, Option<String>, String)> {
    let rest = text.strip_prefix('/')?;
    let (head, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (name, bot) = head.split_once('@').map_or((head, None), |(name, bot)| (name, Some(bot)));
    let name = match name.to_lowercase().as_str() {
        "status" => CommandName::Status,
        "history" => CommandName::History,
        "mute" => CommandName::Mute,
        "return" => CommandName::Return,
        "help" | "start" => CommandName::Help,
        _ => CommandName::Unknown,
    };
    Some((name, bot.filter(|it| !it.is_empty()).map(str::to_owned), argument.trim().to_owned()))
}

fn pressed(query: CallbackQuery, kept: &Kept) -> Incoming {
    let Some(message) = &query.message else { return Incoming::Ignored(Reason::Inline) };
    if query.from.is_bot {
        return Incoming::Ignored(Reason::Bot);
    }
    Incoming::Pressed(Pressed {
        from: person(&query.from),
        chat_id: message.chat().id.0,
        thread_id: kept.thread_id,
        message_id: message.id().0,
        query_id: query.id.0,
        data: query.data,
    })
}

fn standing(change: ChatMemberUpdated) -> Incoming {
    let now = membership(&change.new_chat_member.kind);
    let by = person(&change.from);
    let Chat { id, .. } = change.chat;
    Incoming::Standing(Standing { chat_id: id.0, private: change.chat.is_private(), by, now })
}

/// What a member of a chat is.
pub(crate) fn membership(kind: &ChatMemberKind) -> Membership {
    match kind {
        ChatMemberKind::Owner(_) => Membership::Owner,
        ChatMemberKind::Administrator(it) => {
            let deletes = it.can_delete_messages;
            Membership::Administrator(Rights {
                topics: it.can_manage_topics,
                pins: it.can_pin_messages,
                deletes,
            })
        }
        ChatMemberKind::Member(_) => Membership::Member,
        ChatMemberKind::Restricted(it) => {
            Membership::Restricted { can_write: it.is_member && it.can_send_messages }
        }
        ChatMemberKind::Left => Membership::Left,
        ChatMemberKind::Banned(_) => Membership::Kicked,
    }
}
