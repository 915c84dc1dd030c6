"""What the stated accuracies of a device model are worth: adopted by an analyst, from a day on."""
