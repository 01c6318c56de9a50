//! Examples: a comment in the code shows an object as JSON; the document has it as an example, and each of its members as one
//! of the field.

use serde_json::{Map, Value};

/// Takes the example out of each schema's description, and gives its members to the properties that have none.
pub fn spread(schemas: &mut Map<String, Value>) {
    for schema in schemas.values_mut() {
        if let Some(example) = taken(schema) {
            share(schema, &example);
            for variant in schema.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
                tell_apart(variant);
                share(variant, &example);
            }
            schema["examples"] = Value::Array(vec![example]);
        }
    }
    inherit(schemas);
    complete(schemas);
}

/// The member by which variants differ is its own example.
fn tell_apart(variant: &mut Value) {
    for (_, property) in properties(variant) {
        if let Some(word) = property.get("const").cloned() {
            property.insert("description".into(), "Which of them it is.".into());
            property.insert("examples".into(), Value::Array(vec![word]));
        }
    }
}

/// An example has all that must be there: what the comment leaves out is as the field, or what it refers to, has it.
fn complete(schemas: &mut Map<String, Value>) {
    let known = schemas.clone();
    let shown = |property: &Value| -> Option<Value> {
        let named = property.get("$ref").and_then(Value::as_str).and_then(|target| known.get(target.rsplit('/').next()?));
        property.get("examples").or_else(|| named?.get("examples"))?.get(0).cloned()
    };
    for schema in schemas.values_mut() {
        let required: Vec<String> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let properties = schema["properties"].clone();
        let Some(example) = schema.pointer_mut("/examples/0").and_then(Value::as_object_mut) else { continue };
        for name in required {
            if let (false, Some(value)) = (example.contains_key(&name), shown(&properties[&name])) {
                example.insert(name, value);
            }
        }
    }
}

/// The example in a description, which is the rest afterwards.
fn taken(schema: &mut Value) -> Option<Value> {
    let text = schema.get("description")?.as_str()?.to_owned();
    let (before, rest) = text.split_once("```json\n")?;
    let (example, after) = rest.split_once("```")?;
    let example = serde_json::from_str(example).ok()?;
    let parts: Vec<&str> = [before.trim(), after.trim()].into_iter().filter(|part| !part.is_empty()).collect();
    schema["description"] = parts.join("\n\n").into();
    Some(example)
}

/// Gives the members of an example to the properties of a schema.
fn share(schema: &mut Value, example: &Value) {
    for (name, property) in properties(schema) {
        if let (Some(value), None) = (example.get(name), property.get("examples")) {
            property.insert("examples".into(), Value::Array(vec![value.clone()]));
        }
    }
}

/// A property that came out of another schema, as one line of a list is in all there is to know, has its example, too.
fn inherit(schemas: &mut Map<String, Value>) {
    let known = schemas.clone();
    for schema in schemas.values_mut() {
        for (name, property) in properties(schema).filter(|(_, property)| !property.contains_key("examples")) {
            let about = property.get("description");
            let same = |other: &&Value| other.get("description") == about && other.get("examples").is_some();
            let found = known.values().filter_map(|other| other.pointer(&format!("/properties/{name}"))).find(same);
            if let Some(examples) = found.and_then(|found| found.get("examples")) {
                property.insert("examples".into(), examples.clone());
            }
        }
    }
}

fn properties(schema: &mut Value) -> impl Iterator<Item = (&String, &mut Map<String, Value>)> {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flatten().filter_map(|(name, property)| Some((name, property.as_object_mut()?)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_example_in_a_comment_is_one_of_each_field() {
        let about = "A line.\n\n```json\n{ \"id\": \"Q12\" }\n```\n\nMore.";
        let mut schemas = Map::from_iter([("Line".to_owned(), json!({ "description": about, "properties": { "id": {} } }))]);
        spread(&mut schemas);
        let expected = json!({
            "description": "A line.\n\nMore.", "examples": [{ "id": "Q12" }], "properties": { "id": { "examples": ["Q12"] } },
        });
        assert_eq!(schemas["Line"], expected);
    }
}
