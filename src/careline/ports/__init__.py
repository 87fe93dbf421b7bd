"""What the desk needs from the outside, as Protocols, each with its laws. Engines implement them."""
