//! What agreement to an examination rests on: who decided, for whom, and what the written notice said.
//!
//! Police, Crime, Sentencing and Courts Act 2022: agreement of the device user (s.39(2)) after a written notice with five contents
//! (s.39(3)); for a child somebody else decides, having regard to the child's views (s.40), for an adult without capacity likewise (s.41).

use serde::{Deserialize, Serialize};

use super::refusal::FieldError;
use super::submission::words;

words!(
    /// What a device user answers.
    AgreementAnswer {
        /// It may be examined.
        Agreed = "agreed",
        /// It may not.
        Refused = "refused",
        /// It may not, and goes back at once.
        ReturnNow = "return_now",
    }
);

words!(
    /// Who used the device.
    DeviceUser {
        /// An adult who can decide.
        Adult = "adult",
        /// Under eighteen.
        Child = "child",
        /// An adult who can't.
        WithoutCapacity = "adult_without_capacity",
    }
);

words!(
    /// In what role somebody decided.
    DecidedBy {
        /// The device user.
        DeviceUser = "device_user",
        /// A parent or guardian.
        Parent = "parent_or_guardian",
        /// A registered social worker, or the authority in whose care the user is.
        SocialWorker = "social_worker",
        /// Somebody with power of attorney, a deputy, or an independent advocate.
        Attorney = "attorney_or_deputy",
        /// Another adult who answers for the user, none of the police.
        Adult = "responsible_adult",
    }
);

words!(
    /// What the written notice says (s.39(3)).
    NoticePart {
        /// What information is sought.
        Information = "information_sought",
        /// Why it is sought.
        Why = "why",
        /// How it will be dealt with.
        Dealing = "how_dealt_with",
        /// That the user may refuse.
        MayRefuse = "may_refuse",
        /// That the case does not end merely because they do.
        RefusalAlone = "refusal_ends_nothing",
    }
);

/// On what agreement rests. What a child, or an adult without capacity, said stands sealed beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Who used the device.
    pub device_user: DeviceUser,
    /// In what role somebody decided.
    pub decided_by: DecidedBy,
    /// What the notice said.
    pub notice: Vec<NoticePart>,
}

impl Terms {
    /// What is wrong with them, field by field. `views`: what the user said, where another decided.
    pub fn wrong(&self, views: Option<&str>) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        let decides = self.decided_by == DecidedBy::DeviceUser;
        if (self.device_user == DeviceUser::Adult) != decides {
            let who =
                if decides { "somebody else decides, in one of the other roles" } else { "they decide themselves: device_user" };
            wrong.push(FieldError::new("decided_by", format!("for {} {who}", self.device_user.as_str().replace('_', " "))));
        }
        if self.device_user != DeviceUser::Adult && views.is_none_or(|views| views.trim().is_empty()) {
            wrong.push(FieldError::new("views", "must be given: what did the device user say, or why could they not be asked?"));
        }
        let missing: Vec<&str> =
            NoticePart::ALL.iter().filter(|part| !self.notice.contains(part)).map(|part| part.as_str()).collect();
        if !missing.is_empty() {
            let why = format!("lacks {}: give the whole notice before the device user agrees", missing.join(", "));
            wrong.push(FieldError::new("notice", why));
        }
        wrong
    }
}
