//! What embedding the tenants of a plan takes: nothing is paid that was not announced.

use std::collections::{BTreeMap, BTreeSet};

use format::{Passage, Release};
use index::{dense_encoder, estimate};
use runtime::StoreError;
use serde::{Deserialize, Serialize};

use crate::plan::{Action, Plan, TenantPlan};
use crate::published::Shelf;

/// What is to be embedded, with which model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Embedding {
    /// The model, as its endpoint calls it.
    pub model: String,
    /// Tenants of which something is, by slug.
    pub tenants: BTreeMap<String, Wanted>,
}

/// What is to be embedded of one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Wanted {
    /// Texts; equal ones count once, and those of an earlier tenant count there.
    pub texts: usize,
    /// Tokens, within a third.
    pub tokens: u64,
    /// US dollars, where the model's price is known.
    pub usd: Option<f64>,
}

impl Embedding {
    /// Looks what the releases of a plan lack under this model, those among them that stay as they
    /// are: after a change of the model that is all of them.
    ///
    /// # Errors
    /// Those of the store.
    pub fn wanted(plan: &Plan, model: &str, shelf: &dyn Shelf) -> Result<Self, StoreError> {
        let mut claimed = BTreeSet::new();
        let mut tenants = BTreeMap::new();
        for it in &plan.tenants {
            let Some(release) = release(it, shelf)? else { continue };
            let mut texts = missing(&release, model, shelf)?;
            if texts.is_empty() {
                continue;
            }
            // A tenant whose texts another one pays for is still to be written anew.
            texts.retain(|digest, _| claimed.insert(digest.clone()));
            let estimate = estimate(model, texts.values().map(String::as_str));
            let wanted = Wanted { texts: estimate.texts, tokens: estimate.tokens, usd: estimate.usd };
            tenants.insert(it.slug.clone(), wanted);
        }
        Ok(Self { model: model.to_owned(), tenants })
    }

    /// Of all tenants together.
    #[must_use]
    pub fn total(&self) -> Wanted {
        self.tenants.values().fold(Wanted::default(), |sum, it| Wanted {
            texts: sum.texts + it.texts,
            tokens: sum.tokens + it.tokens,
            usd: it.usd.map(|usd| usd + sum.usd.unwrap_or(0.0)),
        })
    }

    /// `12 texts of 3 tenants by some/model, about 1400 tokens, $0.0000`.
    #[must_use]
    pub fn told(&self) -> String {
        let Wanted { texts, tokens, usd } = self.total();
        let noun = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        let cost = usd.map_or(", price unknown".to_owned(), |it| format!(", ${it:.4}"));
        let (texts, tenants) = (noun(texts, "text"), noun(self.tenants.len(), "tenant"));
        format!("{texts} of {tenants} by {}, about {tokens} tokens{cost}", self.model)
    }
}

/// The release that will be live.
fn release(it: &TenantPlan, shelf: &dyn Shelf) -> Result<Option<Release>, StoreError> {
    let unreadable = |error: format::DecodeError| StoreError::Unreadable(format!("`{}`: {error}", it.slug));
    match (&it.payload, it.action) {
        (Some(payload), _) => format::decode(payload.release.as_bytes()).map(Some).map_err(unreadable),
        (None, Action::Unchanged) => {
            let stored = shelf.release(&it.slug, &it.release_id)?;
            stored.map(|it| format::decode(&it.bytes)).transpose().map_err(unreadable)
        }
        _ => Ok(None),
    }
}

/// Texts of a release that have no embedding of this model yet, by digest.
pub(crate) fn missing(
    release: &Release,
    model: &str,
    shelf: &(impl Shelf + ?Sized),
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for it in &release.passages {
        texts.entry(Passage::text_digest(it)).or_insert_with(|| it.embedded_text());
    }
    let known = shelf.known_vectors(&dense_encoder(model), &texts.keys().cloned().collect())?;
    texts.retain(|digest, _| !known.contains(digest));
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::Embedding;
    use crate::apply::ENCODER;
    use crate::plan::{Published, plan};
    use crate::published::Nothing;
    use crate::samples::{Sample, workshop};

    #[test]
    fn texts_of_two_tenants_are_paid_once_and_both_are_written() {
        let (first, second) = (Sample::of(workshop()), Sample::second());
        let plan = plan(&Published::default(), &[first.desired(), second.desired()], &[], &[], ENCODER);
        let wanted = Embedding::wanted(&plan, "some/model", &Nothing).unwrap();
        let texts: Vec<(&str, usize)> =
            wanted.tenants.iter().map(|(slug, it)| (slug.as_str(), it.texts)).collect();
        assert_eq!(texts, [("workshop", 2), ("workshop_two", 0)]);
        assert_eq!(wanted.total().texts, 2);
        assert!(plan.with_embedding(wanted).embeds());
    }
}
