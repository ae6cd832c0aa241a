"""The benchmarks file: what it says, how it is checked, and that another can take its place."""

import hashlib
import json
from collections.abc import Iterator
from math import exp, log
from pathlib import Path

import pytest

from optimizer.forecast.benchmarks import PACKAGED, BenchmarksError, load_benchmarks
from optimizer.where import STANDARD_TIERS
from tests.optimizer.forecast.creators import ROUND_FIGURES, benchmarks

FORMATS = {"post", "carousel", "reel", "story", "video", "short", "live", "integration", "dedicated", "text"}


def figures(document: object, path: str = "") -> Iterator[tuple[str, object, object]]:
    """Every figure of a benchmarks document: path, value, source."""
    assert isinstance(document, dict), path
    if set(document) == {"value", "source"}:
        yield path, document["value"], document["source"]
    else:
        for key, inner in document.items():
            yield from figures(inner, f"{path}/{key}")


def test_the_packaged_file_has_the_platforms_formats_and_tiers_of_the_product() -> None:
    packaged = load_benchmarks()
    assert set(packaged.platforms) == {"instagram", "tiktok", "youtube"}
    assert {name for platform in packaged.platforms.values() for name in platform.reach_rate} == FORMATS
    assert packaged.tiers == STANDARD_TIERS


def test_every_format_with_a_reach_has_its_share_of_non_followers() -> None:
    for platform in load_benchmarks().platforms.values():
        assert platform.reach_rate.keys() == platform.non_follower_share.keys()


def test_the_instagram_line_meets_the_published_medians() -> None:
    prior = load_benchmarks().platforms["instagram"].priors["follower"]
    medians = {5_000: 0.042, 31_623: 0.031, 223_607: 0.026, 707_107: 0.025, 2_000_000: 0.022}
    for followers, median in medians.items():
        assert exp(prior.alpha.value + prior.beta.value * log(followers)) == pytest.approx(median, rel=0.1)


def test_the_document_has_the_shape_of_the_contract() -> None:
    document = load_benchmarks().as_document()
    assert set(document) == {"version", "platforms"}
    platforms = document["platforms"]
    assert isinstance(platforms, dict)
    for platform in platforms.values():
        assert set(platform) == {"priors", "sigma", "reach_rate", "non_follower_share", "unique_viewer_share"}
    instagram = platforms["instagram"]
    assert set(instagram["priors"]["follower"]) == {"alpha", "beta", "tau"}
    assert set(instagram["sigma"]) == set(instagram["reach_rate"]["reel"]) == set(STANDARD_TIERS)
    assert instagram["priors"]["follower"]["beta"]["value"] == -0.12
    assert json.loads(json.dumps(document)) == document


def test_every_figure_has_a_source_with_its_year() -> None:
    found = list(figures(load_benchmarks().as_document()["platforms"]))
    assert len(found) > 100
    for path, value, source in found:
        assert isinstance(value, float), path
        assert isinstance(source, str), path
        assert source[-6:-5] == "(", path
        assert source[-5:-1].isdigit(), path


def test_a_document_is_the_callers_own() -> None:
    loaded = benchmarks()
    loaded.as_document().clear()
    assert loaded.as_document()["version"] == "test"


def test_the_hash_is_that_of_the_file() -> None:
    assert load_benchmarks().hash == hashlib.sha256(PACKAGED.read_bytes()).hexdigest()


