"""Asks the judging server about the mutant that is on disk: what cosmic-ray runs as its test.

    python ask.py SOCKET

Prints who killed the mutant, and fails if somebody did.
"""

import socket
import sys

with socket.socket(socket.AF_UNIX) as client:
    client.connect(sys.argv[1])
    answer = client.makefile().read().strip()
print(answer)
sys.exit(answer != "survived")
