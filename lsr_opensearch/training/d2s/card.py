"""The model card of a trained head: what it is, how it was made, how to use it."""

from __future__ import annotations

import json
from typing import Any


def card(name: str, trained_on: str, facts: dict[str, Any]) -> str:
    """The card as Markdown.

    Args:
        facts: ``metrics``, ``settings``, ``seconds``, ``peak_bytes``, ``peak_gpu_bytes`` and
            ``best_epoch``.
    """
    metrics = "\n".join(f"| {key} | {value} |" for key, value in facts["metrics"].items())
    memory, gpu = facts["peak_bytes"], facts["peak_gpu_bytes"]
    most = f", {memory / 2**30:.1f} GiB of memory at most" if memory else ""
    most += f", {gpu / 2**30:.1f} GiB of the GPU's" if gpu else ""
    return f"""# {name}

A D2S head (arXiv 2402.17535), trained on the vectors of {trained_on}: it turns vectors of the dense
model that those are of into weighted words, for an inverted index.

| on the validation split | |
|---|---|
{metrics}

Best after epoch {facts["best_epoch"]}; {facts["seconds"]:,} seconds of training{most}.

    lsr-os eval --model {name} --data DATA
    lsr-os index DATA --model {name}
    lsr-os search --model {name} two dogs on the beach

Settings:

```json
{json.dumps(facts["settings"], indent=2)}
```
"""


def card_of_imported(name: str, head: str, dense_model: str) -> str:
    """The card of a head that others trained, as Markdown.

    Args:
        head, dense_model: where they are from.
    """
    return f"""# {name}

A D2S head (arXiv 2402.17535) of others: {head}, on the dense model {dense_model}. It turns pictures
and texts into weighted words, for an inverted index. Licence and figures are those of its authors.

    lsr-os index ~/Pictures --model {name}
    lsr-os search --model {name} two dogs on the beach

Unlike in the published code, special tokens such as [CLS] weigh nothing.
"""
