"""Search: what a reader asks, how texts are searched, where they answer; and the page that searches everything."""
