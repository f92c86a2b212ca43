"""Make the README's pictures: docs/pictures/*.png, from the shipped demo and scenes, in a window without a display.

Run after a change of the windows: python packaging/make_pictures.py
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "docs" / "pictures"
MOMENTS = {"annotate": "dark", "review": "light", "desk": "dark"}
"""Each workspace once, the two themes between them."""


def main() -> None:
    """Write one picture of each workspace."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    import picture_scenes
    import review_scenes

    from annodesk.services.demo import ANALYST, ANNOTATORS, FILE_NAME, SHOWPIECE, run_all
    from annodesk.ui.app import take_pictures

    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for variable in ("ANNODESK_DATA", "ANNODESK_CACHE", "ANNODESK_CONFIG"):
            os.environ[variable] = str(Path(folder) / variable.lower())

        def picture(workspace: str, path: Path) -> None:
            made = take_pictures(
                path,
                Path(folder) / "pictures",
                theme=MOMENTS[workspace],
                annotator=ANNOTATORS[0],
                analyst=ANALYST,
                workspaces=(workspace,),
                review_item=SHOWPIECE,
            )
            shutil.copyfile(made[0], OUT / f"{workspace}.png")

        run_all(Path(folder) / "demo", picture=picture)
        # The desk last: of what is settled it tells most.
        picture("desk", Path(folder) / "demo" / FILE_NAME)
        picture_scenes.take_project(Path(folder) / "demo" / FILE_NAME, OUT / "project.png", "light")
        picture_scenes.take_all(Path(folder), OUT)
        review_scenes.take_reviews(Path(folder), OUT)


if __name__ == "__main__":
    main()
