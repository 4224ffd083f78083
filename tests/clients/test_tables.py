"""pandas and R read CSV and TSV from an address, as they read a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.error import HTTPError
from urllib.parse import quote

import pandas
import pytest
from needs import need

from .conftest import Run
from .facts import IRI, NOT_SPARQL, RECOGNISED, RECOGNITION, TERMS, TEXT

Address = Callable[..., str]
Rscript = Callable[[str, str], str]
ALL = "SELECT DISTINCT ?s ?p ?o { ?s ?p ?o }"
COLUMNS = ["regionName", "row", "title"]


@pytest.fixture
def address(endpoint: str) -> Address:
    """The address of an answer."""

    def make(query: str, **parameters: str) -> str:
        pairs = {"query": query, **parameters}
        return endpoint + "?" + "&".join(f"{key}={quote(pairs[key], safe='')}" for key in pairs)

    return make


@pytest.mark.parametrize(
    ("given", "options"),
    [
        pytest.param({"format": "csv"}, {}, id="csv-by-parameter"),
        pytest.param({}, {"storage_options": {"Accept": "text/csv"}}, id="csv-by-accept"),
    ],
)
def test_pandas_reads_csv(address: Address, given: dict[str, str], options: dict[str, str]) -> None:
    table = pandas.read_csv(address(RECOGNITION, **given), dtype=str, **options)
    assert sorted(table[COLUMNS].itertuples(index=False, name=None)) == sorted(RECOGNISED)


def test_pandas_reads_types_from_csv(address: Address) -> None:
    table = pandas.read_csv(address(TERMS, format="csv"), parse_dates=["day"])
    (row,) = table.to_dict("records")
    assert row["iri"] == IRI
    assert row["text"] == TEXT
    assert (row["number"], row["decimal"], row["flag"]) == (40, 3.5, True)
    assert row["day"] == pandas.Timestamp("2021-03-04")
    assert pandas.isna(row["none"])


def test_pandas_reads_tsv(address: Address) -> None:
    table = pandas.read_csv(address(TERMS, format="tsv"), sep="\t", quoting=3)
    (row,) = table.to_dict("records")
    assert row["?iri"] == f"<{IRI}>"
    assert row["?tagged"] == '"職稱"@zh-hant'
    assert row["?day"] == '"2021-03-04"^^<http://www.w3.org/2001/XMLSchema#date>'


def test_pandas_reads_the_whole_graph(address: Address, counts: dict[str, int]) -> None:
    """Several megabytes, which are streamed."""
    table = pandas.read_csv(address(ALL, format="csv"))
    assert len(table) == counts["*"]
    assert table.o.str.contains("冶金").any()


def test_an_error_is_no_table_for_pandas(address: Address) -> None:
    with pytest.raises(HTTPError, match="400"):
        pandas.read_csv(address(NOT_SPARQL, format="csv"))


@pytest.fixture(scope="session")
def rscript(run: Run) -> Rscript:
    """Runs a script of R over an address (``u``): what it prints."""
    program = need("Rscript")

    def run_script(script: str, address: str) -> str:
        done = run(program, "--vanilla", "-e", f'u <- "{address}"; {script}')
        return done.stdout if done.returncode == 0 else f"R failed: {done.stderr}"

    return run_script


AS_JSON = (
    'cat(paste0("[", paste(apply(t[, c("regionName", "row", "title")], 1, function(r) '
    'paste0("[", paste(sprintf("\\"%s\\"", trimws(r)), collapse = ","), "]")), collapse = ","), "]"))'
)


@pytest.mark.parametrize(
    ("given", "source"),
    [
        pytest.param({"format": "csv"}, "u", id="csv-by-parameter"),
        pytest.param({}, 'url(u, headers = c(Accept = "text/csv"))', id="csv-by-accept"),
    ],
)
def test_r_reads_csv(
    rscript: Rscript, address: Address, given: dict[str, str], source: str
) -> None:
    script = f't <- read.csv({source}, encoding = "UTF-8"); {AS_JSON}'
    rows = json.loads(rscript(script, address(RECOGNITION, **given)))
    assert sorted(tuple(row) for row in rows) == sorted(RECOGNISED)


def test_r_reads_types(rscript: Rscript, address: Address) -> None:
    script = (
        't <- read.csv(u, encoding = "UTF-8"); '
        "cat(sapply(t, class), sep = ' '); cat('\\n', t$iri, t$tagged, t$number + 1, is.na(t$none))"
    )
    classes, values = rscript(script, address(TERMS, format="csv")).split("\n")
    assert (
        classes == "character character character integer numeric character character logical"
        or (classes == "character character character integer numeric character logical logical")
    )
    assert values.split() == [IRI, "職稱", "41", "TRUE"]


def test_r_reads_the_whole_graph(
    rscript: Rscript, address: Address, counts: dict[str, int]
) -> None:
    script = 't <- read.csv(u, encoding = "UTF-8"); cat(nrow(t), any(grepl("冶金", t$o)))'
    assert rscript(script, address(ALL, format="csv")) == f"{counts['*']} TRUE"


def test_an_error_is_no_table_for_r(rscript: Rscript, address: Address) -> None:
    told = rscript("t <- read.csv(u)", address(NOT_SPARQL, format="csv"))
    assert told.startswith("R failed")
    assert "400 Bad Request" in told
