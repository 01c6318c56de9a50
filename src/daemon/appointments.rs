//! What becomes of appointments: those that came to nothing are ended, and when a device comes that is to be brought at one.

use crate::domain::command::{Command, Treat};
use crate::domain::ids::QueueNumber;
use crate::domain::policy::Gate;
use crate::domain::time::Timestamp;
use crate::domain::unit::{AppointmentEnd, Assignment, AssignmentState, Unit};

/// Appointments whose time went by with nothing begun, and those that can't be kept any more.
pub fn gone_by(unit: &Unit, now: Timestamp) -> Vec<Command> {
    let made = unit.submissions.values().filter_map(|submission| Some((submission, submission.appointment.as_ref()?)));
    let over = made.filter_map(|(submission, kept)| {
        // What was accepted may still be given back; what is begun is not.
        let may_come_back = |a: &Assignment| matches!(a.state, AssignmentState::Accepted { .. });
        if unit.keeps_time_for(submission, now).is_some() || unit.assignments_of(submission).any(may_come_back) {
            return None;
        }
        let cause = if unit.can_come_about(submission, kept) { AppointmentEnd::Missed } else { AppointmentEnd::Overtaken };
        let treat = Box::new(Treat::EndAppointment { cause, reason: None });
        Some(Command::Treat { number: submission.number, treat })
    });
    over.collect()
}

/// When the shut gates of a submission are taken to clear: after the usual time, or, where its device alone is missing, when it is
/// brought by appointment.
pub fn clears(unit: &Unit, number: QueueNumber, now: Timestamp) -> Timestamp {
    let usual = now + unit.policy.forecast.gate_clears;
    let booked = unit.submissions.get(&number).and_then(|submission| {
        let kept = unit.keeps_time_for(submission, now)?;
        let mut shut = submission.shut_gates(unit.route_of(submission)?, now);
        (shut.all(|gate| gate == Gate::Delivery)).then_some(kept.from)
    });
    booked.map_or(usual, |from| from.max(now))
}

#[cfg(test)]
mod tests {
    use super::super::cycle::{judge, make};
    use super::*;
    use crate::domain::event::{Change, Treatment};
    use crate::domain::testing::{World, at, slot, victims_phone};

    /// What the daemon does about a plan made now, of appointments and of promises.
    fn told(world: &mut World, now: &str) -> Vec<String> {
        let unit = world.at(now).unit.clone();
        let (plan, _) = make(&unit, at(now), None, None);
        let judged = judge(&unit, &plan, &unit, at(now));
        assert_eq!(judged.violations, []);
        judged.commands.into_iter().flat_map(|command| world.does(command)).collect()
    }

    /// A victim's phone, agreed to and authorised, with an appointment today.
    fn booked(from: &str, until: &str) -> World {
        let mut world = World::new();
        let mut phone = victims_phone("AB/1");
        (phone.facts.agreement_at, phone.facts.notice_at) = (Some(at("23T08:00")), Some(at("23T08:00")));
        (phone.facts.authorised_at, phone.particulars.authorised_by) = (Some(at("23T08:00")), Some("DS 1180".into()));
        let number = world.at("23T09:00").registers(phone);
        let (from, until) = (at(from), Some(at(until)));
        let book = Treat::Book { resource: "kiosk-north".into(), from, until, overrides: None };
        world.does(Command::Treat { number, treat: Box::new(book) });
        world
    }

    #[test]
    fn a_device_that_is_brought_by_appointment_is_not_taken_to_come_late() {
        // Without one it would be here twelve hours on as a rule, when it is too late for the morning's way home.
        let mut world = booked("23T18:00", "23T19:30");
        assert_eq!(told(&mut world, "23T17:30"), [""; 0]);
        let cancel = Treat::EndAppointment { cause: AppointmentEnd::Cancelled, reason: None };
        world.does(Command::Treat { number: QueueNumber(1), treat: Box::new(cancel) });
        assert_eq!(told(&mut world, "23T17:31"), ["breach_forecast"]);
    }

    #[test]
    fn an_appointment_to_which_nobody_came_is_ended_once_it_is_over() {
        let mut world = booked("23T14:00", "23T15:30");
        assert_eq!(told(&mut world, "23T15:29"), [""; 0]);
        assert_eq!(told(&mut world, "23T15:30"), ["appointment_ended"]);
        assert_eq!(told(&mut world, "23T15:31"), [""; 0]);
    }

    #[test]
    fn an_appointment_whose_device_is_worked_on_elsewhere_is_overtaken_and_not_missed() {
        let mut world = booked("23T14:00", "23T15:30");
        let number = QueueNumber(1);
        world.at("23T09:30").does(Command::Deliver { number, site: "hq".into(), at: at("23T09:30"), by: None, seal: None });
        world.does(Command::Move { number, site: "north".into(), at: at("23T09:30"), by: None, seal: None });
        world.works(number, 0, slot("operators-north", 1), "23T09:45");
        world.does(Command::Move { number, site: "hq".into(), at: at("23T09:45"), by: None, seal: None });
        let elsewhere = world.assigns(number, 1, slot("kiosk-hq", 1));
        world.does_as("kiosk-hq", Command::Accept { assignment: elsewhere, at: at("23T09:45"), overrides: None });
        assert_eq!(told(&mut world, "23T09:46"), [""; 0], "it may still be given back");
        world.does_as("kiosk-hq", Command::Start { assignment: elsewhere, at: at("23T09:46"), overrides: None });
        assert!(told(&mut world, "23T09:47").contains(&"appointment_ended".to_owned()));
        let ended = Change::Treated(Treatment::AppointmentEnded { number, cause: AppointmentEnd::Overtaken });
        assert_eq!(world.recorded("appointment_ended"), [ended]);
    }
}
