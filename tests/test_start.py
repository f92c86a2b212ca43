"""What a start imports, in processes of their own; and parts of the services that are made when they are asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from annodesk.services import Part, Services
from tests.services.made import make_house

_OPENED = """
import sys
from pathlib import Path
from annodesk.services import Services
with Services.open(Path(sys.argv[1])) as services:
    project = services.projects.list()[0]
    person = services.people.list(project.id)[0]
    services.tasks.cards(project.id, person.person.id)
    services.model_choice.status(project.id)
    assert not services.sync.state().is_shared
print(*sorted({name.split(".")[0] for name in sys.modules} | {name for name in sys.modules if "annodesk" in name}))
"""
_SHOWN = "import sys, annodesk.ui.app; print(*sorted({name.split('.')[0] for name in sys.modules}))"


def _modules(code: str, *arguments: str) -> set[str]:
    command = [sys.executable, "-c", code, *arguments]
    return set(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split())


def test_a_file_that_stands_alone_is_opened_without_what_speaks_to_a_server(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    path = house.services.path
    house.services.close()
    modules = _modules(_OPENED, str(path))
    assert {"sqlalchemy", "annodesk.services.tasks"} <= modules
    assert (
        modules & {"psycopg", "gguf", "yaml", "tomlkit", "annodesk.store.shared_tables", "annodesk.services.planner"}
        == set()
    )


@pytest.mark.qt
def test_the_window_begins_without_numbers_or_a_store() -> None:
    modules = _modules(_SHOWN)
    assert "PySide6" in modules
    assert modules & {"numpy", "sqlalchemy", "tomlkit"} == set()


@pytest.mark.parametrize(("theirs", "set_to"), [(None, "4"), ("20", "20")])
def test_threads_of_matrix_products_do_not_wait_busily_unless_someone_says_so(theirs: str | None, set_to: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_THREAD_TIMEOUT"}
    if theirs is not None:
        environment["OPENBLAS_THREAD_TIMEOUT"] = theirs
    code = (
        "import os, sys; from annodesk.__main__ import main; main(['formats']); early = 'numpy' not in sys.modules;"
        "print(os.environ['OPENBLAS_THREAD_TIMEOUT'], early)"
    )
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert printed.stdout.splitlines()[-1].split() == [set_to, "True"]


def test_every_part_of_the_services_can_be_made(tmp_path: Path) -> None:
    services = make_house(tmp_path).services
    parts = [name for name, part in vars(Services).items() if isinstance(part, Part)]
    assert len(parts) > 50
    assert all(getattr(services, name) is getattr(services, name) for name in parts)


def test_two_threads_that_ask_at_once_get_the_same_part(tmp_path: Path) -> None:
    services = make_house(tmp_path).services
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: services.planner, range(64)))
    assert {id(one) for one in found} == {id(services.planner)}


@pytest.mark.qt
def test_what_the_binding_needs_of_python_is_not_compiled_at_each_start() -> None:
    """Where packaging/prepare.sh has made the environment."""
    code = "import shiboken6, sys; print(sys.modules['shibokensupport.signature.parser'].__cached__)"
    cached = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stdout.strip()
    assert cached
    assert Path(cached).is_file()
