"""`athlete.care`: what makes somebody be planned otherwise, as it is written; what follows is a rule's `gate`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from microcycle.errors import At, Path, shown
from microcycle.models.clock import parse_date

CareWord = Literal["pregnant", "postpartum", "heart", "injury", "medicine", "eating"]
CARES: tuple[CareWord, ...] = get_args(CareWord)
EXPECTED = "pregnant, {postpartum: 2026-09-01}, heart, {injury: knee}, medicine, eating, or a list of these"
LONGEST_PLACE = 80


class Care(NamedTuple):
    word: CareWord
    since: date | None = None
    """Of a birth, its day."""
    place: str = ""
    """Of an injury, as it is written; empty where it is not said."""


def parse_care(value: object) -> Care:
    """`pregnant`, `{injury: knee}`, or `injury: knee` as one text, as a sheet has it; raises At."""
    if isinstance(value, Care):
        return value
    written, about = value, None
    at: Path = ()
    if isinstance(value, Mapping):
        if len(value) != 1:
            raise At((), f"{shown(value)} is no care", expected=EXPECTED)
        ((written, about),) = value.items()
        at = (written,)
    elif isinstance(value, str) and ":" in value:
        written, _, about = (part.strip() for part in value.partition(":"))
    word = next((word for word in CARES if word == written), None)
    if word is None:
        key = isinstance(value, Mapping)
        raise At(at, f"unknown care {shown(written)}", expected=EXPECTED, candidates=CARES, word=str(written), key=key)
    if word == "postpartum":
        return Care(word, since=_day(about, at))
    if word == "injury":
        return Care(word, place=_place(about, at))
    if about is not None:
        raise At(at, f"'{word}' says all by itself", expected=f"'{word}' alone")
    return Care(word)


def _day(about: object, at: Path) -> date:
    if about is None:
        raise At(at, "the day of the birth is missing", expected="{postpartum: 2026-09-01}")
    try:
        return parse_date(about)
    except ValueError as error:
        message, _, expected = str(error).partition("; expected ")
        raise At(at, message, expected=expected or None) from None


def _place(about: object, at: Path) -> str:
    if about is None:
        return ""
    if not isinstance(about, str) or not 0 < len(about.strip()) <= LONGEST_PLACE:
        raise At(at, f"{shown(about)} is no place of an injury", expected="a part of the body such as {injury: knee}")
    return about.strip()


def _written(care: Care) -> Any:
    about = care.since.isoformat() if care.since else care.place
    return {care.word: about} if about else care.word


CareItem = Annotated[
    Care,
    PlainValidator(parse_care),
    PlainSerializer(_written, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "enum": [word for word in CARES if word != "postpartum"]},
                {"type": "string", "pattern": "^(postpartum|injury) *:"},
                {
                    "type": "object",
                    "properties": {
                        "postpartum": {"type": "string", "format": "date"},
                        "injury": {"type": "string", "maxLength": LONGEST_PLACE},
                    },
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": False,
                },
            ],
            "description": f"Expected {EXPECTED}.",
        }
    ),
]
