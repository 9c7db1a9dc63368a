"""The guide that lists the arrays' codes: made from the tables whose words stand in the errors."""

from __future__ import annotations

from collections.abc import Iterator

from terraform_provider_xivds8k.driver.explanations import ANY, Themes, ds8k, xiv

NAME = "guides/array-codes.md"  # under docs/
_HEAD = """\
---
page_title: "What the arrays' codes mean - xivds8k"
subcategory: ""
description: |-
  Every code with which an XIV or a DS8000 refuses something: the likely cause, and what to do.
---

<!-- Made by `make docs` from terraform_provider_xivds8k/driver/explanations; edits here are lost. -->

# What the arrays' codes mean

Where an array refuses, the error shows the array's own code and words and, right under them, what stands here as cause.
What it says to do in the end comes from here too, unless the provider knows better what it was about to do:

```text
Error: The array would not create the volume

The array said NOT_ENOUGH_SPACE: No space to allocate to the volume
The pool has less free than this needs. …

Look at the pool's empty space in `pool_list`; …
```

The provider decides by the code alone, and only by the codes it knows for certain; the words here are for people.
"Probably" stands where no public source tells what a code means. What to do about lost answers and silent arrays is in
[its own guide](trouble.md).

A code ending in `*` stands for all that begin so and have no line of their own. A code that is not here is shown with
the array's words; please report both.
"""
_FAMILIES: tuple[tuple[str, str, Themes], ...] = (
    (
        "XIV, Spectrum Accelerate, FlashSystem A9000 and A9000R",
        "What is written `like_this` is a command of the array's command line (XCLI).",
        xiv.THEMES,
    ),
    (
        "DS8000",
        "What begins with `GET` is a path under `https://HMC:8452/api/v1`; the array's own interface shows the same.",
        ds8k.THEMES,
    ),
)


def codes_page() -> str:
    """Return the whole page."""
    return "\n".join([_HEAD, *(line for family in _FAMILIES for line in _family(*family))]).rstrip("\n") + "\n"


def _family(title: str, words: str, themes: Themes) -> Iterator[str]:
    yield from (f"## {title}", "", words, "")
    for theme, codes in themes.items():
        yield from (f"### {theme}", "", "| code | cause | next step |", "|---|---|---|")
        for code in sorted(codes, key=lambda code: (code.endswith(ANY), code)):
            yield f"| `{code}` | {codes[code].cause} | {codes[code].next_step} |"
        yield ""
