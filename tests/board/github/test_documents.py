"""Everything that can be asked, held against GitHub's own schema."""

import pytest
from graphql import build_schema, parse, validate

from kiro_worker.board import CardId, Column, Note
from kiro_worker.board.github.documents import (
    CARDS,
    CARDS_WITHOUT_BLOCKERS,
    COMMENTS,
    DOCUMENTS,
    GLANCES,
    GLANCES_MATCHING,
)
from kiro_worker.board.note import written
from kiro_worker.testing.github_graphql import cost
from kiro_worker.testing.github_schema import NEWER, newer_fields

NEW = {GLANCES_MATCHING, CARDS}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.split()[1].partition("(")[0])
def test_every_document_is_valid_today_and_only_two_need_what_is_newer(document, schemas, schema_folder):
    assert validate(schemas.graphql, parse(document)) == []
    published = build_schema((schema_folder / "schema.graphql").read_text("utf-8"))
    assert bool(validate(published, parse(document))) is (document in NEW)


def test_what_is_newer_is_no_more_than_is_used(schema_folder):
    newer = newer_fields((schema_folder / NEWER).read_text("utf-8"))
    assert newer == {("Issue", "blockedBy"): frozenset(), ("ProjectV2", "items"): frozenset({"query"})}


@pytest.mark.parametrize(
    ("document", "variables", "points"),
    [
        (GLANCES, {"first": 100}, 1),
        (GLANCES_MATCHING, {"first": 100}, 1),
        (CARDS, {"ids": ["x"]}, 1),
        (CARDS, {"ids": ["x"] * 24}, 1),
        (CARDS, {"ids": ["x"] * 100}, 5),
        (CARDS_WITHOUT_BLOCKERS, {"ids": ["x"] * 100}, 4),
        (COMMENTS, {}, 1),
    ],
)
def test_what_a_document_costs_by_the_published_formula(document, variables, points, schemas):
    assert cost(schemas.graphql, document, variables) == points


async def test_everything_that_can_be_asked_is_asked_and_nothing_else(side, schemas):
    draft = side.project.add(side.project.content("DraftIssue", "An idea"), Status="Failed")
    card = await side.add("Login")
    board = side.board()
    await board.cards()
    await board.check()
    await board.move(card, Column.WORKING)
    for text in ("one", "two"):
        await board.tell(card, Note(key="a", text=text))
    note, content = Note(key="b", text="at once"), side.card(card).content
    side.project.before_write.append(lambda: side.project.comment(content, "worker", written(note)))
    await board.tell(card, note)
    await board.tell(CardId(draft.id), Note(key="a", text="three"))
    await board.bring(await side.propose("Delegated", "feature/delegated"))
    side.project.schema = schemas.published_graphql
    await side.board().cards()
    assert {seen.body["query"] for seen in side.server.seen} == set(DOCUMENTS)
