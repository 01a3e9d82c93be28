"""What cities have promised: the Declaration, its seven commitments, endorsements, pledges and their progress."""
