//! Answers held against the description of the API: every answer of these tests is, whatever the test is about.
//!
//! The description is read more strictly than by others: what it does not name may not be there.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use dfqueue::http::openapi::document;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// Holds an answer against the description. `kind`: its media type; `text`: its body.
#[track_caller]
pub fn judge(method: &str, path: &str, status: u16, kind: Option<&str>, text: &str) {
    let name = format!("{method} {path}: {status}");
    let Some((template, methods)) = item(path) else {
        return assert_eq!(status, 404, "{name}: there is no such path in the description");
    };
    // HEAD is answered like GET.
    let method = if method == "HEAD" { "get".into() } else { method.to_lowercase() };
    let Some(operation) = methods.get(&method) else {
        return assert_eq!(status, 405, "{name}: there is no such operation in the description");
    };
    let response = resolved(&operation["responses"][status.to_string()]);
    assert!(response.is_object(), "{name} is not described: {text}");
    if text.is_empty() {
        return;
    }
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
    let schema = &response["content"][kind]["schema"];
    assert!(schema.is_object(), "{name}: {kind} is not described");
    if kind.ends_with("json") {
        let key = format!("{method} {template} {status}");
        fits(&key, schema, &serde_json::from_str(text).unwrap());
    } else if kind == "text/event-stream" {
        let events = text.split("\n\n").filter(|event| event.starts_with("id: "));
        let data = events.filter_map(|event| event.split_once("\ndata: "));
        data.for_each(|(_, data)| fits("events", schema, &serde_json::from_str(data).unwrap()));
    }
}

/// Holds a body that was taken against the description: what is taken is allowed.
#[track_caller]
pub fn judge_taken(path: &str, body: &Value) {
    let (template, methods) = item(path).unwrap();
    let schema = &methods["post"]["requestBody"]["content"]["application/json"]["schema"];
    fits(&format!("the body of {template}"), schema, body);
}

/// The path of the description that names a request's path, and what can be done there.
fn item(path: &str) -> Option<(&'static String, &'static Value)> {
    let parts: Vec<&str> = path.split('?').next()?.split('/').collect();
    let names = |template: &str| {
        let theirs: Vec<&str> = template.split('/').collect();
        theirs.len() == parts.len() && theirs.iter().zip(&parts).all(|(t, p)| t == p || (t.starts_with('{') && !p.is_empty()))
    };
    let paths = document()["paths"].as_object()?;
    // What is spelled out goes before what an id may stand for.
    let named = paths.iter().filter(|(template, _)| names(template));
    named.min_by_key(|(template, _)| template.matches('{').count())
}

/// What a reference leads to.
pub fn resolved(value: &'static Value) -> &'static Value {
    let pointer = value.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
    pointer.map_or(value, |pointer| document().pointer(pointer).unwrap_or_else(|| panic!("{pointer} leads nowhere")))
}

/// Holds a value against a schema of the description, which is read once for each `key`.
#[track_caller]
pub fn fits(key: &str, schema: &Value, value: &Value) {
    static READ: Mutex<BTreeMap<String, Validator>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let validator = read.entry(key.to_owned()).or_insert_with(|| validator(schema));
    let faults: Vec<String> = validator.iter_errors(value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    drop(read);
    assert!(faults.is_empty(), "{key} is not as described:\n  {}\n{value:#}", faults.join("\n  "));
}

/// Reads a schema that refers to the description's own.
pub fn validator(schema: &Value) -> Validator {
    static STRICT: LazyLock<Value> = LazyLock::new(|| {
        let mut schemas = document()["components"]["schemas"].clone();
        schemas.as_object_mut().into_iter().flat_map(Map::values_mut).for_each(close);
        schemas
    });
    let whole = json!({ "components": { "schemas": &*STRICT }, "allOf": [schema] });
    jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap()
}

/// Lets an object hold nothing but what is named.
fn close(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.contains_key("properties") {
        object.entry("additionalProperties").or_insert(false.into());
    }
    object.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten().for_each(close);
}
