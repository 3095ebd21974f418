"""Real servers that can be killed and born again quickly: imported once, each life is a fork.

Run as a process of its own: `python nursery.py APP PORT`; each line on standard input starts one server
(its pid is the answer). `APP` is `module:factory`.
"""

import importlib
import os
import signal
import sys

import uvicorn


def serve(app: str, port: int) -> None:
    module, factory = app.split(":")
    made = getattr(importlib.import_module(module), factory)()
    uvicorn.run(made, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=5)


def main() -> None:
    app, port = sys.argv[1], int(sys.argv[2])
    importlib.import_module(app.split(":")[0])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need no burial
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            sys.stdin.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            serve(app, port)
            return
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
