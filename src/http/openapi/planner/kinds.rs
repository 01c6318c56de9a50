//! The shapes of reasons, measures and counterfactuals: objects that differ by their `kind`.

use chrono::NaiveDate;
use schemars::JsonSchema;

use super::Moved;
use crate::domain::establishment::ResourceKind;
use crate::domain::ids::{ResourceId, SiteId, Word};
use crate::domain::submission::LockState;
use crate::domain::time::Timestamp;
use crate::http::views::arrival::DisplacedView;

/// Objects that differ by `kind`; all have a `text`.
macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* }),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(JsonSchema)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        #[allow(dead_code, reason = "a shape: only its schema is used")]
        pub enum $name {
            $($(#[$vdoc])* $variant {
                $($(#[$fdoc])* $field: $type,)*
                /// The same for people, times local to the unit.
                text: String,
            }),+
        }
    };
}

kinds!(
    /// Why something is not worked on now.
    ///
    /// ```json
    /// { "kind": "behind", "others": 2, "first": "Q7", "rule": "tier", "agreed": false, "notice": true, "stage": "prepare", "level": 1,
    ///   "device": "phone", "by": ["kiosk"], "text": "behind 2 others, first of them Q7: its tier is higher" }
    /// ```
    Reason {
        /// Somebody parked it.
        Parked {
            /// When somebody looks at it again.
            review_at: Timestamp,
        },
        /// Its device is with somebody outside the unit.
        Outside {
            /// When it should be back.
            due: Timestamp,
        },
        /// Its device is kept although its owner could have it.
        ReturnWithheld {
            /// When somebody looks at it again.
            review_at: Timestamp,
        },
        /// The device has not reached its site.
        NotDelivered {},
        /// It is on its way, or has a way to go that nobody began.
        InTransit {
            /// When it can be there.
            until: Timestamp,
        },
        /// The device user has not agreed, or has no written notice.
        NoAgreement {
            /// Whether agreement is recorded.
            agreed: bool,
            /// Whether the written notice is recorded.
            notice: bool,
        },
        /// It may hold confidential material, and nobody has decided how that is dealt with.
        Confidential {},
        /// Nobody authorised the examination.
        NotAuthorised {},
        /// No legal basis is recorded.
        NoLegalBasis {},
        /// It can't be opened.
        NoPin {
            /// What is known of it.
            lock_state: LockState,
        },
        /// An exhibit of the same case with a smaller rank is still open.
        EarlierExhibitFirst {
            /// Which: a queue number, or `another submission` out of the reader's reach.
            first: String,
        },
        /// No route of the policy is for it.
        NoRoute {},
        /// No resource of the unit can do it.
        NobodyCan {
            /// The kinds of resource that may.
            by: Vec<ResourceKind>,
            /// The stage.
            stage: Word,
            /// At this level, 1 to 3.
            level: u8,
            /// On this kind of device.
            device: Word,
        },
        /// Whoever could do it is no longer competent on the day it would end.
        CompetenceLapsed {
            /// Who.
            resource: ResourceId,
        },
        /// The machine that could do it is no longer validated on the day it would end.
        NotValidated {
            /// Which.
            resource: ResourceId,
        },
        /// A resource is out of use.
        ResourceDown {
            /// Which.
            resource: ResourceId,
            /// Until when.
            until: Timestamp,
        },
        /// A quality hold is on a resource that could do it, or on what that works with.
        QualityHold {
            /// Which resource.
            resource: ResourceId,
        },
        /// Everyone who can do it is closed.
        Closed {
            /// When the first opens; null where they never do.
            until: Option<Timestamp>,
        },
        /// It would take away the last way to bring a victim's phone back in time that may still arrive.
        Held {
            /// Where the phone would arrive.
            site: SiteId,
            /// Until when it is held.
            until: Timestamp,
        },
        /// The slot that does it is kept for an appointment.
        Reserved {
            /// Whose resource.
            resource: ResourceId,
            /// For which submission: a queue number, or `another submission` out of the reader's reach.
            first: String,
            /// Until when.
            until: Timestamp,
        },
        /// Others come first on the slot that does it.
        Behind {
            /// How many submissions are between.
            others: usize,
            /// The first of them: a queue number, or `another submission` out of the reader's reach.
            first: String,
            /// What ranks that one higher.
            #[schemars(extend("enum" = ["already_there", "tier", "native", "missed", "latest_start", "reference", "exchanged",
                "completes", "fits_before"]))]
            rule: String,
        },
        /// An earlier stage is not done.
        PreviousStage {
            /// Which.
            stage: Word,
            /// When it ends; null where it has no place.
            until: Option<Timestamp>,
        },
        /// No return window of the site is as long as the trip to the owner.
        NoReturnWindow {},
    }
);

