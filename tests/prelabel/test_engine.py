"""The engine lives in a process of its own: whatever ends it ends no more than a suggestion."""

from __future__ import annotations

import io
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from annodesk.errors import Cancelled, ModelError
from annodesk.prelabel.check import engine_available
from annodesk.prelabel.engine import Engine, EngineStopped, ScoringCancelled
from annodesk.prelabel.engine_process import STEPS_BACK
from annodesk.prelabel.frames import read_frame, write_frame
from annodesk.progress import CancelToken

PREFIX = "Labels: speech; music; noise\n"
ITEMS = [f"Sound: {k} s, level -{20 + k} dB, voiced {k}%\nLabel:" for k in range(12)]
LABELS = [" speech", " music", " noise"]

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="uses POSIX signals")


def test_every_item_gets_probabilities_that_sum_to_one(engine: Engine) -> None:
    scores = engine.score(PREFIX, ITEMS, LABELS)
    assert [sum(score.probabilities) for score in scores] == pytest.approx([1.0] * len(ITEMS))
    assert all(0 <= score.off_format_mass <= 1 for score in scores)


def test_progress_is_told_after_every_item(engine: Engine) -> None:
    told: list[float] = []
    engine.score(PREFIX, ITEMS, LABELS, progress=lambda share, _: told.append(share))
    assert told == pytest.approx([(k + 1) / len(ITEMS) for k in range(len(ITEMS))])


def test_no_items_need_no_engine(small_model: Path) -> None:
    with Engine(small_model) as engine:
        assert engine.score(PREFIX, [], LABELS) == []
        assert engine.process_id is None


def test_a_new_process_gives_the_same_bits(installed: None, small_model: Path) -> None:
    with Engine(small_model) as one, Engine(small_model) as other:
        assert one.score(PREFIX, ITEMS, LABELS) == other.score(PREFIX, ITEMS, LABELS)


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="the system does not weigh sessions")
def test_the_engines_session_goes_behind_that_of_the_window(engine: Engine) -> None:
    engine.score(PREFIX, ITEMS, LABELS)
    assert Path(f"/proc/{engine.process_id}/autogroup").read_text().split()[-1] == str(STEPS_BACK)


@posix_only
def test_a_killed_engine_is_started_again_and_loses_nothing(engine: Engine) -> None:
    undisturbed = engine.score(PREFIX, ITEMS, LABELS)
    victims: list[int] = []

    def kill_once(share: float, _: str) -> None:
        if share > 0.4 and not victims:
            assert engine.process_id is not None
            victims.append(engine.process_id)
            os.kill(engine.process_id, signal.SIGKILL)

    assert engine.score(PREFIX, ITEMS * 30, LABELS, progress=kill_once) == undisturbed * 30
    assert engine.process_id not in victims


@posix_only
def test_an_engine_killed_twice_keeps_the_results_and_leaves_the_file_alone(engine: Engine) -> None:
    undisturbed = engine.score(PREFIX, ITEMS, LABELS)
    many = ITEMS * 200

    def kill_always(share: float, _: str) -> None:
        assert engine.process_id is not None
        os.kill(engine.process_id, signal.SIGKILL)

    with pytest.raises(EngineStopped) as caught:
        engine.score(PREFIX, many, LABELS, progress=kill_always)
    partial = caught.value.partial
    assert 2 <= len(partial) < len(many)
    assert partial == (undisturbed * 200)[: len(partial)]
    assert "stopped the engine twice" in caught.value.sentence

    with Engine(engine.model_path) as another, pytest.raises(EngineStopped):
        another.load()
    engine.load(again=True)
    assert engine.score(PREFIX, ITEMS, LABELS) == undisturbed


@posix_only
def test_a_frozen_engine_is_noticed_and_replaced(installed: None, small_model: Path) -> None:
    with Engine(small_model, patience_s=6.0) as engine:
        undisturbed = engine.score(PREFIX, ITEMS, LABELS)
        frozen: list[int] = []

        def freeze_once(share: float, _: str) -> None:
            if not frozen:
                assert engine.process_id is not None
                frozen.append(engine.process_id)
                os.kill(engine.process_id, signal.SIGSTOP)

        assert engine.score(PREFIX, ITEMS * 50, LABELS, progress=freeze_once) == undisturbed * 50
        assert engine.process_id not in frozen


