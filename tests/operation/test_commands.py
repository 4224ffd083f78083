"""``kg releases`` and ``kg switch``."""

from __future__ import annotations

import subprocess

from kgservice.release import current_name

from .conftest import ENVIRONMENT, KG, Serve, Two, wait_until


def kg(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*KG, *arguments], capture_output=True, text=True, env=ENVIRONMENT, timeout=60, check=False
    )


def test_releases_are_listed_with_the_current_one_marked(two: Two) -> None:
    (two.path / "broken").mkdir()
    (two.path / "broken" / "manifest.json").write_text("{")
    done = kg("releases", "--releases", str(two.path))
    assert done.returncode == 0, done.stderr
    rows = {
        name: line
        for line in done.stdout.splitlines()
        for name in (two.a, two.b, "broken")
        if name in line
    }
    assert "→" in rows[two.a] and "11" in rows[two.a]
    assert "→" not in rows[two.b]
    assert "已损坏" in rows["broken"]
    assert "kg build" in kg("releases", "--releases", str(two.path / "none")).stdout


def test_switch_and_back_while_the_service_runs(serve: Serve, two: Two) -> None:
    with serve() as running:
        done = kg("switch", two.b, "--releases", str(two.path))
        assert done.returncode == 0, done.stderr
        assert two.b in done.stdout and f"此前：{two.a}" in done.stdout
        wait_until(lambda: running.mark() == {"b"})
        assert kg("switch", two.a, "--releases", str(two.path)).returncode == 0
        wait_until(lambda: running.mark() == {"a"})


def test_switch_to_what_is_not_there_or_damaged_changes_nothing(two: Two) -> None:
    done = kg("switch", "nonsense", "--releases", str(two.path))
    assert done.returncode == 1
    assert two.b in done.stderr and "没有版本" in done.stderr
    (two.path / two.b / "graph.nq").write_text("")
    done = kg("switch", two.b, "--releases", str(two.path))
    assert done.returncode == 1
    assert "damaged" in done.stderr and "Traceback" not in done.stderr
    assert current_name(two.path) == two.a
