"""`lsr-os models`"""

from __future__ import annotations

import importlib

import click

from lsr_opensearch.models import KNOWN_MODELS, describe_model

from .options import json_option
from .output import print_json, print_table

# Subcommand -> module of this package; each module has a click command named `command`.
_COMMANDS = {
    "convert-albef": "models_convert_albef",
    "export": "models_export",
    "import-head": "models_import_head",
    "import-vdr": "models_import_vdr",
}


class _Models(click.Group):
    """Subcommands; whatever is none is the name of a model to show."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f".{_COMMANDS[cmd_name]}", __package__)
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in _COMMANDS:
            return super().resolve_command(ctx, args)
        return _show.name, _show, args


@click.group(
    "models",
    cls=_Models,
    invoke_without_command=True,
    subcommand_metavar="[NAME|DIR | COMMAND ...]",
)
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the models, show what one is good and poor at, or make one from another.

    \b
      lsr-os models
      lsr-os models basic
    """
    context.obj = as_json
    if context.invoked_subcommand is not None:
        return
    if as_json:
        for known in KNOWN_MODELS:
            facts = {"name": known.name, "bundled": known.bundled, "note": known.note}
            print_json(facts | ({"how": known.how} if known.how else {}))
        return
    print_table(
        ("model", "here", "what it is"),
        [(known.name, "yes" if known.bundled else "no", known.note) for known in KNOWN_MODELS],
    )


@click.command("show")
@click.argument("name", metavar="NAME|DIR")
@json_option
@click.pass_context
def _show(context: click.Context, name: str, as_json: bool) -> None:
    model = describe_model(name)
    facts = {
        "name": model.name,
        "version": model.version,
        "kind": model.kind,
        "space_id": model.space_id,
        "sides": list(model.sides),
        "summary": model.summary,
        "limits": model.limits,
        "licence": model.licence,
        "directory": str(model.directory),
    }
    if as_json or context.obj:
        print_json(facts | {"metrics": dict(model.metrics)})
        return
    for title, value in facts.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{title.replace('_', ' ')}: {shown}")
