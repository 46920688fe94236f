"""A set is whole at every moment, whenever its generation is killed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import stand_in

from focalspec.golden import load_suite, swap
from focalspec.golden.generate import generate

LAST = 200
HERE = Path(__file__).parent


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs os.fork")
@pytest.mark.parametrize("way", ["exchange", "rename"])
def test_killed_before_any_step_the_set_is_the_old_one_or_the_new_one(
    generated: Path, way: str
) -> None:
    old = load_suite(generated).digest
    cases = generated / "cases" / "sigmoid_focal_loss" / "small.yaml"
    cases.write_text(cases.read_text().replace("step: 1/2", "step: 1/4"))
    done = Path(shutil.copytree(generated, generated.with_name("done")))
    generate(done, jobs=1, compute=stand_in.compute)
    new = load_suite(done).digest
    assert new != old

    finished = subprocess.run(
        [sys.executable, str(HERE / "killed.py"), str(generated), way, "1", str(LAST)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert finished.returncode == 0, finished.stderr
    runs = [json.loads(line) for line in finished.stdout.splitlines()]
    *killed, last = runs
    # The last run had no step left to be killed before; the ones before it cover every step.
    assert not last[1]
    assert len(killed) >= 10
    for step, was_killed, left, recovered, after, names in killed:
        assert was_killed, step
        assert left in (old, new), step
        assert after == new, step
        assert names == ["bugs.yaml", "cases", "values"], step
        assert isinstance(recovered, bool)
    # Both outcomes occur, and so does something to clear up.
    assert {run[2] for run in killed} == {old, new}
    assert any(run[3] for run in killed)


def test_a_second_generation_at_the_same_place_is_refused(generated: Path) -> None:
    with swap.exclusively(generated), pytest.raises(ValueError, match="another generation is at"):
        generate(generated, jobs=1, compute=stand_in.compute)
    generate(generated, jobs=1, compute=stand_in.compute)


def test_a_folder_that_cannot_be_renamed_is_copied(
    generated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_suite(generated).digest
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path == generated / "values":
            raise OSError(18, "Invalid cross-device link")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    monkeypatch.setattr(swap, "_exchange", lambda one, other: False)
    cases = generated / "cases" / "sigmoid_focal_loss" / "small.yaml"
    cases.write_text(cases.read_text().replace("step: 1/2", "step: 1/4"))
    generate(generated, jobs=1, compute=stand_in.compute)
    assert load_suite(generated).digest != before
    assert sorted(path.name for path in generated.iterdir()) == ["bugs.yaml", "cases", "values"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges two folders here")
def test_linux_exchanges_the_folders_in_one_step(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "which").write_text(name)
    assert swap._exchange(tmp_path / "one", tmp_path / "other")
    assert (tmp_path / "one" / "which").read_text() == "other"
    assert (tmp_path / "other" / "which").read_text() == "one"
