//! A message that says too little is asked about, at most twice; then a person is asked.

use format::Reason;

use super::{Talk, Verdict};
use crate::Mind;

/// Clarifying questions in a row before a person is asked.
const AT_MOST: u8 = 2;

/// Telling words from which a message is a sentence and no fragment.
pub(super) const SENTENCE: usize = 4;

/// A fragment: no letters, or a word or two that mean nothing here.
pub(crate) fn fragment(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let telling = talk.heard.tokens.iter().filter(|it| !it.stop).count();
    if !talk.open.is_empty() || telling >= SENTENCE {
        return None;
    }
    ask_back(mind, talk)
}

/// Asks what is meant, or hands over when that has been asked often enough.
pub(crate) fn ask_back(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    if talk.memory.clarified >= AT_MOST {
        talk.memory.clarified = 0;
        talk.trace.push("clarify.limit", "", Vec::new());
        let text = talk.say(mind, "handover.clarify_limit").or_else(|| talk.say(mind, "handover.default"))?;
        return Some(Verdict::reply("clarify", text).handing_over(Reason::ClarifyLimit));
    }
    talk.memory.clarified += 1;
    talk.trace.push("clarify", format!("{} of {AT_MOST}", talk.memory.clarified), Vec::new());
    Some(Verdict::reply("clarify", talk.say(mind, "clarify")?))
}

#[cfg(test)]
mod tests {
    use crate::sample::table;

    #[test]
    fn only_what_says_too_little_is_asked_about() {
        table(
            "clarify",
            &["?", "+", "эээ", "...", "ну"],
            &["сколько стоит замена камеры", "спасибо", "где вы находитесь"],
        );
    }
}
