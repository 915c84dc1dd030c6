"""The kinds of entry that have pages, in words, and the page of a programme that leads to each."""

ENTRY_KINDS = {
    "commitment": "Commitments",
    "commitment-change": "Changes of commitments",
    "actual": "Payments",
    "virement": "Money moved between lines",
    "forecast": "Forecasts",
    "lost-tag-price": "Prices of a lost tag",
    "launch": "Launches and plans",
    "duty-done": "Duties done",
    "terms": "Terms of licences",
    "screening": "Screenings",
    "proportionate": "Decisions of probation",
    "place": "Places and conditions",
    "licence-move": "Releases, recalls and ends",
    "custody": "Times in custody",
    "alert-step": "Steps of alerts",
    "note": "Notes",
    "address": "Addresses",
    "score": "Scores",
    "tag-move": "Moves of tags",
    "device-model": "Models of devices",
    "assignment": "Who wore which device",
}
_PAGES = {
    "money": ("commitment", "commitment-change", "actual", "virement", "forecast", "lost-tag-price"),
    "rollout": ("launch",),
    "duties": ("duty-done",),
    "licences": (
        "terms", "screening", "proportionate", "place", "licence-move", "custody", "alert-step", "note", "address",
        "score",
    ),
    "tags": ("tag-move", "device-model", "assignment"),
}  # fmt: skip


def page_of(kind: str) -> str:
    """The page of a programme to which entries of a kind belong."""
    return next(page for page, kinds in _PAGES.items() if kind in kinds)


def kinds_of(page: str) -> list[tuple[str, str]]:
    """The kinds to which a page leads, with their words."""
    return [(kind, ENTRY_KINDS[kind]) for kind in _PAGES.get(page, ())]
