"""Runs MiniStack until its standard input ends.

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
sys.argv = ["ministack"]

from ministack.app import main  # noqa: E402  (only now: the pipe is watched from the first moment)

sys.exit(main())
