//! Short messages of the desk: notes in a topic, answers to pressed buttons, reminders.

use std::time::Duration;

use crate::card::Said;
use crate::html::{LONGEST_TEXT, LONGEST_TOAST, Page, clip, one_line};
use crate::{Room, words};

/// Names of people are shown this long, UTF-16 units.
const NAME: usize = 64;

/// Something that happened to a request, told in its topic. `by` is the name of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Somebody pressed or wrote first.
    Taken {
        /// Who.
        by: String,
    },
    /// The bot has the talk again.
    Returned {
        /// Who gave it back; nobody when time did.
        by: Option<String>,
    },
    /// The talk is finished.
    Resolved {
        /// Who finished it.
        by: String,
    },
    /// The customer needs no answer any more.
    Cancelled,
    /// Somebody cannot take it.
    Skipped {
        /// Who.
        by: String,
    },
    /// The customer asks for a person once more.
    More {
        /// What it is about, one line.
        summary: Option<String>,
    },
    /// The message above did not reach the customer.
    Undelivered {
        /// Why, where it is known.
        why: Option<Unsent>,
    },
    /// Whether the message above reached the customer is not known.
    Unsure {
        /// Why, where it is known.
        why: Option<Unsent>,
    },
    /// The mark of delivery, where the group forbids it.
    Delivered,
    /// It replies to something of the bot's that is about no customer, so nothing was sent.
    ToNobody,
    /// There is no open request, so nothing was sent.
    NoRequest,
    /// A sticker, a poll or the like: WhatsApp gets text, photos, voice notes, files.
    WrongKind,
    /// The file above did not go to the customer.
    FileUnsent {
        /// Why.
        why: FileTrouble,
        /// The words with it went out by themselves.
        with_words: bool,
    },
    /// A message was edited after it had reached the customer: the new words went out as another one.
    EditSent,
    /// The bot is silent with this customer.
    Muted {
        /// For how long.
        time: Duration,
    },
    /// What stands behind `/mute` is no number of hours.
    MuteHow,
}

impl Note {
    /// The note as Telegram's HTML.
    #[must_use]
    pub fn html(&self) -> String {
        let mut page = Page::new(LONGEST_TEXT);
        let who = |by: &str| Some(one_line(by)).filter(|it| !it.is_empty());
        let named = |by: &str| clip(&who(by).unwrap_or_else(|| words::SOMEBODY.to_owned()), NAME);
        match self {
            Self::Taken { by } => page.text("✋ Отвечает ").bold(&named(by)),
            Self::Returned { by: Some(by) } => page.text("🤖 Возвращено боту: ").bold(&named(by)),
            Self::Returned { by: None } => page.text("🤖 Разговор снова ведёт бот"),
            Self::Resolved { by } => page.text("✅ Решено: ").bold(&named(by)),
            Self::Cancelled => page.text("ℹ️ Клиенту больше не нужен ответ"),
            Self::Skipped { by } => page.text("🚫 Не может ответить: ").bold(&named(by)),
            Self::More { summary: Some(summary) } => {
                page.bold("Клиент снова просит ответить: ").part(&one_line(summary), 500)
            }
            Self::More { summary: None } => page.bold("Клиент снова просит ответить"),
            Self::Undelivered { why: Some(why) } => {
                page.text("❌ Не доставлено клиенту: ").text(why.words())
            }
            Self::Undelivered { why: None } => page.text("❌ Не доставлено клиенту"),
            Self::Unsure { why } => {
                page.text("❔ Неизвестно, доставлено ли сообщение");
                if let Some(why) = why {
                    page.text(": ").text(why.words());
                }
                page.text(". Проверьте, пожалуйста, в WhatsApp")
            }
            Self::Delivered => page.text(Delivery::Delivered.reaction()).text(" Доставлено"),
            Self::ToNobody => page.text(
                "ℹ️ Клиенту не отправлено: непонятно, какому. Ответьте на карточку клиента или на его сообщение",
            ),
            Self::NoRequest => page.text("ℹ️ Открытого запроса нет, поэтому сообщение клиенту не отправлено"),
            Self::WrongKind => {
                page.text("ℹ️ Так отправить нельзя. Можно текст, фото, видео, голосовое, аудио или файл")
            }
            Self::FileUnsent { why, with_words } => {
                page.text("❌ Файл не отправлен клиенту: ").text(&why.words());
                if *with_words {
                    page.text(". Подпись отправлена текстом")
                } else {
                    &mut page
                }
            }
            Self::EditSent => page.text("✏️ Исправленный текст отправлен клиенту новым сообщением"),
            Self::Muted { time } => page.text("🔇 Бот молчит с этим клиентом: ").text(&words::span(*time)),
            Self::MuteHow => page.text("ℹ️ Напишите, на сколько часов: например, /mute 2"),
        };
        page.finish()
    }
}

