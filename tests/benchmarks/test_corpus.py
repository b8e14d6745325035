"""The corpus is what the figures of lists and searches say that it is."""

from pathlib import Path

from benchmarks.corpus import content, needles
from benchmarks.corpus.filling import fill
from benchmarks.served import api


async def test_a_part_of_the_corpus_is_served(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hawk.db'}"
    await fill(url, 2)
    async with api(tmp_path, url) as server:
        found = await server.get("/api/samples", {"eval_set": content.eval_set(0), "total": "true"})
        times = await server.time("/api/samples", [{"sort": "-score"}] * 3)
    assert found["total"] == 2 * content.SAMPLES_A_LOG
    assert {one["task"] for one in found["items"]} <= {content.task(0), content.task(1)}
    assert len(times.seconds) == 3


def test_needles_are_in_as_many_messages_as_they_say() -> None:
    for needle in (needles.TEN, needles.HUNDRED, needles.THOUSAND, needles.PAGES):
        having = [number for number in range(20_000) if needle.text in needles.planted(number)]
        assert having == [number for number in needle.messages if number < 20_000]
        assert having
    assert [one.hits for one in (needles.TEN, needles.HUNDRED, needles.THOUSAND)] == [10, 100, 1_000]
    assert content.LOGS * content.SAMPLES_A_LOG == needles.MESSAGES
