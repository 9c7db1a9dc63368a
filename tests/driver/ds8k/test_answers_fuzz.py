"""The REST API under garbage: any JSON is an answer or one of the documented errors, and never means "nothing"."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from support.rest_peer import POOL, SYSTEM, Answered, RestPeer, Script, ok, volume
from terraform_provider_xivds8k.driver import DriverError, InDoubt, Refused, System, TimedOut, XIVDS8KDriver
from terraform_provider_xivds8k.driver.ds8k import records
from terraform_provider_xivds8k.driver.ds8k.envelope import Answer, opened, raise_if_failed
from terraform_provider_xivds8k.driver.ds8k.gate import AnswerLostError
from terraform_provider_xivds8k.driver.ds8k.transport import Reply

GIB = 2**30
Start = Callable[[Script], RestPeer]
Reach = Callable[..., XIVDS8KDriver]

texts = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["", "\ud800", "0000", "0001", "P0", "NaN", "Infinity", "-1", "1.5", "1e400", "1e99", "1_0", "\u0661"]
    ),
    st.sampled_from(["../P1", "a b", "x\r\ny: z", "ok", "failed", "9" * 5000]),
)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), texts, st.sampled_from([10**4000, -1, 0, 2**63, -(2**70)])
)
anything = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)

COUNTS = st.one_of(st.just({"data_counts": 0}), st.just({"data_counts": 3}), anything)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "server": st.one_of(
            st.just({"status": "ok"}), st.fixed_dictionaries({"status": anything, "code": anything}), anything
        ),
        "data": st.one_of(st.dictionaries(st.sampled_from(["volumes", "pools"]), anything), anything),
        "responses": st.one_of(st.lists(anything, max_size=2), anything),
        "link": st.one_of(st.fixed_dictionaries({"href": anything}), anything),
        "counts": COUNTS,
    },
)


@settings(max_examples=300)
@given(st.one_of(envelopes, anything), st.sampled_from([200, 201, 204, 400, 401, 404, 429, 500, 503]))
def test_any_json_is_an_answer_or_a_documented_error(said: Any, status: int) -> None:
    with contextlib.suppress(DriverError, AnswerLostError):
        answer = opened(Reply(status, json.dumps(said).encode()), "do it")
        for part in answer.responses:
            raise_if_failed(part, "do it")
        found = answer.records("volumes")
        assert all(isinstance(record, dict) for record in found)
        if not found:
            assert said["data"]["volumes"] == [] if said.get("data") else said["counts"]["data_counts"] in {0, "0"}


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=40), st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_are_no_answer(data: bytes) -> None:
    with pytest.raises((DriverError, AnswerLostError)):
        opened(Reply(200, data), "do it")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"[" * 2**20, id="lists in lists"),
        pytest.param(b'{"server":' * 2**18, id="objects in objects"),
        pytest.param(b'{"server":{"status":"ok"},"data":' + b"[" * 10**5 + b"]" * 10**5 + b"}", id="deep and whole"),
        pytest.param(b'{"server":{"status":"ok"},"data":' + b"9" * 10**5 + b"}", id="a number of 100,000 digits"),
        pytest.param(b'{"server":{"status":"ok"},"data":1e99999999}', id="a number beyond all"),
        pytest.param(b'{"server":{"status":"ok"},"server":[]}', id="the same key twice"),
        pytest.param('{"server":{"status":"ok"}}'.encode("utf-16"), id="UTF-16 without data"),
    ],
)
def test_a_hostile_answer_is_told_of_and_nothing_is_concluded_from_it(data: bytes) -> None:
    with pytest.raises((DriverError, AnswerLostError)):
        opened(Reply(200, data), "do it").records("volumes")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(data={"volumes": ["0000", 5]}),
        Answer(data={"volumes": [{}, None]}),
        Answer(data={"volumes": []}, counted=3),
        Answer(data={"volumes": {}}, counted=0),
        Answer(data={"pools": []}, counted=0),
        Answer(),
    ],
)
def test_a_list_that_is_none_is_not_an_empty_one(answer: Answer) -> None:
    with pytest.raises(Refused):
        answer.records("volumes")


SYSTEM_OBJECT = records.system_of(SYSTEM, ())
PLAIN: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], Any]]] = {
    "volume": (volume("0000", "db1"), lambda found: records.volume_of(found, system=SYSTEM_OBJECT, pool_names={})),
    "pool": (POOL, records.pool_of),
    "system": (SYSTEM, lambda found: records.system_of(found, ())),
    "port": ({"id": "I0000", "wwpn": "5005", "state": "online"}, records.port_of),
}
FIELDS = sorted(
    {name for plain, _ in PLAIN.values() for name in plain} | {"real_cap", "captype", "MTM", "os400", "state"}
)


@settings(max_examples=400)
@given(st.sampled_from(sorted(PLAIN)), st.sampled_from(FIELDS), anything, st.booleans())
@example("volume", "cap", "NaN", True)
@example("volume", "cap", "1e5000", True)
@example("volume", "cap", "1e999999999", True)
@example("pool", "cap", "-1", True)
def test_a_record_of_anything_is_an_object_that_can_be_or_is_refused(
    kind: str, name: str, said: Any, whole: bool
) -> None:
    plain, read = PLAIN[kind]
    found = None
    with contextlib.suppress(Refused):
        found = read({**(plain if whole else {}), name: said})
    if isinstance(found, System):
        assert found.system_id
    elif kind == "volume" and found is not None:
        assert 0 < found.size_bytes < 10**60
        assert not found.provably_unwritten or (name == "tp")
        (found.name + found.pool_id).encode()  # half a surrogate pair would end in a state no Terraform reads


# through the whole driver, over the wire


@dataclass
class Console:
    """Be a console whose answer to one path is what an example wants."""

    answers: dict[str, Any] = field(default_factory=dict)

    def script(self, method: str, path: str) -> Answered | None:
        if method == "DELETE":
            self.answers[f"GET {path}"] = ok({"volumes": []}).body
        found = self.answers.get(f"{method} {path}", self)
        return None if found is self else Answered(200, found)


@pytest.fixture(scope="module")
def odd(server_tls: Any) -> Iterator[tuple[Console, RestPeer]]:
    """Return a console of odd answers."""
    console = Console()
    with RestPeer(server_tls, console.script) as peer:
        yield console, peer


@pytest.fixture
def talk(odd: tuple[Console, RestPeer], reach: Reach) -> tuple[Console, RestPeer, XIVDS8KDriver]:
    """Return the console, what it saw, and a driver that is signed in."""
    console, peer = odd
    console.answers = {}
    driver = reach(peer.address)
    driver.system()
    return console, peer, driver


Talk = tuple[Console, RestPeer, XIVDS8KDriver]
LISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "GET /volumes/0000": ("volumes", volume("0000", "db1")),
    "GET /pools/P0/volumes": ("volumes", volume("0000", "db1")),
    "GET /pools": ("pools", POOL),
    "GET /lss": ("lss", {"id": "00", "type": "fb", "configvols": "1"}),
    "GET /lss/00/volumes": ("volumes", volume("0000", "db1")),
    "GET /hosts": ("hosts", {"name": "h", "mappings_briefs": [{"volume_id": "0001", "lunid": "01"}]}),
    "GET /hosts/h/mappings": ("mappings", {"lunid": "01", "volume": {"id": "0001"}}),
    "GET /volumes/0000/flashcopy": ("flashcopy", {"id": "0000:0001", "sourcevolume": "0000", "targetvolume": "0001"}),
    "GET /flashcopy": ("flashcopy", {"id": "0000:0001", "sourcevolume": "0000", "targetvolume": "0001"}),
    "GET /volumes/0000/pprc": ("pprc", {"id": "0000:0001"}),
    "GET /cs/pprcs": ("pprcs", {"id": "0000:0001", "source_volume": {"name": "0000"}}),
    "POST /volumes": ("volumes", {"id": "0001", "name": "db2"}),
}


@st.composite
def odd_answers(draw: st.DrawFn) -> tuple[str, Any]:
    """Draw a path and an answer to it in which one thing is not as it should be."""
    path = draw(st.sampled_from(sorted(LISTS)))
    key, plain = LISTS[path]
    record = copy.deepcopy(plain)
    record[draw(st.sampled_from(sorted(plain)))] = draw(anything)
    data = draw(
        st.one_of(
            st.just({key: [record]}),
            st.lists(st.one_of(anything, st.just(record)), max_size=3).map(lambda rows: {key: rows}),
            anything.filter(lambda value: not isinstance(value, dict)).map(lambda value: {key: value}),
            st.dictionaries(texts, anything, max_size=2),
        )
    )
    more = draw(st.fixed_dictionaries({}, optional={"counts": COUNTS, "link": anything}))
    return path, {"server": {"status": "ok"}, "data": data, **more}


def _use(driver: XIVDS8KDriver) -> Iterator[Callable[[], Any]]:
    yield lambda: driver.find_volume("0000", deadline=5)
    yield driver.list_pools
    yield driver.list_volumes
    yield lambda: driver.volume_users("0000")
    yield lambda: driver.find_volumes_by_name("db1")
    yield lambda: driver.create_volume(name="db2", pool="P0", size_bytes=GIB, deadline=5)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(odd_answers())
def test_an_odd_answer_is_used_or_refused_in_words(talk: Talk, odd_answer: tuple[str, Any]) -> None:
    """Every operation that meets it ends as one of the driver's own errors, or with a result."""
    console, _, driver = talk
    path, said = odd_answer
    console.answers = {"GET /volumes/0000": ok({"volumes": [volume("0000", "db1")]}).body, path: said}
    for operation in _use(driver):
        with contextlib.suppress(DriverError):
            operation()


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(odd_answers().filter(lambda drawn: drawn[0] != "POST /volumes"))
@example(("GET /hosts", {"server": {"status": "ok"}, "data": {"hosts": ["h"]}}))
@example(("GET /hosts", {"server": {"status": "ok"}, "data": {"hosts": [{"name": "h", "mappings_briefs": [{}]}]}}))
@example(("GET /hosts", {"server": {"status": "ok"}, "data": {"hosts": []}, "counts": {"data_counts": 1}}))
def test_a_volume_is_deleted_only_where_the_array_said_that_nothing_uses_it(talk: Talk, odd_answer: Any) -> None:
    console, peer, driver = talk
    path, said = odd_answer
    console.answers = {"GET /volumes/0000": ok({"volumes": [volume("0000", "db1")]}).body, path: said}
    peer.asked.clear()
    with contextlib.suppress(DriverError):
        driver.delete_volume(volume_id="0000", expected_name="db1", deadline=0.5)
    if "DELETE /volumes/0000" in peer.asked and path in {
        "GET /hosts",
        "GET /volumes/0000/flashcopy",
        "GET /volumes/0000/pprc",
    }:
        rows = said["data"][LISTS[path][0]] if said["data"] else []
        assert all(isinstance(row, dict) for row in rows)
        if path == "GET /hosts":  # briefs of another form are asked for again, host by host
            listed = [row["mappings_briefs"] for row in rows if isinstance(row.get("mappings_briefs"), list)]
            briefs = [brief for one in listed if all(isinstance(brief, dict) for brief in one) for brief in one]
            assert all(brief.get("volume_id") or brief.get("volume") for brief in briefs)
        else:
            assert rows == []


