"""The correct plan becomes wrong when the unit, the policy or a row says otherwise: each input is really read."""

import json

from example_case import ExampleCase


class Gates(ExampleCase):
    def test_each_gate(self):
        cases = {
            "agreement": ("AB/1", "agreement_at", ""),
            "agreement without notice": ("AB/1", "notice_at", ""),
            "agreement after now": ("AB/1", "agreement_at", "2026-11-23T09:00:01Z"),
            "authorisation": ("AB/1", "authorised_at", ""),
            "authorisation after now": ("AB/1", "authorised_at", "2026-11-23T10:00:01+01:00"),
            "delivery": ("AB/1", "delivered_at", ""),
            "pin": ("AB/1", "lock_state", "bfu"),
            "pin unknown": ("AB/1", "lock_state", ""),
            "legal_basis": ("CD/1", "legal_basis", ""),
        }
        for name, change in cases.items():
            with self.subTest(name):
                self.setUp()
                self.edit_row(*change)
                self.assert_found("gate", f"|{change[0]}|", name.split()[0])

    def test_a_gate_met_exactly_now_is_open(self):
        self.edit_row("AB/1", "agreement_at", "2026-11-23T10:00:00+01:00")
        self.assert_no_violations()

    def test_a_gate_the_route_does_not_ask_for(self):
        self.edit_row("CD/1", "lock_state", "")
        self.assert_no_violations()

    def test_earlier_exhibit_of_the_case(self):
        self.edit_row("CD/1", "case_rank", "3")
        self.assert_found("case-rank", "CD/1", "CD/2")

    def test_equal_ranks_do_not_wait(self):
        self.edit_row("CD/2", "case_rank", "1")
        self.assert_found("left-waiting", "CD/2", "triage")


class Units(ExampleCase):
    def test_device_kind(self):
        self.edit("unit.toml", '"phone", "tablet"', '"laptop"')
        self.assert_found("eligible", "device in ['laptop']")

    def test_stage_of_the_resource(self):
        self.edit("unit.toml", '["prepare", "verify"]', '["prepare"]')
        self.assert_found("eligible", "stage in ['prepare']", "verify")

    def test_speed_is_rounded_up(self):
        self.edit("unit.toml", "speed = 0.7\n", "speed = 0.71\n")
        self.assert_found("segments", "2536 s of attended work")  # 1800 / 0.71 = 2535.2

    def test_speed_is_an_exact_decimal(self):
        self.edit("unit.toml", "speed = 0.7\n", "speed = 0.33\n")
        self.edit("policy.toml", 'takes = { base = "30m" }', 'takes = { base = "99s" }')
        self.assert_found("segments", "300 s of attended work")  # in floats 99 / 0.33 may round up to 301

    def test_lapsed_validation(self):
        self.edit("unit.toml", "validated_until = 2026-12-31", "validated_until = 2026-11-23")
        self.assert_found("lapse", "extract", "end <= 2026-11-24T00:00:00Z")

    def test_validation_lasts_to_the_end_of_its_day(self):
        self.edit("unit.toml", "validated_until = 2026-12-31", "validated_until = 2026-11-24")
        self.assert_no_violations()

    def test_closed_period_under_an_unattended_run(self):
        closed = 'closed = [{ from = 2026-11-23T20:00:00Z, until = 2026-11-23T21:00:00Z, reason = "power" }]'
        self.edit("unit.toml", "validated_until = 2026-12-31", closed)
        self.assert_found("closed", "extract")

    def test_closed_period_right_after_the_hand_over_is_not_touched(self):
        closed = 'closed = [{ from = 2026-11-24T08:00:01Z, until = 2026-11-24T09:00:00Z, reason = "power" }]'
        self.edit("unit.toml", "validated_until = 2026-12-31", closed)
        self.assert_no_violations()

    def test_closed_period_at_the_opening_puts_the_hand_over_off(self):
        closed = 'closed = [{ from = 2026-11-24T08:00:00Z, until = 2026-11-24T09:00:00Z, reason = "power" }]'
        self.edit("unit.toml", "validated_until = 2026-12-31", closed)
        self.assert_found("end", "extract", "expected 2026-11-24T09:00:00Z")

    def test_closed_period_pauses_attended_work(self):
        closed = "speed = 0.7\nclosed = [{ from = 2026-11-23T12:00:00Z, until = 2026-11-23T12:30:00Z }]\n"
        self.edit("unit.toml", "speed = 0.7\n", closed)
        self.assert_found("segments", "12:30:00Z..2026-11-23T13:47:46Z")

    def test_bank_holiday(self):
        self.holidays = self.folder / "bank-holidays.json"
        division = {"division": "england-and-wales", "events": [{"title": "Holiday", "date": "2026-11-23"}]}
        self.holidays.write_text(json.dumps({"england-and-wales": division}), encoding="utf-8")
        self.assert_found("window", "triage")
        self.assertFalse(
            [line for line in self.report().violations if "prepare: window" in line], "the desk stays open"
        )

    def test_weekday_without_a_window(self):
        self.edit("unit.toml", 'open = ["Mon-Fri 08:00-18:00"]', 'open = ["Tue-Fri 08:00-18:00"]')
        self.assert_found("window", "triage")

    def test_trip_of_the_site(self):
        self.edit("unit.toml", 'to_owner = "30m"', 'to_owner = "31m"')
        self.assert_found("hand-back", "a trip of 1860 s")

    def test_travel_default(self):
        self.edit("unit.toml", 'between = ["hq", "north"]', 'between = ["hq", "south"]')
        self.assert_found("travel", ">= 2026-11-23T10:00:00Z")


