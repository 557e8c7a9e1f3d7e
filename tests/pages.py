"""Readers of pages for tests, and words that have done harm to others."""

from __future__ import annotations

import re
from typing import Any

import html5lib

HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert('1')>",
    "</style></title></svg>{{ 7 * 7 }}{% raw %}&amp;]]>",
    "\u202egnp.exe \u2067דנה\u2069 كريم \u0000\u0007\ufffe",
    "W" * 200,
    "很长的名字" * 40,
)


def parsed(page: str) -> Any:
    """The page as a tree, by a parser that forgives nothing."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def text_of(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def loads_nothing(page: str) -> None:
    """No way for a browser to fetch or to run anything."""
    assert not re.search(
        r"<(script|iframe|object|embed|img|base|form|audio|video|use|image|foreignObject)\b", page, re.IGNORECASE
    )
    assert not re.search(r"<[^>]*\s(src|srcset|on\w+|action|xlink:href)\s*=", page)
    assert not re.search(
        r"url\(|@import|@font-face|expression\(", "".join(re.findall(r"<style>.*?</style>", page, re.DOTALL))
    )
    for target in re.findall(r'<[^>]*\shref="([^"]*)"', page):
        assert target == "data:," or re.fullmatch(r"#[\w-]+|[a-z0-9._-]+", target), target
    assert re.findall(r"https?://[^\s\"<]*", page.replace('xmlns="http://www.w3.org/2000/svg"', "")) == []
