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
        let taken_on = |a: &Assignment| a.slot.resource == kept.slot.resource && a.state != AssignmentState::Offered;
        let cause = match unit.keeps_time_for(submission, now) {
            Some(_) => return None,
            None if unit.assignments_of(submission).any(taken_on) => return None,
            None if kept.until <= now => AppointmentEnd::Missed,
            None => AppointmentEnd::ResourceGone,
        };
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
    use crate::domain::testing::{World, at, victims_phone};

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
}
