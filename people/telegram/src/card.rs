//! The card of a hand-over, and what the customer and the bot say in a topic afterwards.

use std::time::Duration;

use crate::html::{LONGEST_CAPTION, LONGEST_TEXT, Page, clip, one_line, units};
use crate::note::Unsent;
use crate::{Room, State, words};

/// What follows the customer's words on a card gets at most this much of it, UTF-16 units.
const MOST_AFTER: usize = 1800;
/// «… ранее ещё 1000 сообщений» and its line end take at most this much.
const MOST_MARK: usize = 40;
/// A customer's name before his words, UTF-16 units.
const MOST_NAME: usize = 80;
/// Facts, and booking slots, on a card.
const MOST_LINES: usize = 12;

/// A fact on a card, UTF-16 units.
const MOST_FACT: usize = 200;

/// Something that is to be done, or known, before the customer is helped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// Nothing answers this question.
    Answer(String),
    /// The customer gave this for a booking: a name and a value.
    Slot(String, String),
    /// What is to be booked is not on the list.
    Unlisted,
    /// The bot's answer did not arrive.
    Unsent {
        /// Why, where it is known.
        why: Option<Unsent>,
        /// The answer.
        text: String,
    },
    /// Words about it.
    Words(String),
}

impl Lack {
    /// As it stands in a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Answer(question) => format!("ответа на «{}»", one_line(question)),
            Self::Slot(name, value) => format!("{}: {value}", words::slot(name)),
            Self::Unlisted => "такой услуги нет в списке".to_owned(),
            Self::Unsent { why: Some(why), text } => {
                format!("ответ бота не доставлен ({}): {text}", why.words())
            }
            Self::Unsent { why: None, text } => format!("ответ бота не доставлен: {text}"),
            Self::Words(text) => text.clone(),
        }
    }
}

/// One message of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// Its text, as written; empty for a file alone.
    pub text: String,
    /// Kind of its file: `photo`, `voice`, `audio`, `document`, `video`.
    pub file: Option<String>,
}

/// What a person must know to answer. Every text is plain and as long as it likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Code of the reason, `unknown_fact`, …; an unknown one is an ordinary request.
    pub reason: String,
    /// Where the request stands.
    pub state: State,
    /// Where it is answered.
    pub room: Room,
    /// The customer's phone, as it is to be shown.
    pub phone: Option<String>,
    /// The customer's name.
    pub name: Option<String>,
    /// The branch, where the business has several.
    pub branch: Option<String>,
    /// What the customer wrote, oldest first.
    pub burst: Vec<Said>,
    /// What the bot answered last.
    pub answered: Option<String>,
    /// What the bot knows about it, a line each.
    pub known: Vec<String>,
    /// What it lacks.
    pub gap: Option<String>,
    /// What a booking has collected: the bundle's name of it and a value each.
    pub slots: Vec<(String, String)>,
    /// Since the request was made.
    pub waiting: Duration,
    /// Who talks to the customer, or did.
    pub taken_by: Option<String>,
}

impl Card {
    /// The card as Telegram's HTML, at most [`LONGEST_TEXT`] units. When it does not fit, the oldest of
    /// the customer's words give way first, and the card says so.
    #[must_use]
    pub fn html(&self) -> String {
        let mut card = Page::new(LONGEST_TEXT);
        self.head(&mut card);
        let mut after = Page::new(MOST_AFTER);
        self.after(&mut after);
        if !self.burst.is_empty() {
            card.line().line().bold(&format!("{}:", words::CUSTOMER)).line();
            // Two line ends go between the parts.
            let room = card.room().saturating_sub(after.used() + 2);
            card.quote(&words_of(&self.burst, room));
        }
        card.append(after);
        card.finish()
    }

    fn head(&self, card: &mut Page) {
        card.bold(words::reason(&self.reason)).line();
        let name = self.name.as_deref().map(one_line).filter(|it| !it.is_empty());
        card.text("👤 ").part(name.as_deref().unwrap_or(words::NO_NAME), 100);
        if let Some(phone) = &self.phone {
            card.text(", ").part(&one_line(phone), 40);
        }
        if let Some(branch) = &self.branch {
            card.line().text("📍 ").part(&one_line(branch), 100);
        }
        let by = one_line(self.taken_by.as_deref().unwrap_or(words::SOMEBODY));
        match self.state {
            State::Pending => card.line().text("⏱ Ждёт ").text(&words::span(self.waiting)),
            State::Active => card.line().text("💬 Отвечает ").part(&by, 100),
            State::Resolved => card.line().text("✅ Решено: ").part(&by, 100),
            State::Returned => card.line().text("🤖 Разговор ведёт бот"),
        };
        if self.room == Room::Shared && self.state.is_open() {
            card.line().text(words::HOW_TO_ANSWER);
        }
    }

