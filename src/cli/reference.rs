//! What people write to name a submission.

use clap::Args;
use unicode_normalization::UnicodeNormalization;

/// A case: force and crime reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The force that asked.
    pub force: String,
    /// Reference of the crime report.
    pub crime_ref: String,
}

/// What names a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// Its queue number: `Q12` or `12`.
    Number(i64),
    /// All of its reference, the request perhaps left out.
    Key {
        /// Its case.
        case: Case,
        /// Its exhibit.
        exhibit_ref: String,
        /// Which request for it.
        request: Option<u32>,
    },
    /// An exhibit of a case that is said elsewhere.
    Exhibit(String),
}

/// How people name a submission on the command line.
#[derive(Debug, Args)]
pub struct Named {
    /// Force of the case, where REF is an exhibit_ref alone
    #[arg(long, value_name = "FORCE", requires = "crime_ref")]
    force: Option<String>,
    /// Reference of the crime report, where REF is an exhibit_ref alone
    #[arg(long, value_name = "REF", requires = "force")]
    crime_ref: Option<String>,
}

/// As files and the daemon write references: trimmed, in NFC.
fn part(text: &str) -> String {
    text.trim().nfc().collect()
}

impl Reference {
    /// Reads what a person wrote.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right.
    pub fn read(text: &str) -> Result<Self, String> {
        let parts: Vec<String> = text.split('|').map(part).collect();
        let right = "write force|crime_ref|exhibit_ref|request in quotes, the request perhaps left out";
        if parts.iter().any(String::is_empty) {
            return Err(format!("a part of it is empty; {right}"));
        }
        match parts.as_slice() {
            [one] => Ok(number(one).map_or_else(|| Self::Exhibit(one.clone()), Self::Number)),
            [force, crime_ref, exhibit_ref] => Ok(Self::key(force, crime_ref, exhibit_ref, None)),
            [force, crime_ref, exhibit_ref, request] => match request.parse() {
                Ok(number) if number > 0 => Ok(Self::key(force, crime_ref, exhibit_ref, Some(number))),
                _ => Err(format!("its request {request:?} is not a number from 1; {right}")),
            },
            _ => Err(format!("it has {} parts; {right}", parts.len())),
        }
    }

    fn key(force: &str, crime_ref: &str, exhibit_ref: &str, request: Option<u32>) -> Self {
        let case = Case { force: force.into(), crime_ref: crime_ref.into() };
        Self::Key { case, exhibit_ref: exhibit_ref.into(), request }
    }
}

impl Named {
    /// Whether a case is named, so that an exhibit_ref alone is a reference.
    pub const fn is_given(&self) -> bool {
        self.force.is_some()
    }

    /// The reference that `text` is, given these flags.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right.
    pub fn read(&self, text: &str) -> Result<Reference, String> {
        match (&self.force, &self.crime_ref, Reference::read(text)?) {
            // With its case said, whatever stands there is an exhibit, even where it looks like a number.
            (Some(force), Some(crime_ref), Reference::Exhibit(_) | Reference::Number(_)) => {
                Ok(Reference::key(&part(force), &part(crime_ref), &part(text), None))
            }
            (Some(_), ..) => Err("it names its case already; leave out --force and --crime-ref".into()),
            (_, _, Reference::Exhibit(_)) => {
                Err("an exhibit_ref alone may be of any case; add --force and --crime-ref, or write the queue number, like Q12"
                    .into())
            }
            (_, _, reference) => Ok(reference),
        }
    }
}

/// `Q12`, `q12` or `12`.
fn number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['Q', 'q']).unwrap_or(text);
    digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(request: Option<u32>) -> Reference {
        Reference::key("Northshire", "NS/2026/10411", "AB/1", request)
    }

    fn named(force: &str, crime_ref: &str) -> Named {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Named { force: some(force), crime_ref: some(crime_ref) }
    }

    #[test]
    fn queue_numbers_and_whole_references_name_a_submission() {
        for text in ["Q12", "q12", "12", " Q12 "] {
            assert_eq!(named("", "").read(text), Ok(Reference::Number(12)), "{text}");
        }
        assert_eq!(named("", "").read("Northshire|NS/2026/10411|AB/1|2"), Ok(key(Some(2))));
        assert_eq!(named("", "").read("Northshire | NS/2026/10411 | AB/1"), Ok(key(None)));
    }

    #[test]
    fn an_exhibit_needs_its_case() {
        assert_eq!(named("Northshire", "NS/2026/10411").read("AB/1"), Ok(key(None)));
        let Ok(Reference::Key { exhibit_ref, .. }) = named("Northshire", "NS/1").read("12") else { panic!() };
        assert_eq!(exhibit_ref, "12");
        assert!(named("", "").read("AB/1").unwrap_err().contains("--force and --crime-ref"));
        assert!(named("Northshire", "NS/1").read("a|b|c").is_err());
    }

    #[test]
    fn what_is_no_reference_says_how_to_write_one() {
        for text in ["", "a|b", "a||c|1", "a|b|c|0", "a|b|c|one", "a|b|c|1|2"] {
            let wrong = Reference::read(text).unwrap_err();
            assert!(
                wrong.ends_with("write force|crime_ref|exhibit_ref|request in quotes, the request perhaps left out"),
                "{wrong}"
            );
        }
    }
}
