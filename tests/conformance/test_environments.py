"""Headers are read as PEP 723 says, and what cannot be installed is told in one line."""

import os
import sys
from pathlib import Path

import pytest

from focalspec.conformance import environments
from focalspec.conformance.environments import (
    Header,
    NoEnvironmentError,
    cache_folder,
    installation_problem,
    interpreter,
    read_header,
)

HEADER = """\
# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "focal-loss-torch[x] == 0.1.2", "numpy"]
# ///
"""


def adapter(folder: Path, text: str) -> Path:
    path = folder / "mine.py"
    path.write_text(text)
    return path


def test_a_header_names_its_packages(tmp_path: Path) -> None:
    header = read_header(adapter(tmp_path, HEADER + '"""About."""\n'))
    assert header is not None
    assert header.packages == ("torch", "focal-loss-torch", "numpy")


def test_headers_that_ask_for_the_same_share_an_environment(tmp_path: Path) -> None:
    first = read_header(adapter(tmp_path, HEADER))
    respelt = HEADER.replace('"torch==2.13.0", ', "").replace('"numpy"', '"numpy", "torch==2.13.0"')
    second = read_header(adapter(tmp_path, "#!/usr/bin/env python\n" + respelt))
    other = read_header(adapter(tmp_path, HEADER.replace("2.13.0", "2.12.0")))
    assert first is not None
    assert second is not None
    assert other is not None
    assert first.digest == second.digest != other.digest


def test_without_a_header_or_by_wish_the_present_interpreter_is_used(tmp_path: Path) -> None:
    assert read_header(adapter(tmp_path, "x = 1\n")) is None
    assert interpreter("mine", None) == sys.executable
    header = read_header(adapter(tmp_path, HEADER))
    assert interpreter("mine", header, here=True) == sys.executable


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER.replace("]", ""), "mine.py: header: expected TOML"),
        (
            HEADER.replace('["torch==2.13.0"', '[1, "torch==2.13.0"'),
            "dependencies: expected a list",
        ),
    ],
)
def test_a_malformed_header_names_the_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(NoEnvironmentError) as caught:
        read_header(adapter(tmp_path, text))
    assert message in str(caught.value)


def test_the_cache_is_where_it_is_asked_for() -> None:
    home = Path.home()
    assert cache_folder({"FOCALSPEC_CACHE": "/x/y"}) == Path("/x/y")
    if sys.platform == "linux":
        assert cache_folder({"XDG_CACHE_HOME": "/c"}) == Path("/c/focalspec")
        assert cache_folder({"XDG_CACHE_HOME": "relative"}) == home / ".cache" / "focalspec"
        assert cache_folder({}) == home / ".cache" / "focalspec"


def test_a_failed_installation_names_implementation_and_package() -> None:
    header = Header("", ("torch==2.13.0", "no-such==1"), "d")
    said = "  x No solution found:\n  cause: Because no-such was not found, you lose.\n"
    assert installation_problem("mine", header, said) == (
        "mine: cannot install no-such==1: x No solution found:"
        " cause: Because no-such was not found, you lose."
    )


def test_without_uv_the_next_step_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOCALSPEC_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "uv", None)
    header = read_header(adapter(tmp_path, HEADER))
    with pytest.raises(NoEnvironmentError) as caught:
        interpreter("mine", header)
    message = str(caught.value)
    assert "pip install 'focalspec[environments]'" in message
    assert "torch==2.13.0" in message
    assert "--here" in message


def test_an_environment_is_built_once_and_then_used_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FOCALSPEC_CACHE", str(tmp_path / "cache"))
    header = read_header(adapter(tmp_path, "# /// script\n# dependencies = []\n# ///\n"))
    first = interpreter("mine", header)
    assert Path(first).exists()
    assert first != sys.executable
    monkeypatch.setattr(environments, "_build", None)
    assert interpreter("mine", header) == first


def test_find_links_reach_uv_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "/a /b")
    monkeypatch.delenv("UV_FIND_LINKS", raising=False)
    show = [sys.executable, "-c", "import os; print(os.environ['UV_FIND_LINKS'])"]
    assert environments._uv(show).stdout == "/a,/b\n"
    monkeypatch.setenv("UV_FIND_LINKS", "/c")
    assert environments._uv(show).stdout == "/c\n"
    assert os.environ["UV_FIND_LINKS"] == "/c"
