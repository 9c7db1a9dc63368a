"""How an array is reached holds passwords, which no log shows."""

from __future__ import annotations

from terraform_provider_xivds8k.provider_target import Reach


def test_no_password_is_shown_wherever_it_comes_from() -> None:
    reach = Reach({"endpoints": ["a"], "password": "of-the-block"}, {"XIVDS8K_PASSWORD": "of-the-shell"}, "XIVDS8K_")
    assert reach.credential("password") == "of-the-block"
    assert "of-the" not in repr(reach)
