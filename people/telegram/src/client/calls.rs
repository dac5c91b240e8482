//! The calls, one function each.

use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::de::IgnoredAny;
use serde_json::Value;
use teloxide_core::payloads::setters::*;
use teloxide_core::payloads::{
    AnswerCallbackQuery, CloseForumTopic, CreateForumTopic, DeleteForumTopic, DeleteMessage, DeleteWebhook,
    EditForumTopic, EditMessageReplyMarkup, EditMessageText, GetChat, GetChatMember, GetFile,
    GetForumTopicIconStickers, GetMe, GetUpdates, GetWebhookInfo, PinChatMessage, ReopenForumTopic,
    SendMessage, SetMessageReaction, SetWebhook, UnpinChatMessage,
};
use teloxide_core::types::{
    AllowedUpdate, CallbackQueryId, ChatId, CustomEmojiId, FileId, InlineKeyboardButton,
    InlineKeyboardMarkup, LinkPreviewOptions, MessageId, ParseMode, ReactionType, ReplyParameters, Rgb,
    ThreadId, UserId,
};

use super::answers::{Account, Chat, FilePlace, Hook, Member, Sent, Sticker, Topic};
use super::{CallError, Client, Target};
use crate::buttons::Keyboard;
use crate::title::Icon;
use crate::update::{self, Membership, Update};

pub(super) fn thread(id: i32) -> ThreadId {
    ThreadId(MessageId(id))
}

pub(super) fn reply(to: i32) -> ReplyParameters {
    ReplyParameters::new(MessageId(to)).allow_sending_without_reply()
}

pub(super) fn markup(keyboard: &Keyboard) -> InlineKeyboardMarkup {
    let row = |row: &Vec<crate::buttons::Button>| {
        row.iter().map(|it| InlineKeyboardButton::callback(&it.text, &it.data)).collect::<Vec<_>>()
    };
    InlineKeyboardMarkup::new(keyboard.iter().map(row))
}

fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

fn kinds() -> [AllowedUpdate; 4] {
    use AllowedUpdate::{CallbackQuery, EditedMessage, Message, MyChatMember};
    [Message, EditedMessage, CallbackQuery, MyChatMember]
}

/// Nothing to change is as good as changed.
fn or_same(result: Result<IgnoredAny, CallError>) -> Result<(), CallError> {
    match result {
        Ok(_) | Err(CallError::NotModified) => Ok(()),
        Err(error) => Err(error),
    }
}

/// # Errors
/// Every call ends with a [`CallError`]; what it means is said there, what is special here.
impl Client {
    /// Makes a topic. `colour` is one of Telegram's six ([`crate::title::colour`]); `icon` an id from
    /// [`Client::topic_icons`].
    pub async fn create_topic(
        &self,
        chat_id: i64,
        name: &str,
        colour: u32,
        icon: Option<&str>,
    ) -> Result<Topic, CallError> {
        let mut payload = CreateForumTopic::new(ChatId(chat_id), name).icon_color(Rgb::from_u32(colour));
        payload.icon_custom_emoji_id = icon.map(|it| CustomEmojiId(it.to_owned()));
        self.call(&payload).await
    }

    /// Gives a topic another name, icon or both; what is absent stays.
    pub async fn edit_topic(
        &self,
        chat_id: i64,
        thread_id: i32,
        name: Option<&str>,
        icon: Option<&str>,
    ) -> Result<(), CallError> {
        let mut payload = EditForumTopic::new(ChatId(chat_id), thread(thread_id));
        payload.name = name.map(str::to_owned);
        payload.icon_custom_emoji_id = icon.map(|it| CustomEmojiId(it.to_owned()));
        or_same(self.call(&payload).await)
    }

    /// Closes a topic for everybody but administrators of topics.
    pub async fn close_topic(&self, chat_id: i64, thread_id: i32) -> Result<(), CallError> {
        or_same(self.call(&CloseForumTopic::new(ChatId(chat_id), thread(thread_id))).await)
    }

    /// Opens it again.
    pub async fn reopen_topic(&self, chat_id: i64, thread_id: i32) -> Result<(), CallError> {
        or_same(self.call(&ReopenForumTopic::new(ChatId(chat_id), thread(thread_id))).await)
    }

    /// Deletes a topic with everything in it; needs the right to delete messages.
    pub async fn delete_topic(&self, chat_id: i64, thread_id: i32) -> Result<(), CallError> {
        or_same(self.call(&DeleteForumTopic::new(ChatId(chat_id), thread(thread_id))).await)
    }

    /// Sends HTML, without previews of links.
    pub async fn send_text(&self, to: Target, html: &str, buttons: &Keyboard) -> Result<Sent, CallError> {
        let mut payload = SendMessage::new(ChatId(to.chat_id), html)
            .parse_mode(ParseMode::Html)
            .link_preview_options(no_preview());
        payload.message_thread_id = to.thread_id.map(thread);
        payload.reply_parameters = to.reply_to.map(reply);
        if !buttons.is_empty() {
            payload = payload.reply_markup(markup(buttons));
        }
        self.call(&payload).await
    }

    /// Replaces the text of a message of the bot's, and its buttons.
    pub async fn edit_text(
        &self,
        chat_id: i64,
        message_id: i32,
        html: &str,
        buttons: &Keyboard,
    ) -> Result<(), CallError> {
        let payload = EditMessageText::new(ChatId(chat_id), MessageId(message_id), html)
            .parse_mode(ParseMode::Html)
            .link_preview_options(no_preview())
            .reply_markup(markup(buttons));
        or_same(self.call(&payload).await)
    }

