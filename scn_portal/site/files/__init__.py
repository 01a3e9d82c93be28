"""Files that a worker makes: which there are, and the page for whoever waits for one."""
