"""Every setting of this workstation once: type, default and help, kept in one TOML file."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tomlkit.exceptions import TOMLKitError

from annodesk.errors import AnnodeskError
from annodesk.paths import config_dir, for_owner_alone


class Settings(BaseModel):
    """What a person chose on this workstation; unknown keys are kept for newer versions."""

    model_config = ConfigDict(extra="allow", frozen=True)

    theme: Literal["system", "dark", "light"] = Field(default="system", description="Colours of the window.")
    device: str = Field(default="", description="This workstation's own id, made at first use.")
    media_roots: dict[str, str] = Field(default_factory=dict, description="Folders that named media roots stand for.")
    team_media: dict[str, str] = Field(
        default_factory=dict,
        description="Folders that the recordings of a team's projects lie in, by the project's id.",
    )
    model: str = Field(default="", description="A language model file to use instead of the project's.")
    play_around_ms: int = Field(
        default=500, ge=0, le=10_000, description="How much is heard before and after a segment."
    )
    expansions: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Own short words and what they become, by the id of the person."
    )
    resume_back_ms: int = Field(
        default=500, ge=0, le=10_000, description="How far playing steps back where it goes on after a pause."
    )
    hardware_decoding: Literal["off", "automatic"] = Field(
        default="off", description="Decode video with the graphics card, where it shows the very same pictures."
    )
    offline_media_gb: float = Field(
        default=50, gt=0, le=100_000, description="How much room media of a team may take on this computer."
    )
    rulings: Literal["after each task", "once a day", "never"] = Field(
        default="after each task",
        description="How often rulings on one's own work are shown between two tasks; never: only when asked for.",
    )
    keys: dict[str, Any] = Field(default_factory=dict, description="Preset and own keys, by the id of the person.")


def settings_path() -> Path:
    """The file the settings are kept in."""
    return config_dir() / "settings.toml"


def load() -> Settings:
    """The settings of this workstation; defaults where there is no file yet."""
    path = settings_path()
    if not path.exists():
        return Settings()
    try:
        return Settings.model_validate(tomlkit.parse(path.read_text(encoding="utf-8")).unwrap())
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise AnnodeskError(
            f"The settings in {path} cannot be read: {error}.", "Mend the file or move it away."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise AnnodeskError(f"{path}: {key}: {first['msg']}.", "Mend the file or move it away.") from error


def change(**values: object) -> Settings:
    """Change some settings and keep the rest, comments included; returns them as they are now."""
    path, known = settings_path(), load()
    document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    changed = Settings.model_validate({**known.model_dump(), **values})
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
