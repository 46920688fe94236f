"""The committed set: its size, that it is what the cases ask for, and that it loads fast."""

import time

from focalspec.golden import load_suite
from focalspec.golden.authoring import load_topics
from focalspec.golden.content import source
from focalspec.golden.manifest import values_files
from focalspec.golden.strict_yaml import load


def test_the_set_is_as_broad_as_promised() -> None:
    suite = load_suite()
    assert len(suite) >= 600
    tables = [table for case in suite for table in case.expected.values()]
    assert sum(len(table.rows) for table in tables) >= 20_000


def test_every_values_file_was_generated_from_the_cases_as_they_are() -> None:
    folder = load_suite().root / "values"
    wanted = {topic.path: source(topic) for topic in load_topics()}
    found = {name: load(folder / name)["source"] for name in values_files(folder)}
    assert found == wanted, "run `focalspec generate` and commit golden/values"


def test_every_authored_case_is_in_the_set_in_its_order() -> None:
    drafts = [draft for topic in load_topics() for draft in topic.drafts]
    cases = load_suite().cases
    assert [case.id for case in cases] == [draft.id for draft in drafts]
    for case, draft in zip(cases, drafts, strict=True):
        assert case.expect == draft.expect, case.id
        # By their texts, as NaN equals nothing.
        assert repr(case.inputs) == repr(draft.inputs), case.id
        assert repr(case.parameters) == repr(draft.parameters), case.id
        assert tuple(case.expected) == draft.outputs, case.id


def test_the_set_loads_fast() -> None:
    # The promise is one second of a quiet machine; twice that leaves room for a busy one.
    def seconds() -> float:
        start = time.process_time()
        load_suite()
        return time.process_time() - start

    assert min(seconds() for _ in range(3)) < 2
