//! The card of an answer that may be learned, or was learned unasked.

use crate::html::{LONGEST_TEXT, Page, clip, one_line};
use crate::note::{Mention, mention};

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
    /// Questions of lessons in use that are much like this one: it takes their place.
    pub similar: Vec<String>,
    /// Headings of documents that are much like it: both stand.
    pub beside: Vec<String>,
    /// Facts that say something else.
    pub against: Vec<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// Nobody was asked: it was learned at once.
    pub at_once: bool,
    /// Who decided.
    pub decided_by: Option<String>,
    /// Who is asked while it waits.
    pub owners: Vec<Mention>,
}

impl Lesson {
    /// The card as Telegram's HTML.
    #[must_use]
    pub fn html(&self) -> String {
        let mut page = Page::new(LONGEST_TEXT);
        let title = match self.verdict {
            Verdict::Waiting => "💡 Запомнить этот ответ?",
            Verdict::Approved if self.at_once => "✅ Бот запомнил этот ответ",
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
        let replaced = match self.verdict {
            Verdict::Approved => "Вместо похожего:",
            Verdict::Rejected => "Действует похожее:",
            Verdict::Waiting => "Похожее уже есть в базе и будет заменено:",
        };
        list(&mut page, replaced, &self.similar);
        list(&mut page, "Похожее есть в документах и останется:", &self.beside);
        match (self.verdict, &self.decided_by) {
            (Verdict::Waiting, _) => self.ask(&mut page),
            (_, Some(by)) => {
                page.gap().text("Решение: ").part(&one_line(by), 64);
            }
            (_, None) => {}
        }
        page.finish()
    }

    /// Calls those who decide.
    fn ask(&self, page: &mut Page) {
        for (place, owner) in self.owners.iter().take(5).enumerate() {
            if place == 0 {
                page.gap();
            } else {
                page.text(", ");
            }
            mention(page, owner);
        }
        if !self.owners.is_empty() {
            page.text(", решите, пожалуйста");
        }
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
            beside: vec!["Как проехать".to_owned()],
            against: vec!["Парковка: 300 тг".to_owned()],
            verdict: Verdict::Waiting,
            at_once: false,
            decided_by: None,
            owners: vec![Mention { username: Some("boss".to_owned()), ..Mention::default() }],
        };
        let expected = "<b>💡 Запомнить этот ответ?</b>\n\n\
            <b>Вопрос:</b>\n<blockquote>Есть &lt;парковка&gt;?</blockquote>\n\n\
            <b>Ответ:</b>\n<blockquote>Да, 500 тг</blockquote>\n\n\
            Автор ответа: Ия\n\n\
            <b>⚠️ Расходится с тем, что бот уже знает:</b>\n• Парковка: 300 тг\n\n\
            <b>Похожее уже есть в базе и будет заменено:</b>\n• Где встать?\n\n\
            <b>Похожее есть в документах и останется:</b>\n• Как проехать\n\n\
            @boss, решите, пожалуйста";
        assert_eq!(lesson.html(), expected);
        let decided =
            Lesson { verdict: Verdict::Rejected, decided_by: Some("Мира <3".to_owned()), ..lesson };
        let html = decided.html();
        assert!(html.starts_with("<b>🚫 Ответ не используется</b>"), "{html}");
        assert!(html.ends_with("Решение: Мира &lt;3") && !html.contains("@boss"), "{html}");
        let learned = Lesson { verdict: Verdict::Approved, at_once: true, ..decided };
        assert!(learned.html().starts_with("<b>✅ Бот запомнил этот ответ</b>"), "{}", learned.html());
    }
}
