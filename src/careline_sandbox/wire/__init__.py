"""How X writes things down: posts, people, messages, media and errors, in the old and the new spelling."""
