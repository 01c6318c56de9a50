"""The checker finds each rule broken: every test damages the hand-written correct plan in one way."""

import subprocess
import sys
from pathlib import Path

from example_case import EXAMPLE, NOW, ExampleCase, shift


class TheExample(ExampleCase):
    def test_is_correct(self):
        self.assert_no_violations()

    def test_command_line(self):
        inputs = [EXAMPLE / name for name in ("unit.toml", "policy.toml", "submissions.csv")]
        command = [sys.executable, Path(__file__).with_name("checker.py"), *inputs]
        good = subprocess.run([*command, NOW, EXAMPLE / "plan.json"], capture_output=True, text=True)
        self.assertEqual(0, good.returncode, good.stdout + good.stderr)
        self.assertRegex(good.stdout, r"^\d+ checks, 0 violations\n$")
        bad = subprocess.run([*command, "2026-11-23T09:00:01Z", EXAMPLE / "plan.json"], capture_output=True, text=True)
        self.assertEqual(1, bad.returncode)
        self.assertRegex(bad.stdout, r"\d+ checks, [1-9]\d* violations\n$")


class Shape(ExampleCase):
    def test_each_key_left_out(self):
        for part in ("steps", "milestones", "waiting"):
            for key in list(self.plan[part][0]):
                with self.subTest(part=part, key=key):
                    self.setUp()
                    del self.plan[part][0][key]
                    self.assert_found("shape", f"the key '{key}'")

    def test_top_level_key_left_out(self):
        for key in ("now", "objective", "steps", "milestones", "waiting"):
            with self.subTest(key=key):
                self.setUp()
                del self.plan[key]
                self.assert_found("shape", key)

    def test_instants_not_in_the_format(self):
        for text in ("2026-11-23T09:15:00+00:00", "2026-11-23T09:15:00.000Z", "2026-11-31T09:15:00Z", 1795425300):
            with self.subTest(text=text):
                self.step("AB/1", "prepare")["end"] = text
                self.assert_found("shape", "'end'")

    def test_waiting_without_a_reason(self):
        self.waiting("EF/1", "extract")["reasons"] = []
        self.assert_found("shape", "reasons")

    def test_waiting_without_text(self):
        self.waiting("EF/1", "extract")["text"] = ""
        self.assert_found("shape", "text")

    def test_other_now(self):
        self.plan["now"] = "2026-11-23T10:00:00+01:00"
        self.assert_found("now")

    def test_future_step_without_because(self):
        self.step("AB/1", "extract")["because"] = []
        self.assert_found("because")


class Coverage(ExampleCase):
    def test_stage_lost(self):
        self.plan["steps"].remove(self.step("AB/1", "review"))
        self.assert_found("coverage", "AB/1", "review")

    def test_stage_doubled(self):
        self.plan["waiting"].append(self.waiting("EF/1", "review") | {"stage": "extract"})
        self.assert_found("coverage", "EF/1", "extract")

    def test_row_without_a_route_lost(self):
        self.plan["waiting"].remove(self.waiting("GH/1", None))
        self.assert_found("coverage", "GH/1")

    def test_stage_that_does_not_exist(self):
        self.plan["waiting"].append(self.waiting("EF/1", "review") | {"stage": "verify"})
        self.assert_found("coverage", "EF/1", "verify")


class Eligibility(ExampleCase):
    def test_wrong_kind(self):
        self.step("CD/1", "triage")["resource"] = "khan"
        self.assert_found("eligible", "kind in ['dmi']")

    def test_wrong_level(self):
        self.step("AB/1", "extract")["resource"] = "lab"
        self.assert_found("eligible", "level in [2]")

    def test_resource_that_does_not_exist(self):
        self.step("AB/1", "extract")["resource"] = None
        self.assert_found("eligible", "a resource of the unit")

    def test_slot_out_of_range(self):
        for slot in (0, 2, None):
            with self.subTest(slot=slot):
                self.step("AB/1", "extract")["slot"] = slot
                self.assert_found("slot", "a slot from 1 to 1")

    def test_another_person_where_the_same_is_wanted(self):
        self.step("CD/1", "report")["resource"] = "lloyd"
        self.assert_found("same-person", "report")

    def test_the_same_person_where_another_is_wanted(self):
        self.step("CD/1", "peer_review")["resource"] = "khan"
        self.assert_found("different-person", "not the one of analyse")
        self.assert_found("different-person", "not the one of report")


