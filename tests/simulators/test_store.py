"""The file behind a simulation: shared by threads and processes, private, whole."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from terraform_provider_xivds8k.simulators import clock
from terraform_provider_xivds8k.simulators.context import Context, context_of
from terraform_provider_xivds8k.simulators.store import Store, Transaction

WRITER = """
import sys
from pathlib import Path
from terraform_provider_xivds8k.simulators.context import context_of
from terraform_provider_xivds8k.simulators.store import Store
store = Store(Path(sys.argv[1]))
for _ in range(300):
    with store.transaction() as transaction:
        number = context_of(transaction, "xiv1").next_number("volume")
        context_of(transaction, "xiv1").put("volume", f"{number:06d}", {"by": sys.argv[2]})
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "folder" / "simulator.db")
    with found.transaction() as transaction:
        transaction.execute("INSERT INTO arrays VALUES ('xiv1', 'xiv', 1), ('xiv2', 'xiv', 2)")
    yield found
    found.close()


def xiv1(transaction: Transaction) -> Context:
    return context_of(transaction, "xiv1")


def test_two_processes_that_write_at_once_wait_for_each_other_and_lose_nothing(store: Store) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(store.path), name], stderr=subprocess.PIPE)
        for name in ("a", "b")
    ]
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors.decode()
    with store.transaction() as transaction:
        rows = xiv1(transaction).rows("volume")
    assert [key for key, _ in rows] == [f"{number:06d}" for number in range(1, 601)]
    assert {row["by"] for _, row in rows} == {"a", "b"}


PAIRS = """
import sys
from pathlib import Path
from terraform_provider_xivds8k.simulators.context import context_of
from terraform_provider_xivds8k.simulators.store import Store
store = Store(Path(sys.argv[1]))
for number in range(1_000_000):
    with store.transaction() as transaction:
        for kind in ("left", "right"):
            context_of(transaction, "xiv1").put(kind, f"{number:07d}", {"text": "x" * 500})
    print(number, flush=True)
"""


def test_a_process_that_is_killed_leaves_whole_transactions_and_no_lock(store: Store) -> None:
    with subprocess.Popen([sys.executable, "-c", PAIRS, str(store.path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(50):
            last = int(writer.stdout.readline())
        writer.kill()
        last = max([last, *map(int, writer.stdout.read().split())])
    with store.transaction() as transaction:
        left = [key for key, _ in xiv1(transaction).rows("left")]
        assert left == [key for key, _ in xiv1(transaction).rows("right")]
        assert len(left) in {last + 1, last + 2}


def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.transaction() as transaction:
            xiv1(transaction).put("volume", "1", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.transaction() as transaction:
        assert xiv1(transaction).get("volume", "1") is None


def test_a_context_is_of_no_use_after_its_transaction(store: Store) -> None:
    with store.transaction() as transaction:
        context = xiv1(transaction)
    with pytest.raises(RuntimeError, match="ended"):
        context.rows("volume")


def test_rows_are_found_by_kind_and_group_in_the_order_of_their_keys(store: Store) -> None:
    with store.transaction() as transaction:
        context = xiv1(transaction)
        for key, group in (("b", "p1"), ("a", "p1"), ("c", "p2")):
            context.put("volume", key, {"key": key}, group)
        context.put("pool", "a", {})
        assert [key for key, _ in context.rows("volume", "p1")] == ["a", "b"]
        assert context.count("volume") == 3
        assert context.partner is not None
        assert context.partner.rows("volume") == []


def test_file_and_folder_are_their_owner_s_alone(store: Store) -> None:
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_a_foreign_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(b"not a database at all, but somebody's notes")
    with pytest.raises(Exception, match=r"database|made by"):
        Store(path)
    assert path.read_bytes().startswith(b"not a database")


def test_time_runs_by_scale_and_offset_without_a_jump(store: Store) -> None:
    with store.transaction() as transaction:
        before = clock.now_s(transaction)
        clock.set_scale(transaction, 1000)
        assert clock.now_s(transaction) == pytest.approx(before, abs=100)
        clock.advance(transaction, 3600)
        assert clock.now_s(transaction) - before >= 3600
        with pytest.raises(ValueError, match="forward"):
            clock.advance(transaction, -1)
