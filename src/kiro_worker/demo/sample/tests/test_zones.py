from postage.zones import zone_of


def test_neighbours_are_in_zone_one():
    assert zone_of("se") == 1


def test_unknown_countries_are_far_away():
    assert zone_of("XX") == 3
