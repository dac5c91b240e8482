//! What embedding will cost, before it is paid.

/// Models with a published price: US dollars for a million tokens, as of 2026. Others are counted in
/// tokens alone.
const PRICES: [(&str, f64); 3] =
    [("text-embedding-3-small", 0.02), ("text-embedding-3-large", 0.13), ("text-embedding-ada-002", 0.10)];

/// What texts will take.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Estimate {
    /// Texts.
    pub texts: usize,
    /// Tokens, within a third.
    pub tokens: u64,
    /// US dollars, where the model's price is known.
    pub usd: Option<f64>,
}

/// Estimates what embedding texts with a model takes.
#[must_use]
pub fn estimate<'a>(model: &str, texts: impl IntoIterator<Item = &'a str>) -> Estimate {
    let (mut count, mut tokens) = (0, 0);
    for text in texts {
        count += 1;
        tokens += tokens_of(text);
    }
    // Proxies put the maker's name before the model's.
    let name = model.rsplit('/').next().unwrap_or(model);
    let price = PRICES.iter().find(|(known, _)| *known == name);
    Estimate { texts: count, tokens, usd: price.map(|(_, usd)| usd * tokens as f64 / 1e6) }
}

/// Tokenisers were trained on English: four ASCII characters make a token there, two letters of other
/// scripts do.
fn tokens_of(text: &str) -> u64 {
    let ascii = text.bytes().filter(u8::is_ascii).count() as u64;
    let others = text.chars().filter(|it| !it.is_ascii()).count() as u64;
    ascii.div_ceil(4) + others.div_ceil(2)
}

#[cfg(test)]
mod tests {
    use super::{Estimate, estimate};

    #[test]
    fn tokens_and_prices() {
        assert_eq!(estimate("bge-m3", []), Estimate::default());
        let own = estimate("bge-m3", ["abcd", "доставка"]);
        assert_eq!(own, Estimate { texts: 2, tokens: 5, usd: None });
        let text = "а".repeat(2_000_000);
        for name in ["text-embedding-3-small", "openai/text-embedding-3-small"] {
            assert_eq!(estimate(name, [text.as_str()]).usd, Some(0.02), "{name}");
        }
    }
}
