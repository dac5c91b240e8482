//! A question as the index takes it.

/// A question in words and, where an embedder answered, in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked<'a> {
    /// The words.
    pub text: &'a str,
    /// Their embedding by the model of the index's layout.
    pub dense: Option<&'a [f32]>,
}

impl<'a> Asked<'a> {
    /// A question in words alone.
    #[must_use]
    pub fn text(text: &'a str) -> Self {
        Self { text, dense: None }
    }
}
