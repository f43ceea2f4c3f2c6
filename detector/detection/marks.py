"""What is noted of a record, and the channels of quality in which records speak."""

OFF_LATTICE = 1
TIE = 2
UNEQUAL = 4  # the scaled value is not what the scaler makes of the raw one
NOTHING, ALARM, BACK = 0, 1, 2
CHANNELS = 4  # missing, invalid, off the lattice, stuck
MISSING_CHANNEL, INVALID_CHANNEL, LATTICE_CHANNEL, STUCK_CHANNEL = range(CHANNELS)
VALUES = CHANNELS  # number of the value test where a test is named
