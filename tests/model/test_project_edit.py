"""Changing a threshold in a project's file leaves the rest of it as somebody has written it."""

from __future__ import annotations

import pytest

from annodesk.errors import ProjectError
from annodesk.model.project_edit import GROUPS, groups_of, policy_keys, threshold_of, with_policy, with_threshold
from annodesk.model.project_file import parse_project

FILE = """\
# ours
name = "shows"   # the name

[[tier]]
name = "content"
labels = [ "speech", { name = "advert", key = "3" },  # paid
           "music" ]

[[question]]
name = "policy"   # asked last
labels = ["yes", "no"]
escalate_below = 0.8

[workflow]
# as agreed in May
overlap = 2
"""


@pytest.mark.parametrize(
    ("part", "label"),
    [("", None), ("content", None), ("policy", None), ("content", "speech"), ("content", "advert"), ("policy", "yes")],
)
def test_a_threshold_is_set_where_it_was_asked_for_and_nowhere_else(part: str, label: str | None) -> None:
    changed = with_threshold(FILE, 0.55, part, label)
    before, after = parse_project(FILE), parse_project(changed)
    assert threshold_of(after, part, label) == 0.55
    everywhere = [("", None), ("content", None), ("policy", None), ("content", "music"), ("policy", "no")]
    for other in everywhere:
        if other != (part, label):
            assert threshold_of(after, *other) == threshold_of(before, *other)
    for comment in ("# ours", "# the name", "# paid", "# asked last", "# as agreed in May"):
        assert comment in changed


def test_only_the_line_of_the_threshold_is_another() -> None:
    old, new = FILE.splitlines(), with_threshold(FILE, 0.6, "policy").splitlines()
    assert [(a, b) for a, b in zip(old, new, strict=True) if a != b] == [
        ("escalate_below = 0.8", "escalate_below = 0.6")
    ]


def test_a_part_follows_the_project_again() -> None:
    changed = with_threshold(FILE, None, "policy")
    assert threshold_of(parse_project(changed), "policy") is None
    assert threshold_of(parse_project(with_threshold(FILE, None, "content", "music")), "content", "music") is None


def test_a_project_without_a_table_of_its_workflow_is_given_one() -> None:
    changed = with_threshold('name = "a"\n\n[[question]]\nname = "q"\nlabels = ["x", "y"]\n', 0.9)
    assert parse_project(changed).workflow.escalate_below == 0.9


@pytest.mark.parametrize(
    ("value", "part", "label"), [(None, "", None), (0.5, "nothing", None), (0.5, "content", "nothing"), (1.5, "", None)]
)
def test_what_cannot_be_is_refused_in_a_sentence(value: float | None, part: str, label: str | None) -> None:
    with pytest.raises(ProjectError):
        with_threshold(FILE, value, part, label)


POLICY = (
    FILE
    + '''
[prelabel]
show = "before"   # they know the labels by heart

[prelabel.prompts]
segment = """
Listen.
Labels: {labels}
%%
Sound: {item}
Label:
"""
'''
)
WORDS = 'A stretch of sound.\nLabels: {labels}\n%%\n\\ "Sound" \t{item}\nLabel:\n'


@pytest.mark.parametrize(
    "changes",
    [
        {"prelabel.show": "never"},
        {"prelabel.show_above": 0.75, "prelabel.unaided_share": 0.3},
        {"prelabel.accept_above": 0.98, "workflow.audit_share": 0.2},
        {"prelabel.prompts": {"segment": WORDS, "text": "text-2"}},
    ],
    ids=["mode", "shares", "two tables", "prompts"],
)
@pytest.mark.parametrize("text", [FILE, POLICY], ids=["no table yet", "a table of its own"])
def test_policies_are_set_as_they_were_asked_for_and_set_back(text: str, changes: dict[str, object]) -> None:
    changed = with_policy(text, changes)
    assert policy_keys(changed, changes) == changes
    project = parse_project(changed)
    assert "as agreed in May" in changed
    assert project.workflow.overlap == 2
    back = with_policy(changed, policy_keys(text, changes))
    assert parse_project(back) == parse_project(text)


def test_a_prompt_s_words_come_back_letter_by_letter() -> None:
    changed = with_policy(FILE, {"prelabel.prompts": {"segment": WORDS}})
    assert dict(parse_project(changed).prelabel.prompts) == {"segment": WORDS}


def test_what_is_no_policy_is_not_set() -> None:
    with pytest.raises(ProjectError, match="no setting of the workflow or of pre-labels"):
        with_policy(FILE, {"tier.name": "x"})
    with pytest.raises(ProjectError, match=r"prelabel\.show"):
        with_policy(FILE, {"prelabel.show": "sometimes"})


def test_groups_of_labels_are_set_and_set_back_and_the_rest_stays_as_written() -> None:
    groups = {"content": {"advert": "trade", "music": "arts"}, "policy": {"yes": "law"}}
    changed = with_policy(FILE, {GROUPS: groups})
    assert groups_of(parse_project(changed)) == groups
    assert policy_keys(changed, [GROUPS]) == {GROUPS: groups}
    assert "# paid" in changed
    assert "# asked last" in changed
    fewer = with_policy(changed, {GROUPS: {"content": {"music": "arts"}}})
    assert groups_of(parse_project(fewer)) == {"content": {"music": "arts"}}
    none = with_policy(fewer, {GROUPS: None})
    assert policy_keys(none, [GROUPS]) == {GROUPS: None}
    assert parse_project(none) == parse_project(FILE)
