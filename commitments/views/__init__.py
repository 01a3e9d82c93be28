"""Pages of commitments: for the public, and for the officials who write and decide about pledges."""
