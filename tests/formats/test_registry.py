"""Formats are found by name, and one that is broken harms no other."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from oncue.engine.errors import FormatError, Unknown
from oncue.formats import registry
from oncue.formats.poll import Poll
from oncue.formats.registry import GROUP, Registry, broken, format_named, formats
from oncue.formats.trivia import Trivia

EXAMPLE = Path(__file__).parents[2] / "examples" / "01_ten_lines.py"


def points(**values: str) -> list[EntryPoint]:
    return [EntryPoint(name, value, GROUP) for name, value in values.items()]


def test_the_formats_that_come_with_oncue_are_there():
    assert (format_named("poll"), format_named("trivia")) == (Poll, Trivia)
    assert formats().items() >= {"poll": Poll, "trivia": Trivia}.items()
    assert broken() == {}


def test_an_unknown_name_is_told_with_the_nearest_one():
    with pytest.raises(Unknown) as told:
        format_named("trivvia")
    assert (told.value.code, told.value.hint) == ("format/unknown", "did you mean 'trivia'?")


@pytest.mark.parametrize(
    ("code", "said", "line"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'", 1),
        ("x = 1\nif x\n    y", "SyntaxError", 2),
        ("x = 1\n\nraise SystemExit(3)", "SystemExit: 3", 3),
        ("Mine = 5", "TypeError: .* is not a format", 0),
        ("Other = 5", "AttributeError: .* has no attribute 'Mine'", 0),
        (
            "from oncue.formats import Format, State\n\nclass Mine(Format[State]):\n    pass\n",
            "Mine handles no action",
            3,
        ),
        ("from json import loads\n\nloads('?')", "JSONDecodeError", 3),
    ],
)
def test_a_plugin_that_fails_is_told_with_file_and_line_and_the_others_work(code, said, line, tmp_path):
    plugin = tmp_path / "mine.py"
    plugin.write_text(code)
    found = Registry(points(poll="oncue.formats.poll:Poll", mine=f"{plugin}:Mine"))
    assert found.formats() == {"poll": Poll}
    for _ in range(2):
        with pytest.raises(FormatError, match=said) as told:
            found.format_named("mine")
        assert told.value.code == "format/broken"
    assert found.broken().keys() == {"mine"}
    if line:
        assert told.value.hint == f"{plugin}, line {line}"


def test_a_format_is_imported_when_it_is_asked_for():
    found = Registry(points(trivia="oncue.formats.trivia:Trivia", mine="no_such_module:Mine"))
    assert found.format_named("trivia") is Trivia
    assert found.names == ["mine", "trivia"]


def test_all_that_is_installed_is_looked_through_only_for_a_name_that_is_not_near():
    looked = []

    def far() -> list[EntryPoint]:
        looked.append(1)
        return points(trivia="oncue.formats.trivia:Trivia")

    found = Registry(points(poll="oncue.formats.poll:Poll"), far)
    assert found.format_named("poll") is Poll
    assert looked == []
    assert found.format_named("trivia") is Trivia
    with pytest.raises(Unknown):
        found.format_named("what")
    assert looked == [1]


def test_of_two_that_call_themselves_the_same_the_first_counts_and_the_other_is_told():
    found = Registry([*points(quiz="oncue.formats.trivia:Trivia"), *points(quiz="oncue.formats.poll:Poll")])
    assert found.format_named("quiz") is Trivia
    assert found.broken()["oncue.formats.poll:Poll"].code == "format/broken"


def test_a_file_can_be_named_without_installing_it(monkeypatch):
    monkeypatch.setenv("ONCUE_FORMATS", f"clap={EXAMPLE}:Applause, quiz=oncue.formats.trivia:Trivia")
    registry._installed.cache_clear()
    try:
        assert format_named("clap").__name__ == "Applause"
        assert format_named("quiz") is Trivia
    finally:
        registry._installed.cache_clear()


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FormatError, match="there is no file"):
        Registry(points(mine=f"{tmp_path}/nowhere.py:Mine")).format_named("mine")


TWO = """
from oncue.formats import Action, Format, State, on, scene

class Tap(Action, frozen=True):
    pass

class Two(Format[State]):
    version = "{version}"
{earlier}
    @on(Tap)
    def tap(self, state, act, cue): ...
    def public(self, state): return scene()
"""


def written(folder: Path, version: str, earlier: str = "") -> str:
    file = folder / f"two_{version}.py"
    file.write_text(TWO.format(version=version, earlier=earlier))
    return f"{file}:Two"


def test_a_version_is_the_installed_one_or_one_that_it_names_or_one_that_has_a_line_of_its_own(tmp_path):
    first = written(tmp_path, "1")
    first = first.removesuffix(":Two")
    named = f"    import runpy\n    earlier = (runpy.run_path({first!r})['Two'],)\n"
    found = Registry(points(two=written(tmp_path, "3", named), **{"two@2": written(tmp_path, "2")}))
    assert [found.format_named(name).version for name in ("two", "two@3", "two@2", "two@1")] == [*"3321"]
    assert (found.versions("two"), found.names) == (["3", "1", "2"], ["two"])
    with pytest.raises(FormatError, match="not here in version 4, but in 3, 1, 2") as told:
        found.format_named("two@4")
    assert told.value.code == "format/version"
    assert "ONCUE_FORMATS=two@4=file.py:Class" in told.value.hint


def test_an_older_version_is_there_although_the_newest_is_broken_or_gone(tmp_path):
    found = Registry(points(two="no_such_module:Two", **{"two@1": written(tmp_path, "1")}))
    assert found.format_named("two@1").version == "1"
    with pytest.raises(FormatError, match="No module named"):
        found.format_named("two@3")
    gone = Registry(points(**{"one@1": written(tmp_path, "1")}))
    assert gone.format_named("one@1").version == "1"
    with pytest.raises(Unknown):
        gone.format_named("one")


def test_a_line_for_a_version_that_has_another_is_broken(tmp_path):
    found = Registry(points(**{"two@2": written(tmp_path, "1")}))
    with pytest.raises(FormatError, match="Two has version 1, not 2"):
        found.format_named("two@2")
