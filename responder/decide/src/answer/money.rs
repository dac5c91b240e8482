//! Prices as text.

use format::Price;

use super::{Filler, Template};

/// Groups thousands with a no-break space: `12 000`.
pub(crate) fn grouped(amount: u64) -> String {
    let digits = amount.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

/// A price through the pack's templates `price.exact`, `price.from` and `price.range`.
pub(crate) fn price_text(filler: &Filler<'_>, price: Price) -> String {
    let (id, slots) = match price {
        Price::Exact(it) => ("price.exact", vec![("price", grouped(it))]),
        Price::From(it) => ("price.from", vec![("price", grouped(it))]),
        Price::Range(from, to) => ("price.range", vec![("price", grouped(from)), ("to", grouped(to))]),
    };
    let written = filler.pack().templates.get(id).map(|it| it.get(filler.lang()));
    let template = Template::parse(written.unwrap_or(fallback(price)));
    filler.with(&slots).fill(&template).map(|it| super::lower_first(&it.text)).unwrap_or_default()
}

/// The bare notation, for tenants whose packs leave the templates out.
fn fallback(price: Price) -> &'static str {
    match price {
        Price::Exact(_) => "{price} ₸",
        Price::From(_) => "≥ {price} ₸",
        Price::Range(..) => "{price}–{to} ₸",
    }
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_part() {
        assert_eq!(grouped(300), "300");
        assert_eq!(grouped(12_000), "12\u{a0}000");
        assert_eq!(grouped(1_250_000), "1\u{a0}250\u{a0}000");
    }
}
