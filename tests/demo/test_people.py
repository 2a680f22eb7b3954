"""The people of the story: the totals on every page of the design are those of the data."""

from crisis.demo.people import HOST, PRESENT, ROUNDS, figure
from crisis.demo.places import TENKORO


def test_the_town_holds_56900_hosts_42900_displaced_people_and_1300_returnees() -> None:
    present = PRESENT.values()
    assert sum(place.hosts for place in present) == 56_900
    assert sum(place.displaced for place in present) == 42_900
    assert sum(place.returnees for place in present) == 1_300
    assert sum(place.people for place in present) == 101_100


def test_wendou_shelters_more_displaced_people_than_it_has_hosts() -> None:
    wendou = PRESENT["TK0119"]
    assert (wendou.hosts, wendou.displaced, wendou.people) == (1_500, 5_200, 6_700)


def test_everyone_is_counted_in_a_neighbourhood_that_exists() -> None:
    assert list(PRESENT) == [place.pcode for place in TENKORO.places]


def test_the_last_count_gives_todays_figures_except_where_it_could_not_go() -> None:
    last = ROUNDS[-1]
    for pcode, present in PRESENT.items():
        counted = [figure(last, pcode, group) for group in present.groups()]
        assert counted == ([None] * 3 if pcode == "TK0117" else list(present.groups().values()))


def test_tambila_keeps_the_figure_of_the_round_before() -> None:
    before = ROUNDS[-2]
    assert figure(before, "TK0117", HOST) == PRESENT["TK0117"].hosts
    assert sum(figure(before, "TK0117", group) or 0 for group in PRESENT["TK0117"].groups()) == 1_896


def test_displaced_people_keep_arriving_from_count_to_count() -> None:
    arrived = [sum(figure(count, pcode, "idp") or 0 for pcode in PRESENT if pcode != "TK0117") for count in ROUNDS]
    assert arrived == sorted(arrived)
    assert arrived[0] < arrived[-1] / 10
