"""Receivers are told although the service is killed again and again, before, while and after it sends."""

import json
import random
import time
from collections import Counter
from pathlib import Path

import httpx

from app.services import demo_briefs
from app.services.webhooks import signing
from tests.app.services.webhooks.receiver import Reply, receiving
from tests.processes import api

SECRET = signing.new_secret()
BRIEFS, KILLS = 18, 3
DEADLINE_S = 120.0


def test_every_end_is_told_though_the_service_is_killed(tmp_path: Path) -> None:
    chance = random.Random(1)
    service = api(
        tmp_path,
        {
            "database_url": f"sqlite:///{tmp_path / 'service.db'}",
            "webhook_secret": SECRET,
            "webhook_allowed_hosts": "127.0.0.1",
            "webhook_retry_seconds": ",".join(["1"] * 30),
        },
    )
    brief = json.loads(demo_briefs.raw("minimal"))
    with receiving() as receiver:
        receiver.decide = lambda _, times: Reply(503) if times == 1 else Reply(204)
        told = {**brief, "webhook_url": f"http://127.0.0.1:{receiver.port}/in"}
        posted: list[str] = []
        try:
            for _ in range(KILLS):
                service.start()
                service.wait_until_ready()
                with httpx.Client(base_url=service.base_url, timeout=30, trust_env=False) as client:
                    for _ in range(BRIEFS // KILLS):
                        answer = client.post("/v1/optimizations", json=told, headers={"Prefer": "respond-async"})
                        assert answer.status_code in (201, 202)
                        posted.append(answer.json()["id"])
                time.sleep(chance.uniform(0.1, 2.0))
                service.kill()
            service.start()
            service.wait_until_ready()
            with httpx.Client(base_url=service.base_url, timeout=30, trust_env=False) as client:
                deadline = time.monotonic() + DEADLINE_S
                deliveries: list[dict[str, str]] = []
                while Counter(row["status"] for row in deliveries) != {"delivered": len(posted)}:
                    assert time.monotonic() < deadline, deliveries
                    time.sleep(0.2)
                    deliveries = client.get("/v1/webhook-deliveries", params={"limit": 100}).json()["data"]
            assert service.terminate() in (0, -15)
        finally:
            service.destroy()
        got = receiver.got
    assert {row["optimization_id"] for row in deliveries} == set(posted)
    assert len({row["event_id"] for row in deliveries}) == len(posted)
    events = {request.headers["webhook-id"]: request.verified(SECRET)["data"]["id"] for request in got}
    assert sorted(events.values()) == sorted(posted)
    again = sum(times - 2 for times in Counter(request.headers["webhook-id"] for request in got).values())
    print(f"{len(posted)} ends told through {KILLS} kills; {again} deliveries came once more than was needed")  # noqa: T201
