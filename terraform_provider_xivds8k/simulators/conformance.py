"""What the simulated arrays answer and where each fact comes from, as a Markdown page: docs/conformance.md.

Reads the tables the machines run on and holds no fact of its own; who writes the page is the command line's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .ds8k import codes as ds8k_codes
from .ds8k.fields import FIELDS, WORDS
from .ds8k.routes import BASE, TABLE
from .switches import table
from .xiv.catalog import COMMANDS, Command  # the package fills the table
from .xiv.texts import CONNECTION, INTERNAL, PASSIVE, RUNTIME, SUCCESS, SYNTAX, TEXTS

Row = tuple[str, ...]
LEVELS = {
    SUCCESS.level: "none",
    CONNECTION: "connection",
    SYNTAX: "syntax",
    RUNTIME: "runtime",
    PASSIVE: "passive manager",
    INTERNAL: "internal",
}

INTRODUCTION = """\
<!-- Made by `make docs` from the tables in terraform_provider_xivds8k/simulators; edits here are lost. -->

# What the simulated arrays answer, and from where we know

The simulators are built from what others have published about the arrays, not from an array. So that nobody mistakes
memory for a source, facts carry the tag of their source, here and in the simulators' code:

| tag | meaning |
|---|---|
| [S] | read in public source code or its test data: IBM's `pyxcli`, `pyds8k` and block CSI driver, the OpenStack \
Cinder drivers, the Ansible modules, the Go exporter for DS8000 |
| [M] | read in the text of the vendor's manual |
| [T] | tried, with IBM's own clients and with the interpreters they run on; never with an array |
| [K] | general knowledge of the product, **not confirmed** by any of these |
| [S/K], [M/K] | the code is known; its sentence, or its use for this rule, is not confirmed |

Words after a tag name the source, or say what of the fact is not confirmed. "xcli.md", "ds8k-rest.md" and § numbers are
the maintainers' notes on the two protocols, which are not part of this repository.

Where nobody says how an array behaves, or sources disagree, and a client would notice, the simulators have a **switch**
with a name, a default and a meaning, and both positions are under test:
[tests/contract/test_switches.py](../tests/contract/test_switches.py) turns every switch, one at a time, away from its
default and takes the driver through the lives of volumes and hosts, lost answers and refusals; the other tests keep the
defaults. Those of PPRC pairs, which touch nothing of that, are turned in
[tests/simulators](../tests/simulators/ds8k/test_ds8k_pair_switches.py). To try one: `POST /switches` with
`{"array": "xiv1", "name": "…", "on": true}` on the control address of
`terraform-provider-xivds8k simulate --control …`.

The switches of an XIV's mirrors (`xiv_mirror_…`) touch nothing of that: they are turned, both ways, where simulated
arrays mirror ([tests/simulators](../tests/simulators/xiv/test_xiv_mirror_switches.py)).

Some [K] facts have no switch of their own, and a client should lean on none of them: codes that stand in for one that
nobody has published, fields tagged so, refusals whose rule is not confirmed either ("[K] code and rule"), and limits
(the highest LUN, the most volumes of a group). What stands in no table below is tagged in the simulators' code.
"""


def page() -> str:
    """Return the whole page."""
    return "\n".join([INTRODUCTION, *_xiv(), *_ds8k()]).rstrip("\n") + "\n"


def _xiv() -> Iterator[str]:
    yield from ("## XIV, Spectrum Accelerate, FlashSystem A9000 and A9000R", "")
    yield from ("### Commands (XIV)", "")
    yield "The simulated array's `help` serves this table, and arguments are checked against it. `[ … ]` is optional,"
    yield from ("`< a | b >` an alternative. The table holds no tag per command.", "")
    commands = sorted(COMMANDS.values(), key=lambda one: one.name)
    yield from _table(("command", "arguments", "what it does"), map(_command, commands))
    yield from ("### Codes (XIV)", "")
    yield from ("What a level means is [S]; which level a code has is [K] throughout.", "")
    texts = [
        (_code(code), f"{text.level} {LEVELS[text.level]}", _words(text.words), f"[{text.source}]")
        for code, text in TEXTS.items()
    ]
    yield from _table(("code", "level", "words", "source"), texts)
    yield from _switches("xiv", "XIV")


def _command(command: Command) -> Row:
    only = f" Offered while {_code(command.needs_switch)} is on." if command.needs_switch else ""
    arguments = command.syntax.removeprefix(command.name).strip()
    return _code(command.name), _code(arguments) if arguments else "", _words(command.description) + only


def _ds8k() -> Iterator[str]:
    yield from ("## DS8000", "", "### Routes (DS8000)", "", f"All under `{BASE}`.", "")
    yield from _table(("path", "methods", "source"), _routes())
    yield from ("### Fields (DS8000)", "")
    yield from ("What a record has, by the key it stands under in `data`.", "")
    yield from _table(("key", "fields", "source"), _by_source({_code(key): FIELDS[key] for key in FIELDS}))
    yield from ("### Words of pairs (DS8000)", "")
    yield from ("What a PPRC pair or path says of itself, and what can be asked of one.", "")
    yield from _table(("where", "words", "source"), _by_source(WORDS))
    yield from ("### Codes (DS8000)", "")
    yield "A code tagged [K] is a stand-in: the array's own code for the rule is not known. With the switch"
    yield from ("`one_code_for_unconfirmed_refusals` those of HTTP 500 are all `BE7A0000`.", "")
    found = [one for one in vars(ds8k_codes).values() if isinstance(one, ds8k_codes.Code)]
    rows = [
        (_code(one.code), str(one.status), _words(one.words) or "the words of the rule", one.source) for one in found
    ]
    yield from _table(("code", "HTTP", "words", "source"), rows)
    yield from _switches("ds8k", "DS8000")


def _routes() -> Iterator[Row]:
    methods: dict[tuple[str, str], list[str]] = {}
    for command, _, source in TABLE:
        method, _, path = command.partition(" ")
        methods.setdefault((path, source), []).append(method)
    return ((_code(path), ", ".join(found), _words(source)) for (path, source), found in methods.items())


def _by_source(found: Mapping[str, Mapping[str, str]]) -> Iterator[Row]:
    for key, words in found.items():
        for source in dict.fromkeys(words.values()):
            names = [_code(name) for name, its_source in words.items() if its_source == source]
            yield key, ", ".join(names), _words(source)


def _switches(family: str, title: str) -> Iterator[str]:
    yield from (f"### Switches ({title})", "")
    rows = [
        (_code(one.name), "on" if one.default else "off", _words(one.meaning), _words(one.source))
        for one in table(family).values()
    ]
    yield from _table(("switch", "default", "while it is on", "source"), rows)


def _table(head: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _code(text: str) -> str:
    return f"`{_piped(text)}`"


def _words(text: str) -> str:
    return _piped(text).replace("<", "&lt;")


def _piped(text: str) -> str:
    """Return text that ends no cell: GitHub wants the backslash inside of code too."""
    return text.replace("|", r"\|")
