//! The description of the API as one page for people: nothing to load, nothing that runs. It is made of the document and of
//! nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::prose::{inline, prose, said};

const STYLE: &str = include_str!("page.css");

/// What the page may do: show itself, with its own style.
pub fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
}

/// The page.
pub fn page(document: &Value) -> String {
    let info = &document["info"];
    let title = format!("The API of {} {}", said(&info["title"]), said(&info["version"]));
    let page = html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "To the description" }
                nav aria-label="Operations" { (contents(document)) }
                main id="main" {
                    h1 { (title) }
                    (prose(said(&info["description"])))
                    p { "The same for programs: " a href="/openapi.json" { "OpenAPI 3.1" } "." }
                    @for tag in listed(&document["tags"]) {
                        section {
                            h2 id=(said(&tag["name"])) { (said(&tag["name"])) }
                            (prose(said(&tag["description"])))
                            @for (path, method, operation) in operations(document, said(&tag["name"])) {
                                (section(document, path, method, operation))
                            }
                        }
                    }
                    section { h2 id="objects" { "Objects" } (objects(document)) }
                    section { h2 id="problems" { "Problems" } (failures(document)) }
                }
            }
        }
    };
    page.into_string()
}

fn contents(document: &Value) -> Markup {
    html! {
        @for tag in listed(&document["tags"]) {
            p { a href={ "#" (said(&tag["name"])) } { (said(&tag["name"])) } }
            ul {
                @for (path, method, operation) in operations(document, said(&tag["name"])) {
                    li { a href={ "#" (said(&operation["operationId"])) } { (verb(method)) " " (path) } }
                }
            }
        }
        p { a href="#objects" { "objects" } } p { a href="#problems" { "problems" } }
    }
}

/// The operations of a tag: path, method, and what it is.
fn operations<'a>(document: &'a Value, tag: &'a str) -> impl Iterator<Item = (&'a str, &'a str, &'a Value)> {
    let of = |path: &'a String, methods: &'a Value| {
        members(methods).map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    };
    let all = members(&document["paths"]).flat_map(move |(path, methods)| of(path, methods));
    all.filter(move |(.., operation)| operation["tags"][0] == tag)
}

fn verb(method: &str) -> Markup {
    html! { span class={ "verb " (method) } { (method.to_uppercase()) } }
}

fn section(document: &Value, path: &str, method: &str, operation: &Value) -> Markup {
    let parameters: Vec<&Value> = listed(&operation["parameters"]).map(|parameter| resolved(document, parameter)).collect();
    let body = &operation["requestBody"]["content"]["application/json"];
    // Several at once are described by one.
    let one = body["schema"]["oneOf"].get(0).unwrap_or(&body["schema"]);
    html! {
        article {
            h3 id=(said(&operation["operationId"])) { (verb(method)) " " code { (path) } }
            p.summary { (said(&operation["summary"])) }
            (prose(said(&operation["description"])))
            @if !parameters.is_empty() {
                table {
                    caption { "Parameters" }
                    thead { tr { th scope="col" { "Name" } th scope="col" { "In" } th scope="col" { "Type" } th scope="col" { "What it says" } th scope="col" { "Example" } } }
                    tbody { @for parameter in parameters { tr {
                        th scope="row" { code { (said(&parameter["name"])) } @if parameter["required"] == true { " " em { "required" } } }
                        td { (said(&parameter["in"])) }
                        td { (kind(&parameter["schema"])) }
                        td { (prose(said(&parameter["description"]))) }
                        td { code { (written(&parameter["example"])) } }
                    } } }
                }
            }
            @if body["schema"].is_object() {
                (fields("Body", one))
                @if members(&one["properties"]).next().is_some() {
                    figure { figcaption { "Example" } pre tabindex="0" { code { (pretty(&body["example"])) } } }
                }
            }
            table {
                caption { "Answers" }
                thead { tr { th scope="col" { "Status" } th scope="col" { "What it says" } th scope="col" { "Body" } } }
                tbody { @for (status, response) in members(&operation["responses"]).filter(|(_, response)| response.get("$ref").is_none()) { tr {
                    th scope="row" { (status) }
                    td { (prose(said(&response["description"]))) }
                    td { @for (media, content) in members(&response["content"]) { p { (media) ": " (kind(&content["schema"])) } } }
                } } }
            }
            p.failures {
                "Else: "
                @for (status, response) in members(&operation["responses"]).filter_map(|(status, response)| Some((status, response.get("$ref")?))) {
                    a href={ "#" (last(response)) } { (status) } " "
                }
            }
        }
    }
}

