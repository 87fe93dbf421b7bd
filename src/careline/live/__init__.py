"""What changed reaches the right browsers: a ticket, a tail of the table of changes, and one stream per browser."""
