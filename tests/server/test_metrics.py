"""Figures, read by Prometheus's own parser."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from hawk.server.metrics.requests import BOUNDS, RequestFigures
from hawk.server.metrics.text import MEDIA_TYPE, Family, Sample, rendered
from tests.importers.house import header, members, sample, write_archive
from tests.servers.hawk import HawkServer

Found = dict[tuple[str, tuple[tuple[str, str], ...]], float]
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def parsed(text: str) -> Found:
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HawkServer]:
    with HawkServer(tmp_path_factory.mktemp("metrics"), args=("--no-worker",)) as running:
        yield running


def scraped(server: HawkServer) -> Found:
    answer = httpx.get(f"{server.url}/metrics", headers=server.headers)
    assert answer.headers["content-type"] == f"{MEDIA_TYPE}; charset=utf-8"
    return parsed(answer.text)


def test_requests_are_counted_by_their_routes_not_by_their_paths(server: HawkServer) -> None:
    with server.http() as http:
        for path in ("/api/jobs/a", "/api/jobs/b", "/nothing/1", "/nothing/2", "/api/jobs"):
            http.get(path)
        http.request("BREW", "/api/jobs")
    found = scraped(server)
    counted = {labels: value for (name, labels), value in found.items() if name == "hawk_requests_total"}
    one_job = (("method", "GET"), ("route", "/api/jobs/{job_id}"), ("status", "404"))
    assert counted[one_job] == 2
    assert counted[("method", "GET"), ("route", "(none)"), ("status", "404")] == 2
    assert counted[("method", "GET"), ("route", "/api/jobs"), ("status", "200")] == 1
    assert not any("BREW" in str(labels) for labels in counted)
    buckets = ("hawk_request_seconds_bucket", (("le", "+Inf"), ("method", "GET"), ("route", "/api/jobs")))
    assert (
        found[buckets]
        == found["hawk_request_seconds_count", (("method", "GET"), ("route", "/api/jobs"))]
        == 1
    )


def test_it_tells_of_the_process_and_the_database(server: HawkServer) -> None:
    found = scraped(server)
    assert found["hawk_database_up", ()] == 1
    assert found["process_resident_memory_bytes", ()] > 1e6
    assert found["hawk_jobs", (("state", "running"),)] == 0
    assert found["hawk_requests_at_work", ()] == 1


def test_only_an_admin_reads_them_unless_the_operator_lets_others(server: HawkServer, tmp_path: Path) -> None:
    assert httpx.get(f"{server.url}/metrics").status_code == 401
    other = HawkServer(tmp_path, args=("--no-worker",))
    other.configure('[serve]\nmetrics = "anybody"\n')
    with other:
        assert httpx.get(f"{other.url}/metrics").status_code == 200


def test_the_worker_s_imports_are_told_by_any_server(tmp_path: Path, database_url: str) -> None:
    server = HawkServer(tmp_path, env={"HAWK_DATABASE_URL": database_url})
    write_archive(
        server.home / "storage" / "evals" / "a" / "x.eval", members(sample("s1"), sample("s2"), head=header())
    )
    with server:
        server.until(lambda: "imported" in server.log.read_text())
        found = scraped(server)
    assert found["hawk_worker_running", ()] == 1
    assert found["hawk_logs", (("state", "imported"),)] == 1
    assert found["hawk_imports_total", ()] >= 1
    assert found["hawk_import_lag_seconds", (("quantile", "1"),)] >= 0
    assert found["hawk_last_import_timestamp_seconds", ()] > 1.7e9


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), TEXT, max_size=3), TEXT, st.floats())
def test_any_label_and_value_is_read_as_it_was(labels: dict[str, str], text: str, value: float) -> None:
    written = rendered([Family("hawk_x", "gauge", text, [Sample(value, labels)])])
    ((family),) = text_string_to_metric_families(written)
    (one,) = family.samples
    assert one.labels == labels
    assert one.value == value or math.isnan(value)


@given(st.lists(st.floats(min_value=0, max_value=100)))
def test_buckets_only_grow_and_end_with_all(times: list[float]) -> None:
    figures = RequestFigures()
    for seconds in times:
        figures.begin()
        figures.end("/x", "GET", 200, seconds)
    found = parsed(rendered(figures.families()))
    counts = [
        found.get(("hawk_request_seconds_bucket", (("le", le), ("method", "GET"), ("route", "/x"))), 0)
        for le in (*map(str, BOUNDS), "+Inf")
    ]
    assert counts == sorted(counts)
    assert counts[-1] == len(times)
    for bound, count in zip(BOUNDS, counts, strict=False):
        assert count == sum(one <= bound for one in times)