def test_cancelling_keeps_what_was_scored_and_the_engine_goes_on(engine: Engine) -> None:
    undisturbed = engine.score(PREFIX, ITEMS, LABELS)
    cancel = CancelToken()
    many = ITEMS * 500

    def cancel_soon(share: float, _: str) -> None:
        if share >= 5 / len(many):
            cancel.cancel()

    with pytest.raises(ScoringCancelled) as caught:
        engine.score(PREFIX, many, LABELS, progress=cancel_soon, cancel=cancel)
    assert isinstance(caught.value, Cancelled)
    assert 5 <= len(caught.value.partial) < len(many)
    assert caught.value.partial[:5] == undisturbed[:5]
    assert engine.score(PREFIX, ITEMS, LABELS) == undisturbed


def test_a_caller_that_leaves_in_the_middle_does_not_keep_the_engine_busy(engine: Engine) -> None:
    undisturbed = engine.score(PREFIX, ITEMS, LABELS)

    def leave(share: float, _: str) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        engine.score(PREFIX, ITEMS * 5000, LABELS, progress=leave)
    started = time.monotonic()
    assert engine.score(PREFIX, ITEMS, LABELS) == undisturbed
    assert time.monotonic() - started < 10


def test_loading_can_be_cancelled_and_done_again(engine: Engine) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        engine.load(cancel=cancel)
    assert engine.process_id is None
    assert len(engine.score(PREFIX, ITEMS, LABELS)) == len(ITEMS)


@posix_only
def test_cancelling_does_not_wait_for_an_engine_that_does_not_answer(engine: Engine) -> None:
    engine.load()
    assert engine.process_id is not None
    os.kill(engine.process_id, signal.SIGSTOP)
    cancel = CancelToken()
    timer = threading.Timer(0.3, cancel.cancel)
    timer.start()
    started = time.monotonic()
    with pytest.raises(ScoringCancelled):
        engine.score(PREFIX, ITEMS, LABELS, cancel=cancel)
    assert time.monotonic() - started < 5
    timer.join()
    assert len(engine.score(PREFIX, ITEMS, LABELS)) == len(ITEMS)


def test_closing_from_another_thread_ends_the_work_as_cancelled(engine: Engine) -> None:
    engine.load()
    running = threading.Event()
    ended: list[Exception] = []

    def work() -> None:
        try:
            engine.score(PREFIX, ITEMS * 2000, LABELS, progress=lambda *_: running.set())
        except ScoringCancelled as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert running.wait(60)
    engine.close()
    thread.join(60)
    assert len(ended) == 1


