"""Local time to instants, with values computed by hand for both London clock-change nights.

Spring: on 2027-03-28 at 01:00Z local 01:00 becomes 02:00. Autumn: on 2026-10-25 at 01:00Z local 02:00 becomes 01:00.
"""

import unittest
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from oracle.calendars import Opening, Windows, compile_windows, merge
from oracle.instants import end_of_local_day, parse_duration, parse_instant, resolve_local, show

LONDON = ZoneInfo("Europe/London")
SPRING = date(2027, 3, 28)
AUTUMN = date(2026, 10, 25)


def windows_around(day: date, *openings: str, holidays=(), days=1) -> list[str]:
    """The windows that begin from `days` before a day to `days` after it, as `DD HH:MM-DD HH:MM` in UTC."""
    span = timedelta(days=days)
    windows = compile_windows(
        [Opening.parse(text) for text in openings], frozenset(holidays), LONDON, day - span, day + span
    )
    return [f"{show(start)[8:16]}-{show(end)[8:16]}".replace("T", " ") for start, end in windows.spans]


class SpringNight(unittest.TestCase):
    def test_windows(self):
        cases = {
            "Sun 01:30-09:00": ["28 01:00-28 08:00"],  # opens at the first instant after the gap
            "Sun 00:30-01:30": ["28 00:30-28 01:00"],  # closes at it
            "Sun 01:15-01:45": [],  # both edges are that instant
            "Sun 01:00-02:00": [],
            "Sat 22:00-06:00": ["27 22:00-28 05:00"],  # seven hours
            "Sat 22:00-01:30": ["27 22:00-28 01:00"],
            "Sat-Sun 00:00-24:00": ["27 00:00-28 23:00"],
            "Sat 09:00-09:00": ["27 09:00-28 08:00"],
        }
        for opening, expected in cases.items():
            with self.subTest(opening):
                self.assertEqual(expected, windows_around(SPRING, opening))

    def test_windows_that_touch_across_the_gap_are_one(self):
        self.assertEqual(["27 22:00-28 09:00"], windows_around(SPRING, "Sat 22:00-01:30", "Sun 02:00-10:00"))

    def test_the_day_ends_at_local_midnight(self):
        self.assertEqual("2027-03-28T23:00:00Z", show(end_of_local_day(SPRING, LONDON)))
        self.assertEqual("2027-03-28T00:00:00Z", show(end_of_local_day(SPRING - timedelta(days=1), LONDON)))


class AutumnNight(unittest.TestCase):
    def test_windows(self):
        cases = {
            "Sun 01:30-09:00": ["25 00:30-25 09:00"],  # opens at the first pass
            "Sun 00:30-01:30": ["24 23:30-25 00:30"],  # closes at it
            "Sun 01:15-01:45": ["25 00:15-25 00:45"],
            "Sun 01:00-02:00": ["25 00:00-25 02:00"],  # two hours
            "Sat 22:00-06:00": ["24 21:00-25 06:00"],  # nine hours
            "Sat-Sun 00:00-24:00": ["23 23:00-26 00:00"],
            "Sat 09:00-09:00": ["24 08:00-25 09:00"],
        }
        for opening, expected in cases.items():
            with self.subTest(opening):
                self.assertEqual(expected, windows_around(AUTUMN, opening))

    def test_the_day_ends_at_local_midnight(self):
        self.assertEqual("2026-10-26T00:00:00Z", show(end_of_local_day(AUTUMN, LONDON)))
        self.assertEqual("2026-10-24T23:00:00Z", show(end_of_local_day(AUTUMN - timedelta(days=1), LONDON)))


class EveryMinute(unittest.TestCase):
    def test_of_both_nights_against_the_other_direction(self):
        """The first minute, in UTC order, whose wall clock shows the local time, or a later one where none does."""
        for day in (SPRING, AUTUMN):
            start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=2)
            instants = [start + timedelta(minutes=i) for i in range(8 * 60)]
            walls = [instant.astimezone(LONDON).replace(tzinfo=None) for instant in instants]
            for minute in range(4 * 60):
                wanted = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
                expected = next(instant for instant, wall in zip(instants, walls) if wall >= wanted)
                self.assertEqual(int(expected.timestamp()), resolve_local(day, minute, LONDON), wanted)


