"""What a match does and does not say, in words: it stands wherever candidates are shown."""

VERDICTS = {"present": "fix inside", "passed": "path crosses"}
"""`matcher.contracts` verdicts as people see them."""

VERDICT_MEANINGS = {
    "present": "a position was recorded inside the circle round the crime, in the crime's window",
    "passed": "no position was recorded inside, but the line between two positions crosses the circle in the window",
}

NOT_MATCHABLE = {
    "no_location": "no place was given",
    "outside_window": "the place is outside the area round London that positions are exact in",
    "location_too_coarse": "the place is not known well enough",
    "window_too_long": "the time it may have happened in is too long",
}

DISCLAIMER = (
    "A match is a lead for a person to judge. It says that a tag was recorded near a place within a span of time; it "
    "does not say that its wearer did the crime, or saw it.",
    "Many matches are chance: a wearer who lives, works or changes buses nearby will match what happens there.",
    "That nobody matches, or that one person does, rules nobody else out. Only wearers who were monitored and eligible "
    "then were looked at, and a flat battery, a tag taken off, a fault or tall buildings can hide one who was there.",
    "Positions are off by some metres, and by more between buildings; the crime's own place and times are as reported.",
)
