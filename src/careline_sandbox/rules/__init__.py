"""What X allows: the length of a post, who may answer whom, who may write to whom, what is a duplicate."""
