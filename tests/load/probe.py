"""How long /livez takes, seen by a process that does nothing else: python -m tests.load.probe SECONDS PORT PORT ..."""

import http.client
import json
import sys
import time

EVERY_S = 0.02


def main() -> None:
    """Ask each port in turn, again and again, and print the milliseconds of each answer, a list per port, as JSON."""
    seconds, ports = float(sys.argv[1]), [int(word) for word in sys.argv[2:]]
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=30) for port in ports]
    times_ms: list[list[float]] = [[] for _ in ports]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for connection, times in zip(connections, times_ms, strict=True):
            began = time.perf_counter()
            connection.request("GET", "/livez")
            response = connection.getresponse()
            response.read()
            times.append(1_000 * (time.perf_counter() - began))
            if response.status != 200:
                raise RuntimeError(f"/livez answers {response.status}")
            time.sleep(EVERY_S)
    print(json.dumps(times_ms))


if __name__ == "__main__":
    main()
