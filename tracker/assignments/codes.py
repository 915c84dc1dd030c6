"""Every rule a row of assignments can break, and what its sender is to do."""

from geo.csv_records import RECORD_ACTIONS

ACTIONS = RECORD_ACTIONS | {
    "MISSING_DEVICE": "Give the device.",
    "MISSING_WEARER": "Give the wearer.",
    "MISSING_FROM": "Give the instant the device was fitted.",
    "INVALID_FROM": "Give the instant the device was fitted as a real date and time.",
    "INVALID_TO": "Give the instant the device was removed as a real date and time, or leave it empty.",
    "INVALID_CORRECTS": "Give the beginning of the assignment to correct as a real date and time, or leave it empty.",
    "AMBIGUOUS_TIME": "Send the time in UTC, or with its offset.",
    "MISSING_TIME": "Correct the time: clocks went from 01:00 to 02:00 that night.",
    "TO_NOT_AFTER_FROM": "Give a removal that is after the fitting.",
    "IN_FUTURE": "Send the fitting or the removal once it has happened; leave `to` empty while the device is on.",
    "OVERLAPS": "One device never has two wearers at one instant: end or correct the other assignment first.",
    "NOTHING_TO_CORRECT": "Give the exact beginning of an assignment of this device that is on record.",
}
