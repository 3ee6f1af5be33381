"""The parts of the reading of facts: tokens, numbers, units, bounds, dates, times of day, what figures are about."""
