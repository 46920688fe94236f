"""The command as its users meet it: what it prints, how it ends, and what it says of mistakes."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from focalspec.conformance import cli

Done = subprocess.CompletedProcess[str]
Focalspec = Callable[..., Done]

RIGHT = """\
import numpy as np
VERSION = "1.2"
DTYPES = ("float32", "float64")


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))
"""


@pytest.fixture
def focalspec(tmp_path: Path) -> Focalspec:
    """Runs the command in an empty folder; no traceback is ever shown."""

    def run(*arguments: str | Path, environment: Mapping[str, str] = os.environ) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "focalspec.conformance.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**environment, "COLUMNS": "200"},
            timeout=300,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def adapter(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str = RIGHT, name: str = "mine.py") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def refused(done: Done, *words: str) -> bool:
    """Whether a command ended as a mistake should: one line, exit code 2, and these words."""
    line = done.stderr.strip()
    assert done.returncode == 2, done
    assert line.startswith("focalspec: "), done
    assert "\n" not in line, done
    assert all(word in line for word in words), done
    return True


# ---- running ----


def test_a_right_implementation_conforms(
    focalspec: Focalspec, adapter: Callable[..., Path], small: Path
) -> None:
    done = focalspec("run", adapter(), "--golden", small)
    assert done.returncode == 0
    assert done.stderr == ""
    row = next(line.split() for line in done.stdout.splitlines() if "mine" in line)
    assert row[:6] == ["mine", "1.2", "2", "0", "0", "0"]


def test_a_wrong_implementation_does_not_and_the_next_command_is_told(
    focalspec: Focalspec, adapter: Callable[..., Path], small: Path
) -> None:
    wrong = adapter(RIGHT.replace("-logits", "-2 * logits"))
    done = focalspec("run", wrong, "--golden", small)
    assert done.returncode == 1
    assert "FAIL sigmoid/small/three [float64]" in done.stdout
    assert "value[0]: expected 0.119202922022117555, found 0.01798620996209156" in done.stdout
    assert "next: focalspec explain sigmoid/small/three mine" in done.stdout


def test_implementations_are_judged_side_by_side(
    focalspec: Focalspec, adapter: Callable[..., Path], small: Path
) -> None:
    second = adapter(RIGHT, "other.py")
    done = focalspec("run", adapter(), second, "numpy", "--golden", small, "--jobs", "3")
    assert done.returncode == 0
    names = [line.split()[0] for line in done.stdout.splitlines() if line.strip()]
    assert names[-4:-1] == ["mine", "other", "numpy"]


def test_a_selection_narrows_the_run(
    focalspec: Focalspec, adapter: Callable[..., Path], small: Path
) -> None:
    options = ("--golden", small, "--dtype", "float32", "--case", "sigmoid/*", "--json")
    lines = focalspec("run", adapter(), *options).stdout.splitlines()
    checks = [json.loads(line) for line in lines if '"check"' in line.partition(",")[0]]
    assert [(check["case"], check["dtype"]) for check in checks] == [
        ("sigmoid/small/three", "float32")
    ]


def test_results_are_kept_and_drawn_again(
    focalspec: Focalspec, adapter: Callable[..., Path], small: Path, tmp_path: Path
) -> None:
    wrong = adapter(RIGHT.replace("-logits", "-2 * logits"))
    ran = focalspec("run", wrong, "--golden", small, "--results", "made/for/it.jsonl")
    drawn = focalspec("report", "made/for/it.jsonl")
    assert drawn.stdout == ran.stdout
    assert drawn.returncode == 1
    assert json.loads((tmp_path / "made/for/it.jsonl").read_text().splitlines()[0])["golden"]
    markdown = focalspec("report", "made/for/it.jsonl", "--markdown").stdout
    assert "| mine | 1.2 | 0 | 2 | 0 | 0 | - |" in markdown
    assert "| fail | `sigmoid/small/three` | float64 | value[0]: expected 0.1192" in markdown
    suite = ET.fromstring(focalspec("report", "made/for/it.jsonl", "--junit").stdout)[0]
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("2", "2")


def test_a_program_in_another_language_is_judged(focalspec: Focalspec, small: Path) -> None:
    program = Path(__file__).parent / "hostile" / "program.py"
    command = f"{sys.executable} {program} right"
    assert focalspec("run", "--command", command, "--golden", small).returncode == 0


@pytest.mark.parametrize("command", sorted(cli.cli.commands))
def test_every_command_has_help_with_examples(command: str) -> None:
    done = CliRunner().invoke(cli.cli, [command, "--help"])
    assert done.exit_code == 0
    assert f"\n    focalspec {command}" in done.output


def test_the_list_names_implementations_and_formulas(focalspec: Focalspec, small: Path) -> None:
    done = focalspec("list", "--golden", small)
    assert done.returncode == 0
    assert "paddlepaddle==3.3.1" in done.stdout
    assert "softmax_focal_loss" in done.stdout
    ids = focalspec("list", "--cases", "--golden", small, "--clause", "SIG-3").stdout.split()
    assert ids == ["sigmoid_focal_loss/small/normalizer"]


# ---- explaining ----


def test_a_case_is_explained_with_clause_document_inputs_and_values(
    focalspec: Focalspec, small: Path
) -> None:
    done = focalspec("explain", "sigmoid_focal_loss/small/plain", "--golden", small)
    assert done.returncode == 0
    for words in (
        "SIG-1 Formula (required), spec/sigmoid_focal_loss.md:",
        "source: ",
        "Catches alpha-on-wrong-class",
        "logits = [-2.0, -0.5, 0.0, 0.5, 2.0], shape [5]",
        "alpha = 0.25",
        "0.4125195448553522180479038605411980919257",
        "condition 1.3",
    ):
        assert words in done.stdout


def test_what_an_implementation_made_of_a_case_is_explained(
    focalspec: Focalspec, adapter: Callable[..., Path], small: Path
) -> None:
    wrong = adapter(RIGHT.replace("-logits", "-2 * logits"))
    said = focalspec("explain", "three", wrong, "--golden", small, "--dtype", "float64")
    assert said.returncode == 1
    assert "mine [float64] value: fail" in said.stdout
    assert "found    0.01798620996209156 (0x1.26af" in said.stdout
    focalspec("run", wrong, "--golden", small, "--results", "r.jsonl")
    kept = focalspec("explain", "three", "--results", "r.jsonl", "--golden", small)
    assert "mine [float32] value: fail" in kept.stdout


# ---- smoke ----


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (("", ""), 0, "The adapter works; `focalspec run` judges the implementation."),
        (("-logits", "-2 * logits"), 1, "The adapter works. The numbers are wrong"),
        (("np.exp", "np.expp"), 2, "it raises AttributeError"),
        (("return", "import os; os._exit(1); return"), 2, "crash: exited with status 1"),
        (("import numpy", "import nunpy"), 2, "needs the package 'nunpy'"),
    ],
)
def test_smoke_tells_a_broken_adapter_from_a_wrong_implementation(
    focalspec: Focalspec,
    adapter: Callable[..., Path],
    small: Path,
    change: tuple[str, str],
    code: int,
    words: str,
) -> None:
    done = focalspec("smoke", adapter(RIGHT.replace(*change)), "--golden", small)
    assert done.returncode == code
    assert words in done.stdout
    assert ("The adapter is broken" in done.stdout) is (code == 2)


# ---- mistakes ----


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["numpy", "--formula", "sigmoid_focal_los"],
            ["--formula", "did you mean sigmoid_focal_loss?"],
        ),
        (["numpy", "--clause", "SIG-300"], ["--clause", "'SIG-300'", "did you mean SIG-3"]),
        (["numpy", "--dtype", "float31"], ["--dtype", "did you mean float32?"]),
        (
            ["numpy", "--case", "sigmoid/small/thre"],
            ["--case", "did you mean sigmoid/small/three?"],
        ),
        (["numpi"], ["unknown implementation 'numpi'", "did you mean numpy?"]),
        (["no/such.py"], ["no/such.py: no such adapter file"]),
        (["numpy", "numpy"], ["two implementations are named 'numpy'"]),
        ([], ["name an implementation", "paddle"]),
        (["--command", "'"], ["--command: expected a command"]),
        (["numpy", "--tolerance", "lax"], ["'lax'", "standard"]),
        (["numpy", "--deadline", "0"], ["--deadline: expected more than 0 seconds"]),
        (["numpy", "--fromula", "x"], ["--fromula", "--formula"]),
        (["numpy", "--results", "/proc/no/r.jsonl"], ["/proc/no"]),
        (["numpy", "--golden", "nowhere"], ["nowhere"]),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(
    focalspec: Focalspec, small: Path, arguments: list[str], words: list[str]
) -> None:
    golden = [] if "--golden" in arguments else ["--golden", str(small)]
    assert refused(focalspec("run", *arguments, *golden), *words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["explain", "sigmoid/small/thre"], ["did you mean sigmoid/small/three?"]),
        (["explain", "zzz"], ["unknown case 'zzz'", "focalspec list --cases"]),
        (["list", "--cases", "--clause", "SIG-0"], ["--clause"]),
        (["smoke"], ["name one implementation"]),
        (["certify", "--formula", "sigmoit"], ["sigmoit"]),
        (["rnu"], ["rnu"]),
    ],
)
def test_a_mistake_in_another_command_is_one_line(
    focalspec: Focalspec, small: Path, arguments: list[str], words: list[str]
) -> None:
    golden = [] if arguments == ["rnu"] else ["--golden", str(small)]
    assert refused(focalspec(*arguments, *golden), *words)


def test_a_results_file_that_is_incomplete_is_refused(focalspec: Focalspec, tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"type": "header", "format": 1}\n')
    assert refused(focalspec("report", "r.jsonl"), "r.jsonl: is incomplete")
    assert refused(focalspec("report", "none.jsonl"), "none.jsonl: cannot be read")


@pytest.fixture
def own_golden(small: Path, tmp_path: Path) -> Path:
    shutil.copytree(small / "values", tmp_path / "golden" / "values")
    return tmp_path / "golden"


def remake_manifest(folder: Path) -> None:
    """The MANIFEST of a folder of values as it is now, by the tool that everybody has."""
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.yaml"))
    listing = subprocess.run(["sha256sum", *names], cwd=folder, capture_output=True, check=True)
    (folder / "MANIFEST").write_bytes(listing.stdout)


def test_one_changed_digit_in_a_golden_file_is_noticed(
    focalspec: Focalspec, own_golden: Path
) -> None:
    file = own_golden / "values" / "sigmoid" / "small.yaml"
    file.write_text(file.read_text().replace("0.1192", "0.1193"))
    done = focalspec("run", "numpy", "--golden", own_golden)
    assert refused(done, "sigmoid/small.yaml: the file was changed", "MANIFEST")


@pytest.mark.parametrize(
    ("line", "instead", "words"),
    [
        ('expect: "values"', 'expect: "value"', ["sigmoid/small/three", "expect", "found value"]),
        ('formats: ["float64"', 'formats: ["float46"', ["formats", "float46"]),
        ('      shape: ["3"]', '      shape: ["4"]', ["sigmoid/small/three", "values", "4"]),
        ("  needs: []\n", "", ["the field 'needs'"]),
        ("cases:", "cases: [", ["small.yaml:", "YAML"]),
        ("0x1.e84", "0y1.e84", ["expected.value.values row 1 float64", "hexadecimal"]),
    ],
)
def test_a_malformed_golden_file_names_file_and_field(
    focalspec: Focalspec, own_golden: Path, line: str, instead: str, words: list[str]
) -> None:
    file = own_golden / "values" / "sigmoid" / "small.yaml"
    assert line in file.read_text()
    file.write_text(file.read_text().replace(line, instead, 1))
    remake_manifest(own_golden / "values")
    assert refused(focalspec("run", "numpy", "--golden", own_golden), "small.yaml", *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def sigmoid(x:\n", ["./mine.py:1: '(' was never closed"]),
        ("import no_such_package\n", ["./mine.py", "'no_such_package'", "not installed"]),
        ("x = 1\n", ["./mine.py: defines no function named as a formula"]),
        ("DTYPES = ['double']\ndef sigmoid(x): ...\n", ["./mine.py: DTYPES", "'double'"]),
        ("def softmax(x, *, axes=1): ...\n", ["softmax", "'axes'", "did you mean axis?"]),
        ("def softmax_focal_loss(z, y): ...\nDTYPES = ()\n", ["mine: no case to judge"]),
        (
            '# /// script\n# dependencies = ["no-such-package-of-focalspec==1"]\n# ///\n',
            ["mine: cannot install no-such-package-of-focalspec==1"],
        ),
        ("# /// script\n# dependencies = [\n# ///\n", ["mine.py: header: expected TOML"]),
    ],
)
def test_an_adapter_that_cannot_run_is_one_line_that_names_it(
    focalspec: Focalspec,
    adapter: Callable[..., Path],
    small: Path,
    text: str,
    words: list[str],
) -> None:
    done = focalspec("run", adapter(text), "--golden", small)
    assert done.returncode == 2
    lines = [line for line in (done.stdout + done.stderr).splitlines() if words[-1] in line]
    assert len(lines) == 1
    assert all(word in lines[0] for word in words)


def test_one_implementation_that_cannot_run_leaves_the_others_alone(
    focalspec: Focalspec, adapter: Callable[..., Path], small: Path
) -> None:
    broken = adapter("import no_such_package\n", "broken.py")
    done = focalspec("run", broken, adapter(), "--golden", small)
    assert done.returncode == 2
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["broken", "not", "started", *["-"] * 5] in rows
    assert any(row[:3] == ["mine", "1.2", "2"] for row in rows)


def test_an_internal_error_is_one_line_that_says_how_to_see_more(small: Path) -> None:
    """A mistake of ours looks neither like the user's, nor like a traceback."""
    program = (
        "import sys\nfrom focalspec.conformance import cli, judging\n"
        "judging.plan = lambda options: 1 / 0\n"
        f"sys.argv = ['focalspec', 'run', 'numpy', '--golden', {str(small)!r}]\ncli.main()\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "internal error in <string>:3: ZeroDivisionError" in done.stderr
    environment = {**os.environ, "FOCALSPEC_TRACEBACK": "1"}
    more = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert "Traceback" in more.stderr
