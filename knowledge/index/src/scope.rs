//! Whose passages a search or a write may touch.

use std::collections::BTreeSet;

use format::SHARED_TAG;

/// A tenant and those of its tags that a search or a write may touch.
///
/// Every door of the index takes one, and no other crate can make one: not from a string,
///
/// ```compile_fail,E0624
/// let scope = index::TenantScope::whole("somebody_else");
/// ```
///
/// not from its parts,
///
/// ```compile_fail,E0451
/// fn forge(mine: index::TenantScope) -> index::TenantScope {
///     index::TenantScope { client_slug: "somebody_else".to_owned(), ..mine }
/// }
/// ```
///
/// and a [`crate::Catalogue`], which has its tenant from a release, keeps its own to itself.
///
/// ```compile_fail,E0624
/// fn forge(catalogue: &index::Catalogue) -> index::TenantScope {
///     catalogue.whole()
/// }
/// ```
///
/// What it does instead:
///
/// ```
/// fn search(catalogue: &index::Catalogue, index: &dyn index::VectorIndex) {
///     let asked = index::Asked::text("do you have parking?");
///     let hits = catalogue.search(index, None, &asked, 5);
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantScope {
    client_slug: String,
    tags: Tags,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    All,
    These(BTreeSet<String>),
}

impl TenantScope {
    /// Every tag: for writing a release and for sweeping it.
    pub(crate) fn whole(client_slug: &str) -> Self {
        Self { client_slug: client_slug.to_owned(), tags: Tags::All }
    }

    /// The shared tag and, if given, that of a branch: for searching.
    pub(crate) fn branch(client_slug: &str, tag: Option<&str>) -> Self {
        let tags = tag.into_iter().chain([SHARED_TAG]).map(str::to_owned).collect();
        Self { client_slug: client_slug.to_owned(), tags: Tags::These(tags) }
    }

    /// The tenant.
    #[must_use]
    pub fn client_slug(&self) -> &str {
        &self.client_slug
    }

    /// The tags, or `None` for all of them.
    #[must_use]
    pub fn tags(&self) -> Option<&BTreeSet<String>> {
        match &self.tags {
            Tags::All => None,
            Tags::These(tags) => Some(tags),
        }
    }

    /// Whether a point of this tenant and tag is inside.
    #[must_use]
    pub fn admits(&self, client_slug: &str, tag: &str) -> bool {
        self.client_slug == client_slug && self.tags().is_none_or(|it| it.contains(tag))
    }
}

#[cfg(test)]
mod tests {
    use format::SHARED_TAG;

    use super::TenantScope;

    #[test]
    fn admits_exactly_its_own() {
        let branch = TenantScope::branch("bakery", Some("north"));
        assert!(branch.admits("bakery", "north") && branch.admits("bakery", SHARED_TAG));
        for (slug, tag) in
            [("bakery", "south"), ("bakery_2", "north"), ("Bakery", "north"), ("baker", SHARED_TAG)]
        {
            assert!(!branch.admits(slug, tag), "{slug} {tag}");
        }
        assert!(!TenantScope::branch("bakery", None).admits("bakery", "north"));
        assert!(TenantScope::whole("bakery").admits("bakery", "anything"));
    }
}
