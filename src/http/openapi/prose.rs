//! The little of Markdown that comments are written in: paragraphs, lists, and code.

use maud::{Markup, html};
use serde_json::Value;

/// The text of a value; empty where it is none.
pub fn said(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Paragraphs and lists.
pub fn prose(text: &str) -> Markup {
    html! {
        @for part in text.split("\n\n").filter(|part| !part.trim().is_empty()) {
            @if part.starts_with("- ") {
                ul { @for item in part.lines() { li { (inline(item.trim_start_matches("- "))) } } }
            } @else { p { (inline(part)) } }
        }
    }
}

/// Text with `code`.
pub fn inline(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_text_and_code_is_code() {
        let html = prose("A `kind` of <b>.\n\n- `one`: first\n- two").into_string();
        assert_eq!(html, "<p>A <code>kind</code> of &lt;b&gt;.</p><ul><li><code>one</code>: first</li><li>two</li></ul>");
    }
}