/// Why a message did not go out, or may not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsent {
    /// No answer came in time.
    NoAnswer,
    /// The connection broke, or the process died meanwhile.
    Broken,
    /// There was no connection.
    NoConnection,
    /// The gateway does not accept the token.
    Token,
    /// The gateway refused the message.
    Refused,
    /// The gateway is out of order.
    OutOfOrder,
    /// There is no number to send from.
    NoNumber,
}

impl Unsent {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::NoAnswer => "WhatsApp не ответил вовремя",
            Self::Broken => "связь с WhatsApp прервалась",
            Self::NoConnection => "нет связи с WhatsApp",
            Self::Token => "WhatsApp не принимает ключ доступа",
            Self::Refused => "WhatsApp отказался принять сообщение",
            Self::OutOfOrder => "у WhatsApp сбой",
            Self::NoNumber => "не настроен номер WhatsApp",
        }
    }
}

/// Why a file of a person's cannot go to the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileTrouble {
    /// The gateway fetches files, and this installation has no address for it.
    NoAddress,
    /// It is larger than Telegram gives to bots.
    TooBig {
        /// The limit, megabytes.
        most_mb: u64,
    },
    /// Telegram does not give it any more, or only to another bot.
    Gone,
}

impl FileTrouble {
    fn words(self) -> String {
        match self {
            Self::NoAddress => "отправка файлов не настроена, нужен PUBLIC_BASE_URL".to_owned(),
            Self::TooBig { most_mb } => format!("он больше {most_mb} МБ"),
            Self::Gone => "Telegram больше не отдаёт его, пришлите файл ещё раз".to_owned(),
        }
    }
}

/// The answer to a pressed button: plain text over the chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toast {
    /// Nobody has answered the customer: it cannot be done.
    Unanswered,
    /// The request is yours.
    Yours {
        /// Where it is answered.
        room: Room,
    },
    /// Somebody was faster.
    TakenBy {
        /// Their name.
        by: String,
    },
    /// The request is closed already.
    Closed,
    /// Given back.
    Returned,
    /// Finished.
    Resolved,
    /// «I cannot» is noted.
    Skipped,
    /// The button belongs to nothing known here.
    Foreign,
    /// The lesson is learned.
    Learned,
    /// The lesson is dropped.
    Dropped,
    /// The lesson was in use and is no more.
    TakenBack {
        /// The answer that it had replaced and that is used again.
        again: Option<String>,
    },
    /// The lesson stands in the documents of a release by now.
    InDocuments,
    /// The lesson's new words are to be sent as a reply.
    Rewrite,
    /// Others decide what is learned.
    OwnersOnly,
    /// What is learned was decided before.
    Decided {
        /// By whom, where it is known.
        by: Option<String>,
        /// Whether it is used.
        learned: bool,
    },
    /// Without personal data nothing is left of the new words.
    Empty,
    /// The new words are too many.
    TooLong,
    /// The new words ask something: they were hardly meant for customers.
    Asks,
    /// Pressed already.
    Already,
}

