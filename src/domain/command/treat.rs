//! How people treat a submission beside its gates: park it, send it outside, raise it, flag it, offer or withhold its return,
//! change what is asked for.

use chrono::NaiveDate;

use super::Supervised;
use crate::domain::actions::ActionKind;
use crate::domain::ids::{CaseId, ResourceId, SiteId, Word};
use crate::domain::time::Timestamp;
use crate::domain::unit::{AppointmentEnd, Confidential, OfferAnswer, ParkCause, Receiver, WithholdCause};

/// What is decided about a submission. Instants are when it happened, but for those that lie ahead: reviews, dues, ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treat {
    /// Nobody works on it until somebody takes it up again; or that is reviewed later.
    Park {
        /// Why.
        cause: ParkCause,
        /// When somebody looks at it again.
        review_at: Timestamp,
        /// In words.
        reason: String,
    },
    /// It is worked on again.
    TakeUp {
        /// In words, if there is anything to say.
        reason: Option<String>,
    },
    /// Its device goes to somebody outside the unit, who examines it.
    SendOut {
        /// When.
        at: Timestamp,
        /// To whom.
        provider: String,
        /// Their accreditation, like `ISO 17025`, if they have one.
        accreditation: Option<String>,
        /// When it should be back.
        due: Timestamp,
        /// Who took it there.
        by: Option<String>,
        /// Number of the seal, if there is one.
        seal: Option<String>,
    },
    /// The device is back from outside.
    BringBack {
        /// When.
        at: Timestamp,
        /// Where.
        site: SiteId,
        /// Who brought it.
        by: Option<String>,
        /// Number of the seal, if there is one.
        seal: Option<String>,
        /// Stages that were done there.
        done: Vec<Word>,
    },
    /// A person raises or lowers it, or lets its own tier hold again.
    Prioritise {
        /// The tier in which it is served; none: its own.
        tier: Option<u8>,
        /// Until when, if it ends by itself.
        until: Option<Timestamp>,
        /// Why.
        reason: String,
    },
    /// Somebody is at risk, or no longer. What is left out stays.
    Flag {
        /// All risks there are; words of the policy.
        risk: Option<Vec<Word>>,
        /// Whether life is at immediate risk.
        life_at_risk: Option<bool>,
        /// Why.
        reason: String,
    },
    /// Its owner was offered the device.
    OfferReturn {
        /// When.
        at: Timestamp,
        /// What came of it.
        answer: OfferAnswer,
        /// When the owner wants it, or when they are tried again.
        until: Option<Timestamp>,
        /// In words, if there is anything to say.
        reason: Option<String>,
    },
    /// An inspector has the device kept although its owner could have it.
    WithholdReturn {
        /// Why.
        cause: WithholdCause,
        /// The inspector.
        by: String,
        /// When somebody looks at it again.
        review_at: Timestamp,
        /// In words.
        reason: String,
    },
    /// It may go back after all.
    AllowReturn {
        /// Why.
        reason: String,
    },
    /// What is asked for becomes less, or more.
    ChangeScope {
        /// Kinds of data.
        scope: Vec<String>,
        /// First day.
        from: Option<NaiveDate>,
        /// Last day.
        to: Option<NaiveDate>,
        /// When the device user had a new notice, and agreed to that: needed where it becomes more.
        agreed: Option<(Timestamp, Timestamp)>,
        /// Why.
        reason: String,
        /// Whether it may become more: a supervisor authorises that.
        supervised: Supervised,
    },
    /// A replacement handset is put by for its owner.
    ReserveHandset {
        /// Which of the unit's handsets.
        handset: Word,
    },
    /// Its owner receives a replacement handset.
    IssueHandset {
        /// When.
        at: Timestamp,
        /// Which of the unit's handsets; none: the one that was put by.
        handset: Option<Word>,
        /// Who received it.
        received_by: Receiver,
        /// Whether the SIM of their own phone is in it.
        with_sim: bool,
    },
    /// The handset is the unit's again, or is put by no more.
    TakeBackHandset {
        /// When.
        at: Timestamp,
    },
    /// A time is kept on a resource for when its device is brought; instead of the one before, where there is one.
    Book {
        /// Which resource; on which of its slots is found out.
        resource: ResourceId,
        /// First instant.
        from: Timestamp,
        /// First instant that is not kept; as long as nine of ten such examinations take unless given.
        until: Option<Timestamp>,
        /// Why a supervisor has it kept although a victim's phone still to come may need it.
        overrides: Option<String>,
    },
    /// No time is kept for it any more.
    EndAppointment {
        /// Why.
        cause: AppointmentEnd,
        /// In words, if there is anything to say.
        reason: Option<String>,
    },
    /// Its owner was told how it stands.
    TellOwner {
        /// When.
        at: Timestamp,
        /// When they were told they will have their device, if that was said.
        expected: Option<Timestamp>,
        /// In words, if there is anything to say.
        reason: Option<String>,
    },
    /// The officer in the case opened the results.
    ReceiveResults {
        /// When.
        at: Timestamp,
    },
    /// Its device may hold confidential material.
    NoteConfidential {
        /// What sort of it.
        kinds: Vec<Confidential>,
        /// What is known of it, in words.
        reason: String,
    },
    /// Somebody decided how confidential material is dealt with.
    ClearConfidential {
        /// How.
        reason: String,
    },
    /// Its references, names and reasons are removed, everywhere; counts stay.
    Redact {
        /// Its cases that nobody else is of: their references go with it.
        cases: Vec<CaseId>,
        /// Why.
        reason: String,
    },
    /// Somebody takes on what is asked for.
    TakeOn {
        /// What.
        action: ActionKind,
        /// What they do about it, if there is anything to say.
        reason: Option<String>,
    },
}
