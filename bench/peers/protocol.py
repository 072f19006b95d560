"""The side of a peer: answers one request a line on stdin with one line of JSON on stdout."""

import json
import sys
from collections.abc import Callable


def serve(handlers: dict[str, Callable[[dict], dict]]) -> None:
    """Answers requests {"do": name, …} by the handlers' results until stdin ends."""
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(handlers[request["do"]](request)), flush=True)
