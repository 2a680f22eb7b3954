"""Safety copies: sealed to a public key, and the proof that they can be brought back."""
