"""What a match does and does not say, in words: it stands wherever candidates are shown."""

VERDICTS = {"present": "fix inside", "passed": "path crosses"}
"""`matcher.schemas` verdicts as people see them."""

VERDICT_MEANINGS = {
    "present": "a position was recorded inside the circle round the crime, in the crime's window",
    "passed": "no position was recorded inside, but the line between two positions crosses the circle in the window",
    "possible": "nothing shows them inside, but between two positions there was time enough to go there and come away",
    "unobserved": "the tag says nothing of where they were",
    "excluded": "no way at any speed the run allows leads from the positions recorded into the circle in the window",
}

UNOBSERVED = {
    "no_fix_yet": "not monitored yet, or no position had been recorded since monitoring began",
    "gap": "not monitored any more, or no position was recorded any more until monitoring ended",
    "device_event": "as a gap, and the device had reported something of itself: battery, strap, charging or a fault",
    "implausible_speed": "positions contradict each other: nobody moves that fast",
}
"""Why somebody was not observed: the reasons of `matcher.analysis.verdicts`."""

SUSPECT_FIXES = {
    "stuck_receiver": "the receiver repeated one position for hours while it reported speed",
    "clock_jump": "the device told two trails at once: its clock was set back, or two devices share a name",
    "jump": "a position nobody can have reached from its neighbours; left out",
    "segment_too_fast": "between two positions nobody moves that fast; no path is drawn",
}

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
"""What has to be read beside a list of verdicts."""

DISCLAIMER = (
    "A match is a lead for a person to judge. It says that a tag was recorded near a place within a span of time; it "
    "does not say that its wearer did the crime, or saw it.",
    "Many matches are chance: a wearer who lives, works or changes buses nearby will match what happens there.",
    "That nobody matches, or that one person does, rules nobody else out. Only wearers who were monitored and eligible "
    "then were looked at, and a flat battery, a tag taken off, a fault or tall buildings can hide one who was there.",
    "Positions are off by some metres, and by more between buildings; the crime's own place and times are as reported.",
)
