"""The command: thin doors to the study and to single rooms.

Nothing is computed here. A door reads its arguments, calls one function, and prints the answer for people or, with `--json`, for machines.
Bad input ends with exit code 2 and one line for each problem; an interrupt ends with 130 and loses nothing that was finished.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the `halfshaft` command."""
    from halfshaft.cli.app import app
    from halfshaft.cli.output import complain, print_json
    from halfshaft.quantities import InputError

    as_json = "--json" in sys.argv
    try:
        app()
    except InputError as error:
        complain(error, as_json=as_json)
        sys.exit(2)
    except Exception as error:
        # The planning room is imported only where it is used: most commands answer without it.
        from halfshaft.study import NoPlanError

        if not isinstance(error, NoPlanError):
            raise
        if as_json:
            print_json({"problems": [], "no_plan": str(error)})
        else:
            print(f"halfshaft: {error}", file=sys.stderr)
        sys.exit(2)
