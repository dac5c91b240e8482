//! Releases with nothing but passages.

use std::collections::BTreeMap;

use format::{Client, Facts, Lang, Pack, Passage, PassageKind, Release, Settings, Status, Text};
use uuid::Uuid;

/// A passage of a document.
pub(crate) fn passage(tag: &str, section: &str, text: &str, ordinal: u32) -> Passage {
    let mut passage = Passage {
        digest: String::new(),
        text: text.to_owned(),
        lang: Lang::Ru,
        tag: tag.to_owned(),
        doc: "knowledge/a.md".to_owned(),
        section: section.to_owned(),
        ordinal,
        kind: PassageKind::Document,
        line: 1,
        asked: Vec::new(),
    };
    passage.digest = passage.own_digest();
    passage
}

/// A release of the tenant `slug`.
pub(crate) fn release(slug: &str, passages: Vec<Passage>) -> Release {
    Release {
        format: format::FORMAT,
        client: Client {
            slug: slug.to_owned(),
            id: Uuid::new_v5(&Uuid::NAMESPACE_DNS, slug.as_bytes()),
            name: Text::plain(slug),
            status: Status::Active,
            plan: "starter".to_owned(),
            company: None,
            languages: vec![Lang::Ru, Lang::Kk],
            timezone: "Asia/Almaty".to_owned(),
            instance_id: None,
            secrets: BTreeMap::new(),
            settings: Settings::default(),
        },
        branches: Vec::new(),
        agents: Vec::new(),
        prompts: Vec::new(),
        facts: Facts::default(),
        branch_facts: BTreeMap::new(),
        pack: Pack::default(),
        passages,
        sources: BTreeMap::new(),
    }
}