    /// Replaces the buttons of a message of the bot's; none takes them away.
    pub async fn edit_buttons(&self, chat_id: i64, message_id: i32, to: &Keyboard) -> Result<(), CallError> {
        let payload =
            EditMessageReplyMarkup::new(ChatId(chat_id), MessageId(message_id)).reply_markup(markup(to));
        or_same(self.call(&payload).await)
    }

    /// Takes a message of the bot's away.
    pub async fn delete(&self, chat_id: i64, message_id: i32) -> Result<(), CallError> {
        or_same(self.call(&DeleteMessage::new(ChatId(chat_id), MessageId(message_id))).await)
    }

    /// Pins a message without a sound.
    pub async fn pin(&self, chat_id: i64, message_id: i32) -> Result<(), CallError> {
        let payload = PinChatMessage::new(ChatId(chat_id), MessageId(message_id)).disable_notification(true);
        or_same(self.call(&payload).await)
    }

    /// Unpins a message.
    pub async fn unpin(&self, chat_id: i64, message_id: i32) -> Result<(), CallError> {
        or_same(self.call(&UnpinChatMessage::new(ChatId(chat_id)).message_id(MessageId(message_id))).await)
    }

    /// Answers a pressed button, with `text` over the chat or, as an alert, in a window of its own.
    /// Without it the button goes on turning on the screen of whoever pressed it.
    pub async fn answer_callback(
        &self,
        query_id: &str,
        text: &str,
        is_alert: IsAlert,
        deadline: Duration,
    ) -> Result<(), CallError> {
        let payload = AnswerCallbackQuery::new(CallbackQueryId(query_id.to_owned()))
            .text(text)
            .show_alert(is_alert == IsAlert::Yes);
        or_same(self.call_within(&payload, deadline).await)
    }

    /// Puts an emoji under a message, `None` takes the bot's one away. Groups can forbid some.
    pub async fn react(&self, chat_id: i64, message_id: i32, emoji: Option<&str>) -> Result<(), CallError> {
        let reaction = emoji.map(|it| ReactionType::Emoji { emoji: it.to_owned() });
        let payload = SetMessageReaction::new(ChatId(chat_id), MessageId(message_id)).reaction(reaction);
        or_same(self.call(&payload).await)
    }

    /// Waits up to `wait` (whole seconds) for updates from number `offset` on; all before it count as
    /// taken. What is no update at all is left out.
    pub async fn get_updates(&self, offset: Option<u32>, wait: Duration) -> Result<Vec<Update>, CallError> {
        let mut payload = GetUpdates::new().allowed_updates(kinds());
        payload.offset = offset.and_then(|it| i32::try_from(it).ok());
        payload.timeout = u32::try_from(wait.as_secs()).ok();
        let found: Vec<Value> = self.call_within(&payload, wait + self.deadline).await?;
        Ok(found.into_iter().filter_map(|it| update::parse_value(it).ok()).collect())
    }

    /// Has updates posted to `url`, with `secret` in the header `X-Telegram-Bot-Api-Secret-Token`
    /// (1–256 of `A-Z a-z 0-9 _ -`).
    pub async fn set_webhook(&self, url: &str, secret: &SecretString) -> Result<(), CallError> {
        let url = Url::parse(url).map_err(|_| CallError::Refused("the webhook is no address".to_owned()))?;
        let payload =
            SetWebhook::new(url).allowed_updates(kinds()).secret_token(secret.expose_secret().to_owned());
        or_same(self.call(&payload).await)
    }

    /// Has updates kept to be fetched; those on their way stay.
    pub async fn delete_webhook(&self) -> Result<(), CallError> {
        or_same(self.call(&DeleteWebhook::new()).await)
    }

    /// How updates travel, and how well.
    pub async fn webhook(&self) -> Result<Hook, CallError> {
        self.call(&GetWebhookInfo::new()).await
    }

    /// Who the bot is.
    pub async fn me(&self) -> Result<Account, CallError> {
        self.call(&GetMe::new()).await
    }

    /// A chat the bot knows.
    pub async fn chat(&self, chat_id: i64) -> Result<Chat, CallError> {
        self.call(&GetChat::new(ChatId(chat_id))).await
    }

    /// What a person, or the bot itself, is in a chat.
    pub async fn member(&self, chat_id: i64, user_id: i64) -> Result<Membership, CallError> {
        let Ok(user) = u64::try_from(user_id) else { return Err(CallError::ChatGone) };
        let member: Member = self.call(&GetChatMember::new(ChatId(chat_id), UserId(user))).await?;
        Ok(member.membership())
    }

    /// Where a file can be fetched from. [`CallError::TooBig`] above Telegram's 20 MB.
    pub async fn file(&self, file_id: &str) -> Result<FilePlace, CallError> {
        self.call(&GetFile::new(FileId(file_id.to_owned()))).await
    }

    /// The icons that topics can have.
    pub async fn topic_icons(&self) -> Result<Vec<Icon>, CallError> {
        let found: Vec<Sticker> = self.call(&GetForumTopicIconStickers::new()).await?;
        Ok(found.into_iter().filter_map(Sticker::icon).collect())
    }
}

/// How the answer to a pressed button is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsAlert {
    /// In a window that has to be closed.
    Yes,
    /// Over the chat, for a moment.
    No,
}
