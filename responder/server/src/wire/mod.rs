//! Foreign vocabularies, read into our own. No rule of ours lives here.

pub(crate) mod chatflow;
mod fields;
pub(crate) mod file;

#[cfg(test)]
mod tests;
