//! What can be pressed, by state.

use uuid::Uuid;

use crate::callback::{Action, Press};
use crate::{State, words};

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What it says.
    pub text: String,
    /// What it carries, see [`Press::encode`].
    pub data: String,
}

/// Rows of buttons; none takes a keyboard away.
pub type Keyboard = Vec<Vec<Button>>;

fn button(action: Action, id: Uuid) -> Button {
    let text = match action {
        Action::Take => words::TAKE,
        Action::Back => words::BACK,
        Action::Skip => words::SKIP,
        Action::Done => words::DONE,
        Action::LearnYes => words::LEARN_YES,
        Action::LearnNo => words::LEARN_NO,
        Action::LearnEdit => words::LEARN_EDIT,
        Action::LearnUndo => words::LEARN_UNDO,
    };
    Button { text: text.to_owned(), data: Press { action, id }.encode() }
}

fn keyboard(rows: &[&[Action]], id: Uuid) -> Keyboard {
    rows.iter().map(|row| row.iter().map(|action| button(*action, id)).collect()).collect()
}

/// The buttons of a hand-over's card.
#[must_use]
pub fn handover(state: State, handover: Uuid) -> Keyboard {
    match state {
        State::Pending => keyboard(&[&[Action::Take, Action::Back], &[Action::Skip]], handover),
        State::Active => keyboard(&[&[Action::Done, Action::Back]], handover),
        State::Resolved | State::Returned => Keyboard::new(),
    }
}

/// The buttons of a lesson that waits for the owner.
#[must_use]
pub fn lesson(lesson: Uuid) -> Keyboard {
    keyboard(&[&[Action::LearnYes, Action::LearnNo], &[Action::LearnEdit]], lesson)
}

/// The button of a lesson that was learned unasked.
#[must_use]
pub fn learned(lesson: Uuid) -> Keyboard {
    keyboard(&[&[Action::LearnUndo]], lesson)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(keyboard: &Keyboard) -> String {
        let row = |row: &Vec<Button>| row.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join(" | ");
        keyboard.iter().map(row).collect::<Vec<_>>().join(" / ")
    }

    #[test]
    fn every_state_has_its_buttons() {
        let id = Uuid::from_u128(7);
        assert_eq!(shown(&handover(State::Pending, id)), "Беру | Вернуть боту / Не могу");
        assert_eq!(shown(&handover(State::Active, id)), "Решено | Вернуть боту");
        assert_eq!(shown(&handover(State::Resolved, id)), "");
        assert_eq!(shown(&handover(State::Returned, id)), "");
        assert_eq!(shown(&lesson(id)), "В базу | Отклонить / Изменить");
        assert_eq!(shown(&learned(id)), "Отозвать");
        assert_eq!(Press::decode(&lesson(id)[1][0].data), Some(Press { action: Action::LearnEdit, id }));
    }
}
