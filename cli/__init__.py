"""`lsr-os`: the command line. One file a command, imported when it is asked for."""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from tempfile import gettempdir

import click

from lsr_opensearch.errors import LsrError

from .output import printable
from .standard_output import is_of_output, watch_output

# Command -> module of this package; each module has a click command named `command`.
COMMANDS = (
    "index",
    "reindex",
    "search",
    "encode",
    "status",
    "verify",
    "forget",
    "models",
    "data",
    "train",
    "eval",
    "compare",
    "report",
    "doctor",
)
INTERRUPTED = 130


class LazyCommands(click.Group):
    """Commands whose modules are imported only when they run: `search` must start fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = [(name, self.get_command(ctx, name)) for name in COMMANDS]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, command.get_short_help_str(80)) for name, command in commands if command]
            )


@click.group(
    cls=LazyCommands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 all done; 1 failed; 2 wrong use; 3 done, but some inputs were skipped; "
    "130 interrupted, the same command resumes.",
)
@click.version_option(package_name="lsr-opensearch", prog_name="lsr-os")
def group() -> None:
    """Search images with words.

    Index a folder of photos, then search it; no server and no download are needed:

    \b
      lsr-os index ~/Pictures
      lsr-os search "two dogs at a window"
    """


def main() -> None:
    """Run the command line; every expected failure is one message and an exit status."""
    watch_output()
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    try:
        context = group.make_context("lsr-os", arguments)
        with context:
            status = group.invoke(context)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except LsrError as error:
        _complain(error)
        return error.exit_status
    except click.Abort:
        click.echo("Nothing was done.", err=True)
        return 1
    except KeyboardInterrupt:
        click.echo("Interrupted; run the same command again to go on.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        _be_quiet()
        return 0
    except OSError as error:
        _complain(_explained(error))
        return 1
    return status if isinstance(status, int) else 0


def _explained(error: OSError) -> LsrError:
    """What nobody expected of the operating system: what it says, and of which file."""
    why = error.strerror or str(error)
    if is_of_output(error):
        _be_quiet()
        return LsrError(f"The results cannot be written ({why}).")
    if error.filename is not None:
        name = error.filename if isinstance(error.filename, int) else os.fsdecode(error.filename)
        return LsrError(f"{name}: {why}.", "Mend that, or name another place.")
    if error.errno == errno.ENOSPC:
        return LsrError(f"{why}.", f"Make room where the results go, and in {gettempdir()}.")
    if isinstance(error, FileNotFoundError):
        # Paths that are looked up have a name, but the working folder.
        return LsrError(f"The working folder is gone ({why}).", "Go to a folder that exists.")
    return LsrError(f"{why}.")


def _be_quiet() -> None:
    """Whoever reads our output has gone; Python must not complain of that at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(error: LsrError) -> None:
    click.echo(f"Error: {printable(error.message)}", err=True)
    if error.next_step:
        click.echo(f"  {printable(error.next_step)}", err=True)