    fn after(&self, page: &mut Page) {
        if let Some(answered) = self.answered.as_deref().filter(|it| !it.trim().is_empty()) {
            page.gap().bold("Бот ответил:").line().quote(&clip(answered, 600));
        }
        if let Some(gap) = self.gap.as_deref().map(one_line).filter(|it| !it.is_empty()) {
            page.gap().bold("Не хватает: ").part(&gap, 300);
        }
        if !self.slots.is_empty() {
            page.gap().bold("Уже известно о записи:");
            for (name, value) in self.slots.iter().take(MOST_LINES) {
                let name = one_line(words::slot(name));
                page.line().text("• ").part(&name, 40).text(": ").part(&one_line(value), 80);
            }
            more(page, self.slots.len());
        }
        if !self.known.is_empty() {
            page.gap().bold("Бот знает:");
            for fact in self.known.iter().take(MOST_LINES) {
                page.line().text("• ").part(&one_line(fact), MOST_FACT);
            }
            more(page, self.known.len());
        }
    }
}

fn more(page: &mut Page, all: usize) {
    if all > MOST_LINES {
        page.line().text(&format!("… и ещё {}", all - MOST_LINES));
    }
}

fn line_of(said: &Said) -> String {
    let text = said.text.trim();
    match &said.file {
        None => text.to_owned(),
        Some(kind) if text.is_empty() => format!("[{}]", words::file(kind)),
        Some(kind) => format!("[{}] {text}", words::file(kind)),
    }
}

/// The newest messages that fit into `room`, in order.
fn words_of(burst: &[Said], room: usize) -> String {
    // Every line costs its end, but the last one.
    let lines: Vec<String> = burst.iter().map(|it| clip(&line_of(it), LONGEST_TEXT)).collect();
    let cost = |line: &String| units(line) + 1;
    if lines.iter().map(cost).sum::<usize>() <= room + 1 {
        return lines.join("\n");
    }
    let mut left = room.saturating_sub(MOST_MARK);
    let newest = lines.iter().rev().take_while(|line| {
        let fits = cost(line) <= left;
        left = left.saturating_sub(cost(line));
        fits
    });
    let first = lines.len() - newest.count();
    let mut kept = match lines.get(first..).unwrap_or_default() {
        [] => lines.last().map(|it| clip(it, room.saturating_sub(MOST_MARK))).into_iter().collect(),
        kept => kept.to_vec(),
    };
    let gone = (lines.len() - kept.len()) as u64;
    if gone > 0 {
        let word = words::plural(gone, ["сообщение", "сообщения", "сообщений"]);
        kept.insert(0, format!("… ранее ещё {gone} {word}"));
    }
    kept.join("\n")
}

/// A customer's message, as people see it. `of` names the customer where others are spoken of too.
#[must_use]
pub fn forwarded(of: Option<&str>, text: &str) -> String {
    spoken(words::CUSTOMER, of, text, LONGEST_TEXT)
}

/// The caption of a customer's file.
#[must_use]
pub fn forwarded_caption(of: Option<&str>, text: &str) -> String {
    spoken(words::CUSTOMER, of, text, LONGEST_CAPTION)
}

/// Why a customer's file is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Files like it are not taken.
    Kind,
    /// It is larger than is taken, or than Telegram takes.
    TooLarge,
    /// Too many came before it.
    TooMany,
    /// It cannot be had where it was said to be, or not any more.
    Unavailable,
    /// Telegram does not take it.
    Refused,
}

impl Missing {
    fn words(self) -> &'static str {
        match self {
            Self::Kind => "такие файлы не принимаются",
            Self::TooLarge => "слишком большой",
            Self::TooMany => "слишком много файлов подряд",
            Self::Unavailable => "не удалось скачать",
            Self::Refused => "Telegram не принимает его",
        }
    }
}

