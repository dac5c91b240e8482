//! What the derived schemas still need: Kazakh siblings, keys without a value, flat enumerations.

use std::collections::BTreeMap;

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Value, json};

/// Marks a mapping whose texts may have Kazakh siblings.
const TWINS: &str = "x-twins";
/// Marks a text that has none (`false`): a slug, an id, a link between files.
const TWIN: &str = "x-twin";
const DEFS: &str = "#/$defs/";

/// All of it, in order.
pub(super) fn apply(schema: &mut Schema) {
    flatten_choices(schema);
    bound_numbers(schema);
    add_twins(schema);
    unmark(schema);
    allow_absent(schema);
}

/// Choices → one schema, so that a mistake is told as what it is and not as "fits none of these":
/// `oneOf` constants become one `enum`, "it or null" becomes it with null among its types.
fn flatten_choices(schema: &mut Schema) {
    transform_subschemas(&mut flatten_choices, schema);
    let words =
        |variants: &[Value]| variants.iter().map(|it| it.get("const").cloned()).collect::<Option<Vec<_>>>();
    if let Some(words) = schema.get("oneOf").and_then(Value::as_array).and_then(|it| words(it)) {
        schema.remove("oneOf");
        schema.insert("type".to_owned(), "string".into());
        schema.insert("enum".to_owned(), words.into());
    }
    if let Some([Value::Object(inner), null]) =
        schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice)
        && null["type"] == "null"
        && !inner.contains_key("$ref")
    {
        let mut inner = Value::Object(inner.clone());
        add_null(&mut inner);
        schema.remove("anyOf");
        for (key, value) in inner.as_object().cloned().into_iter().flatten() {
            if schema.get(&key).is_none() {
                schema.insert(key, value);
            }
        }
    }
}

/// Widths of Rust's integers → limits every validator knows.
fn bound_numbers(schema: &mut Schema) {
    transform_subschemas(&mut bound_numbers, schema);
    let Some(width) = schema.get("format").and_then(Value::as_str).map(str::to_owned) else { return };
    if width == "uint32" {
        schema.insert("maximum".to_owned(), u32::MAX.into());
    }
    if width.starts_with("uint") || width == "double" {
        schema.remove("format");
    }
}

/// Adds `name_kk` beside every text and list of texts of a marked mapping.
fn add_twins(schema: &mut Schema) {
    transform_subschemas(&mut add_twins, schema);
    if schema.remove(TWINS).is_none() {
        return;
    }
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    let twins: Vec<(String, Value)> = properties
        .iter()
        .filter(|(_, property)| is_text(property) || is_list_of_texts(property))
        .map(|(key, property)| (format!("{key}_kk"), twin_of(key, property)))
        .collect();
    properties.extend(twins);
}

fn twin_of(key: &str, property: &Value) -> Value {
    let description = format!("Kazakh sibling of {key}.");
    match (is_list_of_texts(property), types(property).contains(&"string")) {
        (true, true) => {
            json!({ "type": ["string", "array"], "items": { "type": "string" }, "description": description })
        }
        (true, false) => {
            json!({ "type": "array", "items": { "type": "string" }, "description": description })
        }
        (false, _) => json!({ "type": "string", "description": description }),
    }
}

fn is_text(property: &Value) -> bool {
    const MACHINE: [&str; 5] = ["enum", "const", "pattern", "format", TWIN];
    types(property).contains(&"string")
        && types(property).iter().all(|it| matches!(*it, "string" | "boolean" | "null"))
        && MACHINE.iter().all(|it| property.get(it).is_none())
}

fn is_list_of_texts(property: &Value) -> bool {
    types(property).contains(&"array")
        && property.get(TWIN).is_none()
        && property.get("items").is_some_and(|items| {
            types(items).contains(&"string")
                && items.get("enum").is_none()
                && items.get("properties").is_none()
        })
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn unmark(schema: &mut Schema) {
    schema.remove(TWIN);
    schema.remove("default");
    transform_subschemas(&mut unmark, schema);
}

/// Lets every key that is not required stand without a value, as people write them. `anyOf` with
/// null is avoided: its errors say nothing but "fits neither".
fn allow_absent(schema: &mut Schema) {
    let mut uses = BTreeMap::new();
    count_uses(schema.as_value(), false, &mut uses);
    let definitions = schema.get("$defs").cloned().unwrap_or_else(|| json!({}));
    let mut absent = Absent { definitions: &definitions, uses: &uses };
    absent.transform(schema);
    if let Some(Value::Object(definitions)) = schema.get_mut("$defs") {
        for (name, uses) in &uses {
            if let (Some(definition), true) = (definitions.get_mut(name), uses.only_optional()) {
                add_null(definition);
            }
        }
    }
}

/// How often a definition is used as the value of an optional key, and otherwise.
#[derive(Default)]
struct Uses {
    optional: usize,
    other: usize,
}

impl Uses {
    fn only_optional(&self) -> bool {
        self.optional > 0 && self.other == 0
    }
}

struct Absent<'a> {
    definitions: &'a Value,
    uses: &'a BTreeMap<String, Uses>,
}

impl Transform for Absent<'_> {
    fn transform(&mut self, schema: &mut Schema) {
        let required = required(schema.as_value());
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            for (_, property) in properties.iter_mut().filter(|(key, _)| !required.contains(key)) {
                self.relax(property);
            }
        }
        transform_subschemas(self, schema);
    }
}

impl Absent<'_> {
    fn relax(&self, property: &mut Value) {
        let Some(name) = referenced(property).map(str::to_owned) else { return add_null(property) };
        let description = property.get("description").cloned();
        // A definition that is used for required values too keeps its strictness: copy it.
        *property = if self.uses.get(&name).is_some_and(Uses::only_optional) {
            json!({ "$ref": format!("{DEFS}{name}") })
        } else {
            let mut copy = self.definitions[&name].clone();
            add_null(&mut copy);
            copy
        };
        if let (Some(description), Some(object)) = (description, property.as_object_mut()) {
            object.insert("description".to_owned(), description);
        }
    }
}

fn count_uses(schema: &Value, optional: bool, uses: &mut BTreeMap<String, Uses>) {
    if let Some(name) = referenced(schema) {
        let uses = uses.entry(name.to_owned()).or_default();
        if optional {
            uses.optional += 1
        } else {
            uses.other += 1
        }
        return;
    }
    match schema {
        Value::Object(map) => {
            let required = required(schema);
            for (key, value) in map {
                if key != "properties" {
                    count_uses(value, false, uses);
                    continue;
                }
                for (name, property) in value.as_object().into_iter().flatten() {
                    count_uses(property, !required.contains(name), uses);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| count_uses(it, false, uses)),
        _ => {}
    }
}

fn required(schema: &Value) -> Vec<String> {
    let names = schema.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The definition a schema refers to, directly or as "it or null".
fn referenced(schema: &Value) -> Option<&str> {
    let direct = |it: &'_ Value| it.get("$ref").and_then(Value::as_str).is_some();
    let target = match schema.get("anyOf").and_then(Value::as_array) {
        Some(alternatives) => alternatives.iter().find(|it| direct(it))?,
        None => schema,
    };
    target.get("$ref")?.as_str()?.strip_prefix(DEFS)
}

fn add_null(schema: &mut Value) {
    let mut types: Vec<String> = types(schema).into_iter().map(str::to_owned).collect();
    let Some(object) = schema.as_object_mut() else { return };
    if types.is_empty() || types.iter().any(|it| it == "null") {
        return;
    }
    types.push("null".to_owned());
    object.insert("type".to_owned(), types.into());
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.push(Value::Null);
    }
}
