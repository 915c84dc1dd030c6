"""Every rule that a row or a batch of crimes can break, and in one sentence what its sender should do.

The first seventeen row codes and the batch codes are the ministry's own (CrimeBatchEmailAttachmentIngestionErrorType);
INVALID_ATTACHMENT stands for the checks of its mailbox. The other codes are TagPilot's own, as README.md says.
"""

from geo.csv_records import RECORD_ACTIONS

MINISTRY_ROW_ACTIONS = {
    "INVALID_COLUMN_COUNT": RECORD_ACTIONS["INVALID_COLUMN_COUNT"],
    "INVALID_POLICE_FORCE": "Give one of the registered police forces, spelt exactly.",
    "INVALID_CRIME_TYPE": "Give one of RB, BIAD, AB, BOTD, TOMV, TFP, TFMV.",
    "MISSING_BATCH_ID": "Give the batch id: the force's code and the date, such as MPS20190218.",
    "INVALID_BATCH_ID_FORMAT": "Write the batch id as the force's code, eight digits of the date and, "
    "if need be, -1 and -R or -A, and nothing after.",
    "INVALID_BATCH_ID_DATE": "Give a real date, yyyyMMdd, in the batch id.",
    "MISSING_CRIME_REFERENCE": "Give the crime reference.",
    "INVALID_FROM_DATE_FORMAT": "Give the start of the window as a real date and time.",
    "INVALID_TO_DATE_FORMAT": "Give the end of the window as a real date and time.",
    "CRIME_DATE_TIME_TO_AFTER_FROM": "Give an end of the window that is not before its start.",
    "CRIME_DATE_TIME_EXCEEDS_WINDOW": "Give a window of at most 12 hours; a longer one cannot be matched.",
    "INVALID_NUMBER": "Give a plain decimal number, with a point and without thousands separators.",
    "DEPENDENT_LOCATION_DATA": "Give both values of the position.",
    "INVALID_LOCATION_DATA_RANGE": "Give a position in Great Britain.",
    "MULTIPLE_LOCATION_DATA_TYPES": "Give either easting and northing, or latitude and longitude; of a file with a "
    "header "
    "one pair can be left unread: --map latitude= --map longitude=.",
    "MISSING_LOCATION_DATA": "Give easting and northing, or latitude and longitude.",
    "INVALID_TEXT": RECORD_ACTIONS["INVALID_TEXT"],
}

OUR_ROW_ACTIONS = {
    "AMBIGUOUS_TIME": "Send the time in UTC, or with its offset.",
    "MISSING_TIME": "Correct the time: clocks went from 01:00 to 02:00 that night.",
    "DATUM_CONFLICT": "Give WGS84 with latitude and longitude, OSGB36 with easting and northing.",
    "INVALID_GRID_REFERENCE": "Give two letters and an even number of digits, such as TQ 302 796.",
    "INVALID_DATUM": "Give WGS84 or OSGB36, or leave the datum empty.",
    "ZERO_POSITION": "Leave an unknown position empty.",
    "LAT_LON_SWAPPED": "Put latitude and longitude in their own columns.",
    "EASTING_NORTHING_SWAPPED": "Put easting and northing in their own columns.",
    "NOT_IN_BRITAIN": "Give a position in Great Britain.",
    "NOT_ON_BRITISH_GRID": "Give a position in Great Britain, in metres of the National Grid.",
    "MISSING_POLICE_FORCE": "Give the police force.",
    "MISSING_CRIME_TYPE": "Give the crime type.",
    "MISSING_TIME_FROM": "Give the start of the window.",
    "MISSING_TIME_TO": "Give the end of the window.",
    "INVALID_ACCURACY": "Give the accuracy of the place in metres, from 0 to 1,000,000, or leave it empty.",
    "INVALID_MONTH": "Give the month as yyyy-MM.",
}

BATCH_ACTIONS = {
    "MULTIPLE_POLICE_FORCES": "Send one file for each force.",
    "MULTIPLE_BATCH_IDS": "Send one file for each batch.",
    "INVALID_ATTACHMENT": "Send one .csv file with at least one row.",
    "ALL_RECORDS_FAILED": "Correct the rows named in the rejects file and send the batch again.",
}

ACTIONS = RECORD_ACTIONS | MINISTRY_ROW_ACTIONS | OUR_ROW_ACTIONS | BATCH_ACTIONS
