"""The verb that draws what is labelled next."""

from __future__ import annotations

import click

from annodesk.cli.output import db_option, json_option, local_path, project_option, show
from annodesk.services import Services


@click.command("sample")
@click.argument("count", type=click.IntRange(min=1), metavar="COUNT")
@db_option
@project_option
@click.option(
    "--by",
    type=click.Choice(["uncertainty", "disagreement", "random"]),
    default="uncertainty",
    show_default=True,
    help="What the model is unsure of, what two models or people and the model disagree on, or chance.",
)
@click.option("--spread-by", default="", metavar="FIELD", help="A metadata field whose values each get their part.")
@click.option("--even", is_flag=True, help="As many of each value, instead of as many as there are.")
@click.option(
    "--random-share",
    type=click.FloatRange(0.0, 1.0),
    default=0.2,
    show_default=True,
    help="The share by chance alone; a tenth at the least.",
)
@json_option
def sample_command(
    count: int,
    db: str,
    project: str | None,
    by: str,
    spread_by: str,
    even: bool,
    random_share: float,
    as_json: bool,
) -> None:
    """Draw COUNT items to be labelled next, with a probability that is kept of each."""
    from annodesk.workflow.drawing import By, DrawPlan

    with Services.open(local_path(db)) as services:
        known = services.projects.find(project)
        plan = DrawPlan(count, By(by), random_share, even)
        drawn = services.sampling.draw(known.id, plan, spread_by=spread_by)
        services.coordinator.route(known.id)
    document = {
        "items": list(drawn.keys),
        "pool": drawn.pool,
        "without_prediction": drawn.without_prediction,
        "strata": dict(drawn.strata),
        "lowest_probability": drawn.lowest,
        "highest_probability": drawn.highest,
    }
    show(document, as_json, lambda: drawn.sentence)
