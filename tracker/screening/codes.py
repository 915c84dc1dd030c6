"""Every rule a row of a release list can break, and what its sender is to do."""

from geo.csv_records import RECORD_ACTIONS

ACTIONS = RECORD_ACTIONS | {
    "MISSING_IDENTIFIER": "Give the NOMIS number, the CRN or the PNC id.",
    "MISSING_NAME": "Give the name.",
    "MISSING_RELEASE": "Give the planned day of release.",
    "INVALID_DATE": "Give a real date in the form the list is read with.",
    "IMPOSSIBLE_DATE": "Correct the date.",
    "ENDS_BEFORE_RELEASE": "Give a last day of the licence that is not before the release.",
    "INVALID_SEX": "Give male, female or not known (M, F or U).",
    "INVALID_ETHNICITY": "Give a self-defined ethnicity code of the 18+1, such as B1, or leave it empty.",
    "INVALID_YES_NO": "Give yes or no, or leave it empty where nobody has said.",
    "INVALID_BOROUGH": "Give one of the 33 London boroughs, or 'outside London'.",
    "ONE_COORDINATE": "Give easting and northing, or neither.",
    "INVALID_COORDINATE": "Give metres of the National Grid, or leave both empty.",
    "NOT_A_NUMBER": "Give metres of the National Grid, or leave both empty.",
    "ZERO_POSITION": "Give the place, or leave both empty.",
    "EASTING_NORTHING_SWAPPED": "Swap them.",
    "NOT_ON_BRITISH_GRID": "Give metres of the National Grid, or leave both empty.",
    "INCOMPLETE_SCORE": "Give the score with its instrument, its horizon of 1 or 2 years and its date, or none.",
    "INVALID_SCORE": "Correct the score.",
    "INVALID_SCORE_INPUTS": "Correct the inputs of OGRS3, or leave all of them empty.",
    "IDENTIFIERS_DISAGREE": "Give identifiers of one person; those on record are somebody else's.",
    "OTHER_PERSON": "Correct the identifier, or the date of birth and the name.",
    "PERSON_TWICE": "Give each person once.",
    "UNKNOWN_LICENCE": "Give a licence of this person in this programme, 'new' for another one, or leave it empty.",
    "RELEASED_ALREADY": "Give 'new' in the column licence for another licence, or its reference to correct this one.",
}
