"""Runs MiniStack until its standard input closes. The argument is the path of the file for checked API calls.

The parent process holds the other end of that pipe. It closes whenever the parent ends, even when the parent is
killed, so the emulator never runs on alone.
"""

import os
import signal
import sys
import threading


def stop_when_parent_ends():
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=stop_when_parent_ends, daemon=True).start()
calls_file = sys.argv[1]
# Keeps Python from writing compiled modules beside the sources.
sys.dont_write_bytecode = True
sys.argv = ["ministack"]

# Imported late, because the pipe must be watched from the start and the imports take a while.
from ministack.app import main  # noqa: E402
from ministack_iam import enforce_on_signal  # noqa: E402

enforce_on_signal(calls_file)
sys.exit(main())
