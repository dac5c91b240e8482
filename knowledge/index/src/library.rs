//! A catalogue with its index.

use std::collections::BTreeMap;
use std::sync::Arc;

use text::lexical::encode_passage;

use crate::{Catalogue, EdgeIndex, Hit, IndexError, MemoryIndex, PassageRef, VectorIndex, Vectors};

/// The passages of one release, ready to be searched.
#[derive(Clone)]
pub struct Library {
    index: Arc<dyn VectorIndex>,
    catalogue: Arc<Catalogue>,
}

impl Library {
    /// A catalogue over an index that it was synced to.
    #[must_use]
    pub fn new(index: Arc<dyn VectorIndex>, catalogue: Arc<Catalogue>) -> Self {
        Self { index, catalogue }
    }

    /// A throw-away index for one release, gone when the library is dropped; for the tests of
    /// tenants, `chat` and `search`.
    ///
    /// # Errors
    /// [`IndexError`] when the folder for temporary files cannot be used.
    pub fn in_memory<'a, I>(client_slug: &str, passages: I) -> Result<Self, IndexError>
    where
        I: IntoIterator<Item = PassageRef<'a>>,
        I::IntoIter: Clone,
    {
        let passages = passages.into_iter();
        // Encoded once for both the catalogue and the points.
        let vectors = encoded(passages.clone());
        let catalogue = Catalogue::new(client_slug, passages.clone(), &vectors);
        let index: Arc<dyn VectorIndex> = Arc::new(EdgeIndex::temporary()?);
        catalogue.add_missing(index.as_ref(), passages, &vectors)?;
        Ok(Self::new(index, Arc::new(catalogue)))
    }

    /// Several releases of a tenant side by side, each searched as if it were alone; for the two of a
    /// plan, which must be heard while somebody waits. No engine is started: every passage is compared,
    /// which finds the same.
    ///
    /// # Errors
    /// [`IndexError::OutOfScope`] where a passage is of another tenant.
    pub fn together<'a, I, const RELEASES: usize>(
        client_slug: &str,
        releases: [I; RELEASES],
    ) -> Result<[Self; RELEASES], IndexError>
    where
        I: Iterator<Item = PassageRef<'a>> + Clone,
    {
        let all: BTreeMap<&str, PassageRef<'a>> =
            releases.iter().cloned().flatten().map(|it| (it.digest, it)).collect();
        let passages = || all.values().copied();
        let vectors = encoded(passages());
        let index: Arc<dyn VectorIndex> = Arc::new(MemoryIndex::default());
        Catalogue::new(client_slug, passages(), &vectors).add_missing(
            index.as_ref(),
            passages(),
            &vectors,
        )?;
        let library = |it| Self::new(Arc::clone(&index), Arc::new(Catalogue::new(client_slug, it, &vectors)));
        Ok(releases.map(library))
    }

    /// The release's catalogue.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// As [`Catalogue::search`].
    ///
    /// # Errors
    /// [`IndexError`] of the engine.
    pub fn search(&self, tag: Option<&str>, question: &str, limit: usize) -> Result<Vec<Hit>, IndexError> {
        self.catalogue.search(self.index.as_ref(), tag, question, limit)
    }
}

