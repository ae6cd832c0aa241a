"""How long /livez takes, seen by a process that does nothing else: python -m tests.load.probe PORT SECONDS."""

import http.client
import json
import sys
import time

EVERY_S = 0.02


def main() -> None:
    """Ask again and again, and print the milliseconds of each answer as a JSON list."""
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times_ms = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        connection.request("GET", "/livez")
        response = connection.getresponse()
        response.read()
        times_ms.append(1_000 * (time.perf_counter() - began))
        if response.status != 200:
            raise RuntimeError(f"/livez answers {response.status}")
        time.sleep(EVERY_S)
    print(json.dumps(times_ms))


if __name__ == "__main__":
    main()
