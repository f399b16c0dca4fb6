"""Starts the stand-in on 127.0.0.1 and prints where it listens as one line of JSON."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading

# moto reads these as it is imported: no look-up of the caller, no images or instances of its own loaded for nothing.
os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


def main() -> None:
    """Runs until it is ended, or until its standard input closes with `--until-stdin-closes`."""
    parser = argparse.ArgumentParser(prog="aws-stand-in", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument(
        "--clock-speed", type=float, default=1.0, help="seconds of the stand-in's time in a real second"
    )
    parser.add_argument("--until-stdin-closes", action="store_true", help="ends with the process that started it")
    arguments = parser.parse_args()

    from .clock import Clock
    from .server import Server
    from .service import StandIn

    stand_in = StandIn(Clock(arguments.clock_speed))
    server = Server(stand_in, arguments.port)
    stand_in.port, stand_in.listener = server.server_address[1], server.socket
    # Branches that end leave nothing behind.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print(
        json.dumps({"endpoint": f"http://127.0.0.1:{stand_in.port}", "port": stand_in.port, "pid": os.getpid()}),
        flush=True,
    )
    if arguments.until_stdin_closes:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    stand_in.warming = threading.Thread(target=_warm, daemon=True)
    stand_in.warming.start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


def _end_with_stdin() -> None:
    sys.stdin.buffer.read()
    # At once: taking moto's objects apart takes seconds.
    os._exit(0)


def _warm() -> None:
    """Loads the large models while nobody asks yet."""
    from .api_models import MODELLED, service_model

    for service in MODELLED:
        service_model(service)


if __name__ == "__main__":
    main()
