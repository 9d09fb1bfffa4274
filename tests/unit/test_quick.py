"""What daily work leaves out, and that all else leaves out nothing."""

import subprocess
import sys

import pytest

from tests.commands import ROOT

OF_ALL_KINDS = ("tests/unit/storage/test_migrations.py", "tests/unit/handlers/test_drawing.py")


def collected(*options: str) -> set[str]:
    """The tests that would run, by their names alone."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *options, *OF_ALL_KINDS]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return {line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line}


@pytest.mark.slow
def test_only_what_needs_postgresql_or_is_slow_is_left_out_of_daily_work() -> None:
    everything, daily = collected(), collected("--quick")
    left_out = everything - daily
    variants = {name for name in left_out if "[postgresql" in name}
    assert daily <= everything
    assert {name for name in everything if "[sqlite" in name} <= daily
    assert {name.replace("[postgresql", "[sqlite") for name in variants} <= daily
    assert {name.partition("[")[0] for name in left_out - variants} == {
        "test_so_are_constraints_that_postgresql_has_lost",
        "test_each_series_has_its_bars_and_their_size_is_what_they_tell",
        "test_where_nothing_happened_no_bar_stands_and_it_is_drawn_all_the_same",
        "test_a_plan_that_cannot_be_drawn_gives_no_picture",
    }


def test_every_test_runs_where_nobody_asks_for_less() -> None:
    """Nothing but `make check` does."""
    asking = [
        line
        for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
        if "-m pytest" in line and "--quick" in line
    ]
    assert len(asking) == 1
    assert asking[0].endswith("tests/unit")
    assert "--quick" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
