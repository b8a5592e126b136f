"""`python -m practice FOLDER`: the practice estate in a process of its own, until its standard input closes.

When everything answers it writes `estate.json` into FOLDER and one line to standard output.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from practice.estate import PracticeEstate
from practice.page import App
from practice.world.made import make_world


def main() -> int:
    """Run the estate; it ends with whoever started it."""
    arguments = _arguments()
    folder: Path = arguments.folder
    world = make_world(arguments.nodes, devices=arguments.devices, seed=arguments.seed)
    app = App.of(json.loads(arguments.app.read_text(encoding="utf-8"))) if arguments.app is not None else App()
    with PracticeEstate(world, sql="sqlserver" not in arguments.off, app=app) as estate:
        written = folder / "estate.json.new"
        written.write_text(json.dumps(estate.described(folder), indent=1), encoding="utf-8")
        written.replace(folder / "estate.json")
        sys.stdout.write(f"practice estate ready, process {os.getpid()}\n")
        sys.stdout.flush()
        sys.stdin.read()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m practice", description=__doc__)
    parser.add_argument("folder", type=Path, help="where estate.json and the authority's certificate are written")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--off", action="append", default=[], help="a system that is not served")
    parser.add_argument("--app", type=Path, help="JSON: what the bot's app tells people of itself, for the page")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
