"""A second stand-in with what the first one holds at this moment: the process forks. What was done up to here need not be done again to
try several ways on from it."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from .halt import Halt

if TYPE_CHECKING:
    from .service import StandIn


def branch(stand_in: StandIn) -> dict[str, Any]:
    """Forks. The branch listens on a port of its own and ends with the first one's standard input, or when it is killed; its time stands
    still until its speed is set, and it halts nowhere."""
    if stand_in.warming is not None:
        # A lock that it held would be held for ever in the branch.
        stand_in.warming.join()
    ours, theirs = os.pipe()
    # Nobody is in the middle of a change: whoever halts has made it or not begun it.
    with stand_in.lock:
        pid = os.fork()
        if pid == 0:
            stand_in.clock.run_at(0)
    if pid == 0:
        _serve(stand_in, theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb") as told:
        port = int(told.read().decode())
    return {"endpoint": f"http://127.0.0.1:{port}", "port": port, "pid": pid}


def _serve(stand_in: StandIn, told: int) -> None:
    """The rest of the branch's life."""
    from .server import Server

    try:
        if stand_in.listener is not None:
            stand_in.listener.close()
        # Its lock may be held by a thread that is not here.
        stand_in.halt = Halt()
        server = Server(stand_in, 0)
        stand_in.listener, stand_in.port = server.socket, server.server_address[1]
        threading.Thread(target=_end_with_stdin, daemon=True).start()
        os.write(told, str(stand_in.port).encode())
        os.close(told)
        server.serve_forever()
    except BaseException as error:  # noqa: BLE001
        print(f"branch: {error!r}", file=sys.stderr, flush=True)
    finally:
        os._exit(0)


def _end_with_stdin() -> None:
    # Not `sys.stdin`, whose lock is held by a thread that is not here.
    while os.read(0, 4096):
        pass
    os._exit(0)
