"""Kinds of files, for whoever takes one without reading it."""

from tracker.access.roles import Right

RIGHTS: dict[str, tuple[Right, ...]] = {
    "crimes": (Right.ENTER_CRIMES,),
    "fixes": (Right.ENTER_STREAMS,),
    "events": (Right.ENTER_STREAMS,),
    "assignments": (Right.ENTER_CASES, Right.SEND_SUPPLIES),
    "stock": (Right.ENTER_CASES, Right.SEND_SUPPLIES),
    "releases": (Right.ENTER_CASES,),
    "ledger": (Right.ENTER_PROGRAMME,),
    "reoffences": (Right.ENTER_OUTCOMES,),
    "comparison": (Right.ENTER_OUTCOMES,),
    "characteristics": (Right.ENTER_OUTCOMES,),
    "benchmarks": (Right.ENTER_OUTCOMES,),
    "knife-crime": (Right.ENTER_PROGRAMME,),
}
"""Whose it is to send each kind of file: one of these rights."""
EVERY_RIGHT = tuple(dict.fromkeys(right for rights in RIGHTS.values() for right in rights))


def own_alone(rights: frozenset[Right], kind: str) -> bool:
    """Whether somebody with these rights sees of this kind what they sent themselves, and nothing else."""
    return not rights & (set(RIGHTS[kind]) - {Right.SEND_SUPPLIES})