fn encoded<'a>(passages: impl Iterator<Item = PassageRef<'a>>) -> Vectors {
    passages.map(|it| (it.digest.to_owned(), encode_passage(it.section, it.text).to_bytes())).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::Library;
    use crate::{Catalogue, EdgeIndex, Hit, PassageRef, SHARED_TAG, Synced, VectorIndex, Vectors};

    /// Digest (and tag where not shared), section, text.
    type Row = (&'static str, &'static str, &'static str, &'static str);

    const ROWS: [Row; 5] = [
        ("d1", SHARED_TAG, "Доставка", "Везём по городу за 1 500 тенге."),
        ("d2", SHARED_TAG, "Жеткізу", "Қала ішінде 1 500 теңгеге апарамыз."),
        ("d3", "north", "Парковка", "Во дворе, бесплатно."),
        ("d4", "south", "Парковка", "На улице, платно."),
        ("d5", SHARED_TAG, "Доставка", "Везём по городу за 1 500 тенге."),
    ];

    fn passages(rows: &[Row]) -> impl Iterator<Item = PassageRef<'static>> + Clone {
        rows.iter().map(|(digest, tag, section, text)| PassageRef {
            digest,
            point: Uuid::new_v5(&Uuid::NAMESPACE_OID, digest.as_bytes()),
            tag,
            lang: "ru",
            doc: "knowledge/a.md",
            section,
            ordinal: 0,
            source: "document",
            text,
        })
    }

    fn found(library: &Library, tag: Option<&str>, question: &str) -> Vec<String> {
        search(library, tag, question).into_iter().map(|it| it.digest).collect()
    }

    #[test]
    fn finds_what_its_branch_may_see() {
        let library = Library::in_memory("bakery", passages(&ROWS)).unwrap();
        for (tag, own, foreign) in [("north", "d3", "d4"), ("south", "d4", "d3")] {
            let found = found(&library, Some(tag), "парковка есть?");
            assert_eq!(found[0], own);
            assert!(!found.contains(&foreign.to_owned()), "{found:?}");
        }
        let shared = found(&library, None, "парковка есть?");
        assert!(shared.iter().all(|it| it != "d3" && it != "d4"), "{shared:?}");
        assert_eq!(found(&library, None, "жеткізу қанша тұрады")[0], "d2");
        assert_eq!(
            found(&library, None, "доставка")[..2],
            ["d1", "d5"],
            "equal ones in the order of digests"
        );
        assert!(found(&library, None, "?!").is_empty() && found(&library, None, "").is_empty());
    }

    fn search(library: &Library, tag: Option<&str>, question: &str) -> Vec<Hit> {
        library.search(tag, question, 5).unwrap()
    }

    #[test]
    fn releases_together_find_what_each_finds_in_the_engine() {
        let ranges = [0..3, 2..5];
        let together = Library::together("bakery", ranges.clone().map(|it| passages(&ROWS[it]))).unwrap();
        for (library, range) in together.iter().zip(ranges) {
            let alone = Library::in_memory("bakery", passages(&ROWS[range])).unwrap();
            for question in ["доставка", "жеткізу қанша тұрады", "парковка есть?"]
            {
                for tag in [None, Some("north"), Some("south")] {
                    let (hits, engine) = (&search(library, tag, question), search(&alone, tag, question));
                    assert_eq!(hits.len(), engine.len(), "{question} {tag:?}");
                    for (hit, other) in hits.iter().zip(engine) {
                        assert_eq!((&hit.digest, &hit.matched), (&other.digest, &other.matched));
                        assert!((hit.score - other.score).abs() < 1e-4, "{hit:?} {other:?}");
                        assert!((hit.confidence - other.confidence).abs() < 1e-4, "{hit:?} {other:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn confidence_is_absolute() {
        let library = Library::in_memory("bakery", passages(&ROWS)).unwrap();
        let sure = &library.search(None, "доставка по городу", 1).unwrap()[0];
        assert!(sure.confidence > 0.95, "{sure:?}");
        assert_eq!(sure.matched, ["доставка", "по", "городу"]);
        let unsure = &library.search(None, "доставка пианино на пятый этаж без лифта", 1).unwrap()[0];
        assert!(unsure.confidence < 0.4, "the best of bad ones is not good: {unsure:?}");
    }

    #[test]
    fn a_sync_writes_only_the_difference() {
        let index: Arc<dyn VectorIndex> = Arc::new(EdgeIndex::temporary().unwrap());
        let (none, damaged) = (Vectors::new(), Vectors::from([("d1".to_owned(), vec![1, 9, 9])]));
        let sync = |slug: &str, rows: &[Row], vectors: &Vectors| {
            let catalogue = Catalogue::new(slug, passages(rows), vectors);
            let synced = catalogue.sync(index.as_ref(), passages(rows), vectors).unwrap();
            (synced, Library::new(Arc::clone(&index), Arc::new(catalogue)))
        };
        let (first, old) = sync("bakery", &ROWS, &damaged);
        assert_eq!(first, Synced { added: 5, removed: 0 });
        assert_eq!(found(&old, None, "доставка")[..2], ["d1", "d5"], "damaged bytes are encoded anew");
        assert_eq!(sync("bakery", &ROWS, &none).0, Synced::default());

        let (second, new) = sync("bakery", &ROWS[1..3], &none);
        assert_eq!(second, Synced { added: 0, removed: 3 });
        assert!(found(&new, None, "доставка").is_empty());
        assert_eq!(sync("bakery", &ROWS[..3], &none).0, Synced { added: 1, removed: 0 });
        assert_eq!(sync("bakery", &[], &none).0, Synced { added: 0, removed: 3 });
        assert_eq!(index.foreign_hits(), 0);
    }

    #[test]
    fn the_old_release_is_searched_until_it_is_swept() {
        let index: Arc<dyn VectorIndex> = Arc::new(EdgeIndex::temporary().unwrap());
        let none = Vectors::new();
        let [old, new] = [&ROWS[..1], &ROWS[4..]].map(|rows| {
            let catalogue = Catalogue::new("bakery", passages(rows), &none);
            catalogue.add_missing(index.as_ref(), passages(rows), &none).unwrap();
            Library::new(Arc::clone(&index), Arc::new(catalogue))
        });
        assert_eq!(found(&old, None, "доставка"), ["d1"]);
        assert_eq!(found(&new, None, "доставка"), ["d5"]);
        assert_eq!(new.catalogue().sweep(index.as_ref()).unwrap(), 1);
        assert!(found(&old, None, "доставка").is_empty());
        assert_eq!(found(&new, None, "доставка"), ["d5"]);
    }
}
