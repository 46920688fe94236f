"""The mutation run counts who killed what, and knows which survivors are explained."""

import fnmatch
import re
import sqlite3
from pathlib import Path

import mutation
import pytest

DIFF = """\
--- mutation diff ---
--- a/reference/curve.py
+++ b/reference/curve.py
@@ -1 +1 @@
-    c = 1.0 - s
+    c = 1.0 + s
"""


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A session of cosmic-ray in which three mutants were tried."""
    path = tmp_path / "session.sqlite"
    source = tmp_path / "focalspec" / "reference" / "curve.py"
    source.parent.mkdir(parents=True)
    source.write_text("\n" * 6 + "    c = 1.0 - s\n")
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE mutation_specs"
            " (job_id, module_path, operator_name, start_pos_row, start_pos_col)"
        )
        database.execute("CREATE TABLE work_items (job_id)")
        database.execute("CREATE TABLE work_results (job_id, output, test_outcome, diff)")
        for job, said, outcome in (
            ("a", "golden: sigmoid/values/one", "KILLED"),
            ("b", "survived", "SURVIVED"),
            ("c", "", "TIMEOUT"),
        ):
            spec = (job, "focalspec/reference/curve.py", "core/ReplaceBinaryOperator_Sub_Add", 7, 4)
            database.execute("INSERT INTO mutation_specs VALUES (?, ?, ?, ?, ?)", spec)
            database.execute("INSERT INTO work_items VALUES (?)", (job,))
            database.execute(
                "INSERT INTO work_results VALUES (?, ?, ?, ?)", (job, said, outcome, DIFF)
            )
    return path


def test_a_tried_mutant_tells_its_line_its_change_and_its_killer(session: Path) -> None:
    killed, survivor, endless = mutation.results(session)
    assert killed == mutation.Mutant(
        "curve.py",
        7,
        "ReplaceBinaryOperator_Sub_Add",
        "c = 1.0 - s → c = 1.0 + s",
        "golden: sigmoid/values/one",
    )
    assert (killed.survived, survivor.survived, endless.survived) == (False, True, False)
    assert endless.killer == "never ended"


def test_a_batch_keeps_its_own_mutants_alone(session: Path) -> None:
    mutation.keep(session, ["a", "c"])
    assert [one.killer for one in mutation.results(session)] == [
        "golden: sigmoid/values/one",
        "never ended",
    ]


def test_shifts_of_floats_and_other_modules_are_not_tried(session: Path) -> None:
    assert mutation.pending(session, "*") == ["a", "b", "c"]
    assert mutation.pending(session, "binary.py") == []
    with sqlite3.connect(session) as database:
        database.execute(
            "UPDATE mutation_specs SET operator_name = 'core/ReplaceBinaryOperator_Sub_RShift'"
        )
    assert mutation.pending(session, "*") == []


def test_the_star_of_a_signature_is_no_product(session: Path) -> None:
    source = session.parent / "focalspec" / "reference" / "curve.py"
    source.write_text("\n" * 6 + "    *,\n")
    assert mutation.pending(session, "*") == []


def test_the_page_counts_killers_and_tells_survivors_apart() -> None:
    def mutant(change: str, killer: str) -> mutation.Mutant:
        return mutation.Mutant("curve.py", 7, "NumberReplacer", change, killer)

    known = [mutation.Explained(re.compile("block = 4096"), "curve.py", "only speed")]
    tried = [
        mutant("a", "golden: sigmoid/values/one"),
        mutant("b", "import: TypeError"),
        mutant("c", "tests: test_curve.py::test_it"),
        mutant("block = 4096 → block = 4097", "survived"),
        mutant("x | y", "survived"),
    ]
    text = "\n".join(mutation.page(tried, 9, 3, known))
    assert text.startswith(
        "5 of 9 mutants tried (seed 3): 2 killed by the golden set, 1 by the losses' own tests"
        " alone, 2 survivors, 1 unexplained."
    )
    assert "| curve.py:7 | `block = 4096 → block = 4097` | only speed |" in text
    assert "| curve.py:7 | `x \\| y` | NumberReplacer |" in text
    assert "- curve.py:7 `c`: tests: test_curve.py::test_it" in text


def test_every_explanation_names_a_module_that_is_there() -> None:
    modules = {file.name for file in (mutation.ROOT / "reference").glob("*.py")}
    for one in mutation.explained():
        assert fnmatch.filter(modules, one.module)
