"""What a match does and does not say; it stands wherever candidates are shown."""

VERDICTS = {"present": "fix inside", "passed": "path crosses"}
"""`matcher.schemas` verdicts as people see them."""

VERDICT_MEANINGS = {
    "present": "a position was recorded inside the circle round the crime, in the crime's window",
    "passed": "no position was recorded inside, but the line between two positions crosses the circle in the window",
    "possible": "no position shows them inside, but between two positions there was time enough to go there and back",
    "unobserved": "the tag does not show where they were",
    "excluded": "from the positions used the circle cannot be reached in the window at any speed the run allows, and "
    "no position that was left out lies, give or take its error, inside",
}

POSSIBLE = {
    "left_out_fix": "from the positions used the circle cannot be reached, but a position that was left out lies, give "
    "or take its error, inside",
}
"""Why a wearer is possible who was not so by time alone: the reasons of `matcher.analysis.verdicts`."""

UNOBSERVED = {
    "no_fix_yet": "not monitored yet, or no position had been recorded since monitoring began",
    "gap": "monitoring had ended, or no further position was recorded until it ended",
    "device_event": "as a gap, and the device had reported its battery, strap, charging or a fault",
    "implausible_speed": "positions contradict each other: the speed between them is impossible",
    "two_trails": "two devices of this wearer contradict each other: no one could have carried both",
}
"""Why a wearer was not observed: the reasons of `matcher.analysis.verdicts`."""

SUSPECT_FIXES = {
    "stuck_receiver": "the receiver repeated one position for hours while it reported speed",
    "contradiction": "the device stated two positions at one instant, equally accurate; neither is used",
    "clock_jump": "the device reported two trails at once: its clock was set back, or two devices share a name",
    "frozen": "the receiver repeated one position for minutes while it reported speed; not used",
    "jump": "a position that cannot be reached from its neighbours; not used",
    "segment_too_fast": "the speed between two positions is impossible; no path is drawn",
}

NOT_USED = {
    "other_mechanism": "by another mechanism than the run uses",
    "coarse": "too coarse",
    "duplicate": "a second one at one instant",
    "implausible": "unreachable from the others, frozen or contradictory",
}
"""Why a fix is no evidence: `matcher.views.detail_trail`."""

NOT_MATCHABLE = {
    "no_location": "no place was given",
    "outside_window": "the place is outside the area round London that positions are exact in",
    "location_too_coarse": "the place is not known well enough",
    "window_too_long": "the time it may have happened in is too long",
}

EXCLUSION = (
    "Excluded means: as far as the positions and their stated errors are right, and the tag was on the person. A tag "
    "taken off and carried elsewhere would say the same.",
    "Possible and unobserved say that the tag does not tell; neither is a suspicion.",
)
"""Notes that must accompany every list of verdicts."""

DISCLAIMER = (
    "A match is a lead for a person to judge. It says that a tag was recorded near a place within a span of time; it "
    "does not say that its wearer did the crime, or saw it.",
    "Many matches are chance: a wearer who lives, works or changes buses nearby will match what happens there.",
    "That no wearer matches, or that one does, rules no one else out. Only wearers who were monitored and eligible "
    "then were tested, and a flat battery, a tag taken off, a fault or tall buildings can hide one who was there.",
    "Positions are off by some metres, and by more between buildings; the crime's own place and times are as reported.",
)
