"""How full a programme is, in a sentence."""


def capacity_in_words(
    imposed: int,
    fitted: int,
    worn: int,
    reserved: int,
    maximum: int | None,
    maximum_said: str,
    headroom: int | None,
    over: int,
) -> str:
    """The three numbers, never added up with one another, the places reserved, and those still free."""
    room = "no maximum is stated" if headroom is None else f"{headroom} free of {maximum}"
    if over:
        room = f"over by {over}, of {maximum}"
    return (
        f"{imposed} conditions imposed, {fitted} fitted, {worn} worn now; {reserved} reserved; {room} ({maximum_said})"
    )
