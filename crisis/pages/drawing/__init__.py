"""Drawings the server makes: SVG that works without a script."""