class Openings(unittest.TestCase):
    MONDAY = date(2026, 11, 23)

    def test_days_may_wrap(self):
        self.assertEqual(
            ["21 08:00-21 09:00", "22 08:00-22 09:00", "23 08:00-23 09:00"],
            windows_around(self.MONDAY, "Sat-Mon 08:00-09:00", days=3),
        )

    def test_the_whole_week(self):
        self.assertEqual(["20 00:00-27 00:00"], windows_around(self.MONDAY, "Mon-Sun 00:00-24:00", days=3))
        self.assertEqual(["20 09:00-27 09:00"], windows_around(self.MONDAY, "Tue-Mon 09:00-09:00", days=3))

    def test_touching_and_overlapping_windows_are_one(self):
        self.assertEqual(["23 08:00-23 16:00"], windows_around(self.MONDAY, "Mon 08:00-12:00", "Mon 12:00-16:00"))
        self.assertEqual(["23 08:00-23 16:00"], windows_around(self.MONDAY, "Mon 09:00-16:00", "Mon 08:00-10:00"))

    def test_a_holiday_takes_out_what_begins_on_it(self):
        nights = windows_around(self.MONDAY, "Sun-Tue 22:00-06:00", holidays=[self.MONDAY])
        self.assertEqual(["22 22:00-23 06:00", "24 22:00-25 06:00"], nights)

    def test_never_open(self):
        self.assertEqual([], windows_around(self.MONDAY))

    def test_not_an_opening(self):
        for text in ("Mon 8:00-18:00", "Mon-Fri", "Mon-Fri 08:00-18:00 "):
            with self.subTest(text), self.assertRaises(ValueError):
                Opening.parse(text)


class WindowQuestions(unittest.TestCase):
    """Windows [10, 20) and [30, 40)."""

    def setUp(self):
        self.windows = Windows([(10, 20), (30, 40)])

    def test_open_moments(self):
        self.assertEqual([False, True, True, False], [self.windows.is_open(t) for t in (9, 10, 19, 20)])
        self.assertEqual([10, 15, 30, None], [self.windows.next_open(t) for t in (0, 15, 20, 40)])

    def test_hand_over_at_an_open_moment_or_a_close(self):
        self.assertEqual([15, 20, 30, 40, None], [self.windows.hand_over(t) for t in (15, 20, 21, 40, 41)])

    def test_work_goes_on_in_the_next_window(self):
        self.assertEqual([(15, 20)], self.windows.work_from(15, 5))
        self.assertEqual([(15, 20), (30, 31)], self.windows.work_from(15, 6))
        self.assertIsNone(self.windows.work_from(15, 16))

    def test_trips_fit_into_one_window(self):
        self.assertTrue(self.windows.holds(10, 20))
        self.assertFalse(self.windows.holds(15, 35))
        self.assertEqual([12, 30, None], [self.windows.first_fit(t, 8) for t in (12, 13, 33)])
        self.assertEqual([40, 38, 20, None], [self.windows.last_fit(t, 8) for t in (50, 38, 37, 17)])
        self.assertIsNone(self.windows.last_fit(50, 11))

    def test_closed_periods_are_cut_out(self):
        closed = [(12, 14), (13, 16), (16, 17), (20, 31), (39, 99)]
        self.assertEqual([(10, 12), (17, 20), (31, 39)], self.windows.without(closed).spans)

    def test_a_closed_period_makes_a_close(self):
        cut = self.windows.without([(12, 14)])
        self.assertEqual([12, 14], [cut.hand_over(t) for t in (12, 13)])

    def test_empty_windows_are_none(self):
        self.assertEqual([(1, 2)], merge([(5, 5), (1, 2), (7, 6)]))


class Durations(unittest.TestCase):
    def test_joined(self):
        self.assertEqual([90, 2700, 5400, 2592000], [parse_duration(text) for text in ("90s", "45m", "1h30m", "30d")])
        for text in ("", "90", "1.5h", "1h 30m", "h"):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_duration(text)

    def test_instants_carry_an_offset(self):
        self.assertEqual(parse_instant("2026-11-23T09:00:00Z"), parse_instant("2026-11-23T04:00:00-05:00"))
        with self.assertRaises(ValueError):
            parse_instant("2026-11-23T09:00:00")
