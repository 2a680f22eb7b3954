"""The message by which a sender takes a record back: what phone and server must agree on."""

FORM_ID = "reprise_withdrawal"
# Long enough to notice a slip, short enough that nobody has planned with it. Counted by the phone from the receipt to
# the press, because the message itself may arrive days later.
WITHIN_S = 15 * 60
