"""What other sites and programs read: feeds, calendars, pictures, badges, JSON-LD, the site map."""
