"""What others offer for the same work; each module imports its library when it is used.

`benchmarks/peers.txt` locks them, `make peers` installs them.
"""