/// The members of an object, as a table.
fn fields(caption: &str, schema: &Value) -> Markup {
    if members(&schema["properties"]).next().is_none() {
        return html! { p { (caption) ": nothing, or an empty object." } };
    }
    let required: Vec<&str> = listed(&schema["required"]).map(said).collect();
    html! {
        table {
            caption { (caption) }
            thead { tr { th scope="col" { "Field" } th scope="col" { "Type" } th scope="col" { "What it says" } th scope="col" { "Example" } } }
            tbody { @for (name, field) in members(&schema["properties"]) { tr {
                th scope="row" { code { (name) } @if required.contains(&name.as_str()) { " " em { "required" } } }
                td { (kind(field)) }
                td { (prose(said(&field["description"]))) }
                td { code { (written(&field["examples"][0])) } }
            } } }
        }
    }
}

fn objects(document: &Value) -> Markup {
    html! {
        @for (name, schema) in members(&document["components"]["schemas"]) {
            article {
                h3 id=(name) { (name) }
                (prose(said(&schema["description"])))
                @if schema.get("properties").is_some() { (fields("Fields", schema)) }
                @for variant in listed(&schema["oneOf"]) {
                    h4 { (variant_name(variant)) }
                    (prose(said(&variant["description"])))
                    (fields("Fields", variant))
                }
            }
        }
    }
}

/// Variants of an object differ in one member that never varies.
fn variant_name(variant: &Value) -> String {
    let fixed =
        members(&variant["properties"]).find_map(|(name, field)| Some(format!("{name}: {}", field.get("const")?.as_str()?)));
    fixed.unwrap_or_else(|| "or".into())
}

fn failures(document: &Value) -> Markup {
    html! {
        @for (name, response) in members(&document["components"]["responses"]) {
            article {
                h3 id=(name) { (written(&response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["status"]["const"])) " " (name) }
                (prose(said(&response["description"])))
            }
        }
    }
}

/// What a schema allows, in a few words.
fn kind(schema: &Value) -> Markup {
    if let Some(target) = schema.get("$ref") {
        return html! { a href={ "#" (last(target)) } { (last(target)) } };
    }
    for ways in ["oneOf", "anyOf"] {
        if let Some(ways) = schema.get(ways) {
            return html! { @for (place, way) in listed(ways).enumerate() { @if place > 0 { " or " } (kind(way)) } };
        }
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().map(said).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let format = schema.get("format").map(said).filter(|format| format.starts_with("date"));
    let known: Vec<String> = listed(&schema["enum"]).map(written).collect();
    html! {
        @if known.is_empty() {
            @if types.contains(&"array") { "array of " (kind(&schema["items"])) @if types.contains(&"null") { " or null" } }
            @else { (types.join(" or ").replace("string", "text")) @if let Some(format) = format { ", " (format) } }
        } @else if schema.get("description").is_none() || types.is_empty() { (known.join(", ")) }
        @else { "one of " (inline(&known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "))) }
    }
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value.get("$ref").map(said).and_then(|target| target.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

/// The last part of a reference.
fn last(target: &Value) -> &str {
    said(target).rsplit('/').next().unwrap_or_default()
}

/// A value as it would be written: text without its quotes.
fn written(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::String(text) if text.is_empty() => "\"\"".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn listed(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
