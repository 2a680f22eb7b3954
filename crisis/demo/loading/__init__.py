"""Writes the demonstration into the database through the ordinary actions, with the demo accounts as authors."""
