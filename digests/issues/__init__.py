"""Issues of the newsletter: when one is due, what is new, what it contains, and how staff prepare the next one."""
