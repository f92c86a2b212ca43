"""The project file: read with errors that name line and key, and written so that it reads back the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from annodesk.errors import ProjectError
from annodesk.model.project import CanaryPolicy, PrelabelPolicy, Project, WorkflowPolicy
from annodesk.model.project_file import parse_project, read_project
from annodesk.model.project_write import write_project
from annodesk.model.schema import Label, LabelSchema, Question, QuestionKind, SpanType, Tier, TierKind

WHOLE = """\
name = "podcast-policy"
guidelines = "guidelines.md"
languages = ["en", "pt"]

[[tier]]
name = "content"
kind = "interval"            # or "point"
overlap = false
labels = [ { name = "speech", key = "1" }, { name = "music", key = "2" }, { name = "advert", key = "3" } ]
escalate_below = 0.80        # optional, per tier, question or label

[[question]]
name = "policy"
kind = "multi-label"         # choice | multi-label | rating | text
labels = ["violence", "medical", "none"]
not_sure = true

[[span]]
name = "entity"
labels = ["artist", "track", "place"]

[workflow]
overlap = 2
overlap_share = 0.20
task_seconds = 1200
escalate_below = 0.70
model_votes = "escalate"
audit_share = 0.05
reference_share = 0.05
see_others = "settled"
lease_hours = 24
pack_days = 7