/// A customer's file that cannot be shown: what it was, why it is not there, and what was written
/// with it.
#[must_use]
pub fn forwarded_missing(of: Option<&str>, kind: &str, text: &str, why: Missing) -> String {
    let mut page = Page::new(LONGEST_TEXT);
    page.bold(&speaker(words::CUSTOMER, of)).text(" ");
    page.text(&format!("[{}, файл не передан: {}]", words::file(kind), why.words()));
    page.text(" ").text(text.trim());
    page.finish()
}

/// What the bot told the customer while the request is open.
#[must_use]
pub fn said(of: Option<&str>, text: &str) -> String {
    spoken(words::BOT, of, text, LONGEST_TEXT)
}

fn spoken(who: &str, of: Option<&str>, text: &str, most: usize) -> String {
    let mut page = Page::new(most);
    page.bold(&speaker(who, of)).text(" ").text(text.trim());
    page.finish()
}

/// Who speaks, and in whose talk.
fn speaker(who: &str, of: Option<&str>) -> String {
    match of.map(one_line).filter(|it| !it.is_empty()) {
        Some(of) => format!("{who} ({}):", clip(&of, MOST_NAME)),
        None => format!("{who}:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> Card {
        let said = |text: &str| Said { text: text.to_owned(), file: None };
        Card {
            reason: "unknown_fact".to_owned(),
            state: State::Pending,
            room: Room::Topic,
            phone: Some("+7 700 000 00 01".to_owned()),
            name: Some("Аня <b>".to_owned()),
            branch: None,
            burst: vec![said("Здравствуйте"), Said { text: String::new(), file: Some("photo".to_owned()) }],
            answered: Some("Уточню у коллег".to_owned()),
            known: vec!["Открыто до 20:00".to_owned()],
            gap: Some("есть ли парковка".to_owned()),
            slots: vec![("день".to_owned(), "завтра".to_owned())],
            waiting: Duration::from_secs(130),
            taken_by: None,
        }
    }

    #[test]
    fn a_card_tells_everything() {
        let expected = "<b>У бота нет ответа на этот вопрос</b>\n\
            👤 Аня &lt;b&gt;, +7 700 000 00 01\n\
            ⏱ Ждёт 2 минуты\n\n\
            <b>Клиент:</b>\n<blockquote>Здравствуйте\n[📷 фото]</blockquote>\n\n\
            <b>Бот ответил:</b>\n<blockquote>Уточню у коллег</blockquote>\n\n\
            <b>Не хватает: </b>есть ли парковка\n\n\
            <b>Уже известно о записи:</b>\n• день: завтра\n\n\
            <b>Бот знает:</b>\n• Открыто до 20:00";
        assert_eq!(card().html(), expected);
    }

    #[test]
    fn where_many_share_a_chat_it_is_said_how_to_answer_and_whose_words_these_are() {
        let mut card = Card { room: Room::Shared, ..card() };
        let how = "⏱ Ждёт 2 минуты\n↩️ Ответьте на это сообщение, и клиент получит ваш ответ\n";
        assert!(card.html().contains(how), "{}", card.html());
        card.state = State::Resolved;
        assert!(!card.html().contains('↩'));
        assert_eq!(forwarded(Some("Аня <b>\n"), "Когда?"), "<b>Клиент (Аня &lt;b&gt;):</b> Когда?");
        assert_eq!(said(Some(" "), "Уточню"), "<b>Бот:</b> Уточню");
        let missing = forwarded_missing(Some("Аня"), "video", "", Missing::TooLarge);
        assert!(missing.starts_with("<b>Клиент (Аня):</b> ["), "{missing}");
    }

    #[test]
    fn old_words_give_way_to_new_ones() {
        let mut card = card();
        card.burst =
            (0..100).map(|n| Said { text: format!("{n} {}", "слово ".repeat(20)), file: None }).collect();
        let html = card.html();
        assert!(html.contains("… ранее ещё 69 сообщений") && html.contains("99 слово"), "{html}");
        assert!(html.contains("Открыто до 20:00"));
    }

    #[test]
    fn what_is_long_is_cut_and_says_so() {
        let mut card = card();
        card.burst = vec![Said { text: "<&>".repeat(3000), file: None }];
        card.known = vec!["я".repeat(500); 40];
        card.name = Some("Ы".repeat(1000));
        let html = card.html();
        assert!(html.contains("…</blockquote>"), "{html}");
        assert!(html.contains("Бот ответил:"));
    }
}
