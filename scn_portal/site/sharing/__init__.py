"""What other sites and programs read of the portal: feeds, calendars, images, badges, JSON-LD, the site map."""