class Policies(ExampleCase):
    def test_duration(self):
        self.edit("policy.toml", 'base = "35m", per_gb = "10s"', 'base = "35m", per_gb = "11s"')
        self.assert_found("end", "AB/1", "expected 2026-11-23T10:13:28Z")  # 128 GB where the row says nothing
        self.assert_found("end", "AB/2", "expected 2026-11-23T10:58:04Z")

    def test_without_after_the_stage_before_is_the_predecessor(self):
        self.put(self.step("AB/2", "hand_back"), "19:30:00", "20:00:00")
        self.edit("policy.toml", 'after = ["verify"]\n', "")
        self.assert_found("predecessor", "AB/2", "review", "end of hand_back")

    def test_promise_that_stops_applying(self):
        self.edit("policy.toml", 'applies_within = "28d"', 'applies_within = "25d"')
        self.assert_found("milestone", "bail", "no line")

    def test_stored_date_that_has_come(self):
        self.edit_row("CD/1", "evidence_fades_at", "2026-11-23T09:00:00Z")
        self.assert_found("milestone", "fading-evidence", "no line")

    def test_missed_promise_to_a_waiting_owner_stays(self):
        self.edit_row("AB/2", "owner_present_until", "2026-11-22T09:00:00Z")
        self.assert_found("milestone", "AB/2", "owner-waits", "one line")

    def test_elapsed_instead_of_working_time(self):
        self.edit("policy.toml", 'counts = "working"', 'counts = "elapsed"')
        self.assert_found("due", "AB/1", "standard", "expected 2026-11-24T23:40:00Z")

    def test_words_ignore_case(self):
        self.edit_row("AB/1", "owner", "VICTIM")
        self.assert_no_violations()


class Rows(ExampleCase):
    def test_owner_leaves_a_second_too_early(self):
        self.edit_row("AB/1", "owner_present_until", "2026-11-23T10:26:19Z")
        self.assert_found("hand-back", "a trip of 1800 s")

    def test_owner_waits_elsewhere(self):
        self.edit_row("AB/1", "return_site", "hq")
        self.assert_found("hand-back", ">= 2026-11-23T11:16:20Z")

    def test_trip_of_the_row_comes_before_that_of_the_site(self):
        self.edit_row("AB/2", "trip", "30m1s")
        self.assert_found("hand-back", "a trip of 1801 s")

    def test_delivery_in_the_future_without_a_gate(self):
        self.edit("policy.toml", '"legal_basis", "authorisation", "delivery"', '"legal_basis", "authorisation"')
        self.edit_row("CD/1", "delivered_at", "2026-11-23T09:00:01Z")
        self.assert_found("travel", ">= 2026-11-23T09:50:01Z")


class DeviceTimeline(ExampleCase):
    """AB/2's verify may run beside extract, has no step, and the hand-back leaves room before extract only."""

    def setUp(self):
        super().setUp()
        verify = 'name = "verify"\nby = ["operator"]\nattended = true\nholds_device = true\ntakes = { base = "15m" }\n'
        self.edit("policy.toml", verify, verify + 'after = ["prepare"]\n')
        self.edit("policy.toml", "returns_device = true\n", 'returns_device = true\nafter = ["extract"]\n')
        self.edit("policy.toml", 'after = ["verify"]\n', 'after = ["extract"]\n')
        self.make_wait("AB/2", "verify")
        self.put(self.step("AB/2", "hand_back"), "10:57:00", "11:27:00")

    def test_room_before_a_planned_holding_stage(self):
        self.assert_found("left-waiting", "AB/2", "verify", "operator/1 2026-11-23T09:30:00Z..2026-11-23T09:45:00Z")

    def test_room_after_it_before_the_trip(self):
        self._keep_the_operator_away()
        self.put(self.step("AB/2", "hand_back"), "11:12:00", "11:42:00")
        self.assert_found("left-waiting", "AB/2", "verify", "operator/1 2026-11-23T10:57:00Z..2026-11-23T11:12:00Z")

    def test_no_room(self):
        self._keep_the_operator_away()
        self.assertFalse([line for line in self.report().violations if "left-waiting" in line])

    def _keep_the_operator_away(self):
        closed = 'closed = [{ from = 2026-11-23T09:30:00Z, until = 2026-11-23T10:00:00Z, reason = "training" }]'
        self.edit("unit.toml", 'stages = ["prepare", "verify"]\n', f'stages = ["prepare", "verify"]\n{closed}\n')
