//! A conversation test as a script: what is said when, and what is expected of each turn.

use decide::Kind;
use jiff::Timestamp;
use jiff::civil::Time;
use schema::{EvalCase, ExpectedAction, Language, SlotName, TurnEntry};

use super::judge::Expected;

/// A test, ready to be played.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Script {
    /// The number written to.
    pub instance_id: Option<String>,
    /// The moment of the first message.
    pub at: Option<Timestamp>,
    /// Its local time; the day stays.
    pub local_time: Option<Time>,
    /// The turns; never empty.
    pub turns: Vec<ScriptTurn>,
}

/// One turn of a test.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScriptTurn {
    /// The messages of the burst.
    pub messages: Vec<String>,
    /// Everything that is expected of its reply.
    pub expected: Vec<Expected>,
}

impl Script {
    /// Reads a test.
    ///
    /// # Errors
    /// A sentence when it cannot be played.
    pub fn read(case: &EvalCase) -> Result<Self, String> {
        let mut turns: Vec<ScriptTurn> = match (&case.user, &case.messages, &case.turns) {
            (Some(user), None, None) => {
                vec![ScriptTurn { messages: vec![user.0.clone()], expected: Vec::new() }]
            }
            (None, Some(burst), None) if !burst.is_empty() => vec![one_turn(burst)],
            (None, None, Some(turns)) => turns.iter().map(|it| one_turn(std::slice::from_ref(it))).collect(),
            _ => return Err("a test has exactly one of user, messages and turns".to_owned()),
        };
        let last = turns.last_mut().ok_or_else(|| "a test has at least one turn".to_owned())?;
        last.expected.extend(case.expected.as_ref().map(expected));
        let at = case.at.as_deref().map(str::parse).transpose();
        let local_time = case.local_time.as_deref().map(clock).transpose();
        Ok(Self {
            instance_id: case.instance_id.as_ref().map(|it| it.0.clone()),
            at: at.map_err(|error| format!("at: {error}"))?,
            local_time: local_time.map_err(|error| format!("local_time: {error}"))?,
            turns,
        })
    }
}

fn one_turn(burst: &[TurnEntry]) -> ScriptTurn {
    ScriptTurn {
        messages: burst.iter().map(|it| it.user.clone()).collect(),
        expected: burst.iter().filter_map(|it| it.expected.as_ref()).map(expected).collect(),
    }
}

/// `9:05`, `09:05` or `09:05:30`.
fn clock(text: &str) -> Result<Time, jiff::Error> {
    let padded = if text.find(':') == Some(1) { format!("0{text}") } else { text.to_owned() };
    padded.parse()
}

fn expected(written: &schema::Expected) -> Expected {
    let list = |it: &schema::TextList| it.0.clone();
    Expected {
        action: written.action.map(|it| match it {
            ExpectedAction::Reply => Kind::Reply,
            ExpectedAction::Escalate => Kind::Escalate,
            ExpectedAction::BookingFlow => Kind::BookingFlow,
            ExpectedAction::Silence => Kind::Silence,
        }),
        intent: written.intent.as_ref().map(|it| it.0.clone()),
        strict: written.strict.unwrap_or_default(),
        all: [
            ("must_include", list(&written.must_include)),
            ("must_tell_user", list(&written.must_tell_user)),
            ("collect", list(&written.collect)),
        ]
        .into(),
        any: [
            ("must_include_any", list(&written.must_include_any)),
            ("must_tell_user_any", list(&written.must_tell_user_any)),
        ]
        .into(),
        must_not: list(&written.must_not),
        booking_slots: written.booking_slots.iter().map(|it| slot(*it).to_owned()).collect(),
        lang: written.lang.map(|it| match it {
            Language::Ru => "ru".to_owned(),
            Language::Kk => "kk".to_owned(),
        }),
    }
}

fn slot(name: SlotName) -> &'static str {
    match name {
        SlotName::Service => "service",
        SlotName::Date => "date",
        SlotName::Time => "time",
        SlotName::Datetime => "datetime",
        SlotName::Name => "name",
        SlotName::Phone => "phone",
    }
}
