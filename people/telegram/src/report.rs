//! Answers to the desk's commands.

use std::time::Duration;

use crate::html::{LONGEST_TEXT, Page, clip, one_line, units};
use crate::{Room, State, words};

/// What `/status` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Where the request stands; `None` when there never was one.
    pub state: Option<State>,
    /// Code of its reason.
    pub reason: String,
    /// Since it was made, or how long it took.
    pub waiting: Duration,
    /// Who has it, or had.
    pub taken_by: Option<String>,
    /// Until the first answer; `None` when there was none yet.
    pub first_answer: Option<Duration>,
    /// The bot is silent for this long.
    pub muted: Option<Duration>,
    /// Messages on their way to the customer.
    pub unsent: u64,
}

/// `/status` as Telegram's HTML.
#[must_use]
pub fn status(status: &Status) -> String {
    let mut page = Page::new(LONGEST_TEXT);
    let by = clip(&one_line(status.taken_by.as_deref().unwrap_or(words::SOMEBODY)), 64);
    match status.state {
        None => page.text("Запросов от этого клиента не было"),
        Some(State::Pending) => page.bold("Ждёт ответа ").text(&words::span(status.waiting)),
        Some(State::Active) => page.bold("Отвечает ").text(&by),
        Some(State::Resolved) => page.bold("Решено. ").text(&by),
        Some(State::Returned) => page.bold("Разговор ведёт бот"),
    };
    if status.state.is_some() {
        page.line().text(words::reason(&status.reason));
        if let Some(time) = status.first_answer {
            page.line().text("Первый ответ: через ").text(&words::span(time));
        }
    }
    if let Some(time) = status.muted {
        page.line().text("Бот молчит ещё ").text(&words::span(time));
    }
    if status.unsent > 0 {
        page.line().text(&format!("В пути к клиенту: {}", status.unsent));
    }
    page.finish()
}

/// Who said a line of a talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The customer.
    Customer,
    /// The bot.
    Bot,
    /// A person of the business.
    Person,
}

/// A line of a talk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Who said it.
    pub voice: Voice,
    /// When, in the business's own time, as it is to be shown: `14:05` or `3.11, 14:05`.
    pub at: String,
    /// The words.
    pub text: String,
    /// Kind of the file with them.
    pub file: Option<String>,
}

/// `/history` as Telegram's HTML: the newest of `lines` (oldest first) that fit.
#[must_use]
pub fn history(lines: &[Line]) -> String {
    let shown: Vec<(&'static str, String, String)> = lines
        .iter()
        .map(|line| {
            let who = match line.voice {
                Voice::Customer => words::CUSTOMER,
                Voice::Bot => words::BOT,
                Voice::Person => words::PERSON,
            };
            let file = line.file.as_deref().map(|it| format!("[{}] ", words::file(it)));
            let text = format!("{}{}", file.unwrap_or_default(), one_line(&line.text));
            (who, clip(&one_line(&line.at), 20), clip(text.trim(), 400))
        })
        .collect();
    let mut left = LONGEST_TEXT - 2;
    let cost = |(who, at, text): &(&str, String, String)| units(who) + units(at) + units(text) + 5;
    let kept = shown.iter().rev().take_while(|line| {
        let fits = cost(line) <= left;
        left = left.saturating_sub(cost(line));
        fits
    });
    let first = shown.len() - kept.count();
    let mut page = Page::new(LONGEST_TEXT);
    if shown.is_empty() {
        page.text("Сообщений пока нет");
    } else if first > 0 {
        page.text("…");
    }
    for (who, at, text) in shown.iter().skip(first) {
        page.line().text(at).text(" ").bold(who).text(": ").text(text);
    }
    page.finish()
}

/// `/help` as Telegram's HTML.
#[must_use]
pub fn help(room: Room) -> String {
    let mut page = Page::new(LONGEST_TEXT);
    page.text(match room {
        Room::Topic => "Сообщения в этой теме получает клиент. Команды:",
        Room::Shared => {
            "Ответы на сообщения бота о клиенте получает этот клиент. Команды, тоже ответом на них:"
        }
    });
    for (command, what) in words::HELP {
        page.line().text(command).text(" — ").text(what);
    }
    page.finish()
}

/// The greeting of somebody who wrote `/start` to the bot.
#[must_use]
pub fn greeting() -> String {
    "Здравствуйте! Теперь я могу писать вам лично: сюда придут напоминания и важные сообщения.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_keeps_the_newest() {
        let line = |n: u32| Line {
            voice: Voice::Bot,
            at: "14:05".to_owned(),
            text: format!("{n} {}", "я".repeat(300)),
            file: None,
        };
        let html = history(&(0..50).map(line).collect::<Vec<_>>());
        assert!(html.starts_with("…\n14:05 <b>Бот</b>: 3"), "{}", &html[..80]);
        assert!(html.contains("<b>Бот</b>: 49 я"));
        assert_eq!(history(&[]), "Сообщений пока нет");
        let photo = Line { text: String::new(), file: Some("photo".to_owned()), ..line(0) };
        assert_eq!(history(&[photo]).trim(), "14:05 <b>Бот</b>: [📷 фото]");
    }

    #[test]
    fn status_tells_who_and_how_long() {
        let mut it = Status {
            state: Some(State::Pending),
            reason: "booking".to_owned(),
            waiting: Duration::from_secs(60),
            taken_by: Some("Ия".to_owned()),
            first_answer: None,
            muted: Some(Duration::from_secs(7200)),
            unsent: 2,
        };
        let expected =
            "<b>Ждёт ответа </b>1 минута\nЗаявка на запись\nБот молчит ещё 2 часа\nВ пути к клиенту: 2";
        assert_eq!(status(&it), expected);
        it.state = Some(State::Active);
        assert!(status(&it).starts_with("<b>Отвечает </b>Ия\n"));
    }
}
