//! Prices in words, for passages.

use format::{Lang, Offer, Price, Text};

/// `12 000 ₸`.
fn tenge(amount: u64) -> String {
    let digits = amount.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped + " ₸"
}

/// A line of the price list; in Kazakh only where its name is.
pub(super) fn offer_line(offer: &Offer) -> Text {
    Text { ru: line_in(offer, Lang::Ru), kk: offer.name.kk.as_ref().map(|_| line_in(offer, Lang::Kk)) }
}

fn line_in(offer: &Offer, lang: Lang) -> String {
    let price = match (offer.price, lang) {
        (Price::Exact(price), _) => tenge(price),
        (Price::From(price), Lang::Ru) => format!("от {}", tenge(price)),
        (Price::From(price), Lang::Kk) => format!("{}-ден бастап", tenge(price)),
        (Price::Range(from, to), Lang::Ru) => format!("от {} до {}", tenge(from), tenge(to)),
        (Price::Range(from, to), Lang::Kk) => format!("{} – {}", tenge(from), tenge(to)),
    };
    let name = offer.name.get(lang);
    match &offer.note {
        Some(note) => format!("{name} — {price} ({})", note.get(lang)),
        None => format!("{name} — {price}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped() {
        assert_eq!(tenge(0), "0 ₸");
        assert_eq!(tenge(950), "950 ₸");
        assert_eq!(tenge(12_000), "12 000 ₸");
        assert_eq!(tenge(1_234_567), "1 234 567 ₸");
    }
}
