"""The pages of the staff about things of several apps: what is public, what is reported, what is taken down."""
