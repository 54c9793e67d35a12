#!/usr/bin/env python
"""The command line. `run --data --port` become the environment before settings are read."""

import os
import sys


def environment_from(argv: list[str]) -> None:
    """`manage.py run --data DIR --port N` must decide where state lives before settings load."""
    for option, name in (("--data", "DATA_DIR"), ("--port", "PORT")):
        for index, word in enumerate(argv):
            if word == option and index + 1 < len(argv):
                os.environ[name] = argv[index + 1]
            elif word.startswith(option + "="):
                os.environ[name] = word.split("=", 1)[1]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["run"]:
        environment_from(sys.argv[2:])
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
