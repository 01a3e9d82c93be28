"""What cities have promised: the Declaration, its seven commitments, endorsements, pledges and how they stand."""
