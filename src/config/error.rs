//! What is wrong with a file, in the one form in which every reader of this room says it.

use std::fmt;

/// One thing that is wrong, where, and what would be right.
///
/// Prints as `config/unit.toml:42: resource[3].calendar: no calendar "dayz"; did you mean "days"?`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file as its reader was told it is called; `environment` and `command line` are files too.
    pub file: String,
    /// From 1; none where the whole file is meant.
    pub line: Option<usize>,
    /// The key (`resource[3].calendar`, elements counted from 1), column or variable; empty for the file itself.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What would be right, where that can be told.
    pub right: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        f.write_str(": ")?;
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.what)?;
        match &self.right {
            Some(right) => write!(f, "; {right}"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong, in the order of the file. Prints one mistake a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// These mistakes by line, those of the whole file first.
    pub(super) fn in_order(mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.line);
        Self(mistakes)
    }

    /// These mistakes, already in order.
    pub(super) fn as_given(mistakes: Vec<Mistake>) -> Self {
        Self(mistakes)
    }

    /// The only thing that can be said of a file: it can't be read at all.
    pub(super) fn of_file(file: &str, line: Option<usize>, wrong: Wrong) -> Self {
        Self(vec![wrong.at(file, line, String::new())])
    }

    /// These, then those of the next file.
    pub(super) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mistake) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// What is wrong with a value, before it is known where the value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub what: String,
    pub right: Option<String>,
}

impl Wrong {
    /// Something that needs no advice.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), right: None }
    }

    /// Something wrong, and what would be right.
    pub fn but(what: impl Into<String>, right: impl Into<String>) -> Self {
        Self { what: what.into(), right: Some(right.into()) }
    }

    /// A word that is none of those known: names the nearest, or all where none is near and they are few.
    pub fn unknown<'k>(kind: &str, word: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        Self { what: format!("no {kind} {}", quoted(word)), right: advice(word, known) }
    }

    /// The mistake it is, now that its place is known.
    pub fn at(self, file: &str, line: Option<usize>, place: String) -> Mistake {
        Mistake { file: file.to_owned(), line, place, what: self.what, right: self.right }
    }
}

/// What to say to someone who wrote `word` where one of `known` was wanted.
pub(super) fn advice<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    const FEW: usize = 12;
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, &known) {
        Some(near) => Some(format!("did you mean {near:?}?")),
        None if known.is_empty() => Some("there is none".to_owned()),
        None if known.len() <= FEW => Some(format!("known: {}", known.join(", "))),
        None => None,
    }
}

/// The known word that `word` is most likely a slip of: about a third of its letters wrong, swapped or missing.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    const LONGEST: usize = 64;
    let plain = |text: &str| text.trim().to_lowercase().replace(['-', ' '], "_").chars().take(LONGEST).collect::<String>();
    let word = plain(word);
    let distances = known.iter().map(|near| (strsim::osa_distance(&word, &plain(near)), *near));
    let (distance, near) = distances.min_by_key(|(distance, _)| *distance)?;
    let length = word.chars().count().max(near.chars().count());
    (distance <= (length + 1) / 3).then_some(near)
}

/// A value as a message shows it: in quotes, unprintable characters escaped, cut where it is long.
pub(super) fn quoted(value: &str) -> String {
    const LONGEST: usize = 40;
    match value.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{:?}…", &value[..cut]),
        None => format!("{value:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_prints_where_it_is_what_is_wrong_and_what_would_be_right() {
        let mistake =
            Wrong::unknown("calendar", "dayz", ["days", "front-desk"]).at("unit.toml", Some(42), "resource[3].calendar".into());
        assert_eq!(mistake.to_string(), r#"unit.toml:42: resource[3].calendar: no calendar "dayz"; did you mean "days"?"#);
    }

    #[test]
    fn a_slip_finds_the_word_that_was_meant() {
        let known = ["phone", "tablet", "memory_card", "hq"];
        for (slip, meant) in [("phnoe", "phone"), ("TABLETS", "tablet"), ("memory card", "memory_card"), ("hw", "hq")] {
            assert_eq!(nearest(slip, &known), Some(meant), "{slip}");
        }
        for word in ["", "toaster", "north"] {
            assert_eq!(nearest(word, &known), None, "{word}");
        }
    }

    #[test]
    fn advice_names_all_that_is_known_when_nothing_is_near() {
        assert_eq!(advice("zzzzzz", ["kiosk", "van"]), Some("known: kiosk, van".into()));
        assert_eq!(advice("zzzzzz", []), Some("there is none".into()));
    }

    #[test]
    fn long_or_unprintable_values_are_shown_short_and_escaped() {
        assert_eq!(quoted(&"é".repeat(100_000)), format!("\"{}\"…", "é".repeat(40)));
        assert_eq!(quoted("a\u{1b}[31m\n"), r#""a\u{1b}[31m\n""#);
    }
}