class AttendedWork(ExampleCase):
    def test_before_now(self):
        self.put(self.step("AB/1", "prepare"), "08:59:59", "09:14:59")
        self.assert_found("before-now", "prepare")

    def test_outside_the_windows(self):
        self.put(self.step("AB/1", "review"), "18:00:00", "20:51:26")
        self.assert_found("window", "review")

    def test_a_second_short(self):
        step = self.step("AB/1", "review")
        self.put(step, "10:26:20", "13:17:45")
        self.assert_found("end", "13:17:46")

    def test_works_on_past_the_close(self):
        self.step("CD/1", "report")["segments"] = [["2026-11-25T17:22:40Z", "2026-11-25T21:22:40Z"]]
        self.assert_found("segments", "report")

    def test_skips_a_window(self):
        step = self.step("CD/1", "report")
        step["segments"][1] = ["2026-11-27T08:00:00Z", "2026-11-27T11:22:40Z"]
        step["end"] = "2026-11-27T11:22:40Z"
        self.assert_found("segments", "report")

    def test_pauses_inside_a_window(self):
        step = self.step("AB/1", "verify")
        step["segments"] = [
            ["2026-11-23T10:11:20Z", "2026-11-23T10:20:00Z"],
            ["2026-11-23T10:21:00Z", "2026-11-23T10:27:20Z"],
        ]
        step["end"] = "2026-11-23T10:27:20Z"
        self.assert_found("segments", "verify")

    def test_touching_segments_not_merged(self):
        self.step("AB/1", "verify")["segments"] = [
            ["2026-11-23T10:11:20Z", "2026-11-23T10:20:00Z"],
            ["2026-11-23T10:20:00Z", "2026-11-23T10:26:20Z"],
        ]
        self.assert_found("segments", "verify")

    def test_before_its_predecessor_ends(self):
        self.put(self.step("AB/1", "review"), "10:26:19", "13:17:45")
        self.assert_found("predecessor", "end of verify")

    def test_slot_used_twice(self):
        self.put(self.step("AB/2", "prepare"), "09:14:59", "09:29:59")
        self.assert_found("slot-taken", "operator/1")

    def test_slot_used_during_the_pause_of_another_step(self):
        step = self.step("CD/1", "peer_review")
        self.step("CD/1", "analyse")["resource"] = "lloyd"
        step["start"], step["end"] = "2026-11-25T08:00:00Z", "2026-11-25T09:40:00Z"
        self.assert_found("slot-taken", "lloyd/1")


class UnattendedWork(ExampleCase):
    def test_ends_at_night_without_hand_over(self):
        step = self.step("CD/1", "extract")
        step["end"] = step["segments"][0][1] = "2026-11-24T00:38:00Z"
        self.assert_found("end", "expected 2026-11-24T08:00:00Z")

    def test_segment_is_the_whole_run(self):
        self.step("CD/1", "extract")["segments"][0][1] = "2026-11-24T00:38:00Z"
        self.assert_found("segments", "extract")

    def test_starts_outside_the_windows(self):
        step = self.step("CD/1", "extract")
        step["start"] = step["segments"][0][0] = "2026-11-23T18:00:00Z"
        self.assert_found("window", "extract")


class TheDevice(ExampleCase):
    def test_travel_ignored(self):
        step = self.step("CD/1", "extract")
        step["start"] = step["segments"][0][0] = "2026-11-23T09:49:59Z"
        self.assert_found("travel", ">= 2026-11-23T09:50:00Z")

    def test_two_holding_stages_at_once(self):
        self.put(self.step("AB/1", "verify"), "10:11:19", "10:26:19")
        self.assert_found("device-in-two-places", "end of extract")

    def test_waiting_owner_gets_it_later(self):
        self.put(self.step("AB/1", "hand_back"), "10:26:21", "10:26:21")
        self.assert_found("hand-back", "owner present")

    def test_trip_of_another_length(self):
        self.put(self.step("AB/2", "hand_back"), "11:12:00", "11:41:59")
        self.assert_found("hand-back", "a trip of 1800 s")

    def test_trip_before_the_work_ends(self):
        self.put(self.step("AB/2", "hand_back"), "11:11:59", "11:41:59")
        self.assert_found("hand-back", ">= 2026-11-23T11:12:00Z")

    def test_trip_past_the_return_window(self):
        self.put(self.step("AB/2", "hand_back"), "19:30:01", "20:00:01")
        self.assert_found("hand-back", "inside one return window of north")

    def test_a_later_trip_is_allowed_by_the_rules_of_time(self):
        self.put(self.step("AB/2", "hand_back"), "19:30:00", "20:00:00")
        self.milestone("AB/2", "victim-phone")["at"] = "2026-11-23T20:00:00Z"
        self.assert_no_violations()

    def test_hand_back_has_no_resource_slot_or_segments(self):
        for key, value in {"resource": "kiosk", "slot": 1, "segments": [["2026-11-23T11:12:00Z"] * 2]}.items():
            with self.subTest(key=key):
                self.step("AB/2", "hand_back")[key] = value
                self.assert_found("hand-back", key)


