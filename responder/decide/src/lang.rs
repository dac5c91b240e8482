//! The language that a customer is answered in.

use format::Lang;

/// The language of these words; where they do not tell, the one spoken before; never one the tenant does
/// not speak.
#[must_use]
pub fn language(spoken: &[Lang], before: Option<Lang>, words: &str) -> Lang {
    let told = text::lang::tell(words).map(|it| match it {
        text::Lang::Ru => Lang::Ru,
        text::Lang::Kk => Lang::Kk,
    });
    let default = spoken.first().copied().unwrap_or_default();
    let lang = told.or(before).unwrap_or(default);
    if spoken.contains(&lang) { lang } else { default }
}
