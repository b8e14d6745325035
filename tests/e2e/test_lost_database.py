"""A database that is lost after runs have ended: a check says so, and a rebuild brings it all back."""

from __future__ import annotations

from tests.e2e.conftest import EXAMPLES, Machine


def test_lists_are_the_same_after_a_rebuild(machine: Machine) -> None:
    machine.hawk("eval-set", EXAMPLES / "simple.eval-set.yaml")
    machine.hawk("eval-set", EXAMPLES / "failing.eval-set.yaml", code=1)
    lists = [("samples", "--all", "--limit", "500"), ("evals", "--all"), ("eval-sets",)]
    before = [machine.hawk("list", *args).stdout for args in lists]
    assert "Storage and database agree" in machine.hawk("db", "check").stdout
    for path in machine.home.glob("hawk.db*"):
        path.unlink()
    told = machine.hawk("db", "check", code=1).stdout
    assert told.count("missing-job") == 2
    assert "missing-log" in told
    machine.hawk("db", "rebuild", "--yes")
    assert "Storage and database agree" in machine.hawk("db", "check", "--deep").stdout
    assert [machine.hawk("list", *args).stdout for args in lists] == before
