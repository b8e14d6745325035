"""S3's notifications through a real queue: they only make faster what listings would find anyway."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit

import pytest
from botocore.session import Session
from hawk_aws.notifications import Key, keys_of
from hawk_aws.sqs import SqsEvents
from hypothesis import given, settings
from hypothesis import strategies as st

from hawk.backends.storage.store import Storage
from hawk.errors import InvalidConfig
from hawk.settings import Settings
from tests.importers.house import members, sample, write_archive
from tests.worker.conftest import Site

PLUS = "2026-01-01T00-00-00+00-00_my task_abc.eval"


def native(bucket: str, *keys: str) -> str:
    """What S3 puts into a queue itself."""
    s3 = [{"bucket": {"name": bucket}, "object": {"key": quote_plus(key), "size": 1}} for key in keys]
    records = [{"eventVersion": "2.1", "eventName": "ObjectCreated:Put", "s3": one} for one in s3]
    return json.dumps({"Records": records})


def event_bridge(bucket: str, key: str) -> str:
    """What EventBridge puts into a queue."""
    detail = {"version": "0", "bucket": {"name": bucket}, "object": {"key": key, "size": 1}}
    return json.dumps({"detail-type": "Object Created", "source": "aws.s3", "detail": detail})


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(deadline=None)
def test_a_key_is_what_it_was_in_both_shapes(key: str) -> None:
    assert keys_of(native("b", key)) == keys_of(event_bridge("b", key)) == [Key("b", key)]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no json",
        "[]",
        '{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}',
        '{"Records": [{"s3": {"bucket": {}}}]}',
        '{"Records": 3}',
        '{"source": "aws.ec2", "detail": {"bucket": {"name": "b"}, "object": {"key": "k"}}}',
        "\ud800",
    ],
)
def test_what_is_no_message_of_s3_tells_nothing(body: str) -> None:
    assert keys_of(body) == []


class Queue:
    def __init__(self) -> None:
        self.client: Any = Session().create_client("sqs", region_name="us-east-1")
        self.url = self.client.create_queue(QueueName=f"events-{secrets.token_hex(6)}")["QueueUrl"]

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.client.send_message(QueueUrl=self.url, MessageBody=body)

    def left(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)


@pytest.fixture
def bucket(s3: str) -> str:
    return urlsplit(s3).netloc


@pytest.fixture
def queue(bucket: str) -> Iterator[Queue]:
    made = Queue()
    yield made
    made.client.delete_queue(QueueUrl=made.url)


@pytest.fixture
def far_site(tmp_path: Path, bucket: str, queue: Queue) -> Iterator[Site]:
    """Logs in a bucket, whose listings are an hour apart."""
    made = Site(tmp_path, f"sqlite:///{tmp_path / 'hawk.db'}")
    made.env["HAWK_STORAGE"] = f"s3://{bucket}/deep"
    made.configure(f'[worker]\npoll_seconds = 3600\n[events.sqs]\nqueue_url = "{queue.url}"\n')
    yield made
    made.close()


def put(site: Site, location: str, *ids: int) -> None:
    path = write_archive(site.folder / "draft.eval", members(*(sample(one) for one in ids)))
    asyncio.run(Storage(site.settings.evals_url).put(location, path.read_bytes()))


def test_an_event_has_its_log_imported_at_once(far_site: Site, queue: Queue, bucket: str) -> None:
    worker = far_site.start()
    far_site.until(lambda: bool(worker.lines("started")))
    put(far_site, f"set/{PLUS}", 1)
    queue.send(event_bridge(bucket, f"deep/evals/set/{PLUS}"))
    far_site.until(lambda: len(worker.lines("imported")) == 1)
    put(far_site, f"set/{PLUS}", 1, 2)
    put(far_site, f"other/{PLUS}", 1)
    queue.send(native(bucket, f"deep/evals/set/{PLUS}", f"deep/evals/other/{PLUS}"))
    far_site.until(lambda: len(worker.lines("imported")) == 3)
    far_site.until(lambda: queue.left() == 0)
    asyncio.run(Storage(far_site.settings.evals_url).delete(f"set/{PLUS}"))
    queue.send(native(bucket, f"deep/evals/set/{PLUS}"))
    far_site.until(lambda: {row.key[0] for row in far_site.rows()} == {f"other/{PLUS}"})
    far_site.until(lambda: queue.left() == 0)
    assert worker.end() == 0


def test_what_is_not_about_a_log_is_taken_off(far_site: Site, queue: Queue, bucket: str) -> None:
    queue.send(
        "no json",
        native("another-bucket", f"deep/evals/set/{PLUS}"),
        native(bucket, "deep/jobs/x/spec.yaml", "elsewhere/a.eval"),
        native(bucket, "deep/evals/set/eval-set.json", "deep/evals/set/gone.eval"),
    )
    worker = far_site.start()
    far_site.until(lambda: queue.left() == 0)
    assert not worker.lines("imported")
    assert "error" not in worker.log.read_text()


def test_a_queue_that_is_not_there_hinders_nothing(far_site: Site, queue: Queue) -> None:
    far_site.configure(f'[worker]\npoll_seconds = 0.2\n[events.sqs]\nqueue_url = "{queue.url}-none"\n')
    worker = far_site.start()
    far_site.until(lambda: "error events-failed source=sqs" in worker.log.read_text())
    put(far_site, f"set/{PLUS}", 1)
    far_site.until(lambda: len(worker.lines("imported")) == 1)


@pytest.mark.parametrize(
    ("options", "log_root", "told"),
    [
        ({}, "s3://b/evals", "queue_url is missing"),
        ({"queue_url": "x", "quue": "y"}, "s3://b/evals", "no option quue"),
        ({"queue_url": "x"}, "/logs/evals", "is for logs in S3"),
    ],
)
def test_wrong_options_are_told(tmp_path: Path, options: dict[str, str], log_root: str, told: str) -> None:
    with pytest.raises(InvalidConfig, match=told):
        SqsEvents(Settings(home=tmp_path, config_home=tmp_path, log_root=log_root), options=options)
