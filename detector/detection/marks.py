"""What is noted of a record, and the channels of quality in which records speak."""

OFF_LATTICE = 1
TIE = 2
COARSER = 4  # the value does with fewer digits than training's values mostly do
ZERO = 8  # it has no digits that could be missed
NO_DIGITS = TIE | ZERO  # such a value is not asked for its digits
UNEQUAL = 16  # the scaled value is not what the scaler makes of the raw one
NOTHING, ALARM, BACK = 0, 1, 2
CHANNELS = 5  # missing, invalid, off the lattice, stuck, on a coarser lattice
MISSING_CHANNEL, INVALID_CHANNEL, LATTICE_CHANNEL, STUCK_CHANNEL, COARSER_CHANNEL = range(CHANNELS)
VALUES = CHANNELS  # number of the value test where a test is named
