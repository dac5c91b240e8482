//! The card of an answer that may be learned.

use crate::html::{LONGEST_TEXT, Page, clip, one_line};
use crate::words;

/// What became of a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Waits for the owner.
    Waiting,
    /// In use.
    Approved,
    /// Not to be used.
    Rejected,
}

/// A question, the answer a person gave, and what is known about both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// The customer's words, without personal data.
    pub question: String,
    /// The person's words, without personal data.
    pub answer: String,
    /// Who answered.
    pub by: Option<String>,
    /// Questions that are answered already and much like this one.
    pub similar: Vec<String>,
    /// Facts that say something else.
    pub against: Vec<String>,
    /// What became of it.
    pub verdict: Verdict,
}

impl Lesson {
    /// The card as Telegram's HTML.
    #[must_use]
    pub fn html(&self) -> String {
        let mut page = Page::new(LONGEST_TEXT);
        let title = match self.verdict {
            Verdict::Waiting => "💡 Запомнить этот ответ?",
            Verdict::Approved => "✅ Ответ в базе",
            Verdict::Rejected => "🚫 Ответ не используется",
        };
        page.bold(title);
        page.gap().bold("Вопрос:").line().quote(&clip(self.question.trim(), 900));
        page.gap().bold("Ответ:").line().quote(&clip(self.answer.trim(), 1500));
        if let Some(by) = &self.by {
            page.gap().text("Автор ответа: ").part(&one_line(by), 64);
        }
        list(&mut page, "⚠️ Расходится с тем, что бот уже знает:", &self.against);
        list(&mut page, "Похожее уже есть в базе и будет заменено:", &self.similar);
        page.finish()
    }
}

fn list(page: &mut Page, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        page.gap().bold(title);
        for line in lines.iter().take(4) {
            page.line().text("• ").part(&one_line(line), 150);
        }
    }
}

/// Asks the owner for other words, as a reply to the lesson's card.
#[must_use]
pub fn rewrite() -> String {
    format!("✏️ Ответьте на это сообщение новым текстом. Кнопка «{}» сохранит его", words::LEARN_YES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_shows_what_speaks_against_it() {
        let lesson = Lesson {
            question: "Есть <парковка>?".to_owned(),
            answer: "Да, 500 тг".to_owned(),
            by: Some("Ия".to_owned()),
            similar: vec!["Где встать?".to_owned()],
            against: vec!["Парковка: 300 тг".to_owned()],
            verdict: Verdict::Waiting,
        };
        let expected = "<b>💡 Запомнить этот ответ?</b>\n\n\
            <b>Вопрос:</b>\n<blockquote>Есть &lt;парковка&gt;?</blockquote>\n\n\
            <b>Ответ:</b>\n<blockquote>Да, 500 тг</blockquote>\n\n\
            Автор ответа: Ия\n\n\
            <b>⚠️ Расходится с тем, что бот уже знает:</b>\n• Парковка: 300 тг\n\n\
            <b>Похожее уже есть в базе и будет заменено:</b>\n• Где встать?";
        assert_eq!(lesson.html(), expected);
    }
}