def test_another_file_takes_its_place(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(ROUND_FIGURES)
    ours = load_benchmarks(file)
    assert ours.version == "test"
    assert ours.platforms["instagram"].sigma["micro"].value == 0.8
    assert ours.hash != load_benchmarks().hash


def test_a_platform_without_unique_viewers_says_so() -> None:
    kept = ROUND_FIGURES[: ROUND_FIGURES.index("[[unique_viewer_share]]")]
    assert '"unique_viewer_share": null' in json.dumps(benchmarks(kept).as_document())


@pytest.mark.parametrize(
    ("found", "put", "fault"),
    [
        ("tau = 0.6", "tau = 0", "prior[0].tau: is 0, must be more than 0 and at most 5"),
        ("tau = 0.6", "", "prior[0].tau: is missing"),
        ("tau = 0.6", "tau = '0.6'", "prior[0].tau: is not a number"),
        ("tau = 0.6", "tau = true", "prior[0].tau: is not a number"),
        ("tau = 0.6", "tau = nan", "prior[0].tau: is not a finite number, must be"),
        ("tau = 0.6", "tau = inf", "prior[0].tau: is not a finite number, must be"),
        ("tau = 0.6", "tau = 1" + "0" * 400, "prior[0].tau: is not a finite number, must be"),
        ("tau = 0.6", "tau = 0.6\nTau = 1", "prior[0]: 'Tau' is unknown, known are"),
        ('per = "follower"', 'per = "followers"', "prior[0].per: is 'followers', allowed are follower, reach, view"),
        ("nano = 0.3, micro = 0.2", "nano = 30, micro = 20", "reach_rate[0].by_tier.nano: is 30, must be"),
        ("nano = 0.3, micro = 0.2", "nano = 0.3", "reach_rate[0].by_tier.micro: is missing"),
        ("nano = 0.3, micro = 0.2", "nano = 0.3, micro = 0.2, mid = 0.1", "reach_rate[0].by_tier: 'mid' is unknown"),
        ("by_tier = { nano = 0.6, micro = 0.8 }", "", "sigma[0].by_tier: is missing; write { nano = ..., micro"),
        ("value = 0.5", "value = 1.0", "non_follower_share[1].value: is 1.0, must be at least 0 and less than 1"),
        ("value = 0.8", "value = 80", "unique_viewer_share[0].value: is 80, must be more than 0 and at most 1"),
        ('format = "reel"', 'format = "post"', "reach_rate[1] (instagram, post): stands twice"),
        ('source = "prior study"', 'source = " "', "prior[0]: 'source' must be a text"),
        ("year = 2020", "year = 20.5", "prior[0]: 'year' must be a whole number"),
        ("year = 2020", "", "prior[0]: 'year' must be a whole number"),
        ('version = "test"', "", "the file: 'version' must be a text"),
        ('version = "test"', 'version = "test"\nextra = 1', "the file: 'extra' is unknown"),
        ("nano = 0\n", "nano = 5\n", "tiers: the lowest bound must be 0"),
        ("micro = 10_000", "micro = 0", "no two may be equal"),
        ("[tiers]\nnano = 0\nmicro = 10_000\n", "", "tiers: is missing"),
        ('sigma = "d"\n', "", "definitions: 'sigma' must be a text"),
        ("[[sigma]]", "[sigma]", "sigma: write entries as [[sigma]]"),
        ("tau = 0.6", "tau = ", "it is not TOML in UTF-8"),
    ],
)
def test_a_fault_is_named_at_its_place(found: str, put: str, fault: str) -> None:
    with pytest.raises(BenchmarksError) as caught:
        benchmarks(ROUND_FIGURES.replace(found, put, 1))
    assert fault in str(caught.value)


def test_a_platform_needs_its_spread() -> None:
    start, end = ROUND_FIGURES.index("[[sigma]]"), ROUND_FIGURES.index("[[reach_rate]]")
    with pytest.raises(BenchmarksError, match="platform 'instagram': has figures but no"):
        benchmarks(ROUND_FIGURES[:start] + ROUND_FIGURES[end:])


def test_figures_that_stand_twice_are_named() -> None:
    for kind in ("prior", "sigma", "unique_viewer_share"):
        start = ROUND_FIGURES.index(f"[[{kind}]]")
        end = ROUND_FIGURES.find("[[", start + 2)
        entry = ROUND_FIGURES[start:] if end < 0 else ROUND_FIGURES[start:end]
        with pytest.raises(BenchmarksError, match=rf"{kind}\[1\] .*stands twice"):
            benchmarks(ROUND_FIGURES + entry)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(ROUND_FIGURES.replace("tau = 0.6", "tau = 0").replace("value = 0.8", "value = 8"))
    with pytest.raises(BenchmarksError, match=r"ours\.toml cannot be used") as caught:
        load_benchmarks(file)
    assert len(caught.value.faults) == 2


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BenchmarksError, match="not TOML in UTF-8"):
        load_benchmarks(file)
