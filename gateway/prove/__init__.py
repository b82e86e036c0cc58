"""``canhdong prove-storage``: does this card keep what it says it has written?

Numbered rows are committed as the buffer commits readings; a witness outside the
machine sees the highest number that a commit has confirmed; somebody pulls the
plug.  After the boot the rows are counted against the witness.
"""
