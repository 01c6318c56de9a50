//! What sort of refusal each is, and the stable name by which programs know it.

use super::Refusal;

/// What sort of refusal it is: the one thing that a caller needs to choose a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What it names does not exist.
    NotFound,
    /// It can't be done as things stand.
    Conflict,
    /// What was given is wrong, whatever the state.
    Invalid,
    /// Not by this person.
    Forbidden,
    /// A fault of the program: nothing that the caller did.
    Fault,
}

impl Refusal {
    /// What sort of refusal it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::UnknownSubmission(_)
            | Self::UnknownAssignment(_)
            | Self::UnknownBreach(_)
            | Self::UnknownHold(_)
            | Self::UnknownResource(_)
            | Self::UnknownSlot { .. }
            | Self::UnknownPromise { .. }
            | Self::UnknownStage { .. } => Kind::NotFound,
            Self::Invalid(_) => Kind::Invalid,
            Self::AuthorisedByOic(_) | Self::CorrectedByOic(_) | Self::NeedsSupervisor { .. } | Self::WiderScope(_) => {
                Kind::Forbidden
            }
            Self::Fault(_) => Kind::Fault,
            _ => Kind::Conflict,
        }
    }

    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFounded => "not_founded",
            Self::UnknownSubmission(_) => "unknown_submission",
            Self::UnknownAssignment(_) => "unknown_assignment",
            Self::UnknownBreach(_) => "unknown_breach",
            Self::UnknownHold(_) => "unknown_hold",
            Self::UnknownResource(_) => "unknown_resource",
            Self::UnknownSlot { .. } => "unknown_slot",
            Self::UnknownPromise { .. } => "unknown_promise",
            Self::UnknownStage { .. } => "unknown_stage",
            Self::Invalid(_) => "invalid",
            Self::Duplicate(_) => "duplicate",
            Self::Differs { .. } => "differs",
            Self::AlreadyRecorded { .. } => "already_recorded",
            Self::Redacted(_) => "redacted",
            Self::IllegalTransition { .. } => "illegal_transition",
            Self::StaleAssignment(_) => "stale_assignment",
            Self::Stale { .. } => "stale",
            Self::GateShut { .. } => "gate_shut",
            Self::EarlierStage { .. } => "earlier_stage",
            Self::EarlierExhibit { .. } => "earlier_exhibit",
            Self::Held { .. } => "held",
            Self::Unable { .. } => "unable",
            Self::Lapsed { .. } => "lapsed",
            Self::OnHold { .. } => "on_hold",
            Self::ResourceDown { .. } => "resource_down",
            Self::SlotBusy { .. } => "slot_busy",
            Self::Reserved { .. } => "reserved",
            Self::WrongPerson { .. } => "wrong_person",
            Self::OwnWork { .. } => "own_work",
            Self::DeviceInUse { .. } => "device_in_use",
            Self::DeviceElsewhere { .. } => "device_elsewhere",
            Self::DeviceAway { .. } => "device_away",
            Self::ReturnNotAuthorised(_) => "return_not_authorised",
            Self::ReturnWithheld { .. } => "return_withheld",
            Self::ExaminationUnfinished { .. } => "examination_unfinished",
            Self::Closed(_) => "closed",
            Self::AuthorisedByOic(_) => "authorised_by_oic",
            Self::CorrectedByOic(_) => "corrected_by_oic",
            Self::NeedsSupervisor { .. } => "needs_supervisor",
            Self::WiderScope(_) => "wider_scope",
            Self::SameVersion { .. } => "same_version",
            Self::OlderVersion { .. } => "older_version",
            Self::ResourceHasWork { .. } => "resource_has_work",
            Self::SiteInUse { .. } => "site_in_use",
            Self::CalendarMissing { .. } => "calendar_missing",
            Self::NotMissed { .. } => "not_missed",
            Self::Fault(_) => "fault",
        }
    }
}
