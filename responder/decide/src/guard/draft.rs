//! What a model sent back, read strictly.

use serde::Deserialize;

/// The JSON Schema of an answer, for endpoints that hold models to one.
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "answer": {"type": ["string", "null"]},
    "passages": {"type": "array", "items": {"type": "integer"}}
  },
  "required": ["answer", "passages"],
  "additionalProperties": false
}"#;

/// What a model says instead of an answer where it must not use JSON.
const UNKNOWN: &str = "UNKNOWN";
/// Bytes of the longest draft that is read.
const LONGEST: usize = 16 * 1024;

/// A model's answer before anybody has checked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Draft {
    /// This text.
    Answer(String),
    /// The model says that the passages do not answer.
    Unknown,
    /// Nothing that can be read: empty, cut off, or far too long.
    Broken,
}

#[derive(Deserialize)]
struct Written {
    answer: Option<String>,
}

impl Draft {
    /// Reads the JSON object asked for, also inside a Markdown fence. A bare text is taken as the
    /// answer, because not every endpoint can be held to a schema; what only looks like JSON is not.
    pub(crate) fn read(text: &str) -> Self {
        if text.len() > LONGEST {
            return Self::Broken;
        }
        let text = unfenced(text.trim());
        let answer = if text.starts_with('[') {
            return Self::Broken;
        } else if text.starts_with('{') {
            match serde_json::from_str::<Written>(text) {
                Ok(written) => written.answer.unwrap_or_else(|| UNKNOWN.to_owned()),
                Err(_) => return Self::Broken,
            }
        } else {
            text.to_owned()
        };
        let answer = crate::answer::tidy(answer.trim());
        match answer.as_str() {
            "" => Self::Broken,
            it if it.contains(UNKNOWN) => Self::Unknown,
            _ => Self::Answer(answer),
        }
    }
}

/// The inside of a fence of three backticks, with or without the name of a language.
fn unfenced(text: &str) -> &str {
    let inner = text.strip_prefix("```").and_then(|it| it.strip_suffix("```"));
    inner.map_or(text, |it| it.trim_start_matches(|it: char| it.is_ascii_alphabetic()).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_are_read_or_refused() {
        let answer = |it: &str| Draft::Answer(it.to_owned());
        for (sent, read) in [
            (r#"{"answer": "Да, чиним.", "passages": [1]}"#, answer("Да, чиним.")),
            ("```json\n{\"answer\": \"Да.\", \"passages\": []}\n```", answer("Да.")),
            ("Да, чиним.", answer("Да, чиним.")),
            (r#"{"answer": null, "passages": []}"#, Draft::Unknown),
            ("UNKNOWN", Draft::Unknown),
            ("", Draft::Broken),
            (r#"{"answer": ""}"#, Draft::Broken),
            (r#"{"answer": "Да, чин"#, Draft::Broken),
            (r#"["Да"]"#, Draft::Broken),
            (r#"{"answer": 7}"#, Draft::Broken),
        ] {
            assert_eq!(Draft::read(sent), read, "{sent}");
        }
        assert_eq!(Draft::read(&"а".repeat(20_000)), Draft::Broken);
    }

    #[test]
    fn the_schema_is_json() {
        assert!(serde_json::from_str::<serde_json::Value>(SCHEMA).is_ok());
    }
}
