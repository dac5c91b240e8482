//! A catalogue with its index.

use std::collections::BTreeMap;
use std::sync::Arc;

use text::lexical::encode_passage;

use crate::{Catalogue, EdgeIndex, Hit, IndexError, PassageRef, VectorIndex, Vectors};

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
        let [library] = Self::together(client_slug, [passages.into_iter()])?;
        Ok(library)
    }

    /// One throw-away index for several releases of a tenant, each searched as if it were alone:
    /// what they share is written once.
    ///
    /// # Errors
    /// [`IndexError`] when the folder for temporary files cannot be used.
    pub fn together<'a, I, const RELEASES: usize>(
        client_slug: &str,
        releases: [I; RELEASES],
    ) -> Result<[Self; RELEASES], IndexError>
    where
        I: Iterator<Item = PassageRef<'a>> + Clone,
    {
        let mut passages: BTreeMap<&str, PassageRef<'a>> = BTreeMap::new();
        for passage in releases.iter().cloned().flatten() {
            passages.entry(passage.digest).or_insert(passage);
        }
        // Encoded once for the catalogues and the points.
        let vectors: Vectors = passages
            .values()
            .map(|it| (it.digest.to_owned(), encode_passage(it.section, it.text).to_bytes()))
            .collect();
        let index: Arc<dyn VectorIndex> = Arc::new(EdgeIndex::temporary()?);
        Catalogue::new(client_slug, passages.values().copied(), &vectors).add_missing(
            index.as_ref(),
            passages.values().copied(),
            &vectors,
        )?;
        Ok(releases.map(|it| {
            Self::new(Arc::clone(&index), Arc::new(Catalogue::new(client_slug, it, &vectors)))
        }))
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::Library;
    use crate::{Catalogue, EdgeIndex, PassageRef, SHARED_TAG, Synced, VectorIndex, Vectors};

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
        library.search(tag, question, 5).unwrap().into_iter().map(|it| it.digest).collect()
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

    #[test]
    fn releases_in_one_index_do_not_see_each_other() {
        let ranges = [0..3, 2..5];
        let together = Library::together("bakery", ranges.clone().map(|it| passages(&ROWS[it]))).unwrap();
        for (library, range) in together.iter().zip(ranges) {
            let alone = Library::in_memory("bakery", passages(&ROWS[range])).unwrap();
            for question in ["доставка", "жеткізу қанша тұрады", "парковка есть?"] {
                for tag in [None, Some("north"), Some("south")] {
                    let search = |it: &Library| it.search(tag, question, 5).unwrap();
                    assert_eq!(search(library), search(&alone), "{question} {tag:?}");
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
