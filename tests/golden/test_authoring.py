"""What authored cases become, and how a mistake in one is named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from focalspec.golden.authoring import load_topic, load_topics
from focalspec.golden.bugs import load_bugs
from focalspec.golden.draft import Draft
from focalspec.golden.strict_yaml import YamlError
from focalspec.golden.suite import Array
from focalspec.spec import load

Write = Callable[[str], Path]

HEAD = """\
formula: {formula}
topic: small
about: A few cases.
cases:
"""
CASE = """\
- name: one
  clauses: [SIG-1]
  catches: [gamma-dropped]
  inputs: {logits: ["1", "-2"], labels: [1, 0]}
"""


def drafts(write: Write, text: str, formula: str = "sigmoid_focal_loss") -> tuple[Draft, ...]:
    path = write(HEAD.format(formula=formula) + text)
    return load_topic(path, load(), load_bugs()).drafts


def refusal(write: Write, text: str, formula: str = "sigmoid_focal_loss") -> str:
    with pytest.raises(YamlError) as caught:
        drafts(write, text, formula)
    message = str(caught.value)
    assert "\n" not in message
    return message.partition(f"cases/{formula}/")[2]


def test_omitted_parameters_get_the_defaults_of_the_spec(write_topic: Write) -> None:
    (draft,) = drafts(write_topic, CASE)
    assert draft.id == "sigmoid_focal_loss/small/one"
    assert draft.parameters == {
        "alpha": 0.25,
        "gamma": 2.0,
        "class_weight": None,
        "normalizer": None,
        "reduction": "sum",
        "label_rule": "two_term",
    }


def test_vary_gives_a_case_for_each_combination(write_topic: Write) -> None:
    text = CASE + '  vary: {gamma: [0, "0.5"], alpha: [null, 1], normalizer: [["2"]]}\n'
    found = drafts(write_topic, text)
    assert [draft.id.rpartition("/")[2] for draft in found] == [
        "one-gamma=0-alpha=null-normalizer=2",
        "one-gamma=0-alpha=1-normalizer=2",
        "one-gamma=0.5-alpha=null-normalizer=2",
        "one-gamma=0.5-alpha=1-normalizer=2",
    ]
    assert [draft.parameters["gamma"] for draft in found] == [0.0, 0.0, 0.5, 0.5]
    assert found[0].parameters["alpha"] is None
    assert found[0].parameters["normalizer"] == Array("float", (1,), (2.0,))


def test_defaults_are_merged_name_by_name_and_overridden(write_topic: Write) -> None:
    text = HEAD.format(formula="sigmoid_focal_loss").replace(
        "cases:\n",
        "defaults:\n  clauses: [SIG-1]\n  catches: [gamma-dropped]\n"
        "  parameters: {gamma: 0, alpha: null}\n  inputs: {labels: 1}\ncases:\n",
    )
    text += "- {name: a, clauses: [SIG-2], parameters: {gamma: 5}, inputs: {logits: [1, 2]}}\n"
    text += "- {name: b, inputs: {logits: [1], labels: [0]}}\n"
    path = write_topic(text)
    first, second = load_topic(path, load(), load_bugs()).drafts
    assert first.clauses == ("SIG-2",)
    assert (first.parameters["gamma"], first.parameters["alpha"]) == (5.0, None)
    assert first.inputs["labels"] == Array("float", (2,), (1.0, 1.0))
    assert (second.clauses, second.parameters["gamma"]) == (("SIG-1",), 0.0)
    assert second.inputs["labels"].values == (0.0,)


def test_formats_are_those_that_hold_every_number(write_topic: Write) -> None:
    def formats(logits: str, more: str = "") -> tuple[str, ...]:
        return drafts(write_topic, CASE.replace('["1", "-2"]', logits) + more)[0].formats

    assert formats('["1", "-2"]') == ("float64", "float32", "bfloat16", "float16")
    assert formats('["1", "257"]') == ("float64", "float32", "float16")
    assert formats('["1", "0x1p100"]') == ("float64", "float32", "bfloat16")
    assert formats('["1", "0x1p-149"]') == ("float64", "float32")
    assert formats('["1", "0x1p-1074"]') == ("float64",)
    assert formats('["1", "0.97"]', "  input_format: float32\n") == ("float64", "float32")
    # A number that is no array is handed over as a float64 and restricts nothing; an array does.
    assert len(formats('["1", "2"]', "  parameters: {gamma: 0x1.0000000000001p+0}\n")) == 4
    assert formats('["1", "2"]', "  parameters: {normalizer: [0x1.0000000000001p+0]}\n") == (
        "float64",
    )
    assert formats('["1", "2"]', "  formats: [float32, float64]\n") == ("float64", "float32")


def test_needs_are_the_parameters_that_make_a_difference(write_topic: Write) -> None:
    def needs(parameters: str, labels: str = "[1, 0]") -> tuple[str, ...]:
        text = CASE.replace("[1, 0]", labels) + f"  parameters: {parameters}\n"
        return drafts(write_topic, text)[0].needs

    assert needs("{}") == ("alpha", "gamma", "reduction")
    assert needs("{alpha: null, gamma: 0, reduction: none}") == ()
    assert needs("{reduction: none, normalizer: [1]}") == ("alpha", "gamma", "normalizer")
    # All rules agree on hard labels.
    assert "label_rule" not in needs("{label_rule: mixed}")
    assert "label_rule" in needs("{label_rule: mixed}", '["0.5", 0]')


def test_needs_of_the_class_formulas_follow_the_targets_and_the_rank(write_topic: Write) -> None:
    def needs(parameters: str) -> tuple[str, ...]:
        text = (
            "- {name: one, clauses: [SOF-1], catches: [gamma-dropped], parameters: "
            + parameters
            + ", inputs: {logits: [[1, 2, 3], [0, 1, 0]], targets: [2, 0]}}\n"
        )
        return drafts(write_topic, text, "softmax_focal_loss")[0].needs

    plain = "gamma: 0, reduction: none"
    assert needs(f"{{{plain}}}") == ()
    assert needs(f"{{{plain}, ignore_index: 1}}") == ()
    assert needs(f"{{{plain}, ignore_index: 2}}") == ("ignore_index",)
    assert needs(f"{{{plain}, axis: -1}}") == ()
    assert needs(f"{{{plain}, background_class: 2}}") == ()
    assert needs("{gamma: 0, reduction: mean_positive, background_class: 2}") == (
        "background_class",
        "reduction",
    )
    assert needs(f"{{{plain}, shards: [1, 1]}}") == ("shards",)


def test_outputs_are_those_that_are_defined_unless_restricted(write_topic: Write) -> None:
    def outputs(more: str) -> tuple[str, ...]:
        return drafts(write_topic, CASE + more)[0].outputs

    everything = ("loss", "gradient", "hessian_diagonal", "gamma_derivative", "alpha_derivative")
    assert outputs("") == everything
    assert outputs("  parameters: {alpha: null}\n") == everything[:-1]
    assert outputs("  parameters: {alpha: null, gamma: 0}\n") == everything[:3]
    assert outputs("  outputs: [gradient, loss]\n") == ("loss", "gradient")


def test_a_reading_of_a_survey_overrides_parameters_or_names_an_outcome(write_topic: Write) -> None:
    text = CASE + (
        '  expect: survey\n  readings: {mixed: {label_rule: mixed}, "off": {alpha: null},'
        " as_is: {}, nan: {outcome: nan}}\n"
    )
    (draft,) = drafts(write_topic, text)
    assert {name: found.outcome for name, found in draft.readings.items()} == {
        "mixed": None,
        "off": None,
        "as_is": None,
        "nan": "nan",
    }
    assert draft.readings["mixed"].overrides == {"label_rule": "mixed"}
    assert "alpha_derivative" in draft.readings["mixed"].outputs
    assert "alpha_derivative" not in draft.readings["off"].outputs


def test_an_expected_error_may_break_the_rules_and_names_the_argument(write_topic: Write) -> None:
    text = CASE.replace("[1, 0]", "[1, 0, 1]") + (
        "  expect: error\n  error: normalizer\n  parameters: {normalizer: [-1], gamma: nan}\n"
    )
    (draft,) = drafts(write_topic, text)
    assert draft.error == "normalizer"
    assert "normalizer" in draft.needs
    assert draft.inputs["labels"].shape == (3,)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("catches", "catchs", "small.yaml:7: cases[0].catchs: … did you mean catches?"),
        ("gamma-dropped", "gama-dropped", "small.yaml:7: cases[0].catches[0]: … gamma-dropped?"),
        ("SIG-1", "SIG-111", "small.yaml:6: cases[0].clauses[0]: … did you mean SIG-11?"),
        ("labels: ", "lables: ", "small.yaml:8: cases[0].inputs.lables: … labels?"),
        ('"-2"', '"2x"', "small.yaml:8: cases[0].inputs.logits[1]: … '2x'"),
        ('"-2"', '"0.1"', "cases[0].inputs.logits: … write `input_format: float64`"),
        ('"-2"', '"nan"', "expected finite numbers, found nan"),
        ('["1", "-2"]', "{gird: {from: 0}}", "did you mean grid?"),
        ("[1, 0]", "[1, 0, 1]", "inputs.labels: expected shape [2], found [3]"),
        ("[1, 0]", "[1, 2]", "inputs.labels: expected numbers in [0, 1], found 2"),
        (", labels: [1, 0]", "", "small.yaml:5: cases[0]: expected the input 'labels'"),
        ("  clauses: [SIG-1]\n", "", "expected a clause in 'clauses', found none"),
        ("[gamma-dropped]", "[]", "expected a bug class of bugs.yaml in 'catches', found none"),
        ("name: one", "name: one/two", "expected a name of letters"),
        ("name: one", "about: one", "expected the field 'name'"),
    ],
)
def test_a_mistake_names_line_field_and_closest_name(
    write_topic: Write, old: str, new: str, said: str
) -> None:
    assert old in CASE
    assert_says(refusal(write_topic, CASE.replace(old, new)), said)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("parameters: {gama: 2}", "small.yaml:9: cases[0].parameters.gama: … gamma?"),
        ("parameters: {gamma: -1}", "parameters.gamma: expected numbers in [0, inf), found -1"),
        ("parameters: {gamma: [1, 2]}", "parameters.gamma: expected one number, found shape"),
        ("parameters: {gamma: null}", "parameters.gamma: expected a value, found null"),
        ("parameters: {alpha: 1.5}", "parameters.alpha: expected numbers in [0, 1]"),
        ("parameters: {reduction: men}", "parameters.reduction: expected one of none, mean, sum"),
        ("parameters: {normalizer: [0]}", "normalizer: expected numbers in (0, inf)"),
        ("parameters: {class_weight: [1, 2, 3]}", "class_weight: expected shape [2], found [3]"),
        ("vary: {gamm: [1]}", "small.yaml:9: cases[0].vary.gamm: … gamma?"),
        ("vary: {gamma: 1}", "expected a list of values"),
        ("vary: {gamma: [1, 1]}", "expected each name once, found … one-gamma=1 twice"),
        ("input_format: float23", "input_format: … float32?"),
        ("formats: [float15]", "formats[0]: … float16?"),
        ("outputs: [lss]", "outputs[0]: … loss?"),
        ("printed: {losss: 1}", "printed.losss: … loss?"),
        ("expect: eror", "expect: … error?"),
        ("expect: error", "expected the field 'error'"),
        ("expect: error\n  error: label", "error: … labels?"),
        ("expect: survey", "expected the field 'readings'"),
        ("expect: survey\n  readings: {a: {outcome: nans}}", "outcome: … nan?"),
        ("expect: survey\n  readings: {a: {label_rul: mixed}}", "a.label_rul: … label_rule?"),
        ("expect: survey\n  readings: {a: {gamma: -1}}", "expected numbers in [0, inf)"),
        ("readings: {a: {}}", "expected readings only where expect is survey"),
        ("name: two", "small.yaml:9: column 3: expected each key once, found 'name' twice"),
    ],
)
def test_a_mistake_in_a_further_field_is_named_too(
    write_topic: Write, more: str, said: str
) -> None:
    assert_says(refusal(write_topic, f"{CASE}  {more}\n"), said)


def assert_says(message: str, said: str) -> None:
    """The parts of ``said`` between its dots stand in the message, in their order."""
    rest = message
    for part in said.split(" … "):
        assert part in rest, message
        rest = rest.partition(part)[2]


def test_formats_that_do_not_hold_the_numbers_are_refused(write_topic: Write) -> None:
    text = CASE.replace('"-2"', '"257"') + "  formats: [bfloat16]\n"
    assert "bfloat16 does not: logits" in refusal(write_topic, text)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("axis: 2", "axis: expected an axis of shape [2, 3]"),
        ("class_weight: [1, 2]", "class_weight: expected shape [3], found [2]"),
        ("gamma: [1, 2]", "gamma: expected shape [3], found [2]"),
        ("shards: [1, 2]", "shards: expected sizes that add up to 2, found [1, 2]"),
        ("ignore_index: 1.5", "ignore_index: expected integers"),
        ("background_class: [1]", "background_class: expected one integer"),
    ],
)
def test_class_formulas_check_the_shapes_of_their_parameters(
    write_topic: Write, parameters: str, said: str
) -> None:
    text = (
        "- {name: one, clauses: [SOF-1], catches: [gamma-dropped], parameters: {"
        + parameters
        + "}, inputs: {logits: [[1, 2, 3], [0, 1, 0]], targets: [2, 0]}}\n"
    )
    assert said in refusal(write_topic, text, "softmax_focal_loss")


def test_targets_outside_the_classes_are_refused(write_topic: Write) -> None:
    text = (
        "- {name: one, clauses: [SOF-1], catches: [gamma-dropped],"
        " inputs: {logits: [[1, 2, 3], [0, 1, 0]], targets: [3, -100]}}\n"
    )
    said = "targets: expected numbers in 0 to 2 or ignore_index, found 3"
    assert said in refusal(write_topic, text, "softmax_focal_loss")


def test_formula_and_topic_are_those_of_the_path(write_topic: Write, root: Path) -> None:
    path = write_topic(HEAD.format(formula="sigmoid_focal_loss") + CASE)
    path.rename(path.with_name("other.yaml"))
    with pytest.raises(YamlError, match=r"other.yaml:2: topic: expected other, as the file's path"):
        load_topics(root)


def test_an_unknown_formula_is_named_with_the_closest(write_topic: Write, root: Path) -> None:
    write_topic(HEAD.format(formula="sigmoid_focal_los") + CASE)
    with pytest.raises(YamlError, match=r"small.yaml:1: .*did you mean sigmoid_focal_loss\?"):
        load_topics(root)


def test_a_stray_file_among_the_cases_is_named(root: Path) -> None:
    (root / "cases" / "notes.txt").write_text("x")
    with pytest.raises(YamlError, match=r"notes.txt: expected only cases/<formula>/<topic>.yaml"):
        load_topics(root)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {id: a-b, wrong: w, efect: e}", "did you mean effect"),
        ("- {id: a-b, wrong: w}", "effect: expected text, found nothing"),
        ("- {id: A_B, wrong: w, effect: e}", "expected words joined by hyphens"),
        ("- {id: a, wrong: w, effect: e}\n- {id: a, wrong: w, effect: e}", "found a twice"),
        ("- {id: a, wrong: w, effect: e, seen: [somewhere]}", "expected a link"),
    ],
)
def test_a_mistake_in_the_catalogue_of_bugs_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bugs.yaml").write_text(f"bugs:\n{text}\n")
    with pytest.raises(YamlError, match=r"bugs.yaml:\d+: ") as caught:
        load_bugs(tmp_path)
    assert said in str(caught.value)


def test_every_committed_case_and_bug_class_is_readable() -> None:
    assert sum(len(topic.drafts) for topic in load_topics()) >= 600
    assert len(load_bugs()) >= 50