impl Toast {
    /// What is shown, at most [`LONGEST_TOAST`] units of plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let text = match self {
            Self::Yours { room: Room::Topic } => {
                "Запрос ваш. Пишите в этой теме — клиент получит ваши сообщения".to_owned()
            }
            Self::Yours { room: Room::Shared } => {
                "Запрос ваш. Отвечайте на сообщения о клиенте — он получит ваши ответы".to_owned()
            }
            Self::TakenBy { by } => {
                let by = one_line(by);
                let by = if by.is_empty() { words::SOMEBODY } else { &by };
                format!("Уже отвечает {}", clip(by, NAME))
            }
            Self::Closed => "Запрос уже закрыт".to_owned(),
            Self::Returned => "Разговор снова ведёт бот".to_owned(),
            Self::Resolved => "Готово, запрос закрыт".to_owned(),
            Self::Unanswered => "Клиенту ещё никто не ответил".to_owned(),
            Self::Skipped => "Хорошо, запрос ждёт коллег".to_owned(),
            Self::Foreign => "Эта кнопка больше не действует".to_owned(),
            Self::Learned => "Ответ добавлен в базу".to_owned(),
            Self::Dropped => "Ответ не будет использован".to_owned(),
            Self::TakenBack { again: None } => "Ответ отозван, бот его больше не использует".to_owned(),
            Self::TakenBack { again: Some(answer) } => {
                format!("Ответ отозван, снова действует прежний: {}", one_line(answer))
            }
            Self::InDocuments => {
                "Ответ уже в документах бота. Чтобы убрать его, измените документ".to_owned()
            }
            Self::Rewrite => "Пришлите новый текст ответом на это сообщение".to_owned(),
            Self::OwnersOnly => "Решает владелец или тот, кому он это доверил".to_owned(),
            Self::Decided { by, learned } => {
                let what = if *learned { "Уже в базе" } else { "Уже отклонено" };
                match by.as_deref().map(one_line).filter(|it| !it.is_empty()) {
                    Some(by) => format!("{what}: {}", clip(&by, NAME)),
                    None => what.to_owned(),
                }
            }
            Self::Empty => "Без личных данных от этого текста ничего не остаётся".to_owned(),
            Self::TooLong => "Слишком длинно: можно до 2000 знаков".to_owned(),
            Self::Asks => {
                "Это похоже на вопрос. Ответом на карточку пришлите то, что бот должен говорить клиентам"
                    .to_owned()
            }
            Self::Already => "Это уже сделано".to_owned(),
        };
        clip(&text, LONGEST_TOAST)
    }

    /// Shown as a window that has to be closed: whoever pressed expected something else.
    #[must_use]
    pub fn is_alert(&self) -> bool {
        matches!(
            self,
            Self::TakenBy { .. }
                | Self::Unanswered
                | Self::Closed
                | Self::Foreign
                | Self::OwnersOnly
                | Self::Decided { .. }
                | Self::Rewrite
                | Self::InDocuments
                | Self::TakenBack { again: Some(_) }
        )
    }
}

/// What became of a person's message to a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// On its way.
    Sending,
    /// It reached WhatsApp.
    Delivered,
    /// It did not; a [`Note::Undelivered`] says why.
    Failed,
    /// Nobody knows.
    Unsure,
}

impl Delivery {
    /// The emoji under the message. Only some are allowed as reactions: a check mark, for one, is not.
    #[must_use]
    pub fn reaction(self) -> &'static str {
        match self {
            Self::Sending => "👀",
            Self::Delivered => "👌",
            Self::Failed => "👎",
            Self::Unsure => "🤔",
        }
    }
}

/// Somebody to be called by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mention {
    /// Numeric id; with it the mention works without a username.
    pub telegram_id: Option<i64>,
    /// With or without `@`.
    pub username: Option<String>,
    /// Shown where there is no username.
    pub name: String,
}

