"""What is entered by a form that its fields make: of a licence, a tag, a commitment, or the programme. Each row says
what the form is about, the body that JSON has for it, and how it is entered."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from api.schemas.delivery.budget import ForecastIn
from api.schemas.delivery.cases import AssignIn, EndCaseIn
from api.schemas.delivery.entered import CommitmentChangeIn, NoteIn, PriceIn, ScoresWithdrawalIn
from api.schemas.delivery.licences import AlertIn, CustodyIn
from api.schemas.delivery.people import AddressIn
from api.schemas.delivery.scores import ScoreIn
from api.schemas.delivery.tags import ModelIn
from api.schemas.wire import ReasonIn
from api.usecases.request_context import Programme, RequestContext
from api.web.pages.delivery.entering import of_people, of_programme
from tracker.access.roles import Right


class Of(StrEnum):
    """What the entry is of."""

    LICENCE = "licence"
    DEVICE = "tag"
    OTHER = "other"
    """Named in words by its own number or reference."""
    PROGRAMME = "programme"


class Entering(NamedTuple):
    """`words`: what is entered; `says`: what it does; `here`: the page of the programme to which it belongs; `enter`
    takes the programme, what it is of, and the body, and returns what the next page tells. `lines`: fields that name a
    line of the budget, and those of their years; `back`: the page that comes next, where it is not that of `of`."""

    words: str
    says: str
    of: Of
    here: str
    body: type[msgspec.Struct]
    labels: Mapping[str, str]
    enter: Callable[[RequestContext, Programme, str, Any], str]
    right: Right = Right.ENTER_CASES
    hints: Mapping[str, str] = {}
    lines: Mapping[str, str] = {}
    back: str = ""


_TODAY = "Today if you leave it empty."
_CLOCK = "London's clock."
_STAYS = "It stays on record."
_REASON: dict[str, Any] = {"body": ReasonIn, "labels": {"reason": "Reason"}, "hints": {"reason": _STAYS}}
"""Where a reason is all that is asked."""


ENTERING: dict[str, Entering] = {
    "custody": Entering(
        "A time in custody",
        "In custody for another reason than the recall of this licence. The tag is not watched then.",
        Of.LICENCE,
        "licences",
        CustodyIn,
        {"fromAt": "From", "toAt": "To", "note": "Note"},
        of_people.enter_custody,
        hints={"fromAt": _CLOCK, "toAt": "Leave it empty while the person is still in custody."},
    ),
    "alert": Entering(
        "An alert of the monitoring",
        "It waits until somebody verifies it or finds it false.",
        Of.LICENCE,
        "licences",
        AlertIn,
        {"kind": "What the alert is of", "at": "When"},
        of_people.raise_alert,
        hints={"kind": "For example strap, or curfew.", "at": _CLOCK},
    ),
    "note": Entering(
        "A note",
        "What an officer should know of this licence.",
        Of.LICENCE,
        "licences",
        NoteIn,
        {"words": "Note", "on": "Day it is of"},
        of_people.enter_note,
        hints={"on": _TODAY},
    ),
    "address": Entering(
        "A new address",
        "Where the person lives from a day on. Moving out of a live borough ends nothing by itself.",
        Of.LICENCE,
        "licences",
        AddressIn,
        {
            "fromOn": "Lives there from",
            "borough": "Borough",
            "line": "Address",
            "postcode": "Postcode",
            "easting": "Easting",
            "northing": "Northing",
        },
        of_people.move_address,
        hints={"easting": "In metres of the National Grid, if they are known.", "northing": "In metres."},
    ),
    "score": Entering(
        "A score that was given",
        "It acts from its day on, and may open or close the mapping gate.",
        Of.LICENCE,
        "licences",
        ScoreIn,
        {
            "score": "Score in per cent",
            "instrument": "Instrument",
            "version": "Its version",
            "horizonYears": "Years that the score looks ahead",
            "on": "Day of the score",
            "givenBy": "Given by",
        },
        of_people.give_score,
        hints={"score": "As it was written, for example 52.30 or 52.", "version": "If it is known."},
    ),
    "scores-withdrawn": Entering(
        "Withdraw the scores of a day",
        "Every score of that day, for example those of another person. What was known before stays on record.",
        Of.LICENCE,
        "licences",
        ScoresWithdrawalIn,
        {"on": "Day of the scores", "reason": "Reason"},
        of_people.withdraw_scores,
        hints={"reason": _STAYS},
    ),
    "screening": Entering(
        "Screen this licence again",
        "Under today's rules, launches and facts. Earlier screenings stay on record.",
        Of.LICENCE,
        "licences",
        of_people.NothingIn,
        {},
        of_people.screen_again,
    ),
    "practitioner": Entering(
        "Assign the case to a practitioner",
        "It is theirs from now on, in the place of the one who had it: they may read it.",
        Of.LICENCE,
        "licences",
        AssignIn,
        {"practitioner": "Practitioner"},
        of_people.assign_case,
        hints={"practitioner": "The name with which they log in."},
        back="practitioners",
    ),
    "case-ended": Entering(
        "End the practitioner's case",
        "Nobody reads it as their own case any more.",
        Of.LICENCE,
        "licences",
        EndCaseIn,
        {"reason": "Reason"},
        of_people.end_case,
        hints={"reason": _STAYS},
        back="practitioners",
    ),
    "screenings": Entering(
        "Screen all again who await release",
        "Under today's rules, launches and facts. Earlier screenings stay on record.",
        Of.PROGRAMME,
        "licences",
        of_people.NothingIn,
        {},
        of_people.screen_all_again,
    ),
    "last-move": Entering(
        "Take the last move back",
        "The move that was entered last did not happen. It stays on record with your reason.",
        Of.DEVICE,
        "tags",
        **_REASON,
        enter=of_programme.take_back_move,
    ),
    "model": Entering(
        "Which model it is",
        "Entered again, it is corrected.",
        Of.DEVICE,
        "tags",
        ModelIn,
        {"model": "Model"},
        of_programme.record_model,
        hints={"model": "Leave it empty if it is not known."},
    ),
    "price": Entering(
        "The price of a lost tag",
        "What the contract charges from a day on. Tags that were lost since then are valued by it.",
        Of.PROGRAMME,
        "tags",
        PriceIn,
        {"contract": "Contract", "pence": "Pounds", "on": "From", "source": "Where it says so"},
        of_programme.set_price,
        hints={"contract": "Its key, for example gps-tags.", "source": "A paragraph, or the price list."},
    ),
    "forecast": Entering(
        "A forecast",
        "What a line is expected to come to by its end.",
        Of.PROGRAMME,
        "money",
        ForecastIn,
        {"line": "Line", "pence": "Pounds", "on": "Day", "words": "Why"},
        of_programme.enter_forecast,
        right=Right.ENTER_PROGRAMME,
        hints={"on": _TODAY},
        lines={"line": "year"},
    ),
    "commitment-change": Entering(
        "Change a commitment",
        "Move it to another line or year, reduce it, or cancel what is not paid of it.",
        Of.OTHER,
        "money",
        CommitmentChangeIn,
        {
            "change": "What becomes of it",
            "toLine": "Moves to",
            "pence": "Pounds",
            "fromLine": "From which line",
            "on": "Day",
            "reason": "Reason",
            "override": "Reason to go over what is free",
        },
        of_programme.change_commitment,
        right=Right.ENTER_PROGRAMME,
        lines={"toLine": "toYear", "fromLine": "fromYear"},
        hints={
            "toLine": "With a move alone.",
            "on": _TODAY,
            "pence": "By how much it is reduced, or how much moves. Leave it empty to move all that is not paid.",
            "fromLine": "Where it stands on several lines.",
            "override": "Only where it is refused otherwise. It stays on record.",
        },
    ),
    "settlement-withdrawal": Entering(
        "Take a settlement back",
        "What it settled wants attention again.",
        Of.OTHER,
        "attention",
        **_REASON,
        enter=of_programme.withdraw_settlement,
        back="settlements",
    ),
    "knife-crime-file": Entering(
        "Withdraw the counts of a file",
        "All counts that came by this file were entered by mistake.",
        Of.OTHER,
        "rollout",
        **_REASON,
        enter=of_programme.withdraw_counts_of_file,
        right=Right.ENTER_PROGRAMME,
        back="boroughs",
    ),
    "knife-crime-count": Entering(
        "Withdraw a count",
        "The count of this borough and year was entered by mistake.",
        Of.OTHER,
        "rollout",
        **_REASON,
        enter=of_programme.withdraw_count,
        right=Right.ENTER_PROGRAMME,
        back="boroughs",
    ),
}
"""By the name in the address."""


def entering_of(of: Of, here: str, rights: frozenset[Right]) -> list[tuple[str, str]]:
    """What somebody with these rights may enter of a licence, a tag or the programme, from the page `here`."""
    return [
        (name, each.words)
        for name, each in ENTERING.items()
        if each.of is of and each.here == here and each.right in rights
    ]
