"""Field forms: compiled, their rules evaluated, filled ones read."""
