"""Every rule that a row of a release list can break, and what its sender should do."""

from geo.csv_records import RECORD_ACTIONS

ACTIONS = RECORD_ACTIONS | {
    "MISSING_IDENTIFIER": "Give the NOMIS number, the CRN or the PNC id.",
    "INVALID_NOMIS": "Give a NOMIS number such as A1234BC: a letter, four digits, two letters.",
    "INVALID_CRN": "Give a CRN such as X123456: a letter and six digits.",
    "MISSING_NAME": "Give the name.",
    "MISSING_RELEASE": "Give the planned release date.",
    "INVALID_DATE": "Give a real date in the same form as the rest of the list.",
    "IMPOSSIBLE_DATE": "Correct the date.",
    "ENDS_BEFORE_RELEASE": "Give a last day of the licence that is not before the release date.",
    "INVALID_SEX": "Give male, female or not known (M, F or U).",
    "INVALID_ETHNICITY": "Give a self-defined ethnicity code of the 18+1, such as B1, or leave it empty.",
    "INVALID_YES_NO": "Give yes or no, or leave it empty if it is not known.",
    "INVALID_BOROUGH": "Give one of the 33 London boroughs, or 'outside London'.",
    "ONE_COORDINATE": "Give both easting and northing, or neither.",
    "INVALID_COORDINATE": "Give metres of the National Grid, or leave both empty.",
    "NOT_A_NUMBER": "Give metres of the National Grid, or leave both empty.",
    "ZERO_POSITION": "Give the real coordinates, or leave both empty.",
    "EASTING_NORTHING_SWAPPED": "Swap easting and northing.",
    "NOT_ON_BRITISH_GRID": "Give metres of the National Grid, or leave both empty.",
    "INCOMPLETE_SCORE": "Give the score with its instrument, its horizon of 1 or 2 years and its date, or none.",
    "INVALID_SCORE": "Correct the score.",
    "INVALID_SCORE_INPUTS": "Correct the inputs of OGRS3, or leave all of them empty.",
    "IDENTIFIERS_DISAGREE": "Give identifiers of one person: these are on record for different people.",
    "OTHER_PERSON": "Correct the identifier, or the date of birth and the name.",
    "PERSON_TWICE": "List each person once.",
    "UNKNOWN_LICENCE": "Give a licence of this person in this programme, 'new' for a new one, or leave it empty.",
    "RELEASED_ALREADY": "In column licence give 'new' for a new licence, or this licence's reference to correct it.",
}
