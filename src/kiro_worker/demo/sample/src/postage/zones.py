"""Which zone a country is in."""

ZONES = {"NO": 1, "SE": 1, "DK": 1, "DE": 2, "FR": 2, "JP": 3, "US": 3}


def zone_of(country: str) -> int:
    """The zone of a two-letter country code; countries without a tariff of their own are in zone 3."""
    return ZONES.get(country.upper(), 3)
