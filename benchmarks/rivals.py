"""The same items clustered as others do it, in the same run as ours, and the table of both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.clustering import Item, OnePass, Score, score, vectors
from benchmarks.measure import Measure, say
from bot.detect.vectors import Vector, Weights, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

_BARS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7)
CHOSEN_ON = 0.3
_NEIGHBOURS, _COMPONENTS = 15, 10
_FEWEST, _SAMPLES, _EPSILON = 5, 3, 0.2
_SEED = 7
_DIGITS = 3


def table(
    name: str,
    items: Sequence[Item],
    *,
    nmi: float | None,
    f1: float | Callable[[Mapping[str, float]], float],
    published: Mapping[str, float] | None = None,
) -> Iterator[Measure]:
    """Yield NMI (with a target, if given) and F1 of our clusters of `items`, which are in order of time.

    What can be chosen of a rival is chosen on the first `CHOSEN_ON` of the labelled items, nothing of ours;
    all are scored on the rest. `f1` is the target, or makes it from the rivals' F1.
    """
    share = f"{CHOSEN_ON:.0%} of the labelled"
    say(f"{name}: {len(items)} texts; rivals' bars chosen on the first {share}, scored on the rest")
    made = vectors(items)
    judged = _rest(items)
    ours = _told("ours", score(judged, OnePass(items, made, audited=True).run()))
    scores = {who: _told(who, score(judged, clusters)) for who, clusters in _rivals(items, made)}
    others = {who: round(found.f1, _DIGITS) for who, found in scores.items()}
    if nmi is not None:
        beside = {who: round(found.nmi, _DIGITS) for who, found in scores.items()} | dict(published or {})
        yield Measure(f"{name}/nmi", round(ours.nmi, _DIGITS), "NMI", nmi, beside=beside)
    target = f1(others) if callable(f1) else f1
    yield Measure(f"{name}/f1", round(ours.f1, _DIGITS), "B-cubed F1", round(target, _DIGITS), beside=others)


def _told(who: str, found: Score) -> Score:
    # As soon as it is known: what comes next may take minutes, or fail.
    say(f"  {who}: F1 {found.f1:.3f} (P {found.precision:.3f}, R {found.recall:.3f}), NMI {found.nmi:.3f}")
    return found


def _rivals(items: Sequence[Item], made: Sequence[Vector]) -> Iterator[tuple[str, Sequence[Hashable]]]:
    yield "all singletons", [item.id for item in items]
    words = [Vector(np.zeros_like(vector.dense), vector.counts) for vector in made]
    yield "TF-IDF, one pass", _at_best_bar(items, words)
    yield "static embedding and TF-IDF, one pass", _at_best_bar(items, made)
    dense = _umap_hdbscan(made)
    if dense is not None:
        yield "UMAP and HDBSCAN on our vectors", dense


def _at_best_bar(items: Sequence[Item], made: Sequence[Vector]) -> list[str]:
    """Cluster in one pass, with the bar that did best on the first part."""
    first = _first(items)

    def found(bar: float) -> Score:
        return score(first, OnePass(first, made, audited=False, near=bar).run())

    bar = max(_BARS, key=lambda bar: found(bar).f1)
    say(f"  bar {bar:g}")
    return OnePass(items, made, audited=False, near=bar).run()


def _umap_hdbscan(made: Sequence[Vector]) -> list[int] | None:
    """Cluster all at once, as BERTopic does; what HDBSCAN calls noise stands alone."""
    try:
        import umap  # noqa: PLC0415 - only `make bench` installs it
        from sklearn.cluster import HDBSCAN  # noqa: PLC0415
    except ImportError:
        say("  no UMAP and HDBSCAN here: `make bench` installs them")
        return None
    counts = [vector.counts for vector in made]
    stacked = Weights(counts).stack(np.array([vector.dense for vector in made]), rows(counts))
    reducer = umap.UMAP(
        n_neighbors=_NEIGHBOURS, n_components=_COMPONENTS, min_dist=0.0, metric="cosine", random_state=_SEED
    )
    reduced = reducer.fit_transform(stacked)
    way = HDBSCAN(
        min_cluster_size=_FEWEST, min_samples=_SAMPLES, cluster_selection_epsilon=_EPSILON, copy=True
    )
    try:
        labels = way.fit_predict(reduced)
    except TypeError:
        # scikit-learn 1.9 fails on some data when clusters nearer than epsilon are to be joined.
        say("  HDBSCAN fails with an epsilon here, so it goes without")
        labels = way.set_params(cluster_selection_epsilon=0.0).fit_predict(reduced)
    return [int(label) if label >= 0 else -2 - number for number, label in enumerate(labels)]


def _bound(items: Sequence[Item]) -> int:
    labelled = [number for number, item in enumerate(items) if item.label]
    return labelled[int(CHOSEN_ON * len(labelled))]


def _first(items: Sequence[Item]) -> list[Item]:
    return list(items[: _bound(items)])


def _rest(items: Sequence[Item]) -> list[Item]:
    bound = _bound(items)
    return [replace(item, label=None) if number < bound else item for number, item in enumerate(items)]
