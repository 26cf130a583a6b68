import asyncio

import pytest

from kiro_worker.power.fault import SourceUnfit
from kiro_worker.power.procure import Wish
from kiro_worker.power.source.folder import FolderSource
from kiro_worker.power.survey import AskedOnce
from power.sample import built, put


class Counted(FolderSource):
    """A folder that counts how often it was asked."""

    asked = 0

    async def offers(self):
        type(self).asked += 1
        await asyncio.sleep(0)
        return await super().offers()


@pytest.fixture
def once(tmp_path):
    Counted.asked = 0
    return AskedOnce(lambda wish: Counted(tmp_path / wish.source, source=wish.source, key=wish.key))


async def test_however_many_want_to_know_a_source_is_asked_once(once, tmp_path):
    put(tmp_path / "tea", built("1.2.0"))
    answers = await asyncio.gather(*(once(Wish(source="tea", range=f"^{number}")).offers() for number in range(50)))
    assert {str(offer.version) for (offer,) in answers} == {"1.2.0"}
    assert Counted.asked == 1


async def test_what_it_has_is_fetched_by_each_for_himself(once, tmp_path):
    put(tmp_path / "tea", built())
    source = once(Wish(source="tea"))
    (offer,) = await source.offers()
    assert (await source.fetch(offer)).folder == "tea"


async def test_a_source_that_cannot_be_asked_is_not_waited_for_again(once):
    for _ in range(3):
        with pytest.raises(SourceUnfit):
            await once(Wish(source="gone")).offers()
    assert Counted.asked == 1


async def test_other_sources_and_other_names_are_asked_for_themselves(once, tmp_path):
    put(tmp_path / "tea", built())
    put(tmp_path / "coffee", built())
    for wish in (Wish(source="tea"), Wish(source="coffee"), Wish(source="tea", name="tea")):
        await once(wish).offers()
    assert Counted.asked == 3
