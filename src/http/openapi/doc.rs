//! How a route is described: a constant beside its handler, in the words of those who call it. The matrix takes one with
//! every row, so that no route goes undescribed.
//!
//! ```ignore
//! /// What [`delivery`] is for.
//! pub const DELIVERY: Doc = Doc::change("Record that the device reached a site", &[
//!     may("site", SITE, "Where it is; the submission's own site unless given."),
//!     may("at", AT, "When it came; now unless given."),
//! ]);
//! ```

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::domain::submission::Vocabulary;
use crate::http::order::Receipt;

/// What a route is for, what it reads, and what it answers when all goes well. What it answers otherwise follows from its
/// row.
pub struct Doc {
    /// What it does, in the imperative, without a full stop.
    pub summary: &'static str,
    /// What else a caller must know.
    pub text: &'static str,
    /// What it reads.
    pub body: Body,
    /// Its query parameters.
    pub query: &'static [Field],
    /// Headers that it reads and others of its sort don't, by their names among the document's parameters.
    pub headers: &'static [&'static str],
    /// Its answers.
    pub answers: &'static [Answer],
}

/// What a route reads from the body.
pub enum Body {
    /// Nothing: it is a GET.
    None,
    /// An object.
    Object(&'static [Field]),
    /// An object, or an array of so many of them at most.
    Objects(&'static [Field], usize),
}

/// A field of a body, or a query parameter.
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What may stand in it.
    pub kind: Kind,
    /// What it says, with its unit.
    pub about: &'static str,
    /// Whether it must be there.
    pub required: bool,
}

/// What may stand in a field, with an example.
#[derive(Clone, Copy)]
pub enum Kind {
    /// RFC 3339 with an offset.
    Instant(&'static str),
    /// A day, `2026-11-23`.
    Day(&'static str),
    /// A length of time, `1h30m`.
    Span(&'static str),
    /// Text.
    Text(&'static str),
    /// Text that may be empty even where it must be given.
    MaybeEmpty(&'static str),
    /// An object of any members; an example, as JSON.
    Object(&'static str),
    /// Several texts.
    Texts(&'static [&'static str]),
    /// True or false.
    Flag(bool),
    /// A whole number: the smallest, the largest, an example.
    Whole(i64, i64, i64),
    /// One of some words; the first is the example.
    Word(&'static [&'static str], &'static [(&'static str, &'static str)]),
    /// Several of them: an array in a body, separated by commas in a query.
    Words(&'static [&'static str], &'static [(&'static str, &'static str)]),
    /// Tiers of the policy, separated by commas.
    Tiers,
}

/// How the schema of an answer is made.
pub type Shape = fn(&mut SchemaGenerator) -> Schema;

/// What is answered when all goes well.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// What it says.
    pub about: &'static str,
    /// Media types, each with its schema; text where it has none.
    pub content: &'static [(&'static str, Option<Shape>)],
    /// The schema of JSON, where that is all there is.
    pub json: Option<Shape>,
    /// Whether it has an ETag, and is not sent to a reader who has it.
    pub tagged: bool,
}

impl Answer {
    /// JSON of one shape.
    pub const fn json<T: JsonSchema>(status: u16, about: &'static str) -> Self {
        Self { status, about, content: &[], json: Some(shape::<T>), tagged: true }
    }

    /// The same in other media types, too.
    #[must_use]
    pub const fn or(self, content: &'static [(&'static str, Option<Shape>)]) -> Self {
        Self { content, ..self }
    }

    /// The same as it is at each moment: no ETag, never 304.
    #[must_use]
    pub const fn untagged(self) -> Self {
        Self { tagged: false, ..self }
    }

    /// In these media types alone.
    pub const fn only(about: &'static str, content: &'static [(&'static str, Option<Shape>)]) -> Self {
        Self { status: 200, about, content, json: None, tagged: false }
    }
}

/// The schema of a view.
pub fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

impl Doc {
    /// A change of one submission: reads an object, answers with a receipt.
    pub const fn change(summary: &'static str, fields: &'static [Field]) -> Self {
        const RECEIPT: &[Answer] = &[Answer::json::<Receipt>(200, "Recorded, or on record already.")];
        Self { body: Body::Object(fields), ..Self::read(summary, RECEIPT) }
    }

    /// A question.
    pub const fn read(summary: &'static str, answers: &'static [Answer]) -> Self {
        Self { summary, text: "", body: Body::None, query: &[], headers: &[], answers }
    }

    /// With more to know.
    #[must_use]
    pub const fn more(self, text: &'static str) -> Self {
        Self { text, ..self }
    }

    /// With query parameters.
    #[must_use]
    pub const fn query(self, query: &'static [Field]) -> Self {
        Self { query, ..self }
    }

    /// With headers that others of its sort don't read.
    #[must_use]
    pub const fn headers(self, headers: &'static [&'static str]) -> Self {
        Self { headers, ..self }
    }

    /// Whether its answers have an ETag.
    pub fn is_tagged(&self) -> bool {
        self.answers.iter().all(|answer| answer.tagged)
    }

    /// With a body.
    #[must_use]
    pub const fn body(self, body: Body) -> Self {
        Self { body, ..self }
    }

    /// With other answers.
    #[must_use]
    pub const fn answers(self, answers: &'static [Answer]) -> Self {
        Self { answers, ..self }
    }
}

/// A field that must be there.
pub const fn need(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, about, required: true }
}

/// A field that may be left out, be null or empty.
pub const fn may(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, about, required: false }
}

/// One of the words of a vocabulary; or of some of them, first the example.
pub const fn word<V: Vocabulary>(some: &'static [&'static str]) -> Kind {
    Kind::Word(some, V::WORDS)
}

/// Several words of a vocabulary, or of some of them; first the example.
pub const fn words<V: Vocabulary>(some: &'static [&'static str]) -> Kind {
    Kind::Words(some, V::WORDS)
}

/// When something happened.
pub const AT: Kind = Kind::Instant("2026-11-23T08:25:00Z");
/// Somebody, as entries name them.
pub const PERSON: Kind = Kind::Text("DC 2231");
/// Why, in a person's words.
pub const REASON: Kind = Kind::Text("the messages are on the suspect's phone, which is examined");
/// The seal that the device is in.
pub const SEAL: Field = may("seal", Kind::Text("A0012345"), "The number of its seal, where it has one.");
/// A site of the unit file.
pub const SITE: Kind = Kind::Text("north");

/// Where a page begins.
pub const CURSOR: Field = may("cursor", Kind::Text("AAAAAAAAAGQ"), "Where the page begins: `next_cursor` of the page before.");
/// How many items a page may have.
pub const LIMIT: Field = may(
    "limit",
    Kind::Whole(1, crate::http::page::MOST as i64, crate::http::page::USUAL as i64),
    "How many items the page may have; 100 unless given.",
);
/// Tiers.
pub const TIER: Field = may("tier", Kind::Tiers, "Only these tiers of the policy, separated by commas; 0 is the highest.");
