"""Takes files out of a page and scripts out of workflows: extract.py FOLDER PAGE YAML..."""

import re
import sys
from pathlib import Path

from ruamel.yaml import YAML


def files_of(page: str):
    """Every YAML block that begins with a comment that names it, by the last part of that name."""
    for block in re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        name = re.match(r"# (\S+\.yml)\n", block)
        if name is None:
            sys.exit(f"a YAML block does not begin with its path: {block[:60]!r}")
        yield name[1].rsplit("/", 1)[-1], block


def scripts_of(document: dict):
    """Every script of an action or a workflow."""
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    for job in jobs:
        for step in job["steps"]:
            if "run" in step:
                yield step["run"]


folder, page, *sources = map(Path, sys.argv[1:])
for name, text in files_of(page.read_text(encoding="utf-8")):
    (folder / name).write_text(text, encoding="utf-8")
for source in sources:
    for number, script in enumerate(scripts_of(YAML(typ="safe").load(source))):
        (folder / f"{source.stem}-{number}.sh").write_text(f"#!/usr/bin/env bash\n{script}\n", encoding="utf-8")
