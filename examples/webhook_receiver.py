"""Receives the webhooks of creatormix: checks the signature, heeds each event once, answers before working.

    CREATORMIX_WEBHOOK_ALLOWED_HOSTS=127.0.0.1 make serve        1. a service that may call this machine
    curl -s http://127.0.0.1:8000/v1/webhook-endpoints -H 'Content-Type: application/json' \
      -d '{"url": "http://127.0.0.1:9000/"}'                     2. register; the answer has the secret, once
    WEBHOOK_SECRET=whsec_... .venv/bin/python examples/webhook_receiver.py --port 9000

Delivery is at least once, and anybody may repeat a request that was overheard. So an event is stored under its
`webhook-id`, which is the same in every attempt and replay; one that is there already is answered with 204 and not
heeded again. Old requests are refused by the library: the signature covers the time, and five minutes are allowed.
"""

import argparse
import os
import sqlite3
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

LARGEST_BODY_BYTES = 1_000_000


class Inbox:
    """The events that were received, each once. Work is done from here, not while the sender waits."""

    def __init__(self, path: str) -> None:
        self._path = path
        with self._open() as database:
            database.execute("CREATE TABLE IF NOT EXISTS events (webhook_id TEXT PRIMARY KEY, body TEXT NOT NULL)")

    def put(self, webhook_id: str, body: str) -> bool:
        """Keep an event; whether it is new. It is on disk when this returns."""
        with self._open() as database:
            added = database.execute("INSERT OR IGNORE INTO events VALUES (?, ?)", (webhook_id, body))
            return added.rowcount == 1

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=10)


def receive(webhook: Webhook, inbox: Inbox, body: bytes, headers: Mapping[str, str]) -> int:
    """The status that answers a request: 204 for what is kept, new or not; 401 for what the service did not sign."""
    named = {name.lower(): value for name, value in headers.items()}
    try:
        webhook.verify(body, named)
    except WebhookVerificationError as error:
        print(f"refused: {error}", flush=True)
        return 401
    is_new = inbox.put(named["webhook-id"], body.decode())
    print(f"{'new' if is_new else 'again'}: {named['webhook-id']} {body.decode()}", flush=True)
    return 204


def serve(secret: str, database: str, port: int) -> None:
    """Receive on the loopback address until interrupted; in the open, put it behind a server that speaks https."""
    webhook, inbox = Webhook(secret), Inbox(database)

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > LARGEST_BODY_BYTES:
                self._answer(413)
                return
            body = self.rfile.read(int(length))
            if len(body) < int(length):
                return  # the sender was gone before it ended; the service sends the event again
            self._answer(receive(webhook, inbox, body, dict(self.headers.items())))

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Only events are told."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()


def main() -> None:
    """Read what is asked for, and serve."""
    parser = argparse.ArgumentParser(description="Receive the webhooks of creatormix.")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--database", default="webhooks.db", help="SQLite file that keeps the events")
    asked = parser.parse_args()
    secret = os.environ.get("WEBHOOK_SECRET")
    if not secret:
        parser.error("set WEBHOOK_SECRET to the secret that registering the endpoint has answered (whsec_...)")
    serve(secret, asked.database, asked.port)


if __name__ == "__main__":
    main()
