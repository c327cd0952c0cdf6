"""The model card of a trained head: what it is, how it was made, how to use it."""

from __future__ import annotations

import json
from typing import Any


def card(name: str, trained_on: str, facts: dict[str, Any]) -> str:
    """The card as Markdown.

    Args:
        facts: ``metrics``, ``settings``, ``seconds``, ``peak_gpu_bytes`` and ``best_epoch``.
    """
    metrics = "\n".join(f"| {key} | {value} |" for key, value in facts["metrics"].items())
    memory = facts["peak_gpu_bytes"]
    gpu = f", {memory / 2**30:.1f} GiB of GPU memory at most" if memory else ""
    return f"""# {name}

A D2S head (arXiv 2402.17535), trained on the vectors of {trained_on}: it turns vectors of the dense
model that those are of into weighted words, for an inverted index.

| on the validation split | |
|---|---|
{metrics}

Best after epoch {facts["best_epoch"]}; {facts["seconds"]:,} seconds of training{gpu}.

    lsr-os eval --model {name} --data DATA
    lsr-os index DATA --model {name}
    lsr-os search --model {name} two dogs on the beach

Settings:

```json
{json.dumps(facts["settings"], indent=2)}
```
"""
