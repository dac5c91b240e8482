//! What a button carries: an action and the id of what it acts on, in at most 64 bytes.
//!
//! `take:67e5504410b1426f9247bb680e5fe0c8`. Whoever can press can also forge: what is read here is a
//! wish, to be held against the request, the chat and the person by whoever acts on it.

use uuid::Uuid;

/// Telegram's limit of a button's data, bytes.
pub const LONGEST: usize = 64;

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// «I take it.»
    Take,
    /// Give it back to the bot.
    Back,
    /// «I cannot.»
    Skip,
    /// The talk is finished.
    Done,
    /// The answer is worth learning.
    LearnYes,
    /// It is not.
    LearnNo,
    /// It is, in other words.
    LearnEdit,
    /// It was learned, and should not have been.
    LearnUndo,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 8] = [
        Self::Take,
        Self::Back,
        Self::Skip,
        Self::Done,
        Self::LearnYes,
        Self::LearnNo,
        Self::LearnEdit,
        Self::LearnUndo,
    ];

    /// Its word in the data of a button; never changes, because buttons outlive releases.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Take => "take",
            Self::Back => "back",
            Self::Skip => "skip",
            Self::Done => "done",
            Self::LearnYes => "learn_yes",
            Self::LearnNo => "learn_no",
            Self::LearnEdit => "learn_edit",
            Self::LearnUndo => "learn_undo",
        }
    }

    /// The id belongs to a lesson, not to a hand-over.
    #[must_use]
    pub fn is_about_a_lesson(self) -> bool {
        matches!(self, Self::LearnYes | Self::LearnNo | Self::LearnEdit | Self::LearnUndo)
    }
}

/// An action and what it acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Press {
    /// What to do.
    pub action: Action,
    /// The hand-over, or the lesson ([`Action::is_about_a_lesson`]).
    pub id: Uuid,
}

impl Press {
    /// The data of the button.
    #[must_use]
    pub fn encode(&self) -> String {
        format!("{}:{}", self.action.code(), self.id.simple())
    }

    /// Reads the data of a button; `None` for anything that [`Press::encode`] would not have written.
    #[must_use]
    pub fn decode(data: &str) -> Option<Self> {
        if data.len() > LONGEST {
            return None;
        }
        let (code, id) = data.split_once(':')?;
        let action = Action::ALL.into_iter().find(|it| it.code() == code)?;
        let press = Self { action, id: Uuid::try_parse(id).ok()? };
        (press.encode() == data).then_some(press)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(action in prop::sample::select(Action::ALL.to_vec()), id: u128) {
            let press = Press { action, id: Uuid::from_u128(id) };
            prop_assert!(press.encode().len() <= LONGEST);
            prop_assert_eq!(Press::decode(&press.encode()), Some(press));
        }

        #[test]
        fn whatever_is_read_is_spelled_as_written(data in "(take|back|learn_yes|x)?[:_]?[0-9a-fA-F{}-]{0,80}") {
            if let Some(press) = Press::decode(&data) {
                prop_assert_eq!(press.encode(), data);
            }
        }

        #[test]
        fn no_data_breaks_it(data: String) {
            prop_assert_eq!(Press::decode(&data), None);
        }
    }

    #[test]
    fn foreign_data_is_refused() {
        let id = "67e5504410b1426f9247bb680e5fe0c8";
        assert!(Press::decode(&format!("take:{id}")).is_some());
        for data in [
            String::new(),
            ":".to_owned(),
            "take".to_owned(),
            "take:".to_owned(),
            format!("TAKE:{id}"),
            format!("take_{id}"),
            format!("take:{}", id.to_uppercase()),
            "take:67e55044-10b1-426f-9247-bb680e5fe0c8".to_owned(),
            format!("take:{{{id}}}"),
            format!("take:{id}:{id}"),
            format!(" take:{id}"),
            format!("take:{id}\n"),
            format!("approve:{id}"),
            format!("take:{}", "0".repeat(60)),
        ] {
            assert_eq!(Press::decode(&data), None, "{data:?}");
        }
    }
}
