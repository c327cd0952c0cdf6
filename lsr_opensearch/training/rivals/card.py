"""The model card of a bi-encoder: what it is, how it was made, how to use it."""

from __future__ import annotations

import json
from typing import Any


def card(name: str, summary: str, facts: dict[str, Any]) -> str:
    """The card as Markdown.

    Args:
        summary: what it is, in a sentence.
        facts: what ``model.json`` says of its making; ``metrics`` become a table.
    """
    metrics = "\n".join(f"| {key} | {value} |" for key, value in facts.get("metrics", {}).items())
    table = f"| on the validation split | |\n|---|---|\n{metrics}\n\n" if metrics else ""
    made = {key: value for key, value in facts.items() if key != "metrics"}
    return f"""# {name}

{summary} It turns pictures and texts into weighted words, for an inverted index.

{table}    lsr-os index PHOTOS --model {name}
    lsr-os search --model {name} two dogs on the beach

How it was made:

```json
{json.dumps(made, indent=2)}
```
"""
