//! What tenants share is examined once, not once a tenant.

use super::{exemplar_near, hidden_character, pack_fact, secret_literal, template_placeholder};
use crate::bundle::Shared;
use crate::diagnostic::Diagnostic;
use crate::source::SourceMap;
use crate::words;

/// What the rules find in the files that tenants share. Packs inside the binary are no files of the
/// tree; a test holds that there is nothing to find in them.
pub(super) fn files(sources: &SourceMap, shared: &Shared, findings: &mut Vec<Diagnostic>) {
    for &file in &shared.files {
        secret_literal::look(sources, file, findings);
        hidden_character::look(sources, file, findings);
    }
    for pack in shared.packs.values().filter(|it| shared.files.contains(&it.file)) {
        pack_fact::look(pack, "", findings);
        // Facts of their tenants have many names; only slips are certain here.
        let is_fact = |name: &str| words::closest(name, decide::VALUES.iter().copied()).is_none();
        template_placeholder::look(sources.text(pack.file), pack, "", is_fact, findings);
    }
    exemplar_near::between_packs(shared, findings);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::bundle::SharedTexts;

    #[test]
    fn nothing_is_wrong_with_the_packs_inside_the_binary() {
        let mut sources = SourceMap::default();
        let texts = SharedTexts { companies: None, plans: None, packs: BTreeMap::new() };
        let mut packs = Shared::read(&mut sources, &texts, &mut Vec::new());
        packs.files = packs.packs.values().map(|it| it.file).collect();
        let mut findings = Vec::new();
        files(&sources, &packs, &mut findings);
        assert_eq!(findings, []);
    }
}
