//! Schemas of the names, instants and words that views are made of. They stand here because the domain knows nothing of
//! documents.
//!
//! Names and instants have no description of their own: each field says what it is.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::domain::actions::{ActionKind, Rung};
use crate::domain::agreement::{DecidedBy, DeviceUser};
use crate::domain::data_quality::{Finding, FindingClass};
use crate::domain::establishment::ResourceKind;
use crate::domain::event::FailureCause;
use crate::domain::ids::{AssignmentId, BreachId, CaseId, HoldId, QueueNumber, ResourceId, SiteId, Word};
use crate::domain::legs::Leg;
use crate::domain::policy::{Gate, Milestone, NextStep};
use crate::domain::reports::By;
use crate::domain::roster::DutyKind;
use crate::domain::state::{Results, State};
use crate::domain::submission::{LockState, Owner, Vocabulary};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{
    AppointmentEnd, Confidential, DataTaken, OfferAnswer, ParkCause, Proof, Receiver, RemovalCause, WithholdCause,
};
use crate::domain::what_if::additions::SearchEnding;
use crate::http::access::Role;
use crate::http::notices::MessageState;
use crate::http::quality::What;
use crate::http::sla::BreachWord;
use crate::http::views::Shown;
use crate::http::views::promise::Standing;
use crate::report::Unit;

/// A type whose schema stands where it is used.
macro_rules! inline {
    ($($type:ty => $schema:expr),+ $(,)?) => {
        $(impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        })+
    };
}

inline! {
    Timestamp => json_schema!({ "type": "string", "format": "date-time", "pattern": "Z$", "examples": ["2026-11-23T08:25:00Z"] }),
    Seconds => json_schema!({ "type": "integer", "format": "int64", "examples": [1800] }),
    Word => json_schema!({ "type": "string" }),
    SiteId => json_schema!({ "type": "string", "examples": ["north"] }),
    ResourceId => json_schema!({ "type": "string", "examples": ["kiosk-north-1"] }),
    Shown<QueueNumber> => json_schema!({ "type": "string", "pattern": "^Q[0-9]+$", "examples": ["Q12"] }),
    Shown<CaseId> => json_schema!({ "type": "string", "pattern": "^C[0-9]+$", "examples": ["C9"] }),
    Shown<AssignmentId> => json_schema!({ "type": "string", "pattern": "^A[0-9]+$", "examples": ["A5"] }),
    Shown<HoldId> => json_schema!({ "type": "string", "pattern": "^H[0-9]+$", "examples": ["H4711"] }),
    Shown<BreachId> => json_schema!({ "type": "string", "pattern": "^B[0-9]+$", "examples": ["B3"] }),
}

/// A vocabulary is a schema of its own, which says what each word means.
macro_rules! vocabularies {
    ($($type:ty),+ $(,)?) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                <$type>::NAME.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                vocabulary(<$type>::ABOUT, <$type>::WORDS)
            }
        })+
    };
}

vocabularies!(
    ActionKind,
    DutyKind,
    By,
    BreachWord,
    Confidential,
    DataTaken,
    DecidedBy,
    DeviceUser,
    FailureCause,
    Finding,
    FindingClass,
    Gate,
    Leg,
    LockState,
    MessageState,
    Milestone,
    NextStep,
    AppointmentEnd,
    OfferAnswer,
    Owner,
    ParkCause,
    Proof,
    Receiver,
    RemovalCause,
    Rung,
    ResourceKind,
    Results,
    Role,
    SearchEnding,
    Standing,
    State,
    Unit,
    What,
    WithholdCause
);

/// Words that a file spells, too. One that is not told does not compile.
macro_rules! told {
    ($type:ident, $about:literal, $($variant:ident: $meaning:literal),+) => {
        impl Vocabulary for $type {
            const NAME: &'static str = stringify!($type);
            const ABOUT: &'static str = $about;
            const WORDS: &'static [(&'static str, &'static str)] = &[$((Self::$variant.as_str(), $meaning)),+];
        }

        const _: fn($type) -> &'static str = |word| match word {
            $($type::$variant => $meaning),+
        };
    };
}

told!(
    Milestone,
    "What a promise is about.",
    Extracted: "All stages that hold the device are done.",
    DeviceBack: "The owner has the device.",
    Results: "All stages that return no device are done."
);

told!(
    Gate,
    "What must be met before any stage may start.",
    Parked: "Nobody parked it.",
    Outside: "Its device is not with somebody outside.",
    Agreement: "Agreement of the device user, and the written notice.",
    Confidential: "Where confidential material was noted, somebody decided how it is dealt with.",
    LegalBasis: "A legal basis is recorded.",
    Authorisation: "Necessity and scope authorised by someone who is not the OIC.",
    Delivery: "The device is at the site.",
    Pin: "Unlocked, or its PIN is held."
);

told!(
    ResourceKind,
    "What a resource is.",
    Kiosk: "Desktop station for basic downloads.",
    Van: "The same on wheels.",
    Operator: "A trained person who runs kiosks.",
    Dmi: "Digital media investigator.",
    Lab: "Bench in the laboratory.",
    Examiner: "Forensic examiner."
);

fn vocabulary(about: &str, words: &[(&str, &str)]) -> Schema {
    let known: Vec<Value> = words.iter().map(|(word, _)| (*word).into()).collect();
    let text = format!("{}\n\n{}", tidied(about), meanings(words));
    json_schema!({ "type": "string", "enum": known, "examples": [known[0]], "description": text })
}

/// What each word means, as a list.
pub fn meanings(words: &[(&str, &str)]) -> String {
    words.iter().map(|(word, meaning)| format!("- `{word}`: {}", tidied(meaning))).collect::<Vec<_>>().join("\n")
}

/// A comment in the code as people read it: in one line.
fn tidied(comment: &str) -> String {
    comment.split_whitespace().collect::<Vec<_>>().join(" ")
}