class Clocks(ExampleCase):
    def test_milestone_off_by_one_second(self):
        line = self.milestone("AB/1", "victim-phone")
        line["at"] = shift(line["at"], 1)
        self.assert_found("milestone", "at 2026-11-23T10:26:20Z")

    def test_line_missing(self):
        self.plan["milestones"].remove(self.milestone("AB/1", "owner-waits"))
        self.assert_found("milestone", "owner-waits", "one line")

    def test_line_doubled(self):
        self.plan["milestones"].append(self.milestone("AB/1", "owner-waits"))
        self.assert_found("milestone", "owner-waits", "one line")

    def test_line_of_a_promise_that_does_not_apply(self):
        self.plan["milestones"].append(self.milestone("AB/1", "owner-waits") | {"promise": "bail"})
        self.assert_found("milestone", "bail", "no line")

    def test_due_off_by_one_second(self):
        for exhibit, promise in (
            ("AB/1", "victim-phone"),
            ("AB/2", "standard"),
            ("CD/1", "bail"),
            ("CD/1", "fading-evidence"),
        ):
            with self.subTest(promise=promise):
                line = self.milestone(exhibit, promise)
                line["due"] = shift(line["due"], -1)
                self.assert_found("due", promise)

    def test_effective_due_is_due_although_nobody_is_up_then(self):
        line = self.milestone("AB/1", "victim-phone")
        line["effective_due"] = line["due"]
        self.assert_found("effective-due", "expected 2026-11-23T20:00:00Z")

    def test_effective_due_null(self):
        self.milestone("AB/2", "victim-phone")["effective_due"] = None
        self.assert_found("effective-due", "found null")

    def test_lateness_counted_from_elsewhere(self):
        self.milestone("CD/1", "fading-evidence")["late_seconds"] = 7199
        self.assert_found("late-seconds", "expected 7200")

    def test_objective_forgets_a_late_promise(self):
        self.tier(2)["late"] = 0
        self.assert_found("objective", "1 late")

    def test_objective_adds_up_wrongly(self):
        self.tier(2)["late_seconds"] = 7201
        self.assert_found("objective", "7200 late_seconds")

    def test_objective_leaves_out_a_late_tier(self):
        self.plan["objective"]["tiers"].remove(self.tier(2))
        self.assert_found("objective", "tier 2 once")

    def test_objective_counts_in_another_tier(self):
        self.tier(2)["tier"] = 3
        self.assert_found("objective", "tier 2 once")


class Waiting(ExampleCase):
    def test_step_left_out_although_a_slot_is_free(self):
        self.make_wait("AB/1", "review")
        self.assert_found("left-waiting", "review", "found dmi/1 2026-11-23T10:26:20Z..2026-11-23T13:17:46Z")

    def test_trip_left_out(self):
        self.make_wait("AB/2", "hand_back")
        self.assert_found("left-waiting", "hand_back", "a trip at 2026-11-23T11:12:00Z")

    def test_waiting_owner_left_out(self):
        self.make_wait("AB/1", "hand_back")
        self.assert_found("left-waiting", "hand_back", "the owner takes it at 2026-11-23T10:26:20Z")

    def test_clear_by_in_the_past(self):
        self.waiting("AB/3", "verify")["clear_by"] = "2026-11-23T08:59:59Z"
        self.assert_found("clear-by", "verify", ">= 2026-11-23T09:00:00Z (now, or null)")

    def test_clear_by_after_a_promise_is_due(self):
        self.waiting("AB/3", "verify")["clear_by"] = "2026-11-24T08:00:01Z"
        self.assert_found("clear-by", "<= due of victim-phone 2026-11-24T08:00:00Z")

    def test_nothing_said_of_the_gates_being_cleared(self):
        self.waiting("AB/3", "verify")["if_cleared_now"] = None
        self.assert_found("if-cleared-now", "verify")

    def test_milestone_before_now_if_cleared(self):
        self.waiting("AB/3", "verify")["if_cleared_now"][0]["at"] = "2026-11-23T08:59:59Z"
        self.assert_found("if-cleared-now", "device_back")
