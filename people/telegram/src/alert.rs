//! What owners must know, as Telegram's HTML and for WhatsApp.

use std::time::Duration;

use crate::html::{LONGEST_TEXT, Page, clip, one_line};
use crate::words;

/// What a bot must be allowed in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// To write.
    Messages,
    /// To make topics and to rename them.
    Topics,
    /// To pin the card of an open request.
    Pins,
}

impl Right {
    const ALL: [Self; 3] = [Self::Messages, Self::Topics, Self::Pins];

    /// The right with this code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// Its code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Topics => "topics",
            Self::Pins => "pins",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Messages => "отправка сообщений",
            Self::Topics => "управление темами",
            Self::Pins => "закрепление сообщений",
        }
    }
}

/// Something the owner or the operator must know. `what` are short words without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alert {
    /// Requests without an answer.
    Unanswered {
        /// How many.
        count: u64,
        /// The oldest one waits this long.
        oldest: Duration,
    },
    /// Messages that could not be delivered to customers.
    DeadLetters {
        /// How many.
        count: u64,
    },
    /// Something that people were to see did not get into their group.
    Unshown,
    /// WhatsApp's gateway does not answer.
    GatewayDown,
    /// The model does not answer.
    ModelDown,
    /// Much of the plan is used.
    Usage {
        /// Per cent.
        percent: u64,
    },
    /// The plan is used up.
    LimitReached,
    /// The client is suspended: customers get no answers.
    Suspended,
    /// The bot cannot work in the group.
    GroupLost {
        /// Which group, as its people call it.
        group: String,
    },
    /// The bot lacks a right in the group.
    RightsMissing {
        /// Which group.
        group: String,
        /// Which right.
        right: Right,
    },
    /// A username answers from another account than before.
    AccountChanged {
        /// The username.
        username: String,
    },
}

impl Alert {
    /// The alert as Telegram's HTML; `business` is whose it is.
    #[must_use]
    pub fn html(&self, business: &str) -> String {
        let mut page = Page::new(LONGEST_TEXT);
        page.text("⚠️ ").bold(&clip(&one_line(business), 100)).line();
        match self {
            Self::Unanswered { count, oldest } => {
                let word = words::plural(*count, ["запрос", "запроса", "запросов"]);
                let oldest = words::span(*oldest);
                page.text(&format!("Без ответа: {count} {word}, самый давний ждёт {oldest}"))
            }
            Self::DeadLetters { count } => {
                let word = words::plural(*count, ["сообщение", "сообщения", "сообщений"]);
                page.text(&format!("Не доставлено клиентам: {count} {word}"))
            }
            Self::Unshown => page.text(
                "Telegram не принял сообщение о клиенте, в группе его нет. Проверьте переписку в WhatsApp",
            ),
            Self::GatewayDown => page.text("WhatsApp не отвечает, сообщения ждут отправки"),
            Self::ModelDown => page.text("Языковая модель не отвечает, бот отвечает только по фактам"),
            Self::Usage { percent } => page.text(&format!("Использовано {percent}% сообщений тарифа")),
            Self::LimitReached => page.text("Сообщения тарифа закончились, клиентам отвечают люди"),
            Self::Suspended => page.text("Обслуживание приостановлено, бот не отвечает клиентам"),
            Self::GroupLost { group } => page
                .text("Бот не может писать в группу «")
                .part(&one_line(group), 128)
                .text("». Запросы ждут"),
            Self::RightsMissing { group, right } => page
                .text("Боту не хватает права в группе «")
                .part(&one_line(group), 128)
                .text("»: ")
                .text(right.words()),
            Self::AccountChanged { username } => page
                .text("Под именем ")
                .part(&one_line(username), 40)
                .text(" пишет другой аккаунт. Проверьте список сотрудников"),
        };
        page.finish()
    }
}

/// An alert for WhatsApp that Telegram was to show and may not have: an answer that is lost tells
/// nothing. `at` is when it was raised.
#[must_use]
pub fn undelivered(text: &str, at: &str) -> String {
    format!("{text}\n\nTelegram мог не получить это сообщение, оно от {at}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_asked_for_by_its_name() {
        let says = |right| Alert::RightsMissing { group: "Цех".to_owned(), right }.html("Мастерская");
        let expected = "⚠️ <b>Мастерская</b>\nБоту не хватает права в группе «Цех»: закрепление сообщений";
        assert_eq!(says(Right::Pins), expected);
        assert!(says(Right::Topics).ends_with(": управление темами"));
        for it in Right::ALL {
            assert_eq!(Right::of(it.code()), Some(it));
        }
        assert_eq!(Right::of("deletes"), None);
    }
}