@pytest.mark.parametrize("token", [None, "", 5, ["t"], {"token": "t"}, "a\r\nb: c", "\ud800", "x" * 5000])
def test_a_token_that_is_none_ends_the_sign_in(console: Start, reach: Reach, token: Any) -> None:
    def script(_method: str, path: str) -> Answered | None:
        return Answered(200, {"server": {"status": "ok"}, "token": {"token": token}}) if path == "/tokens" else None

    with pytest.raises(DriverError):
        reach(console(script).address).find_volume("0000", deadline=5)


SHOWING = ("/lss/00/volumes", "/volumes/0000")


def test_a_look_up_that_mixes_ids_up_does_not_give_us_a_strangers_volume(console: Start, reach: Reach) -> None:
    """The listing after a lost answer shows our new volume under the id of another."""

    def script(method: str, path: str) -> Answered | None:
        if (method, path) == ("POST", "/volumes"):
            return Answered(200, {})
        if path == "/lss/00/volumes" and "POST /volumes" in peer.asked:
            return ok({"volumes": [volume("0000", "db1")]})
        return ok({"volumes": [volume("0000", "payroll")]}) if path == "/volumes/0000" else None

    peer = console(script)
    with pytest.raises(InDoubt):
        reach(peer.address).create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=5)


def test_an_array_that_names_itself_in_two_ways_is_not_written_to(console: Start, reach: Reach) -> None:
    """The id would end in the state, and no later run would find the volume's array."""

    def script(_method: str, path: str) -> Answered | None:
        again = path == "/systems" and peer.asked.count("GET /systems") > 1
        return ok({"systems": [{**SYSTEM, "id": "2107-75OTHER"}]}) if again else None

    peer = console(script)
    with pytest.raises((Refused, TimedOut), match="2107-75OTHER"):
        reach(peer.address).create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=5)
    assert "POST /volumes" not in peer.asked


@pytest.mark.parametrize(
    "answered",
    [
        {"data": {"pools": []}},
        {"data": {"volumes": ["0001"]}},
        {"data": {"volumes": [{"id": "../x"}]}},
        {"responses": [{"id": "0001"}]},
        {"responses": [{"server": "ok"}]},
        {"responses": "ok"},
        {},
    ],
)
def test_a_creation_whose_answer_names_nothing_for_certain_is_in_doubt_and_looked_up(
    console: Start, reach: Reach, answered: dict[str, Any]
) -> None:
    made: list[str] = []

    def script(method: str, path: str) -> Answered | None:
        if (method, path) == ("POST", "/volumes"):
            made.append("0000")
            return Answered(200, {"server": {"status": "ok"}, **answered})
        return ok({"volumes": [volume("0000", "db1")]}) if made and path in SHOWING else None

    peer = console(script)
    found = reach(peer.address).create_volume(name="db1", pool="P0", size_bytes=GIB, deadline=5)
    assert found.id == "0000"
    assert peer.asked.count("POST /volumes") == 1
