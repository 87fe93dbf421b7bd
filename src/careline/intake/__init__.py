"""From the network to the desk: acknowledge once it is on disk (law 1), interpret later, in batches."""
