"""A pair that others made anew with another remote volume during an operation is not told as the one moved."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from support.mirror_lab import Lab
from support.plugin_client import eventually
from terraform_provider_xivds8k.driver import DriverError


def test_a_mirror_made_anew_while_it_is_waited_for_has_not_arrived(still_lab: Lab) -> None:
    lab = still_lab
    made = lab.parted()
    with ThreadPoolExecutor(1) as pool:
        moved = pool.submit(lab.run, "resync", made.id, authoritative_backend_id="default")
        eventually(lambda: lab.states(vol=made.name)[0].startswith("M+"), "it to copy")
        lab.tell("home", "mirror_deactivate", vol=made.name)
        lab.tell("home", "mirror_delete", vol=made.name)
        target = lab.tell("home", "target_list")[0]["name"]
        lab.tell(
            "home",
            "mirror_create",
            vol=made.name,
            slave_vol="another",
            create_slave="yes",
            remote_pool=lab.linked.pool,
            target=target,
        )
        error = moved.exception(30)
    assert isinstance(error, DriverError)
    _is_told(error, made.remote_id, "")


def _is_told(error: DriverError, before: str, now: str) -> None:
    assert error.report is not None
    (member,) = error.report.members
    assert (member.outcome, member.after, member.serves) == ("failed", None, None)
    assert member.remote_id == before
    assert "is another pair now" in member.problem
    assert now in member.problem
