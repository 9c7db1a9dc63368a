"""A DS8000 home whose management is silent is alive when any path to it works, whichever LSSs that path joins."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.pprc_stage import DEADLINE_S, Stage
from support.refusals import says_all
from terraform_provider_xivds8k.driver import DriverError, Refused, Replication, Scope, Terms
from terraform_provider_xivds8k.driver.pprcs import PprcPath
from terraform_provider_xivds8k.simulators.context import context_of
from terraform_provider_xivds8k.simulators.store import Store

THIRD_WWNN = "5005076303FFAAAA"
THIRD_SYSTEM = "2107-75THIRD"


def _without_its_way(stage: Stage) -> tuple[Replication, Replication]:
    """Return a pair whose own way back is gone, and one of other LSSs whose way works; home's management is silent."""
    lone, other = stage.replicated("a", lss="10"), stage.replicated("b", lss="12")
    (path,) = (one for one in _ways_back(stage) if one.target_lss == lone.id[:2])
    core = stage.driver.remote._core
    assert core.array.pprcs is not None
    core.array.pprcs.delete_path(path.id, core.budget())
    stage.up("home", "refuse")
    stage.two.forget_calls()
    return lone, other


def _ways_back(stage: Stage) -> tuple[PprcPath, ...]:
    core = stage.driver.remote._core
    assert core.array.pprcs is not None
    return core.array.pprcs.paths(core.budget())


def test_a_path_of_other_lsss_tells_that_home_is_alive(stage: Stage) -> None:
    """One path to home works, so home is alive for every pair with it: refused, nothing is sent, force overrides."""
    lone, _ = _without_its_way(stage)
    with pytest.raises(Refused, match="the home array is alive") as refused:
        stage.move("failover", lone)
    says_all(refused.value, "force")
    assert stage.posts("remote") == {}
    assert stage.move("failover", lone, force=True).members[0].after == 9


def test_a_path_of_other_lsss_may_be_home_s_where_home_never_answered(stage: Stage) -> None:
    """The way of another pair with the same array works: it is known by that pair, and named."""
    lone, other = _without_its_way(stage)
    (refused, said) = _refused_of_a_new_process(stage, lone)
    assert "may be alive" in refused.summary
    assert f"LSS {other.remote_id[:2]} of the remote array to LSS {other.id[:2]}" in said
    assert stage.posts("remote") == {}


def test_a_path_no_pair_uses_may_be_home_s_where_home_never_answered(stage: Stage, tmp_path: Path) -> None:
    """No pair tells whose node name it is: it may be home, so a failover needs force."""
    lone, other = _without_its_way(stage)
    _forget_pair(stage, other, tmp_path)
    (refused, _) = _refused_of_a_new_process(stage, lone)
    assert "may be alive" in refused.summary


def test_a_path_that_pairs_with_a_third_array_use_is_not_taken_for_home_s(stage: Stage, tmp_path: Path) -> None:
    """Those pairs tell whose node name it is, so home is not said to be alive: it fails over without force."""
    made = stage.replicated("a")
    _pair_with_a_third(stage, made, tmp_path)
    stage.up("home", "refuse")
    driver = stage.two.another_driver()
    try:
        report = driver.failover_host(scope=Scope(ids=(made.remote_id,)), terms=Terms(), deadline=DEADLINE_S)
        assert report.members[0].after == 9
    finally:
        driver.close()


def _refused_of_a_new_process(stage: Stage, made: Replication) -> tuple[DriverError, str]:
    """Fail over by a driver that home never answered; return what it is refused with."""
    driver = stage.two.another_driver()
    try:
        with pytest.raises(Refused) as refused:
            driver.failover_host(scope=Scope(ids=(made.remote_id,)), terms=Terms(), deadline=DEADLINE_S)
        says_all(refused.value, "force")
        return refused.value, refused.value.happened
    finally:
        driver.close()


def _forget_pair(stage: Stage, made: Replication, folder: Path) -> None:
    """Have the remote array forget a pair, whose paths stay."""
    store = Store(folder / "s.db")
    with store.transaction() as transaction:
        remote = context_of(transaction, stage.two.name("remote"))
        for key, row in remote.rows("pair"):
            if row["target"] == made.remote_id:
                remote.remove("pair", key)
    store.close()


def _pair_with_a_third(stage: Stage, made: Replication, folder: Path) -> None:
    """Delete the way back to home, and have the remote array hold a copy of a third array's, whose way works."""
    (path,) = _ways_back(stage)
    core = stage.driver.remote._core
    assert core.array.pprcs is not None
    core.array.pprcs.delete_path(path.id, core.budget())
    store = Store(folder / "s.db")
    with store.transaction() as transaction:
        remote = context_of(transaction, stage.two.name("remote"))
        ((key, row),) = remote.rows("pair")
        third = {**row, "source_system": THIRD_SYSTEM, "source": "2000", "target": "2200"}
        remote.put("pair", key.replace(row["source_system"], "THIRD"), third, group="steady")
        ways = {"source_lss": "22", "target_lss": "20", "target_wwnn": THIRD_WWNN}
        remote.put(
            "pprc_path", f"X_22:{THIRD_WWNN}_20", {**ways, "ports": list(path.states), "consistency_group": False}
        )
    store.close()
    assert made.remote_id != "2200"
