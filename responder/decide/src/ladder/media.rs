//! Files: what cannot be taken is said, a voice note that could not be heard is asked for in words,
//! and what only a person can look at goes to a person. Where the message has words, they are
//! answered, and of files a sentence stands before the answer.

use std::collections::BTreeSet;

use format::Reason;

use super::{Talk, Verdict};
use crate::{Fate, Mind};

/// What is said of files before the answer to the words.
#[derive(Debug, Clone)]
pub(crate) struct Aside {
    pub(crate) text: String,
    /// It says that a person will look.
    pub(crate) hands_over: bool,
}

/// What became of the files of this turn.
pub(crate) fn look(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let files = talk.turn.messages.iter().filter(|it| it.media.is_some());
    let fates: BTreeSet<Option<Fate>> = files.map(|it| it.fate).collect();
    let unheard = fates.contains(&Some(Fate::Unheard));
    let again = unheard && talk.memory.unheard > 0;
    talk.memory.unheard = if unheard { talk.memory.unheard.saturating_add(1) } else { 0 };
    for fate in fates.iter().flatten() {
        let detail = if *fate == Fate::Heard { "voice read as text" } else { "" };
        talk.trace.push(format!("media.{}", fate.code()), detail, Vec::new());
    }
    let worded = !talk.heard.tokens.is_empty();
    // What has no sentence in the packs is for people too.
    let said = |it: &Fate| talk.say(mind, template(*it, again)?);
    let told: Vec<(Fate, String)> = fates.iter().flatten().filter_map(|it| Some((*it, said(it)?))).collect();
    let untold = |it: &Fate| *it != Fate::Heard && !told.iter().any(|(fate, _)| fate == it);
    let plain = fates.contains(&None) || fates.iter().flatten().any(untold);
    if worded {
        let text = joined(told.iter());
        talk.aside = (!text.is_empty()).then_some(Aside { text, hands_over: again });
        return None;
    }
    if plain {
        talk.trace.push("media", "a file without words", Vec::new());
        let text = talk.say(mind, "handover.media").or_else(|| talk.say(mind, "handover.default"))?;
        // A person listens to the voice note as well.
        let refused = joined(told.iter().filter(|(fate, _)| *fate != Fate::Unheard));
        return Some(Verdict::reply("media", format!("{refused} {text}").trim()).handing_over(Reason::Media));
    }
    let now = talk.now.timestamp().as_second();
    let muted = talk.memory.muted_until.is_some_and(|until| now < until);
    if told.is_empty() || muted {
        return None;
    }
    let verdict = Verdict::reply("media", joined(told.iter()));
    Some(if again { verdict.handing_over(Reason::Media) } else { verdict })
}

/// The sentence for a fate; `again`: it is the second voice note in a row.
fn template(fate: Fate, again: bool) -> Option<&'static str> {
    match fate {
        Fate::Heard => None,
        Fate::TooMany => Some("media.too_many"),
        Fate::TooLarge => Some("media.too_large"),
        Fate::Refused => Some("media.refused"),
        Fate::Unheard if again => Some("handover.voice"),
        Fate::Unheard => Some("media.unheard"),
    }
}

fn joined<'a>(told: impl Iterator<Item = &'a (Fate, String)>) -> String {
    let texts: Vec<&str> = told.map(|(_, text)| text.as_str()).collect();
    texts.join(" ")
}

#[cfg(test)]
mod tests {
    use format::Reason;

    use crate::sample::Chat;
    use crate::{Action, Fate, Kind, Media, Message, Turn};