def test_two_threads_take_turns(engine: Engine) -> None:
    undisturbed = engine.score(PREFIX, ITEMS, LABELS)
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.append(engine.score(PREFIX, ITEMS, LABELS))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [undisturbed] * 3


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads process states from /proc")
def test_the_engine_ends_with_the_program_that_started_it(installed: None, small_model: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from annodesk.prelabel.engine import Engine\n"
        "engine = Engine(Path(sys.argv[1])); engine.load(); print(engine.process_id, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    run = subprocess.run([sys.executable, "-c", code, str(small_model)], capture_output=True, text=True, timeout=60)
    engine_id = int(run.stdout)
    deadline = time.monotonic() + 30
    while _is_running(engine_id) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(engine_id)


def _is_running(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_what_native_code_prints_does_not_come_between_messages() -> None:
    code = (
        "import os; from annodesk.prelabel.engine_process import own_pipes; from annodesk.prelabel.frames import *\n"
        "incoming, outgoing = own_pipes(); os.write(1, b'stray'); print('words', flush=True)\n"
        "write_frame(outgoing, {'heard': read_frame(incoming)})"
    )
    question = io.BytesIO()
    write_frame(question, {"do": "répète"})
    run = subprocess.run([sys.executable, "-c", code], input=question.getvalue(), capture_output=True, timeout=60)
    assert read_frame(io.BytesIO(run.stdout)) == {"heard": {"do": "répète"}}
    assert run.stderr == b"straywords\n"


def test_a_model_of_an_unknown_kind_is_refused_with_the_reason(installed: None, small_model: Path) -> None:
    body = small_model.read_bytes()
    at = body.index(b"llama", body.index(b"general.architecture"))
    small_model.write_bytes(body[:at] + b"xlama" + body[at + 5 :])
    with Engine(small_model) as engine, pytest.raises(ModelError, match="xlama") as caught:
        engine.load()
    assert "\n" not in caught.value.sentence
    assert caught.value.hint


def test_a_model_replaced_after_loading_is_not_trusted_from_memory(engine: Engine) -> None:
    engine.load()
    engine.close()
    engine.model_path.write_bytes(b"GGUF")
    with pytest.raises(ModelError, match="ends in the middle"):
        engine.load()


def test_without_the_engine_prelabels_are_off_in_one_sentence(
    small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    assert not engine_available()
    with Engine(small_model) as engine, pytest.raises(ModelError, match="not installed") as caught:
        engine.load()
    assert "extra llm" in caught.value.hint


def test_the_program_itself_never_loads_native_model_code() -> None:
    code = (
        "import sys; import annodesk.prelabel.run, annodesk.prelabel.engine as e; e.engine_available()\n"
        "print([name for name in ('llama_cpp', 'numpy', 'gguf') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([], "no labels"),
        ([" speech", " speech"], "same name"),
        ([" speech", "  "], "empty"),
        ([" speech\nLabel: music"], "line break"),
        ([' "speech"\r'], "line break"),
        ([" spe\u200bech"], "hidden character"),
        ([" spe\u0000ech"], "hidden character"),
    ],
)
def test_labels_that_cannot_be_asked_about_are_refused(small_model: Path, labels: list[str], words: str) -> None:
    with Engine(small_model) as engine, pytest.raises(ModelError, match=words):
        engine.score(PREFIX, ITEMS, labels)


def test_an_item_that_is_too_long_is_refused_and_the_engine_goes_on(engine: Engine) -> None:
    with pytest.raises(ModelError, match="too long for the model"):
        engine.score(PREFIX, ["word " * 9000], LABELS)
    assert len(engine.score(PREFIX, ITEMS, LABELS)) == len(ITEMS)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_a_model_with_random_damage_never_harms_the_program(installed: None, small_model: Path, seed: int) -> None:
    rng = random.Random(seed)
    body = bytearray(small_model.read_bytes())
    for _ in range(3):
        body[rng.randrange(24, 90_000)] = rng.randrange(256)
    small_model.write_bytes(body)
    with Engine(small_model) as engine:
        try:
            scores = engine.score(PREFIX, ITEMS, LABELS)
        except ModelError as error:
            assert error.sentence.endswith((".", ").", "!"))  # noqa: PT017
        else:
            assert len(scores) == len(ITEMS)


def test_items_may_have_labels_of_their_own(engine: Engine) -> None:
    own = [LABELS[:2] if k % 2 else LABELS[1:] for k in range(len(ITEMS))]
    found = engine.score(PREFIX, ITEMS, own)
    assert [found[k] for k in range(1, len(ITEMS), 2)] == engine.score(PREFIX, ITEMS[1::2], LABELS[:2])
    assert [found[k] for k in range(0, len(ITEMS), 2)] == engine.score(PREFIX, ITEMS[::2], LABELS[1:])
    with pytest.raises(ModelError, match="same name"):
        engine.score(PREFIX, ITEMS[:2], [LABELS, [" x", " x"]])


def test_each_label_is_answered_by_itself(engine: Engine) -> None:
    questions = [f" Is it{label}?" for label in LABELS]
    together = engine.score_each(PREFIX, ITEMS, questions)
    assert len(together) == len(ITEMS)
    assert all(0 < share < 1 for one in together for share in one.probabilities)
    assert all(0 <= mass <= 1 for one in together for mass in one.off_format_mass)
    alone = engine.score_each(PREFIX, ITEMS, questions[:1])
    assert [one.probabilities[0] for one in together] == pytest.approx(
        [one.probabilities[0] for one in alone], abs=0.01
    )
    assert engine.score_each(PREFIX, ITEMS, questions) == together


def test_progress_tells_the_speed_and_the_time_left(engine: Engine) -> None:
    said: list[str] = []
    cancel = CancelToken()

    def listen(_: float, words: str) -> None:
        said.append(words)
        if " left" in words:
            cancel.cancel()

    with pytest.raises(ScoringCancelled):
        engine.score(PREFIX, ITEMS * 5000, LABELS, progress=listen, cancel=cancel)
    assert re.fullmatch(r"[\d,]+ of 60,000 labelled, [\d.]+ (a second|s each), [\d.]+ (s|min|h) left", said[-1])


def test_a_model_that_is_changed_while_it_is_used_is_not_believed(engine: Engine) -> None:
    undisturbed = engine.score(PREFIX, ITEMS, LABELS)

    def change(share: float, _: str) -> None:
        if share > 0.4:
            body = bytearray(engine.model_path.read_bytes())
            body[-1] ^= 1
            engine.model_path.write_bytes(body)
            os.utime(engine.model_path, ns=(0, 0))

    with pytest.raises(EngineStopped, match="was changed or taken away") as caught:
        engine.score(PREFIX, ITEMS, LABELS, progress=change)
    assert caught.value.partial == undisturbed[: len(caught.value.partial)]
    assert 5 <= len(caught.value.partial) < len(ITEMS)
    assert len(engine.score(PREFIX, ITEMS, LABELS)) == len(ITEMS)
