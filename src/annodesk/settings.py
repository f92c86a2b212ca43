"""Every setting of this workstation once: type, default and help, kept in one TOML file."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta
from msgspec.structs import asdict

from annodesk import toml
from annodesk.errors import AnnodeskError
from annodesk.paths import config_dir, for_owner_alone


class Settings(toml.Table, frozen=True):
    """What a person chose on this workstation; keys of newer versions are passed over, and kept in the file."""

    theme: Annotated[Literal["system", "dark", "light"], Meta(description="Colours of the window.")] = "system"
    device: Annotated[str, Meta(description="This workstation's own id, made at first use.")] = ""
    media_roots: Annotated[dict[str, str], Meta(description="Folders that named media roots stand for.")] = {}
    team_media: Annotated[
        dict[str, str],
        Meta(description="Folders that the recordings of a team's projects lie in, by the project's id."),
    ] = {}
    model: Annotated[str, Meta(description="A language model file to use instead of the project's.")] = ""
    play_around_ms: Annotated[
        int, Meta(ge=0, le=10_000, description="How much is heard before and after a segment.")
    ] = 500
    expansions: Annotated[
        dict[str, dict[str, str]],
        Meta(description="Own short words and what they become, by the id of the person."),
    ] = {}
    resume_back_ms: Annotated[
        int, Meta(ge=0, le=10_000, description="How far playing steps back where it goes on after a pause.")
    ] = 500
    hardware_decoding: Annotated[
        Literal["off", "automatic"],
        Meta(description="Decode video with the graphics card, where it shows the very same pictures."),
    ] = "off"
    offline_media_gb: Annotated[
        float, Meta(gt=0, le=100_000, description="How much room media of a team may take on this computer.")
    ] = 50
    rulings: Annotated[
        Literal["after each task", "once a day", "never"],
        Meta(description="How often rulings on one's own work are shown between two tasks; never: only if asked for."),
    ] = "after each task"
    keys: Annotated[dict[str, Any], Meta(description="Preset and own keys, by the id of the person.")] = {}


def settings_path() -> Path:
    """The file the settings are kept in."""
    return config_dir() / "settings.toml"


def load() -> Settings:
    """The settings of this workstation; defaults where there is no file yet."""
    path = settings_path()
    if not path.exists():
        return Settings()
    try:
        return _checked(toml.read(path.read_text(encoding="utf-8")))
    except toml.WrongValue as error:
        raise AnnodeskError(f"{path}: {error}", "Mend the file or move it away.") from error
    except (OSError, UnicodeDecodeError, toml.NotToml) as error:
        raise AnnodeskError(
            f"The settings in {path} cannot be read: {error}.", "Mend the file or move it away."
        ) from error


def _checked(values: dict[str, Any]) -> Settings:
    return toml.check(values, Settings, strict=False)


def change(**values: object) -> Settings:
    """Change some settings and keep the rest, comments included; returns them as they are now."""
    import tomlkit

    path, known = settings_path(), load()
    document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    changed = _checked({**asdict(known), **values})
    for key in values:
        document[key] = getattr(changed, key)
    beside = path.with_suffix(f".{os.getpid()}.part")
    try:
        with open(beside, "w", encoding="utf-8", opener=for_owner_alone) as file:
            file.write(tomlkit.dumps(document))
        os.replace(beside, path)
    except OSError as error:
        hint = "Free some space, or check the permissions of its folder."
        raise AnnodeskError(f"The settings in {path} cannot be kept: {error.strerror or error}.", hint) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    return changed