kinds!(
    /// Something that people can do so that a promise is kept.
    ///
    /// ```json
    /// { "kind": "put_off", "submission": "Q7", "stage": "prepare", "resource": "operators-north", "slot": 1, "lost_seconds": 1800,
    ///   "periods": [["2026-11-23T17:00:00Z", "2026-11-23T18:30:00Z"]], "text": "operators-north/1 leaves prepare of Q7 for later" }
    /// ```
    Measure {
        /// Its gates are met.
        Gates {
            /// By when; null: now.
            by: Option<Timestamp>,
        },
        /// Accepted work is left for later.
        PutOff {
            /// Whose: a queue number, or `another submission` out of the reader's reach.
            submission: String,
            /// Which stage.
            stage: Word,
            /// Who or what has it.
            resource: ResourceId,
            /// Which place of the resource, from 1.
            slot: u32,
        },
        /// Attended work is paused.
        Pause {
            /// Whose: a queue number, or `another submission` out of the reader's reach.
            submission: String,
            /// Which stage.
            stage: Word,
            /// Who or what has it.
            resource: ResourceId,
            /// Which place of the resource, from 1.
            slot: u32,
        },
        /// It is handed back outside the return window.
        HandBack {
            /// From where.
            site: SiteId,
            /// When it leaves.
            from: Timestamp,
            /// When its owner has it.
            until: Timestamp,
        },
        /// Somebody works outside their hours.
        Overtime {
            /// Who.
            resource: ResourceId,
            /// When: from and until of each period.
            periods: Vec<(Timestamp, Timestamp)>,
        },
        /// A van comes.
        Van {
            /// Which.
            resource: ResourceId,
            /// To which site.
            to: SiteId,
        },
        /// There is one more of somebody.
        OneMore {
            /// Like whom.
            like: ResourceId,
            /// Where.
            site: SiteId,
        },
        /// Work of a machine is stopped, and begins anew later.
        Abort {
            /// Whose: a queue number, or `another submission` out of the reader's reach.
            submission: String,
            /// Which stage.
            stage: Word,
            /// What has it.
            resource: ResourceId,
            /// Which place of the resource, from 1.
            slot: u32,
            /// Seconds of work that are lost.
            lost_seconds: i64,
        },
    }
);

kinds!(
    /// What would be otherwise, were one thing different. Behind a shut gate all but the first are on top of the gates being met.
    ///
    /// ```json
    /// { "kind": "one_more", "like": "examiner-khan", "site": "hq", "on": "2026-11-24", "tier": 2,
    ///   "milestones": [{ "milestone": "results", "was": "2026-11-30T11:00:00Z", "is": "2026-11-26T15:00:00Z" }],
    ///   "displaced": [], "text": "with one more like examiner-khan at hq on Tue 24 Nov: results Thu 26 Nov 15:00" }
    /// ```
    Counterfactual {
        /// Its gates are met now.
        GatesMet {
            /// Those that move by more than a quarter of an hour, also one that would be later.
            milestones: Vec<Moved>,
            /// Promises to others that would be missed for it, or missed by more, within the reader's reach; `text` counts them all.
            displaced: Vec<DisplacedView>,
        },
        /// Who or what is out of use is back.
        Back {
            /// Who or what.
            resource: ResourceId,
            /// Those that move by more than a quarter of an hour, also one that would be later.
            milestones: Vec<Moved>,
            /// Promises to others that would be missed for it, or missed by more, within the reader's reach; `text` counts them all.
            displaced: Vec<DisplacedView>,
        },
        /// There is one more of somebody.
        OneMore {
            /// Like whom.
            like: ResourceId,
            /// Where.
            site: SiteId,
            /// On which day; null where it takes every day.
            on: Option<NaiveDate>,
            /// Those that move by more than a quarter of an hour, also one that would be later.
            milestones: Vec<Moved>,
            /// Promises to others that would be missed for it, or missed by more, within the reader's reach; `text` counts them all.
            displaced: Vec<DisplacedView>,
        },
        /// It is of a higher tier.
        Tier {
            /// Which.
            tier: u8,
            /// Those that move by more than a quarter of an hour, also one that would be later.
            milestones: Vec<Moved>,
            /// Promises to others that would be missed for it, or missed by more, within the reader's reach; `text` counts them all.
            displaced: Vec<DisplacedView>,
        },
    }
);
