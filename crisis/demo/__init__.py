"""The made-up Sahel town Tenkoro and its story, as plain data: no database, no clock, no unseeded randomness."""
