//! A tenant's WhatsApp numbers: which was written to, which to answer from.

use std::collections::BTreeMap;

use format::{Head, Reference};

/// The numbers of a tenant, resolved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Numbers {
    /// Reference text by resolved number.
    written: BTreeMap<String, String>,
    /// Resolved number by branch slug.
    by_branch: BTreeMap<String, String>,
    client: Option<String>,
}

impl Numbers {
    /// Resolves the numbers of a release; the second value names those that cannot be.
    pub(crate) fn of(head: &Head, resolve: impl Fn(&Reference) -> Option<String>) -> (Self, Vec<String>) {
        let mut numbers = Self::default();
        let mut problems = Vec::new();
        for branch in head.branches.iter().filter(|it| it.is_active) {
            let Some(reference) = &branch.instance_id else { continue };
            let Some(number) = resolve(reference) else {
                problems.push(format!("instance_id_unresolved:{}", branch.slug));
                continue;
            };
            if numbers.written.contains_key(&number) {
                problems.push(format!("instance_id_shared:{}", branch.slug));
            } else {
                numbers.written.insert(number.clone(), reference.as_written());
            }
            numbers.by_branch.insert(branch.slug.clone(), number);
        }
        if let Some(reference) = &head.client.instance_id {
            match resolve(reference) {
                Some(number) => {
                    numbers.written.entry(number.clone()).or_insert_with(|| reference.as_written());
                    numbers.client = Some(number);
                }
                None => problems.push("instance_id_unresolved".to_owned()),
            }
        }
        (numbers, problems)
    }

    /// Every resolved number.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        self.written.keys().map(String::as_str)
    }

    /// The number written to, as the bundle writes it, so that branches can be told by it.
    pub(crate) fn as_written(&self, number: &str) -> String {
        self.written.get(number).cloned().unwrap_or_else(|| number.to_owned())
    }

    /// The tenant's only number, as the bundle writes it.
    pub(crate) fn only(&self) -> Option<String> {
        let mut all = self.written.values();
        all.next().filter(|_| all.next().is_none()).cloned()
    }

    /// The number to answer from: the branch's, else the one written to if it is the tenant's, else
    /// the client's, else the only one there is, else whatever was written to.
    pub(crate) fn answering(&self, branch: Option<&str>, written_to: &str) -> String {
        let own = || self.written.contains_key(written_to).then_some(written_to);
        branch
            .and_then(|slug| self.by_branch.get(slug).map(String::as_str))
            .or_else(|| if branch.is_some() { self.client.as_deref() } else { None })
            .or_else(own)
            .or(self.client.as_deref())
            .or_else(|| self.written.keys().next().filter(|_| self.written.len() == 1).map(String::as_str))
            .unwrap_or(written_to)
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> Numbers {
        Numbers {
            written: [("n-1", "env:NORTH"), ("c-1", "c-1")]
                .into_iter()
                .map(|(number, written)| (number.to_owned(), written.to_owned()))
                .collect(),
            by_branch: BTreeMap::from([("north".to_owned(), "n-1".to_owned())]),
            client: Some("c-1".to_owned()),
        }
    }

    #[test]
    fn the_branch_answers_from_its_own_number() {
        let numbers = numbers();
        assert_eq!(numbers.answering(Some("north"), "c-1"), "n-1");
        assert_eq!(numbers.answering(Some("south"), "n-1"), "c-1");
        assert_eq!(numbers.answering(None, "n-1"), "n-1");
        assert_eq!(numbers.answering(None, "foreign"), "c-1");
        assert_eq!(Numbers::default().answering(None, "foreign"), "foreign");
        let one = [("n-1".to_owned(), "env:NORTH".to_owned())].into_iter().collect();
        assert_eq!(Numbers { written: one, ..Numbers::default() }.answering(None, ""), "n-1");
    }

    #[test]
    fn a_number_is_told_as_it_is_written() {
        assert_eq!(numbers().as_written("n-1"), "env:NORTH");
        assert_eq!(numbers().as_written("foreign"), "foreign");
    }
}
