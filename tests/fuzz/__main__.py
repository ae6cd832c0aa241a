"""``make fuzz``: fuzzed bodies over HTTP to a service process, then walks along the links of the OpenAPI document.

python -m tests.fuzz [cases] [seed]
"""

import random
import sys
from collections import Counter
from pathlib import Path

from tests.fuzz.campaign import Campaign, Outcome, keep
from tests.fuzz.stateful import STEPS, walk
from tests.processes import make_key, serving

CASES_PER_WALK = 50
FAILING = Path("test-artifacts/fuzz")
MEBIBYTE = 2**20
SETTINGS = {"max_time_limit": "PT30S", "max_body_bytes": 2 * MEBIBYTE, "rate_limit": ""}


def main() -> None:
    """Run, print counts, and exit 1 where anything is wrong."""
    words = [word for word in sys.argv[1:] if word]
    cases = int(words[0]) if words else 10_000
    seed = int(words[1]) if len(words) > 1 else random.SystemRandom().randrange(10**6)
    print(f"{cases} fuzzed bodies, seed {seed} (again: make fuzz FUZZ={cases} SEED={seed})", flush=True)
    with serving(**SETTINGS) as service:
        headers = make_key(service.settings, scopes=["admin"])
        outcome = Campaign(service, seed, headers).run(cases)
        report(outcome, cases)
        walks = max(1, cases // CASES_PER_WALK)
        print(f"{walks} walks of up to {STEPS} calls along the links of the document ...", flush=True)
        walk(service.base_url, headers, walks, derandomize=False)
        print("every answer is one that the document declares")
        log = service.output()
    tracebacks = log.count("Traceback (most recent call last)")
    print(f"tracebacks in the service's log: {tracebacks}")
    for line in keep(outcome.defects, FAILING):
        print(line)
    if outcome.defects or tracebacks:
        FAILING.mkdir(parents=True, exist_ok=True)
        (FAILING / "service.log").write_text(log)
    if outcome.defects or tracebacks or not outcome.still_answers or not outcome.memory_is_bounded():
        sys.exit("FAILED")
    print("only 2xx and proper 4xx")


def report(outcome: Outcome, cases: int) -> None:
    """Print what a run has shown."""
    print(f"{'call':<12}{'status':>7}  {'code':<26}{'cases':>7}")
    for (call, status, code), count in sorted(outcome.counts.items()):
        print(f"{call:<12}{status:>7}  {code:<26}{count:>7}")
    by_class = Counter[str]()
    for (_, status, _), count in outcome.counts.items():
        by_class[f"{status // 100}xx"] += count
    print(f"all: {dict(sorted(by_class.items()))}; by change: {dict(outcome.kinds.most_common())}")
    print(
        f"{outcome.seconds:.0f} s, {cases / outcome.seconds:.0f} bodies per second; memory of the process tree "
        f"{outcome.warm_rss_bytes / MEBIBYTE:.0f} MiB after a quarter, {outcome.last_rss_bytes / MEBIBYTE:.0f} MiB at "
        f"the end; answers afterwards: {'yes' if outcome.still_answers else 'NO'}; defects: {len(outcome.defects)}"
    )


if __name__ == "__main__":
    main()
