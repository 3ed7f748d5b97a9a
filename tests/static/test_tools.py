"""A checker of another version is not used, and the test says why."""
import pytest

import tools


@pytest.mark.parametrize("found, reason", [
    ("14.0.6", None), ("14", None),
    ("19.1.7", "clang-format 19.1.7 found, 14 wanted"),
    ("140.1", "clang-format 140.1 found, 14 wanted"),
    ("1.14", "clang-format 1.14 found, 14 wanted"),
    (None, "no clang-format found, 14 wanted")])
def test_versions(found, reason):
    assert tools.complaint("clang-format", found, "14") == reason


@pytest.mark.parametrize("here, outcome", [
    (tools.RELEASE, pytest.fail.Exception),
    (("debian", "13"), pytest.skip.Exception),
    ((None, None), pytest.skip.Exception)])
def test_another_version(monkeypatch, here, outcome):
    """The check is skipped; but where CI runs, it fails."""
    monkeypatch.setattr(tools, "release", lambda: here)
    monkeypatch.setattr(tools, "version", lambda name: "99.1")
    with pytest.raises(outcome) as raised:
        tools.checker("ctags")
    assert str(raised.value) == "ctags 99.1 found, 5.9 wanted"
