//! General advice from the pack's playbooks: no facts, no prices, no promises.

use super::{Talk, Verdict};
use crate::Mind;
use crate::answer::{in_a_row, tidy};
use crate::understand::Class;

/// Pieces of advice told at once.
const PIECES: usize = 3;

/// The playbook a message asks for.
pub(crate) fn advise(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let asked = talk.understood().find_map(|(_, class)| match class {
        Class::Playbook(at) => Some(*at),
        _ => None,
    });
    let at = asked.or(talk.advise)?;
    let playbook = &mind.pack().playbooks[at];
    let lang = talk.lang;
    let options: Vec<&str> =
        playbook.options.iter().take(PIECES).map(|it| it.get(lang).trim().trim_end_matches('.')).collect();
    let question = playbook.questions.first().map(|it| it.get(lang)).unwrap_or_default();
    let values = [
        ("lead", playbook.lead.get(lang).trim_end_matches('.').to_owned()),
        ("options", in_a_row(&options, "; ")),
        ("question", question.trim_end_matches('?').to_owned()),
    ];
    let filled = talk.filler(mind).with(&values).say("consult")?;
    talk.memory.consulted = talk.memory.consulted.saturating_add(1);
    talk.memory.topic = None;
    let source = mind.release().sources.get(&format!("playbook.{}", playbook.id)).map(|it| it.0.clone());
    talk.trace.push(format!("consult.{}", playbook.id), "", source.into_iter().collect());
    Some(Verdict::reply("consult_reply", tidy(&filled.text)))
}

#[cfg(test)]
mod tests {
    use crate::sample::{Chat, table};

    #[test]
    fn advice_is_given_where_it_is_asked_for() {
        table(
            "consult.choosing",
            &["какой велосипед выбрать?", "посоветуйте велосипед", "велосипед какой выбрать"],
            &["сколько стоит замена камеры", "почините велосипед завтра"],
        );
        assert!(Chat::new().hears("какой велосипед выбрать?").starts_with("Выбирайте по росту."));
    }
}
