"""Files of places, facilities and counts of people."""
