"""Files that a worker makes: the table of their kinds, and the page for readers who wait for one."""
