"""Models for tests: the bundled one under another name, in a space of its own."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from lsr_opensearch.models import find_model


def other_model(folder: Path, name: str = "other") -> Path:
    """A directory with the bundled model, which says that it is another one."""
    model = folder / name
    shutil.copytree(find_model("basic"), model, copy_function=os.link)
    described = json.loads((model / "model.json").read_text("utf-8"))
    (model / "model.json").unlink()
    described |= {"name": name, "space_id": f"{name}-space"}
    (model / "model.json").write_text(json.dumps(described), "utf-8")
    return model
