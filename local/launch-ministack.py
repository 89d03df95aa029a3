"""Runs MiniStack until its standard input ends. Its argument names the file for the calls that IAM decided on.

Whoever starts it holds the other end of that pipe, so the emulator ends with its owner, however the owner
ends: also when it is killed and cannot clean up.
"""

import os
import signal
import sys
import threading


def stop_when_the_owner_is_gone():
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=stop_when_the_owner_is_gone, daemon=True).start()
calls_file = sys.argv[1]
# No folder for compiled modules beside the sources.
sys.dont_write_bytecode = True
sys.argv = ["ministack"]

# Only now: the pipe is watched from the first moment.
from ministack.app import main  # noqa: E402
from ministack_iam import enforce_on_signal  # noqa: E402

enforce_on_signal(calls_file)
sys.exit(main())