/// A request that waits too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// 1 or 2; the second one calls [`Reminder::owners`].
    pub nth: u8,
    /// Where it is answered.
    pub room: Room,
    /// Since the request was made.
    pub waiting: Duration,
    /// The customer's last words.
    pub last: Option<Said>,
    /// Who is called by the second reminder.
    pub owners: Vec<Mention>,
}

impl Reminder {
    /// The reminder as Telegram's HTML.
    #[must_use]
    pub fn html(&self) -> String {
        let mut page = Page::new(LONGEST_TEXT);
        let mark = if self.nth < 2 { "⏰ " } else { "🔥 " };
        page.text(mark).bold(&format!("Клиент ждёт ответа {}", words::span(self.waiting)));
        if let Some(last) = &self.last {
            let file = last.file.as_deref().map(|it| format!("[{}] ", words::file(it)));
            let text = format!("{}{}", file.unwrap_or_default(), last.text.trim());
            page.line().quote(&clip(&text, 500));
        }
        if self.nth >= 2 && !self.owners.is_empty() {
            page.line();
            for (place, owner) in self.owners.iter().take(5).enumerate() {
                page.text(if place == 0 { "" } else { ", " });
                mention(&mut page, owner);
            }
            page.text(", пожалуйста, ответьте клиенту");
        }
        if self.room == Room::Shared {
            page.line().text(words::HOW_TO_ANSWER);
        }
        page.finish()
    }
}

/// A name of Telegram: letters, digits and underscores, at most 32.
fn username(text: &str) -> Option<&str> {
    let name = text.trim().trim_start_matches('@');
    let known = |it: char| it.is_ascii_alphanumeric() || it == '_';
    (!name.is_empty() && name.len() <= 32 && name.chars().all(known)).then_some(name)
}

/// Calls somebody by name.
pub(crate) fn mention(page: &mut Page, who: &Mention) {
    let handle = who.username.as_deref().and_then(username);
    let name = one_line(&who.name);
    let name = if name.is_empty() { words::PERSON } else { &name };
    match (who.telegram_id.filter(|it| *it > 0), handle) {
        (Some(id), Some(handle)) => page.person(&format!("@{handle}"), id),
        (Some(id), None) => page.person(&clip(name, NAME), id),
        (None, Some(handle)) => page.text(&format!("@{handle}")),
        (None, None) => page.bold(&clip(name, NAME)),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_reminder_calls_the_owners() {
        let owners = vec![
            Mention { telegram_id: Some(42), username: None, name: "Мира <3".to_owned() },
            Mention { telegram_id: None, username: Some("@owner".to_owned()), name: String::new() },
            Mention { telegram_id: None, username: Some("a\" b".to_owned()), name: "Ия".to_owned() },
        ];
        let last = Some(Said { text: "Ну что?".to_owned(), file: None });
        let mut reminder =
            Reminder { nth: 1, room: Room::Topic, waiting: Duration::from_secs(900), last, owners };
        let first = "⏰ <b>Клиент ждёт ответа 15 минут</b>\n<blockquote>Ну что?</blockquote>";
        assert_eq!(reminder.html(), first);
        reminder.nth = 2;
        let called =
            "\n<a href=\"tg://user?id=42\">Мира &lt;3</a>, @owner, <b>Ия</b>, пожалуйста, ответьте клиенту";
        assert!(reminder.html().ends_with(called), "{}", reminder.html());
        reminder.room = Room::Shared;
        assert!(reminder.html().ends_with("\n↩️ Ответьте на это сообщение, и клиент получит ваш ответ"));
    }

    #[test]
    fn a_loser_sees_who_was_faster() {
        let toast = Toast::TakenBy { by: "Ия\n".repeat(100) };
        assert!(toast.text().starts_with("Уже отвечает Ия Ия"));
        assert!(crate::html::units(&toast.text()) <= LONGEST_TOAST && toast.is_alert());
        assert!(!Toast::Yours { room: Room::Shared }.is_alert());
    }
}
