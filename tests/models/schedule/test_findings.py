"""Gaps, double bookings, fair load, rotations on the calendar, and layers that never count."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.schedule.findings import DoubleBooking, double_bookings, gaps
from models.schedule.load import Load, load
from models.schedule.plan import FreeDays, Layer, Override, Plan, Shift, Window
from models.schedule.shifts import joined, on_call_at, shifts
from models.schedule.words import HolidayRule, RotationKind
from models.schedule.written import kept_layer, people_in, plan_of

ANA, BEN, CLEO = 1, 2, 3
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 23, tzinfo=BERLIN)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def layer(*people, kind=RotationKind.WEEKLY, start=date(2026, 3, 23), **given):
    return Layer(given.pop("name", "first"), people, kind, start, **given)


def berlin(*layers, free_days=None):
    return [Plan(BERLIN, layers, LONG_AGO, free_days or FreeDays())]


def local(found):
    return [(each.person, each.starts_at.astimezone(BERLIN).strftime("%d.%m. %H:%M")) for each in found]


def test_hand_overs_stay_where_the_clocks_show_them_and_weeks_do_not_care_about_years():
    weekly = berlin(layer(ANA, BEN, weekday=0, hand_over=time(2, 30)))
    found = shifts(weekly, [], MONDAY, MONDAY + 15 * DAY)
    assert local(found) == [(ANA, "23.03. 02:30"), (BEN, "30.03. 02:30"), (ANA, "06.04. 02:30")]
    sundays = berlin(layer(ANA, BEN, weekday=6, hand_over=time(2, 30)))
    begun = local(shifts(sundays, [], MONDAY, MONDAY + 7 * DAY))
    assert begun == [(ANA, "23.03. 02:30"), (BEN, "29.03. 03:30")], "02:30 is left out that day"
    fifty_three = berlin(layer(ANA, BEN, start=date(2026, 12, 21)))
    turns = shifts(fifty_three, [], datetime(2026, 12, 21, tzinfo=BERLIN), datetime(2027, 1, 12, tzinfo=BERLIN))
    assert local(turns) == [(ANA, "21.12. 09:00"), (BEN, "28.12. 09:00"), (ANA, "04.01. 09:00"), (BEN, "11.01. 09:00")]


def test_a_month_that_is_too_short_hands_over_on_its_last_day():
    monthly = berlin(layer(ANA, BEN, CLEO, kind=RotationKind.MONTHLY, start=date(2028, 1, 31)))
    found = shifts(monthly, [], datetime(2028, 1, 1, tzinfo=BERLIN), datetime(2028, 5, 1, tzinfo=BERLIN))
    assert local(found) == [(ANA, "31.01. 09:00"), (BEN, "29.02. 09:00"), (CLEO, "31.03. 09:00"), (ANA, "30.04. 09:00")]


def test_nobody_on_call_is_found_and_layers_that_never_count_are_no_fault():
    never = layer(ANA, end=date(2026, 3, 23))
    assert shifts(berlin(never, layer()), [], MONDAY, MONDAY + 7 * DAY) == []
    assert gaps(berlin(), [], MONDAY, MONDAY + DAY) == [(MONDAY, MONDAY + DAY)]
    week_days = layer(ANA, hand_over=time(), windows=(Window(time(8), time(20), frozenset(range(5))),))
    week_end = layer(BEN, hand_over=time(), name="week-end", windows=(Window(time(20), time(8), frozenset({4}), 0),))
    plans = berlin(week_days, week_end)
    found = shifts(plans, [], MONDAY, MONDAY + 7 * DAY)
    empty = gaps(plans, found, MONDAY, MONDAY + 7 * DAY)
    assert [(since.hour, (until - since) / HOUR) for since, until in empty][1:3] == [(19, 12), (19, 12)]
    friday, sunday = MONDAY + 4 * DAY + 21 * HOUR, datetime(2026, 3, 29, 12, tzinfo=BERLIN)
    assert {on_call_at(plans, [], moment).person for moment in (friday, sunday)} == {BEN}
    nobody = Override(1, sunday, sunday + HOUR, None)
    assert gaps(plans, shifts(plans, [nobody], sunday, sunday + DAY / 2), sunday, sunday + HOUR) == [
        (sunday, sunday + HOUR)
    ]


def test_who_left_is_on_call_no_more_and_who_stands_below_is():
    plans = berlin(
        layer(ANA, BEN, kind=RotationKind.DAILY, hand_over=time()), layer(CLEO, name="below", hand_over=time())
    )
    left = {BEN: MONDAY + DAY + 6 * HOUR}
    cover = Override(1, MONDAY + 2 * DAY, MONDAY + 3 * DAY, BEN)
    found = shifts(plans, [cover], MONDAY, MONDAY + 4 * DAY, left)
    assert [(each.person, (each.ends_at - each.starts_at) / HOUR) for each in found] == [
        (ANA, 24),
        (BEN, 6),
        (CLEO, 18),
        (ANA, 24),
        (CLEO, 24),
    ]


def test_the_later_of_two_overrides_wins_and_shifts_of_one_person_are_told_as_one():
    plans = berlin(layer(ANA, kind=RotationKind.DAILY, hand_over=time()))
    over = [Override(1, MONDAY, MONDAY + 3 * HOUR, BEN), Override(2, MONDAY + HOUR, MONDAY + 2 * HOUR, CLEO)]
    found = shifts(plans, over, MONDAY, MONDAY + 3 * DAY)
    assert [each.person for each in found] == [BEN, CLEO, BEN, ANA, ANA, ANA]
    assert [(each.person, each.override) for each in joined(found)] == [(BEN, 1), (CLEO, 2), (BEN, 1), (ANA, None)]


def test_versions_leave_the_past_as_it_was():
    now = MONDAY + 2 * DAY + 12 * HOUR
    old = berlin(layer(ANA, hand_over=time()))[0]
    plans = [old, Plan(BERLIN, (layer(BEN, hand_over=time()),), now)]
    assert [(each.person, each.ends_at) for each in shifts(plans, [], MONDAY, MONDAY + 3 * DAY)] == [
        (ANA, now),
        (BEN, MONDAY + 3 * DAY),
    ]
    assert shifts(plans[1:], [], MONDAY, now) == [] == gaps(plans[1:], [], MONDAY, now)


def test_one_person_in_two_schedules_at_once_is_found():
    def span(person, since, until):
        return Shift(person, MONDAY + since * HOUR, MONDAY + until * HOUR)

    found = double_bookings({7: [span(ANA, 0, 4), span(ANA, 4, 6)], 8: [span(ANA, 3, 5)], 9: [span(BEN, 0, 9)]})
    assert found == [DoubleBooking(ANA, MONDAY + 3 * HOUR, MONDAY + 5 * HOUR, (7, 8))]


def test_load_counts_nights_week_ends_and_holidays_by_the_clocks():
    good_friday = FreeDays({date(2026, 3, 27): "Company day"})
    plans = berlin(
        layer(CLEO, name="holidays", hand_over=time(), holidays=HolidayRule.ONLY),
        layer(ANA, hand_over=time()),
        free_days=good_friday,
    )
    week = (MONDAY, MONDAY + 7 * DAY)
    hours = [
        (each.person, *(part / 3600 for part in (each.total, each.night, each.weekend, each.holiday)), each.shifts)
        for each in load(plans, shifts(plans, [], *week), *week)
    ]
    assert hours == [(ANA, 143, 47, 47, 0, 2), (CLEO, 24, 8, 0, 24, 1)], "the week has 167 hours: clocks went forward"
    assert Load(ANA, 0, 0, 0, 0, 0) not in load(plans, [], *week)


def test_what_is_kept_is_read_as_it_was():
    one = layer(ANA, BEN, end=date(2027, 1, 1), weekday=2, windows=(Window(time(20), time(8), frozenset({4}), 0),))
    kept = {
        "zone": "Europe/Berlin",
        "layers": [kept_layer(one)],
        "free_days": {"2026-12-24": "Eve"},
        "country": "DE",
        "part": "BY",
    }
    plan = plan_of(kept, LONG_AGO)
    assert plan.layers == (one,)
    assert people_in(kept) == {ANA, BEN}
    names = [plan.free_days.name(date(2026, 12, day)) for day in (23, 24, 25)]
    assert names == [None, "Eve", "Christmas Day"]
