"""How long a search takes on a country's worth of names.

    python benchmarks/search.py [--releases releases] [--names 200000] [--rounds 40]

Takes ``names.jsonl`` of the current release, makes that many names from it (other countries, bodies, grades, fields and
spellings, so that names, words and things grow together), writes the index and prints the time of each kind of query.
``--names 0`` makes none: the index is that of the release (of the national sample, say) as the service makes it.
The same arguments give the same names and queries.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kgservice.release import open_release
from kgservice.search.find import find
from kgservice.search.index import NAMES, SearchIndex, make_index
from kgservice.search.normalize import read_simplified
from kgservice.search.writing import write_index


def _pool(text: str) -> list[str]:
    return text.split()


COUNTRIES = _pool(
    "美国 英国 德国 日本 法国 加拿大 澳洲 韩国 新加坡 香港 澳门 意大利 西班牙 "
    "荷兰 瑞士 瑞典 挪威 芬兰 丹麦 俄罗斯"
)
FIELDS = _pool(
    "机械 电气 冶金 化工 土木 结构 测量 会计 金融 审计 建筑 规划 软件 "
    "网络 数据 航空 船舶 环境 能源 纺织 食品 医药 材料 焊接"
)
GRADES = _pool("会士 会员 高级会员 资深会员 准会员 特许会员 注册 执业 一级 二级 三级 专业级 助理级")
SYLLABLES = _pool(
    "an ber cor del en fra gen hal in jo ker lin mar "
    "nor ol per qui ras son ter ul ver wal xen yor zen"
)

Line = dict[str, Any]


def make_names(real: list[Line], count: int, chance: random.Random) -> Iterator[Line]:
    """The real names, then variations of them under new ids until there are ``count``."""
    yield from real
    by_thing: dict[str, list[Line]] = {}
    for line in real:
        by_thing.setdefault(line["thing"], []).append(line)
    models = [
        names for thing, names in sorted(by_thing.items()) if thing.startswith(("cert", "iss"))
    ]
    made, number = len(real), 100_000
    while made < count:
        number += 1
        field, country, grade = (chance.choice(pool) for pool in (FIELDS, COUNTRIES, GRADES))
        body = "".join(chance.choice(SYLLABLES) for _ in range(3)).capitalize()
        for line in chance.choice(models):
            name = line["name"]
            if line["kind"] == "code":
                name = f"{name[0]}{number}"
            elif line["lang"] == "zh":
                name = (
                    f"{country}{name}（{field}{grade}）"
                    if chance.random() < 0.5
                    else f"{field}{name}"
                )
            elif line["lang"] is None:
                name = f"{name}{body[:2]}" if chance.random() < 0.7 else name
            else:
                name = f"{name} {body}"
            yield line | {"thing": f"{line['type']}/{line['thing'][-6:]}n{number}", "name": name}
            made += 1


def make_queries(names: list[Line], rounds: int, chance: random.Random) -> dict[str, list[str]]:
    """Queries of each kind, drawn from the names."""
    chinese = [line["name"] for line in names if line["lang"] == "zh" and len(line["name"]) > 6]
    latin = [line["name"] for line in names if line["lang"] == "en" and len(line["name"]) > 12]
    short = [line["name"] for line in names if line["kind"] in ("notation", "abbreviation")]

    def part(text: str, length: int) -> str:
        begin = chance.randrange(len(text) - length + 1)
        return text[begin : begin + length]

    def mistype(text: str) -> str:
        words = text.split()
        place = max(range(len(words)), key=lambda number: len(words[number]))
        cut = chance.randrange(1, len(words[place]) - 1)
        return words[place][:cut] + words[place][cut + 1 :]

    def draw(pool: list[str]) -> Iterator[str]:
        return (chance.choice(pool) for _ in range(rounds))

    return {
        "whole Chinese name": list(draw(chinese)),
        "whole foreign name": list(draw(latin)),
        "abbreviation": list(draw(short)),
        "two signs": [part(name, 2) for name in draw(chinese)],
        "five signs": [part(name, 5) for name in draw(chinese)],
        "common signs": list(
            draw(
                ["工程师", "会员", "工程", "注册", "认证", "会计师", "高级", "英国", "师会", "程工"]
            )
        ),
        "one sign": [part(name, 1) for name in draw(chinese)],
        "beginning of a word": [name[:4] for name in draw(latin)],
        "two words": [" ".join(name.split()[:3:2]) for name in draw(latin)],
        "typing error": [mistype(name) for name in draw(latin)],
        "issuer and grade": [f"{a} {b}" for a, b in zip(draw(short), draw(GRADES), strict=True)],
        "signs that nothing has": ["".join(chance.sample(part(n, 5), 5)) for n in draw(chinese)],
        "words that nothing has": [name[:7][::-1] for name in draw(latin)],
        "long text": [" ".join(chance.sample(chinese, 12))[:200] for _ in range(rounds)],
    }


def main() -> None:
    """Prints a table: kind of query, median, 95th and 99th percentile, maximum, in milliseconds."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--releases", type=Path, default=Path("releases"))
    options.add_argument("--names", type=int, default=200_000)
    options.add_argument("--rounds", type=int, default=40)
    given = options.parse_args()
    chance = random.Random(20231016)
    opened = open_release(given.releases)
    with (opened.path / NAMES).open(encoding="utf-8") as lines:
        real = [json.loads(line) for line in lines]
    names = list(make_names(real, given.names, chance)) if given.names else real
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        if given.names:
            path = Path(folder) / "search.sqlite"
            write_index(path, names, read_simplified(), "benchmark")
        else:
            path = make_index(Path(folder), opened)
        seconds = time.perf_counter() - started
        things = len({line["thing"] for line in names})
        print(
            f"{len(names)} names, {things} things: {seconds:.1f} s to write, {path.stat().st_size / 2**20:.1f} MiB"
        )
        measure(SearchIndex(path), make_queries(names, given.rounds, chance))


def measure(index: SearchIndex, queries: dict[str, list[str]]) -> None:
    """Asks every query once, after one to warm up, and prints the times.

    Elapsed time, and beside it the processor time, which neighbours on a busy machine hardly change.
    """
    find(index, "Metalurgical")
    print(f"{sum(map(len, vars(index)['vocabulary'].values()))} words")
    heads = ("median", "p95", "p99", "max", "cpu", "cpu p99", "hits")
    print(f"{'milliseconds':26}{''.join(f'{head:>8}' for head in heads)}")
    whole: list[tuple[float, float]] = []
    for kind, texts in queries.items():
        times, hits = [], 0
        for text in texts:
            started, busy = time.perf_counter(), time.thread_time()
            hits += len(find(index, text))
            times.append(
                ((time.perf_counter() - started) * 1000, (time.thread_time() - busy) * 1000)
            )
        whole += times
        _print(kind, times, hits / len(texts))
    _print("all", whole)


def _print(kind: str, times: list[tuple[float, float]], hits: float | None = None) -> None:
    elapsed, busy = zip(*times, strict=True)
    cut, cut_busy = statistics.quantiles(elapsed, n=100), statistics.quantiles(busy, n=100)
    figures = [cut[49], cut[94], cut[98], max(elapsed), cut_busy[49], cut_busy[98]]
    shown = figures if hits is None else [*figures, hits]
    print(f"{kind:26}{''.join(f'{figure:8.1f}' for figure in shown)}")


if __name__ == "__main__":
    main()