    /// Text, kind and fate of a file.
    type Came = (&'static str, Media, Option<Fate>);

    fn file(text: &str, media: Media, fate: Option<Fate>) -> Message {
        Message { text: text.to_owned(), media: Some(media), fate }
    }

    fn turn(messages: impl IntoIterator<Item = Message>) -> Turn {
        Turn { messages: messages.into_iter().collect(), ..Turn::default() }
    }

    fn voice(text: &str, fate: Fate) -> Turn {
        turn([file(text, Media::Audio, Some(fate))])
    }

    #[test]
    fn files_and_what_is_said_of_them() {
        use Fate::{Heard, Refused, TooLarge, TooMany, Unheard};
        use Media::{Audio, Document, Photo, Video};
        const ASKED: &str = "сколько стоит замена камеры?";
        let price = "Замена камеры — 3\u{a0}500 ₸.";
        // What came; what is heard back; whether a person is asked.
        let rows: [(&[Came], &str, bool); 15] = [
            (&[("", Photo, None)], "Посмотрит человек.", true),
            (&[("", Document, None)], "Посмотрит человек.", true),
            (&[("👍", Photo, None)], "Посмотрит человек.", true),
            (&[(ASKED, Photo, None)], price, false),
            (&[(ASKED, Audio, Some(Heard))], price, false),
            (&[("", Audio, Some(Unheard))], "Не слышно, напишите.", false),
            (&[(ASKED, Photo, None), ("", Audio, Some(Unheard))], "Не слышно, напишите. {}", false),
            (&[("", Photo, None), ("", Audio, Some(Unheard))], "Посмотрит человек.", true),
            (&[("", Video, Some(Refused))], "Такое не открыть.", false),
            (&[(ASKED, Video, Some(Refused))], "Такое не открыть. {}", false),
            (
                &[("хочу пожаловаться", Video, Some(Refused))],
                "Такое не открыть. Жаль. Передам администратору.",
                true,
            ),
            (&[("", Photo, Some(TooLarge))], "Файл велик.", false),
            (&[("", Photo, Some(TooMany)), ("", Photo, Some(TooMany))], "Файлов много.", false),
            (&[("", Photo, None), ("", Photo, Some(TooMany))], "Файлов много. Посмотрит человек.", true),
            (&[("", Video, Some(Refused)), ("", Audio, Some(Heard))], "Такое не открыть.", false),
        ];
        for (files, expected, handed_over) in rows {
            let mut chat = Chat::new();
            let messages = files.iter().map(|(text, media, fate)| file(text, media.clone(), *fate));
            let turn = turn(messages);
            assert_eq!(chat.hears_turn(&turn), expected.replace("{}", price), "{files:?}");
            let mut chat = Chat::new();
            assert_eq!(chat.say_turn(&turn).kind == Kind::Escalate, handed_over, "{files:?}");
        }
    }

    #[test]
    fn the_second_unheard_voice_note_in_a_row_goes_to_a_person() {
        let mut chat = Chat::new();
        assert_eq!(chat.say_turn(&voice("", Fate::Unheard)).handover(), None);
        let second = chat.say_turn(&voice("", Fate::Unheard));
        assert_eq!(second.handover(), Some(Reason::Media));
        assert_eq!(second.reply(), Some("Снова не слышно, передаю человеку."));
        // A turn that was understood begins anew.
        for between in [Turn::text("где вы находитесь?"), voice("где вы находитесь?", Fate::Heard)]
        {
            let mut chat = Chat::new();
            chat.say_turn(&voice("", Fate::Unheard));
            chat.say_turn(&between);
            assert_eq!(chat.hears_turn(&voice("", Fate::Unheard)), "Не слышно, напишите.");
        }
    }

    #[test]
    fn words_beside_a_second_unheard_voice_note_are_answered() {
        let burst = || {
            let words =
                Message { text: "где вы находитесь?".to_owned(), ..Message::default() };
            turn([words, file("", Media::Audio, Some(Fate::Unheard))])
        };
        let mut chat = Chat::new();
        chat.say_turn(&burst());
        let second = chat.say_turn(&burst());
        assert_eq!(second.handover(), Some(Reason::Media));
        assert_eq!(second.reply(), Some("Снова не слышно, передаю человеку. Адрес: ул. Садовая, 7."));
        // Where a request waits already, this is added to it, once.
        chat.memory.pending = true;
        let third = chat.say_turn(&burst());
        let added = third.actions.iter().filter(|it| matches!(it, Action::AddToRequest { .. })).count();
        assert_eq!((third.handover(), added), (None, 1));
    }

    #[test]
    fn a_transcript_is_the_text_and_the_trace_says_so() {
        let mut chat = Chat::new();
        let decision = chat.say_turn(&voice("Во сколько вы закрываетесь?", Fate::Heard));
        assert_eq!(decision.trace.entries[0].rule, "media.heard");
        assert_eq!(decision.trace.entries[0].detail, "voice read as text");
        assert_eq!(decision.trace.entries[0].rung(), Some("media"));
        assert_eq!(chat.memory.said[0].text, "Во сколько вы закрываетесь?");
    }

    #[test]
    fn a_customer_who_wants_silence_hears_nothing_of_files() {
        for fate in [Fate::Unheard, Fate::Refused, Fate::TooMany] {
            let mut chat = Chat::new();
            chat.say("не пишите мне");
            assert_eq!(chat.say_turn(&voice("", fate)).actions, [Action::Silence("muted")]);
        }
        let mut chat = Chat::new();
        chat.memory.manager_active = true;
        assert_eq!(chat.say_turn(&voice("", Fate::Unheard)).kind, Kind::Silence);
    }

    #[test]
    fn an_intake_goes_on_after_a_voice_note_that_was_not_heard() {
        let mut chat = Chat::new();
        chat.say("запишите на замену камеры завтра в 12");
        let asked = chat.hears_turn(&voice("", Fate::Unheard));
        assert!(asked.starts_with("Не слышно, напишите. Подскажите:"), "{asked}");
    }

    #[test]
    fn people_read_which_files_came() {
        let mut chat = Chat::new();
        let decision = chat.say_turn(&turn([file("", Media::Photo, None), file("", Media::Document, None)]));
        let summary = decision.actions.iter().find_map(|it| match it {
            Action::Handover { summary, .. } => Some(summary.as_str()),
            _ => None,
        });
        assert_eq!(summary, Some("files: photo, document"));
    }

    #[test]
    fn the_language_stays_the_customers() {
        let mut chat = Chat::new();
        chat.say("сәлем");
        assert_eq!(chat.hears_turn(&voice("", Fate::Unheard)), "Естілмейді, жазыңыз.");
    }
}
