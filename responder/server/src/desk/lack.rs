//! What a request is about, as people read it: its summary is written in the words of the machine.

use telegram::card::Lack;
use telegram::note::Unsent;

/// Why something did not reach the customer, by the words under which that is stored.
pub(super) fn unsent(error: &str) -> Option<Unsent> {
    Some(match error {
        "no answer in time" => Unsent::NoAnswer,
        "the connection broke" | "interrupted" => Unsent::Broken,
        "no connection" => Unsent::NoConnection,
        "HTTP 401" | "HTTP 403" | "the gateway's token cannot be resolved" => Unsent::Token,
        "HTTP 429" => Unsent::OutOfOrder,
        _ if error.starts_with("HTTP 5") => Unsent::OutOfOrder,
        _ if error.starts_with("HTTP ") || error == "the request cannot be built" => Unsent::Refused,
        _ => return None,
    })
}

/// A line of a summary; nothing where other parts of a card say it.
pub(super) fn of_line(line: &str) -> Option<Lack> {
    let line = line.trim();
    if line.is_empty() {
        return None;
    }
    if line == "service is not on the list" {
        return Some(Lack::Unlisted);
    }
    let Some((head, rest)) = line.split_once(": ") else { return Some(Lack::Words(line.to_owned())) };
    if is_gateways(head) {
        return Some(Lack::Unsent { why: unsent(head), text: rest.to_owned() });
    }
    match head {
        "sender" | "files" => None,
        "service" | "branch" | "date" | "time" | "datetime" | "name" | "phone" => {
            Some(Lack::Slot(head.to_owned(), rest.to_owned()))
        }
        _ => Some(Lack::Words(line.to_owned())),
    }
}

/// Whether these are words under which it is stored that a reply did not go out.
fn is_gateways(head: &str) -> bool {
    unsent(head).is_some() || matches!(head, "the client is not served any more" | "the reply is too old")
}

/// All lines in one sentence.
pub(super) fn sentence(lacks: &[Lack]) -> Option<String> {
    let words: Vec<String> = lacks.iter().map(Lack::words).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(line: &str) -> Option<String> {
        of_line(line).map(|it| it.words())
    }

    #[test]
    fn the_machines_words_are_not_shown() {
        let said = |text: &str| Some(text.to_owned());
        assert_eq!(says("service is not on the list"), said("такой услуги нет в списке"));
        assert_eq!(says("date: завтра"), said("день: завтра"));
        assert_eq!(says("размер: 42"), said("размер: 42"), "a bundle's own field");
        assert_eq!(
            says("HTTP 400: Да, можно"),
            said("ответ бота не доставлен (WhatsApp отказался принять сообщение): Да, можно")
        );
        assert_eq!(says("the reply is too old: Да"), said("ответ бота не доставлен: Да"));
        assert_eq!(says("Время: завтра: в 5"), said("Время: завтра: в 5"));
        for hidden in ["sender: Аня", "files: photo, voice", " "] {
            assert_eq!(says(hidden), None);
        }
    }

    #[test]
    fn every_error_of_the_gateway_has_words() {
        for error in [
            "no answer in time",
            "the connection broke",
            "no connection",
            "HTTP 503",
            "HTTP 404",
            "interrupted",
        ] {
            assert!(unsent(error).is_some(), "{error}");
        }
        assert_eq!(unsent("file_gone"), None);
    }
}
