//! What the page shows of one conversation: what was written, what reached the phone, and why.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::bench::Line;
use crate::gateway::{Call, Kind};

/// A conversation as the customer's phone shows it.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Conversation {
    /// What has been said, oldest first.
    lines: Vec<Shown>,
    /// The customer waits for an answer.
    waiting: bool,
}

#[derive(Debug, PartialEq, Serialize)]
struct Shown {
    id: String,
    /// `user`, `assistant`, `manager` or `system`.
    role: String,
    text: String,
    /// What kind of file came with it.
    file: Option<Kind>,
    at_ms: i64,
    trace: Option<Value>,
}

fn file(call: &Call) -> Option<Kind> {
    (call.kind != Kind::Text).then_some(call.kind)
}

/// Joins what the responder stored with what the gateway delivered. A reply is shown once it has
/// reached the phone; replies older than `started_at_ms` did so in an earlier process, whose
/// gateway is forgotten.
pub(super) fn conversation(stored: Vec<Line>, delivered: &[Call], started_at_ms: i64) -> Conversation {
    let mut arrived: BTreeMap<&str, &Call> = BTreeMap::new();
    for call in delivered {
        arrived.entry(call.msg_id.as_deref().unwrap_or_default()).or_insert(call);
    }
    let mut waiting = false;
    let mut lines = Vec::new();
    for line in stored {
        let call = arrived.remove(line.id.as_str());
        if line.role == "assistant" && line.at_ms >= started_at_ms && call.is_none() {
            // Decided and on its way: the customer still sees the typing dots.
            waiting = true;
            continue;
        }
        // A trace on the customer's own message is a turn that ended in silence.
        waiting = line.role == "user" && line.trace.is_none();
        lines.push(Shown {
            id: line.id,
            role: line.role,
            text: line.text,
            file: call.and_then(file),
            at_ms: line.at_ms,
            trace: line.trace,
        });
    }
    // Whatever else the gateway delivered is on the phone as well, stored or not.
    for (id, call) in arrived {
        let id = if id.is_empty() { format!("call-{}", call.seq) } else { id.to_owned() };
        let at_ms = i64::try_from(call.at_ms).unwrap_or(i64::MAX);
        let (role, text) = ("assistant".to_owned(), call.text.clone());
        lines.push(Shown { id, role, text, file: file(call), at_ms, trace: None });
    }
    lines.sort_by_key(|it| it.at_ms);
    Conversation { lines, waiting }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::Outcome;

    fn line(id: &str, role: &str, at_ms: i64, trace: Option<Value>) -> Line {
        Line { id: id.to_owned(), role: role.to_owned(), text: id.to_uppercase(), at_ms, trace }
    }

    fn call(msg_id: &str, at_ms: u64) -> Call {
        Call {
            seq: 1,
            kind: Kind::Text,
            instance_id: "n1".to_owned(),
            jid: "77000000001@s.whatsapp.net".to_owned(),
            text: msg_id.to_uppercase(),
            url: None,
            file: None,
            msg_id: Some(msg_id.to_owned()),
            at_ms,
            outcome: Outcome::Delivered,
        }
    }

    fn ids(conversation: &Conversation) -> Vec<&str> {
        conversation.lines.iter().map(|it| it.id.as_str()).collect()
    }

    #[test]
    fn a_reply_shows_when_it_has_arrived() {
        let stored = vec![line("q", "user", 10, None), line("a", "assistant", 20, None)];
        let before = conversation(stored.clone(), &[], 0);
        assert_eq!((ids(&before), before.waiting), (vec!["q"], true));
        let after = conversation(stored.clone(), &[call("a", 21)], 0);
        assert_eq!((ids(&after), after.waiting), (vec!["q", "a"], false));
        let earlier_process = conversation(stored, &[], 30);
        assert_eq!((ids(&earlier_process), earlier_process.waiting), (vec!["q", "a"], false));
    }

    #[test]
    fn files_of_people_are_named() {
        let photo = Call { kind: Kind::Image, ..call("a", 21) };
        let shown = conversation(vec![line("a", "manager", 20, None)], &[photo, call("b", 22)], 0);
        let files: Vec<Option<Kind>> = shown.lines.iter().map(|it| it.file).collect();
        assert_eq!(files, [Some(Kind::Image), None]);
    }

    #[test]
    fn silence_ends_the_waiting() {
        let silent = conversation(vec![line("q", "user", 10, Some(Value::Null))], &[], 0);
        assert!(!silent.waiting);
        assert!(conversation(vec![line("q", "user", 10, None)], &[], 0).waiting);
    }

    #[test]
    fn what_only_the_gateway_knows_shows_too() {
        let shown = conversation(vec![line("q", "user", 30, None)], &[call("x", 20)], 0);
        assert_eq!(ids(&shown), ["x", "q"]);
    }
}
