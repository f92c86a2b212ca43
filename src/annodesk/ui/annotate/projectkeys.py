"""Binds the keys a project gives to its labels and answers; they win over commands, and the person is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annodesk.ui.actions import Action, Conflict, KeyMap, shown_key
from annodesk.ui.annotate.keys import label_keys, question_choices
from annodesk.ui.notices import Tone
from annodesk.ui.text.document import NAME_KEY

if TYPE_CHECKING:
    from annodesk.ui.annotate.hands import TaskHands
    from annodesk.ui.notices import Notices

_LABEL, _ANSWER, _MARK = "annotate.label.", "annotate.answer.", "mark."


class ProjectKeys:
    """The keys of the open task: its answers, and the labels of the tier in work."""

    def __init__(self, keys: KeyMap, hands: TaskHands, notices: Notices) -> None:
        self._keys, self._hands, self._notices = keys, hands, notices
        self._tier = ""
        self._told: set[Conflict] = set()

    def clear(self) -> None:
        """Take all of them away."""
        self._keys.unbind(_LABEL)
        self._keys.unbind(_ANSWER)
        self._keys.unbind(_MARK)
        self._tier = ""

    def bind_answers(self) -> None:
        """The keys of the open project's answers."""
        self._keys.unbind(_ANSWER)
        actions: list[Action] = []
        handlers: dict[str, Any] = {}
        for question, choices in question_choices(self._hands.view.schema).items():
            for choice in choices:
                action_id = f"{_ANSWER}{question}.{choice.title}"
                title, own = f"{question}: {choice.title}", (choice.key,) if choice.key else ()
                actions.append(Action(action_id, title, own, when="open", group="Answers"))
                handlers[action_id] = self._presser(question, choice.value)
        self._tell(self._keys.bind(actions, handlers, wins=True))

    def bind_marks(self) -> None:
        """What can be marked in the text; its keys work there alone, and there the text listens for them."""
        self._keys.unbind(_MARK)
        text = self._hands.view.text
        actions: list[Action] = []
        handlers: dict[str, Any] = {}
        for choice in text.choices:
            action_id = f"{_MARK}{choice.type}.{choice.label}"
            own = (choice.key,) if choice.key else ()
            actions.append(Action(action_id, choice.title, own, when="text", group="In the text", listens=True))
            handlers[action_id] = lambda choice=choice: text.choose(choice)
        if text.choices and not any(choice.key.upper() == NAME_KEY for choice in text.choices):
            for word, key, step in (("Next", NAME_KEY, 1), ("Earlier", f"Shift+{NAME_KEY}", -1)):
                title, name = f"{word} words that look like a name", f"{_MARK}{word.lower()}_name"
                actions.append(Action(name, title, (key,), when="text", group="In the text", listens=True))
                handlers[name] = lambda step=step: text.go_to_name(step)
        self._keys.bind(actions, handlers)

    def bind_labels(self) -> None:
        """The keys of the tier in work; another tier may give the same keys to other labels."""
        tier = self._hands.view.tier
        name = tier.name if tier is not None else ""
        if name == self._tier:
            return
        self._tier = name
        self._keys.unbind(_LABEL)
        if tier is None:
            return
        actions: list[Action] = []
        handlers: dict[str, Any] = {}
        for label, key in label_keys(self._hands.view.schema, tier).items():
            own = (key,) if key else ()
            actions.append(Action(f"{_LABEL}{label}", label, own, when="timeline", group=f"Labels of {name}"))
            handlers[f"{_LABEL}{label}"] = lambda label=label: self._hands.label(label)
        self._tell(self._keys.bind(actions, handlers, wins=True))

    def _presser(self, question: str, value: object) -> Any:
        return lambda: self._hands.view.side.questions.choose(question, value)

    def _tell(self, conflicts: list[Conflict]) -> None:
        for conflict in conflicts:
            if conflict not in self._told:
                self._told.add(conflict)
                self._notices.show(
                    conflict.sentence,
                    f"Choose it by name with {shown_key('window.palette')}, or give it another key.",
                    tone=Tone.WARN,
                )
