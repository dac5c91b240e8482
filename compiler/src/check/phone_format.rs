use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::source::Place;

pub(super) const RULE: Rule = rule!("phone-format", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let mut look = |phone: &str, place: Place| {
        let numbers = phone.split([',', ';', '/', '\n']).filter(|it| !it.trim().is_empty());
        if let Some(wrong) = numbers.map(str::trim).find(|it| !is_phone(it)) {
            let message = say!("`{wrong}` is no phone number", "`{wrong}` — не номер телефона");
            let help = say!(
                "write it with the code of the country, in quotes: \"+7 777 123 45 67\"",
                "пишите номер с кодом страны и в кавычках: \"+7 777 123 45 67\"",
            );
            findings.push(Diagnostic::warning(RULE.code, place, message).with_help(help));
        }
    };
    if let Some(file) = &scene.bundle.branches {
        for (index, branch) in file.typed.branches.iter().enumerate() {
            if let Some(phone) = &branch.phone {
                look(phone, file.place(&format!("/branches/{index}/phone")));
            }
        }
    }
    for salon in facts::everywhere(scene.bundle, "salon") {
        if let Some(phone) = salon.text_at("phone") {
            look(phone, salon.place_at("phone"));
        }
    }
}

/// Ten to fifteen digits (E.164 without and with the country's code); at its end a word may say what
/// the number is for.
fn is_phone(written: &str) -> bool {
    let number =
        written.trim_end_matches(|it: char| it.is_alphabetic() || matches!(it, ' ' | '.' | '(' | ')'));
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let marks = |it: char| {
        it.is_ascii_digit() || it.is_whitespace() || matches!(it, '+' | '-' | '–' | '‑' | '(' | ')' | '.')
    };
    let plus = number.rfind('+').is_none_or(|at| at == 0);
    (10..=15).contains(&digits) && number.chars().all(marks) && plus
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::samples::{Kiosk, told};

    #[test]
    fn numbers_are_told_from_other_things() {
        for phone in [
            "+7 777 123 45 67",
            "8 (727) 250-60-70",
            "87771234567",
            "777 123 45 67",
            "+49 30 901820 12 (WhatsApp)",
        ] {
            assert!(is_phone(phone), "{phone}");
        }
        for wrong in [
            "250-60-70",
            "+7 777 123",
            "@kiosk",
            "8 777 O12 34 56",
            "7777+1234567",
            "+7 777 123 45 67 89 01 23",
        ] {
            assert!(!is_phone(wrong), "{wrong}");
        }
    }

    #[test]
    fn several_numbers_are_several_numbers() {
        let kiosk =
            |phone: &str| told(RULE, &Kiosk::new().truth(&format!("  salon: {{phone: \"{phone}\"}}\n")));
        assert_eq!(kiosk("+7 777 123 45 67, +7 727 250 60 70"), Vec::<String>::new());
        assert_eq!(kiosk("+7 777 123 45 67, 250-60-70"), ["\"+7 777 123 45 67, 250-60-70\""]);
    }
}
