//! The client pack as it holds for the tenant or for one of its branches, and where it comes from.

use schema::{BranchesFile, ClientPack};
use serde_json::{Map, Value};

use super::place::{Layer, Spot, below};
use super::{File, Input, Problem};
use crate::said::say;

/// Facts in force somewhere: merged data, the same typed, and the files behind them.
pub(super) struct Sheet<'a> {
    pub(super) value: Value,
    pub(super) pack: ClientPack,
    /// Strongest first.
    layers: Vec<Layer<'a>>,
    /// Slug of the branch, for messages.
    pub(super) branch: Option<&'a str>,
}

impl<'a> Sheet<'a> {
    /// The tenant's own facts: `client_pack`, and from the top level of old files what it lacks.
    pub(super) fn of_client(input: &Input<'a>, problems: &mut Vec<Problem>) -> Option<Self> {
        let pack = Layer::new(input.truth, "/client_pack");
        let legacy = Layer::new(input.truth, "");
        let mut value = pack.value().map_or_else(|| Value::Object(Map::new()), schema::settled);
        let facts = value.as_object_mut()?;
        for (key, old) in legacy.value().and_then(Value::as_object).into_iter().flatten() {
            if matches!(key.as_str(), "client_pack" | "domain_pack") || old.is_null() {
                continue;
            }
            let old = schema::settled(old);
            match facts.get(key) {
                None => {
                    facts.insert(key.clone(), old);
                }
                Some(new) if *new == old => {}
                Some(_) => problems.push(legacy.spot(&below("", key)).problem(
                    "fact-conflict",
                    say!(
                        "`{key}` stands here and in client_pack, and the two differ",
                        "`{key}` стоит и здесь, и в client_pack, но по-разному",
                    ),
                    Some(say!(
                        "keep the right one under client_pack and remove the other `{key}`",
                        "оставьте верное в client_pack, а другой `{key}` удалите",
                    )),
                )),
            }
        }
        Self::new(value, vec![pack, legacy], None, problems)
    }

    /// The facts of the branch at `index`, laid over the tenant's; `None` where it has none of its own.
    pub(super) fn of_branch(
        &self,
        file: File<'a, BranchesFile>,
        index: usize,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let layer = Layer::new(file, format!("/branches/{index}/facts"));
        let own = layer
            .value()
            .map(schema::settled)
            .filter(|it| it.as_object().is_some_and(|it| !it.is_empty()))?;
        let mut value = self.value.clone();
        overlay(&mut value, own);
        let mut layers = vec![layer];
        layers.extend(self.layers.iter().cloned());
        Self::new(value, layers, Some(&file.typed.branches.get(index)?.slug), problems)
    }

    fn new(
        value: Value,
        layers: Vec<Layer<'a>>,
        branch: Option<&'a str>,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        match schema::read(&value) {
            Ok(pack) => Some(Self { value, pack, layers, branch }),
            Err(error) => {
                let message = say!(
                    "these facts do not fit the ones they are laid over: {error}",
                    "эти факты не подходят к фактам бренда: {error}",
                );
                problems.push(layers.first()?.spot("").problem("facts-unreadable", message, None));
                None
            }
        }
    }

    /// Where the fact under `pointer` stands: in the strongest file that has it.
    pub(super) fn spot(&self, pointer: &str) -> Spot {
        let mut at = pointer;
        loop {
            if let Some(layer) = self.layers.iter().find(|it| it.get(at).is_some()) {
                return layer.spot(at);
            }
            match at.rsplit_once('/') {
                Some((parent, _)) => at = parent,
                None => return self.layers[0].spot(""),
            }
        }
    }
}

/// Lays `over` over `base`: mappings merge, everything else replaces. A text that is replaced takes
/// the old Kazakh sibling with it, or the two languages would tell different things.
fn overlay(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            let stale: Vec<String> =
                over.keys().map(|key| format!("{key}_kk")).filter(|twin| !over.contains_key(twin)).collect();
            for twin in stale {
                base.remove(&twin);
            }
            for (key, value) in over {
                match base.get_mut(&key) {
                    Some(old) => overlay(old, value),
                    None => {
                        base.insert(key, value);
                    }
                }
            }
        }
        (base, over) => *base = over,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_overlay_replaces_lists_and_drops_stale_siblings() {
        let mut base = json!({
            "address": { "full": "A 1", "full_kk": "А 1", "entrance": "yard" },
            "landmarks": ["x", "y"],
        });
        overlay(&mut base, json!({ "address": { "full": "B 2" }, "landmarks": ["z"] }));
        assert_eq!(base, json!({ "address": { "full": "B 2", "entrance": "yard" }, "landmarks": ["z"] }));
        overlay(&mut base, json!({ "address": { "full_kk": "Б 2" } }));
        assert_eq!(base["address"], json!({ "full": "B 2", "full_kk": "Б 2", "entrance": "yard" }));
    }
}
