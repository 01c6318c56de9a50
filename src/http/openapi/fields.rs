//! The schemas of fields and query parameters, as [`doc`](super::doc) describes them.

use serde_json::{Map, Value, json};

use super::doc::{Body, Doc, Field, Kind};
use super::schemas::meanings;

/// The longest text in one field, as the reader of bodies has it.
const LONGEST: usize = crate::http::body::LONGEST;
/// Text that holds no control characters, but for space around it, which is taken off.
const PLAIN: &str = r"^\s*[^\u0000-\u001f\u007f-\u009f]*\s*$";
/// The same with something in it.
const FILLED: &str = r"^\s*[^\u0000-\u001f\u007f-\u009f\s][^\u0000-\u001f\u007f-\u009f]*\s*$";

/// The body that a route reads, if any.
pub fn body(doc: &Doc) -> Option<Value> {
    let (fields, most) = match doc.body {
        Body::None => return None,
        Body::Object(fields) => (fields, None),
        Body::Objects(fields, most) => (fields, Some(most)),
    };
    let one = object(fields);
    let example = one["examples"][0].clone();
    let schema = match most {
        None => one,
        Some(most) => json!({
            "oneOf": [one.clone(), { "type": "array", "maxItems": most, "items": one, "description": "Several at once." }],
        }),
    };
    let required = fields.iter().any(|field| field.required);
    Some(json!({ "required": required, "content": { "application/json": { "schema": schema, "example": example } } }))
}

/// An object of such fields.
pub fn object(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields.iter().map(|field| (field.name.to_owned(), member(field))).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let example: Map<String, Value> = fields.iter().map(|field| (field.name.to_owned(), example(field.kind))).collect();
    let mut object = json!({ "type": "object", "properties": properties, "additionalProperties": false, "examples": [Value::Object(example)] });
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

/// A member of a body: what may be left out may be null, too, and where it is written as text, empty.
fn member(field: &Field) -> Value {
    let plain = if field.required { FILLED } else { PLAIN };
    let mut schema = match field.kind {
        Kind::Text(_) => json!({ "type": "string", "maxLength": LONGEST, "pattern": plain }),
        Kind::MaybeEmpty(_) => json!({ "type": "string", "maxLength": LONGEST, "pattern": PLAIN }),
        Kind::Words(..) => json!({ "type": "array", "items": strict(field.kind) }),
        kind => strict(kind),
    };
    if !field.required {
        schema = match field.kind {
            Kind::Text(_)
            | Kind::MaybeEmpty(_)
            | Kind::Flag(_)
            | Kind::Whole(..)
            | Kind::Texts(_)
            | Kind::Words(..)
            | Kind::Object(_) => {
                schema["type"] = json!([schema["type"], "null"]);
                schema
            }
            _ => json!({ "anyOf": [schema, { "enum": ["", null] }] }),
        };
    }
    schema["description"] = described(field).into();
    schema["examples"] = json!([example(field.kind)]);
    schema
}

/// A query parameter.
pub fn parameter(field: &Field) -> Value {
    let schema = match field.kind {
        Kind::Words(_, words) => {
            // As with other parameters: an empty one is left out, and so is an empty word among others.
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).chain([""]).collect();
            json!({ "type": "array", "items": { "type": "string", "enum": known } })
        }
        Kind::Tiers => {
            json!({ "type": "array", "items": { "anyOf": [{ "type": "integer", "minimum": 0, "maximum": 5 }, { "enum": [""] }] } })
        }
        Kind::Text(_) | Kind::MaybeEmpty(_) => json!({ "type": "string" }),
        kind if field.required => strict(kind),
        // An empty one is left out.
        kind => json!({ "anyOf": [strict(kind), { "enum": [""] }] }),
    };
    let mut parameter = json!({
        "name": field.name, "in": "query", "required": field.required, "description": described(field), "schema": schema,
        "example": example(field.kind),
    });
    if schema["type"] == "array" {
        (parameter["style"], parameter["explode"]) = ("form".into(), false.into());
    }
    parameter
}

/// What a field says, and what each of its words means.
fn described(field: &Field) -> String {
    match field.kind {
        Kind::Word(some, words) | Kind::Words(some, words) => format!("{}\n\n{}", field.about, meanings(&chosen(some, words))),
        _ => field.about.to_owned(),
    }
}

fn chosen(some: &[&'static str], words: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    // One alone is an example.
    words.iter().filter(|(word, _)| some.len() < 2 || some.contains(word)).copied().collect()
}

/// What may stand in a field that is there.
fn strict(kind: Kind) -> Value {
    match kind {
        Kind::Instant(_) => json!({ "type": "string", "format": "date-time" }),
        Kind::Day(_) => json!({ "type": "string", "format": "date" }),
        Kind::Span(_) => {
            json!({ "type": "string", "pattern": r"^([0-9]{1,4}d)?([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,4}s)?$", "minLength": 2 })
        }
        Kind::Text(_) | Kind::MaybeEmpty(_) => json!({ "type": "string", "maxLength": LONGEST }),
        Kind::Texts(_) => json!({
            "type": "array", "items": { "type": "string", "maxLength": LONGEST, "pattern": PLAIN.replace("\\u009f", "\\u009f;") },
        }),
        Kind::Flag(_) => json!({ "type": "boolean" }),
        Kind::Object(_) => json!({ "type": "object" }),
        Kind::Whole(least, most, _) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Word(some, words) | Kind::Words(some, words) => {
            let known: Vec<&str> = chosen(some, words).iter().map(|(word, _)| *word).collect();
            json!({ "type": "string", "enum": known })
        }
        Kind::Tiers => json!({ "type": "integer", "minimum": 0 }),
    }
}

/// An example of what may stand in a field.
pub fn example(kind: Kind) -> Value {
    let first = |some: &[&str], words: &[(&str, &str)]| -> Value {
        some.first().copied().or(words.first().map(|(word, _)| *word)).unwrap_or_default().into()
    };
    match kind {
        Kind::Instant(text) | Kind::Day(text) | Kind::Span(text) | Kind::Text(text) | Kind::MaybeEmpty(text) => text.into(),
        // As it stands in the code.
        Kind::Object(text) => serde_json::from_str(text).unwrap_or_default(),
        Kind::Texts(texts) => json!(texts),
        Kind::Flag(flag) => flag.into(),
        Kind::Whole(_, _, number) => number.into(),
        Kind::Word(some, words) => first(some, words),
        Kind::Words([], words) => json!([first(&[], words)]),
        Kind::Words(some, _) => json!(some),
        Kind::Tiers => json!([1]),
    }
}
