"""What is said of a file outside of the file, in the form in which the manifest keeps it.

Comparing these texts tells whether a picture has to be described anew, and a later run without
the caption table still knows what the table said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from lsr_opensearch.indexing.photo import MetadataValue


@dataclass(frozen=True)
class Annotation:
    """What is said of one file.

    Attributes:
        captions, extra: from caption tables.
        sidecar: stamp of the text file beside the picture (`captions.sidecar_stamp`).
    """

    captions: tuple[str, ...] = ()
    extra: Mapping[str, MetadataValue] = field(default_factory=dict)
    sidecar: str = ""

    def as_text(self) -> str:
        """One text for equal annotations; empty where nothing is said."""
        if self == Annotation():
            return ""
        said = {"captions": self.captions, "extra": dict(self.extra), "sidecar": self.sidecar}
        return json.dumps(said, ensure_ascii=False, sort_keys=True)


def parse_annotation(text: str) -> Annotation:
    """What `Annotation.as_text` wrote."""
    if not text:
        return Annotation()
    said = json.loads(text)
    return Annotation(tuple(said["captions"]), said["extra"], said["sidecar"])
