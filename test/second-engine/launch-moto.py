"""Runs Moto's server on a free loopback port until its standard input closes. Prints the port.

The parent process holds the other end of that pipe. It closes whenever the parent ends, even when the parent is
killed, so the server never runs on alone.
"""

import logging
import os
import sys

# Keeps Python from writing compiled modules beside the sources.
sys.dont_write_bytecode = True

from moto.server import ThreadedMotoServer  # noqa: E402

# A line for each request.
logging.getLogger("werkzeug").setLevel(logging.ERROR)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
# At once: an orderly stop waits for connections that clients keep open, and there is nothing to save.
os._exit(0)
