//! Reading a JSON object field by field: every mistake is noted, none stops the reading.
//!
//! Text arrives trimmed and in NFC. `null` is a field left out. What was not asked for is a mistake, with the nearest name
//! that is.

use std::str::FromStr;

use chrono::NaiveDate;
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use super::error::{Mistake, Problem};
use crate::domain::time::Timestamp;

/// The longest text in one field.
pub const LONGEST: usize = 2_000;

/// Reads one object. Values of fields that are wrong are replaced by a blank: nobody uses them, since [`Self::done`] then
/// fails.
pub struct Reader<'a> {
    object: Option<&'a Map<String, Value>>,
    asked: Vec<&'static str>,
    mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    /// Reads `body`, which should be an object.
    pub fn new(body: &'a Value) -> Self {
        let mistakes = if body.is_object() { Vec::new() } else { vec![Mistake::new("", "must be a JSON object")] };
        Self { object: body.as_object(), asked: Vec::new(), mistakes }
    }

    /// Notes a mistake.
    pub fn wrong(&mut self, field: &str, problem: impl Into<String>) {
        self.mistakes.push(Mistake::new(field, problem));
    }

    /// Whether a mistake in a field is noted.
    pub fn is_wrong(&self, field: &str) -> bool {
        self.mistakes.iter().any(|mistake| mistake.field == field)
    }

    /// Whether a field is given, whatever it says.
    pub fn has(&self, field: &str) -> bool {
        self.object.and_then(|object| object.get(field)).is_some_and(|value| !value.is_null())
    }

    fn take(&mut self, field: &'static str) -> Option<&'a Value> {
        self.asked.push(field);
        self.object?.get(field).filter(|value| !value.is_null())
    }

    /// A text that may be left out; an empty one is left out.
    pub fn text(&mut self, field: &'static str) -> Option<String> {
        match text(self.take(field)?) {
            Ok(text) => Some(text).filter(|text| !text.is_empty()),
            Err(problem) => {
                self.wrong(field, problem);
                None
            }
        }
    }

    /// A text that must be there and may be empty.
    pub fn maybe_empty(&mut self, field: &'static str) -> String {
        if self.object.and_then(|object| object.get(field)).is_none_or(Value::is_null) {
            self.wrong(field, "must be given; empty for none");
        }
        self.text(field).unwrap_or_default()
    }

    /// A text that must be there.
    pub fn need_text(&mut self, field: &'static str) -> String {
        self.need(field, Self::text)
    }

    /// A word, number or instant that is written as text and may be left out.
    pub fn parsed<T: FromStr<Err = String>>(&mut self, field: &'static str) -> Option<T> {
        match self.text(field)?.parse() {
            Ok(value) => Some(value),
            Err(problem) => {
                self.wrong(field, problem);
                None
            }
        }
    }

    /// A word that must be there; none where it is missing or wrong.
    pub fn need_parsed<T: FromStr<Err = String>>(&mut self, field: &'static str) -> Option<T> {
        let before = self.mistakes.len();
        let value = self.parsed(field);
        if value.is_none() && self.mistakes.len() == before {
            self.wrong(field, "must be given");
        }
        value
    }

    /// A whole number, 0 or more, that may be left out.
    pub fn whole(&mut self, field: &'static str) -> Option<i64> {
        let value = self.take(field)?;
        let number = value.as_i64().filter(|number| *number >= 0);
        if number.is_none() {
            self.wrong(field, format!("must be a whole number, 0 or more, not {}", kind(value)));
        }
        number
    }

    /// A list of texts that may be left out; empty ones in it are.
    pub fn list(&mut self, field: &'static str) -> Option<Vec<String>> {
        let value = self.take(field)?;
        let Some(items) = value.as_array() else {
            self.wrong(field, format!("must be an array of texts, not {}", kind(value)));
            return None;
        };
        match items.iter().map(text).collect::<Result<Vec<_>, _>>() {
            Ok(items) => Some(items.into_iter().filter(|item| !item.is_empty()).collect()),
            Err(problem) => {
                self.wrong(field, problem);
                None
            }
        }
    }

    /// A list of texts that must be there and may be empty.
    pub fn need_list(&mut self, field: &'static str) -> Vec<String> {
        self.need(field, Self::list)
    }

    /// A day (`2026-11-23`) that may be left out.
    pub fn day(&mut self, field: &'static str) -> Option<NaiveDate> {
        let day = self.text(field)?.parse().ok();
        if day.is_none() {
            self.wrong(field, "must be a day, like 2026-11-23");
        }
        day
    }

    /// True or false that may be left out.
    pub fn flag(&mut self, field: &'static str) -> Option<bool> {
        let value = self.take(field)?;
        if !value.is_boolean() {
            self.wrong(field, format!("must be true or false, not {}", kind(value)));
        }
        value.as_bool()
    }

    /// An object that may be left out.
    pub fn object(&mut self, field: &'static str) -> Option<&'a Value> {
        let value = self.take(field)?;
        if !value.is_object() {
            self.wrong(field, format!("must be an object, not {}", kind(value)));
        }
        Some(value)
    }

    /// True or false; none where it is missing or wrong.
    pub fn need_flag(&mut self, field: &'static str) -> Option<bool> {
        let before = self.mistakes.len();
        let flag = self.flag(field);
        if flag.is_none() && self.mistakes.len() == before {
            self.wrong(field, "must be given: true or false");
        }
        flag
    }

    /// When it happened; `now` where it is left out.
    pub fn at(&mut self, field: &'static str, now: Timestamp) -> Timestamp {
        self.parsed(field).unwrap_or(now)
    }

    fn need<T: Default>(&mut self, field: &'static str, read: impl Fn(&mut Self, &'static str) -> Option<T>) -> T {
        let before = self.mistakes.len();
        let value = read(self, field);
        if value.is_none() && self.mistakes.len() == before {
            self.wrong(field, "must be given");
        }
        value.unwrap_or_default()
    }

    /// Ends the reading: fields that nobody asked for are mistakes, too.
    pub fn done(mut self) -> Result<(), Problem> {
        if self.object.is_none() {
            self.mistakes.truncate(1);
        }
        for field in self.object.into_iter().flat_map(Map::keys).filter(|field| !self.asked.contains(&field.as_str())) {
            self.mistakes.push(Mistake::new(field.as_str(), unknown(field, &self.asked)));
        }
        if self.mistakes.is_empty() { Ok(()) } else { Err(Problem::invalid(&self.mistakes)) }
    }
}

