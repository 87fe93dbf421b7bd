"""One folder a network, each sans-I/O: bytes in, calls and facts out. Adding a network is copying a folder."""
