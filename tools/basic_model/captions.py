"""Captions from the titles, keywords and descriptions of openclipart: pure text functions."""

from __future__ import annotations

import html
import re

# Keywords that say nothing about what is in the picture.
EMPTY_KEYWORDS = frozenset(
    {
        "",
        "unsorted",
        "clip art",
        "clipart",
        "image",
        "media",
        "public domain",
        "svg",
        "png",
        "openclipart",
        "etc",
        "color",
        "colour",
    }
)
MOST_KEYWORDS = 8
_LONGEST_KEYWORD = 29
_SHORTEST_DESCRIPTION, _LONGEST_DESCRIPTION = 9, 199

_NO_TITLE = re.compile(r"^(unnamed|untitled|clipart|no ?name|drawing)?\s*\d*$", re.IGNORECASE)
_UPLOADER = re.compile(r"clip ?art by .*? - ", re.IGNORECASE)
_CREDITS = re.compile(
    r"\b(\w+ )?(architetto francesco rollandin|francesco rollandin|netalloy|svg|clipart|ganson"
    r"|gerald g\.?|mois[ée]s rinc[óo]n)\b",
    re.IGNORECASE,
)


def plain_text(markup: str) -> str:
    """The text of a piece of XML: no tags, entities resolved, single spaces."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup))).strip()


def clean_title(title: str) -> str:
    """A title without the uploader's name and numbering; empty when it says nothing."""
    title = re.sub(r"[_\-]+", " ", _UPLOADER.sub("", title))
    if _NO_TITLE.search(title.strip()):
        return ""
    title = _CREDITS.sub("", title)
    return re.sub(r"\s*\d+$", "", title).strip(" .,")


def clean_keywords(keywords: list[str]) -> list[str]:
    """Lower-case keywords, each once, without links, sentences and empty ones."""
    kept = (
        keyword.lower()
        for keyword in keywords
        if keyword.lower() not in EMPTY_KEYWORDS
        and not keyword.startswith("http")
        and len(keyword) <= _LONGEST_KEYWORD
    )
    return list(dict.fromkeys(kept))


def compose_captions(title: str, keywords: list[str], description: str) -> list[str]:
    """The captions of one drawing: its title, "title: keywords", its description."""
    captions = [title] if title else []
    if keywords:
        listed = ", ".join(keywords[:MOST_KEYWORDS])
        captions.append(f"{title}: {listed}" if title else listed)
    telling = _SHORTEST_DESCRIPTION <= len(description) <= _LONGEST_DESCRIPTION
    if telling and "http" not in description and description.lower() != title.lower():
        captions.append(description)
    return captions


def svg_captions(svg: str) -> list[str]:
    """The captions of a drawing from the metadata of its SVG file."""
    block = re.search(r"<metadata.*?</metadata>", svg, re.DOTALL)
    metadata = block.group(0) if block else ""
    keywords = re.findall(r"<rdf:li[^>]*>(.*?)</rdf:li>", metadata, re.DOTALL)
    return compose_captions(
        clean_title(_field(metadata, "title")),
        clean_keywords([plain_text(keyword) for keyword in keywords]),
        _field(metadata, "description"),
    )


def _field(metadata: str, name: str) -> str:
    found = re.search(rf"<(?:dc:)?{name}[^>]*>(.*?)</(?:dc:)?{name}>", metadata, re.DOTALL)
    return plain_text(found.group(1)) if found else ""