/// A JSON text, trimmed and in NFC.
pub fn text(value: &Value) -> Result<String, String> {
    let Value::String(given) = value else { return Err(format!("must be text, not {}", kind(value))) };
    let text: String = given.trim().nfc().collect();
    // As given, which is how long the description says it may be; and as kept, since what NFC takes apart is longer.
    if given.chars().count().max(text.chars().count()) > LONGEST {
        return Err(format!("must not be longer than {LONGEST} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("must not hold control characters".into());
    }
    Ok(text)
}

/// What a JSON value is, for people.
pub const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// What to say of a name that is not known.
pub fn unknown(name: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|k| (strsim::damerau_levenshtein(k, name), *k)).min();
    match nearest {
        // A slip or two; whoever writes something else means something else.
        Some((distance, nearest)) if distance <= name.chars().count().div_ceil(3).min(3) => {
            format!("is not known; is {nearest} meant?")
        }
        _ if known.is_empty() => "is not known; no field is".into(),
        _ => format!("is not known; known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::submission::LockState;

    #[test]
    fn every_mistake_is_named_at_once() {
        let body = json!({ "by": 7, "lock_stat": "afu", "at": "yesterday" });
        let mut body = Reader::new(&body);
        body.need_text("by");
        body.need_parsed::<LockState>("lock_state");
        body.at("at", Timestamp::MIN);
        let problem = body.done().unwrap_err().body();
        let fields: Vec<&str> = problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["by", "lock_state", "at", "lock_stat"]);
        assert_eq!(problem["errors"][3]["problem"], "is not known; is lock_state meant?");
        assert_eq!(problem["status"], 422);
    }

    #[test]
    fn what_is_no_object_is_one_mistake() {
        let body = json!([1]);
        assert_eq!(Reader::new(&body).done().unwrap_err().body()["errors"][0]["problem"], "must be a JSON object");
    }
}
