"""Networks read from node, arc and interdependency files become a case, and our calendar beats two simple orders."""

from pathlib import Path

import pytest

from deploy.benchmarks.restoration import NETWORKS, compare, restoration_case


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight nodes a network in a row; water needs the power node of its number."""
    for network in NETWORKS:
        nodes = [f"{number},{100 * (number + 1)},N/A,{1000 * (8 - number)}" for number in range(8)]
        (tmp_path / f"{network}Nodes.csv").write_text("ID,population,X,q (complete DS)\n" + "\n".join(nodes) + "\n")
        arcs = [f"{number},{number + 1}" for number in range(7)]
        (tmp_path / f"{network}Arcs.csv").write_text("Start Node,End Node\n" + "\n".join(arcs) + "\n")
    links = [f"{number},{number},Power,Water,Physical" for number in range(8)]
    head = "Dependee Node,Depender Node,Dependee Network,Depender Network,Type\n"
    (tmp_path / "Interdep.csv").write_text(head + "\n".join(links) + "\n")
    return tmp_path


def test_a_third_is_broken_and_the_seed_says_what(folder: Path):
    one, two, other = (restoration_case(folder, seed=seed) for seed in (3, 3, 4))

    assert len(one.facility_ids) == 32
    assert [work.id for work in one.interventions] == [work.id for work in two.interventions]
    assert [work.id for work in one.interventions] != [work.id for work in other.interventions]
    assert 3 <= len(one.interventions) <= 20
    assert (one.current <= one.nominal).all()


def test_nodes_need_what_the_file_says_where_they_stand(folder: Path):
    case = restoration_case(folder, seed=3)

    water = case.facility_number["Water-2"]
    needed = case.depends_service[case.depends_ptr[water] : case.depends_ptr[water + 1]]
    assert [case.service_ids[service] for service in needed] == ["Power"]
    power = case.facility_number["Power-2"]
    reached = case.catchment_place[case.catchment_ptr[power] : case.catchment_ptr[power + 1]]
    assert {case.neighbourhood_ids[place] for place in reached} == {"Power-2", "Power-3", "Water-2"}


def test_our_calendar_beats_the_simple_orders(folder: Path):
    compared = compare(folder, seed=3, time_s=30)

    assert compared.ours >= max(compared.most_damaged, compared.cheapest)
    assert compared.gap <= 0.005 + 1e-9