[prelabel]
model = "embedded"
show = "above-threshold"
show_above = 0.90
unaided_share = 0.20
"""
SMALL = 'name = "a"\n[[tier]]\nname = "content"\nlabels = ["speech", "music"]\n'


def test_a_whole_file_says_everything_it_says() -> None:
    project = parse_project(WHOLE)
    assert (project.name, project.guidelines, project.languages) == ("podcast-policy", "guidelines.md", ("en", "pt"))
    content = project.schema.tier("content")
    assert [(label.name, label.key) for label in content.labels] == [("speech", "1"), ("music", "2"), ("advert", "3")]
    assert content.kind is TierKind.INTERVAL
    (policy,) = project.schema.questions
    assert (policy.kind, policy.not_sure) == (QuestionKind.MULTI_LABEL, True)
    assert [label.name for label in project.schema.span_types[0].labels] == ["artist", "track", "place"]
    assert (content.escalate_below, policy.escalate_below, project.workflow.escalate_below) == (0.80, None, 0.70)


def test_a_tier_a_question_and_a_label_may_have_a_threshold_of_their_own() -> None:
    text = WHOLE.replace('{ name = "advert", key = "3" }', '{ name = "advert", key = "3", escalate_below = 0.9 }')
    project = parse_project(text)
    assert [label.escalate_below for label in project.schema.tiers[0].labels] == [None, None, 0.9]
    assert parse_project(write_project(project)) == project
    for name in ("unsure_below", "model_sure_from", "reference_below"):
        other = parse_project(text.replace("escalate_below = 0.9", f"{name} = 0.9"))
        assert [getattr(label, name) for label in other.schema.tiers[0].labels] == [None, None, 0.9]
        assert parse_project(write_project(other)) == other
    with pytest.raises(ProjectError, match=r"line 9: tier\[1\]\.labels\[3\]\.escalate_below: .*at most 1, not 90"):
        parse_project(text.replace("0.9 }", "90 }"))


def test_the_defaults_are_those_of_the_design() -> None:
    project = parse_project(SMALL)
    assert project.workflow == WorkflowPolicy() == parse_project(WHOLE).workflow
    assert project.prelabel == PrelabelPolicy() == parse_project(WHOLE).prelabel
    assert (project.workflow.extra_annotator_below, project.prelabel.accept_above) == (None, None)


WRONG = {
    "an unknown key": ('name = "a"\ncolor = "red"\n' + SMALL[11:], 2, "color", "is not a known key"),
    "an unknown key of a tier": (SMALL + "colour = 1\n", 5, "tier[1].colour", "is not a known key"),
    "an unknown key of the workflow": (SMALL + "[workflow]\noverlaps = 2\n", 6, "workflow.overlaps", "not a known key"),
    "no name": (SMALL[11:], None, "name", "is missing"),
    "a name without letters": ('name = ""\n' + SMALL[11:], 1, "name", "at least 1 character"),
    "a number for a name": ("name = 5\n" + SMALL[11:], 1, "name", "must be text, not 5"),
    "a word for a number": (SMALL + '[workflow]\noverlap = "two"\n', 6, "workflow.overlap", "not 'two'"),
    "a number in quotes": (SMALL + '[workflow]\noverlap = "2"\n', 6, "workflow.overlap", "a whole number, not '2'"),
    "yes for a number": (SMALL + "[workflow]\noverlap = true\n", 6, "workflow.overlap", "a whole number, not True"),
    "a share of five": (SMALL + "[workflow]\naudit_share = 5\n", 6, "workflow.audit_share", "at most 1, not 5"),
    "no lease": (SMALL + "[workflow]\nlease_hours = 0\n", 6, "workflow.lease_hours", "more than 0, not 0"),
    "an endless lease": (SMALL + "[workflow]\nlease_hours = inf\n", 6, "workflow.lease_hours", "not inf"),
    "a lease of no number": (SMALL + "[workflow]\nlease_hours = nan\n", 6, "workflow.lease_hours", "not nan"),
    "an unknown show mode": (SMALL + '[prelabel]\nshow = "later"\n', 6, "prelabel.show", "'before'"),
    "an unknown kind of tier": (SMALL + 'kind = "stretch"\n', 5, "tier[1].kind", "'interval' or 'point'"),
    "a label twice": (SMALL.replace('"music"', '"speech"'), 4, "tier[1].labels", "'speech' stands twice"),
    "a label that is a number": (SMALL.replace('"music"', "7"), 4, "tier[1].labels", "table with a name, not 7"),
    "an odd label": (SMALL.replace('"music"', '{ nome = "x" }'), 4, "tier[1].labels", ""),
    "a long key": (SMALL.replace('"music"', '{ name = "x", key = "xy" }'), 4, "tier[1].labels", "at most 1 character"),
    "an odd colour": (SMALL.replace('"music"', '{ name = "x", colour = "red" }'), 4, "tier[1].labels", "a colour"),
    "one key for two labels": (
        SMALL.replace('"speech", "music"', '{ name = "a", key = "1" }, { name = "b", key = "1" }'),
        4, "tier[1].labels", "the key '1' is given twice",
    ),
    "one name for two parts": (SMALL + '[[span]]\nname = "content"\n', 6, "span[1].name", "is used twice"),
    "a reserved name": (SMALL + '[[question]]\nname = "ruling"\nkind = "text"\n', 6, "question[1]", "is reserved"),
    "a choice of one": (SMALL + '[[question]]\nname = "q"\nlabels = ["a"]\n', 7, "question[1].labels", "at least two"),
    "a scale upside down": (
        SMALL + '[[question]]\nname = "q"\nkind = "rating"\nscale = [5, 1]\n', 8, "question[1].scale", "below"
    ),
    "a parent that is not there": (SMALL + 'parent = "nobody"\n', 5, "tier[1].parent", "there is no tier 'nobody'"),
    "a rule without a parent": (SMALL + 'rule = "included-in"\n', 5, "tier[1].rule", "needs a parent"),
    "a tier above itself": (SMALL + 'parent = "content"\n', 5, "tier[1].parent", "may not be above itself"),
    "nothing to label": ('name = "a"\n', None, "", "has nothing to label"),
    "a second tier's mistake": (SMALL + '[[tier]]\nname = "x"\noverlap = 3\n', 7, "tier[2].overlap", "or false, not 3"),
    "no TOML": ("name = \n", 1, "", "is not valid TOML"),
    "an open bracket": ('name = "a"\n[[tier\n', 2, "", "is not valid TOML"),
    "a key twice": ('name = "a"\nname = "b"\n', None, "", "is not valid TOML"),
    "a very deep list": ("x = " + "[" * 5000, None, "", "is not valid TOML"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "key", "what"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_told_with_its_line_and_key(text: str, line: int | None, key: str, what: str) -> None:
    with pytest.raises(ProjectError) as caught:
        parse_project(text, "p.toml")
    error = caught.value
    assert "\n" not in error.sentence
    assert error.sentence.startswith("p.toml")
    assert what in error.sentence
    assert error.key.startswith(key)
    if line is not None:
        assert error.line == line


def test_an_unknown_key_is_told_the_known_ones() -> None:
    with pytest.raises(ProjectError, match=r"Known here: .*escalate_below.*task_seconds"):
        parse_project(SMALL + "[workflow]\noverlaps = 2\n")


def test_a_file_is_read_with_its_text_and_its_guidelines(tmp_path: Path) -> None:
    (tmp_path / "guidelines.md").write_text("# Rules\n", encoding="utf-8-sig")
    path = tmp_path / "project.toml"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    project, text = read_project(path)
    assert project == parse_project(WHOLE)
    assert text.file.startswith("name")
    assert (text.guidelines, text.pictures) == ("# Rules\n", {})


def project_with(folder: Path, markdown: str) -> Path:
    """A project file whose guidelines say this."""
    (folder / "guidelines.md").write_text(markdown, encoding="utf-8")
    (folder / "project.toml").write_text(f'guidelines = "guidelines.md"\n{SMALL}', encoding="utf-8")
    return folder / "project.toml"


def test_the_pictures_of_the_guidelines_are_read_from_beside_them(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "wave.png").write_bytes(b"\x89PNG one")
    (tmp_path / "b.png").write_bytes(b"two")
    markdown = "![a wave](pictures/wave.png) ![](<b.png> 'title') ![](https://example.org/c.png) ![again](b.png)"
    assert read_project(project_with(tmp_path, markdown))[1].pictures == {
        "pictures/wave.png": b"\x89PNG one",
        "b.png": b"two",
    }


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("gone.png", "cannot be read: No such file"),
        ("../outside.png", "leaves the project's folder"),
        ("/etc/hostname", "leaves the project's folder"),
        ("large.png", "is larger than 4 MiB"),
        ("folder", "is not an ordinary file"),
    ],
)
def test_a_picture_that_cannot_be_kept_is_named(tmp_path: Path, name: str, what: str) -> None:
    home = tmp_path / "home"
    (home / "folder").mkdir(parents=True)
    (tmp_path / "outside.png").write_bytes(b"secret")
    (home / "large.png").write_bytes(bytes((4 << 20) + 1))
    with pytest.raises(ProjectError, match=what) as raised:
        read_project(project_with(home, f"![]({name})"))
    assert (raised.value.key, raised.value.line) == ("guidelines", 1)


BAD_FILES = {
    "not there": (None, "cannot be read"),
    "no UTF-8": (b'name = "caf\xe9"\n', "is not UTF-8"),
    "binary": (bytes(range(256)) * 4, "is not UTF-8|is not valid TOML"),
    "empty": (b"", "name: is missing"),
    "too large": (b"#" * (5 << 20), "is larger than 4 MiB"),
    "with a null": (b'name = "a\x00b"\n', "is not valid TOML"),
}


@pytest.mark.parametrize(("content", "what"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_file_that_cannot_be_used_is_told_in_one_sentence(tmp_path: Path, content: bytes | None, what: str) -> None:
    path = tmp_path / "project.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ProjectError, match=what) as caught:
        read_project(path)
    assert "\n" not in caught.value.sentence


def test_a_folder_is_no_project_file(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be read"):
        read_project(tmp_path)


@pytest.mark.parametrize("name", ["../secret.md", "/etc/hostname", "gone.md", "."])
def test_guidelines_stay_beside_the_project_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.md").write_text("secret")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "project.toml").write_text(SMALL.replace('name = "a"\n', f'name = "a"\nguidelines = "{name}"\n'))
    with pytest.raises(ProjectError, match="line 2: guidelines: "):
        read_project(folder / "project.toml")


def test_guidelines_are_not_read_through_a_link_that_leaves_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "guidelines.md").symlink_to(tmp_path / "secret.md")
    (folder / "project.toml").write_text(WHOLE)
    with pytest.raises(ProjectError, match="leaves the project's folder"):
        read_project(folder / "project.toml")


NAMES = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=8).filter(
    lambda s: s not in ("suggestion", "ruling")
)
SHARES = st.floats(0, 1)
LABELS = st.lists(
    st.builds(
        Label,
        NAMES,
        colour=st.sampled_from(["", "#00ff7A"]),
        group=st.sampled_from(["", "medical", "adverts and jingles"]),
        description=st.text(st.characters(exclude_categories=["C"]), max_size=5),
        unsure_below=st.none() | SHARES,
        reference_below=st.none() | SHARES,
    ),
    max_size=5,
    unique_by=lambda label: label.name,
).map(tuple)


@st.composite
def projects(draw: st.DrawFn) -> Project:
    names = iter(draw(st.lists(NAMES, min_size=8, max_size=8, unique=True)))
    tiers = [
        Tier(next(names), labels=draw(LABELS), kind=draw(st.sampled_from(TierKind)), overlap=draw(st.booleans()))
        for _ in range(draw(st.integers(1, 3)))
    ]
    if len(tiers) > 1:
        tiers[1] = replace(tiers[1], parent=tiers[0].name)
    questions = [
        Question(
            next(names),
            kind=draw(st.sampled_from([QuestionKind.RATING, QuestionKind.TEXT])),
            scale=draw(st.sampled_from([(1, 5), (0, 10), (-2, 2)])),
            not_sure=draw(st.booleans()),
            escalate_below=draw(st.none() | SHARES),
            unsure_below=draw(st.none() | SHARES),
            model_sure_from=draw(st.none() | SHARES),
            reference_below=draw(st.none() | SHARES),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    spans = [SpanType(next(names), labels=draw(LABELS)) for _ in range(draw(st.integers(0, 2)))]
    return Project(
        draw(NAMES),
        LabelSchema(tuple(tiers), tuple(questions), tuple(spans)),
        languages=tuple(draw(st.lists(NAMES, max_size=2))),
        workflow=WorkflowPolicy(
            overlap=draw(st.integers(1, 20)),
            overlap_share=draw(SHARES),
            extra_annotator_below=draw(st.none() | SHARES),
            unsure_below=draw(st.none() | SHARES),
            model_sure_from=draw(SHARES),
            reference_below=draw(st.none() | SHARES),
            lease_hours=draw(st.floats(0.1, 1000)),
        ),
        prelabel=PrelabelPolicy(show=draw(st.sampled_from(["before", "never"])), accept_above=draw(st.none() | SHARES)),
    )


@settings(max_examples=60, deadline=None)
@given(projects())
def test_a_written_project_reads_back_the_same(project: Project) -> None:
    assert parse_project(write_project(project)) == project


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_mutated_file_is_read_or_refused_in_one_sentence(data: st.DataObject) -> None:
    text = WHOLE
    for _ in range(data.draw(st.integers(1, 4))):
        at, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(st.sampled_from(["", '"', "[", "]", "=", "\n", "1e999", "{", "#", "'''", "x"])) + (
            text[at + length :]
        )  # fmt: skip
    said = ""
    try:
        said = parse_project(text).name
    except ProjectError as error:
        said = error.sentence
    assert said
    assert not re.search(r"[\r\n]", said)


def test_prompts_of_the_projects_own_are_kept_by_purpose_and_read_back() -> None:
    own = "Choose: {labels}\n%%\nSound: {item}\nLabel:"
    project = parse_project(f'{SMALL}[prelabel]\n[prelabel.prompts]\nsegment = """{own}"""\ntext = "text-1"\n')
    assert project.prelabel.prompts == (("segment", own), ("text", "text-1"))
    assert parse_project(write_project(project)) == project


def test_a_prompt_for_nothing_there_is_gets_told() -> None:
    with pytest.raises(ProjectError, match="prelabel"):
        parse_project(f'{SMALL}[prelabel.prompts]\npictures = "text-1"\n')


def test_a_canary_is_read_and_written_with_its_prompts() -> None:
    own = "Choose: {labels}\n%%\nSound: {item}\nLabel:"
    table = f'[prelabel.canary]\nmodel = "a/b:Q4_0"\nshare = 0.25\n[prelabel.canary.prompts]\nsegment = """{own}"""\n'
    project = parse_project(SMALL + table)
    assert project.prelabel.canary == CanaryPolicy("a/b:Q4_0", (("segment", own),), 0.25, 0.95, 0.05)
    assert parse_project(write_project(project)) == project
    bare = replace(project, prelabel=replace(project.prelabel, canary=CanaryPolicy("x.gguf")))
    assert parse_project(write_project(bare)) == bare


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("share = 0.0", "prelabel.canary.share"),
        ("share = 1.5", "prelabel.canary.share"),
        ("confidence = 1.0", "prelabel.canary.confidence"),
        ("margin = -0.1", "prelabel.canary.margin"),
        ('modell = "x"', "prelabel.canary.modell"),
        ("share = 0.5", "prelabel.canary: names neither"),
    ],
)
def test_what_is_wrong_of_a_canary_is_told_with_its_line(said: str, words: str) -> None:
    text = f"{SMALL}[prelabel.canary]\n{said}\n"
    with pytest.raises(ProjectError, match=re.escape(words)) as caught:
        parse_project(text)
    assert caught.value.line is not None
    assert text.count("\n") - 1 <= caught.value.line <= text.count("\n")
    if words.endswith("modell"):
        assert "confidence, margin, model, prompts, share" in caught.value.hint
