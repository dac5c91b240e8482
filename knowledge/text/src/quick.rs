//! Hashing for fixed lists of words.

use std::hash::{BuildHasherDefault, Hasher};

/// Makes hashers that take a few instructions a word. Only for tables whose keys stand in the
/// program: who may choose the keys can make them all collide.
pub type Quick = BuildHasherDefault<QuickHasher>;

/// A multiplication and a rotation for every eight bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct QuickHasher(u64);

impl QuickHasher {
    fn add(&mut self, part: u64) {
        self.0 = (self.0.rotate_left(5) ^ part).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for QuickHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (parts, rest) = bytes.as_chunks::<8>();
        for part in parts {
            self.add(u64::from_le_bytes(*part));
        }
        self.add(rest.iter().fold(bytes.len() as u64, |part, byte| part << 8 | u64::from(*byte)));
    }

    /// The end of a text, which its length tells already.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        // The upper bits are the mixed ones, the lower ones choose the place.
        self.0.rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Quick;

    #[test]
    fn words_are_found_and_others_are_not() {
        let words = ["а", "б", "ab", "abcdefgh", "abcdefghi", ""];
        let set: HashSet<&str, Quick> = words.into_iter().collect();
        assert!(words.iter().all(|it| set.contains(it)));
        assert!(["в", "abc", "abcdefgz", "abcdefghij"].iter().all(|it| !set.contains(it)));
    }
}
