"""What becomes of a week's sessions when it is planned anew: ids that stay, and when each was changed or dropped."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby, product

from microcycle.models.change import spot
from microcycle.models.pairing import paired
from microcycle.models.planned import DroppedVisit, PlannedSession
from microcycle.models.week import Week

Visit = tuple[PlannedSession, ...]


def follow(old: Week, new: Week, missed: Collection[str] = (), ahead: Collection[str] | None = None) -> Week:
    """The new week as the next revision of the old one: sessions keep their ids, wherever they stand now.

    Nothing comes of those that were `missed`, by their ids, and of those still `ahead` none is done.
    """
    names = _names(old, new, missed, ahead)
    revision = old.revision + 1
    renamed = [s.model_copy(update={"id": names[s.id]}) for s in new.sessions]
    before = {visit[0].id: visit for visit in visits(old.sessions)}
    sessions: list[PlannedSession] = []
    now = visits(renamed)
    for visit in now:
        was = before.get(visit[0].id)
        kept = was if was is not None and _stand(was) == _stand(visit) else None
        since = [session.revision for session in kept] if kept else [revision] * len(visit)
        sessions += [s.model_copy(update={"revision": n}) for s, n in zip(visit, since, strict=True)]
    leading = {visit[0].id for visit in now}
    dropped = [*old.dropped, *(_dropped(visit, revision, missed=id in missed) for id, visit in before.items())]
    return new.model_copy(
        update={
            "revision": revision,
            "sessions": tuple(sessions),
            "dropped": tuple(visit for visit in dropped if visit.id not in leading),
            "gaps": tuple(
                gap.model_copy(update={"before": names[gap.before], "after": names[gap.after]}) for gap in new.gaps
            ),
            "aims": tuple(
                aim if aim.sessions is None else aim.model_copy(update={"sessions": tuple(names[i] for i in aim.sessions)})
                for aim in new.aims
            ),
        }
    )


def visits(sessions: Collection[PlannedSession]) -> list[Visit]:
    """The visits of a week in time order, each with its sessions."""
    return [tuple(visit) for _, visit in groupby(sessions, key=lambda session: (session.day, session.visit))]


def _names(old: Week, new: Week, missed: Collection[str], ahead: Collection[str] | None) -> dict[str, str]:
    """For each id of the new week the one that it has from the old."""
    found: dict[str, str] = {}
    sides = [None] if ahead is None else [False, True]
    for kind, to_come in product({session.session for session in old.sessions}, sides):
        mine = [session for session in old.sessions if session.session == kind and session.id not in missed]
        theirs = [session for session in new.sessions if session.session == kind]
        if ahead is not None:
            mine = [session for session in mine if (session.id in ahead) == to_come]
            theirs = [session for session in theirs if session.done != to_come]
        for i, j in paired([spot(s) for s in mine], [spot(s) for s in theirs]):
            found[theirs[j].id] = mine[i].id
    taken = set(found.values())
    for session in new.sessions:
        if session.id not in found:
            copies = (session.id, *(f"{session.id}-{k}" for k in range(2, 30)))
            name = next(text for text in copies if text not in taken)
            found[session.id] = name
            taken.add(name)
    return found


def _stand(visit: Visit) -> tuple[object, ...]:
    return visit[0].start_min, visit[0].day, tuple((session.id, session.minutes) for session in visit)


def _dropped(visit: Visit, revision: int, *, missed: bool) -> DroppedVisit:
    first = visit[0]
    return DroppedVisit(
        id=first.id,
        name=" + ".join(session.name for session in visit),
        start_min=first.start_min,
        day=first.day,
        minutes=sum(session.minutes for session in visit),
        revision=revision,
        missed=missed,
    )
