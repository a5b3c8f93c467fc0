"""What a reader meets: links, commands and names that are there, in sentences that begin well."""

import re
import tomllib
from functools import cache

import pytest
import yaml

import reconattack
from tests.places import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / folder / "README.md" for folder in ("config", "results", "benchmarks")),
]
DOCS = sorted((ROOT / "docs").glob("*.md"))
# Every text that a person reads: pages, captions, configuration, schemas, code.
KINDS = ("md", "rst", "yaml", "yml", "json", "py", "smk", "sh", "html", "js", "cff", "toml")
FOLDERS = (
    *("benchmarks", "config", "containers", "docs", "examples", "findings", "profiles"),
    *("reconattack", "report", "rules", "schemas", "scripts", "tests", "tools", "workflow"),
)
TEXTS = [
    *(path for path in ROOT.iterdir() if path.suffix[1:] in KINDS and path.is_file()),
    *(ROOT / name for name in ("Makefile", "Snakefile", "results/README.md")),
    *(p for folder in FOLDERS for kind in KINDS for p in (ROOT / folder).rglob(f"*.{kind}")),
]
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MACHINE = re.compile(r"/(home|root|mnt|Users)/\w|/work/[a-z]|/tmp/\w")
# Phrases that are none in English, or that a reader takes for something else.
AVOIDED = {
    "a sentence that begins with Of": re.compile(r"(?:^|[.:;!?|]\s+|[-*#]\s+)Of\s", re.MULTILINE),
    "at all for in total": re.compile(r"\b(?:\d s|MB|GB|minutes?|two|\d) at all\b"),
    "as it fell": re.compile(r"\bas (?:it|they) f[ea]ll\b", re.IGNORECASE),
    "wants for needs": re.compile(r"\b(?:it|which|that|frame|rule|job|schema|model) wants\b"),
    "but for for except": re.compile(r"\b(?:nothing|all|everything|any|those) but for\b"),
}


def relative(path):
    return str(path.relative_to(ROOT))


@cache
def anchors(page):
    """Where a link into a page can lead: its headings as GitHub names them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_link_leads_somewhere(page):
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    lost = []
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            lost.append(target)
    assert lost == []


def test_every_picture_is_shown():
    shown = {
        (page.parent / target).resolve()
        for page in PAGES
        for target in LINK.findall(page.read_text(encoding="utf-8"))
    }
    assert sorted(set((ROOT / "docs" / "images").iterdir()) - shown) == []


def test_readme_leads_to_every_page():
    linked = {
        (ROOT / target.partition("#")[0]).resolve()
        for target in LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    }
    assert [relative(page) for page in DOCS if page not in linked] == []


@pytest.mark.parametrize("page", [page for page in DOCS if page.stem != "glossary"], ids=relative)
def test_every_page_leads_to_the_glossary(page):
    assert "glossary.md" in {
        target.partition("#")[0] for target in LINK.findall(page.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_command_names_what_is_there(page):
    text = page.read_text(encoding="utf-8")
    commands = "\n".join(
        [*re.findall(r"```console\n(.*?)```", text, re.DOTALL), *re.findall(r"`([^`\n]+)`", text)]
    )
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", commands))
    assert named - targets == set()
    configurations = set(re.findall(r"\bconfig/[\w-]+\.(?:yaml|tsv)", commands))
    assert [name for name in sorted(configurations) if not (ROOT / name).exists()] == []
    tests = set(re.findall(r"\btests/[\w/]+\.py\b", commands))
    assert [name for name in sorted(tests) if not (ROOT / name).exists()] == []


def test_texts_name_no_place_of_one_machine():
    found = {
        f"{relative(path)}: {match.group()}"
        for path in TEXTS
        if "tests" not in path.parts and path.suffix in (".md", ".rst", ".yaml", ".cff", ".sh")
        for match in MACHINE.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize("phrase", AVOIDED)
def test_texts_have_no_phrase_that_is_hard_to_read(phrase):
    found = [
        f"{relative(path)}:{text.count(chr(10), 0, match.start()) + 1}"
        for path in TEXTS
        if path.name != "test_words.py"
        for text in [path.read_text(encoding="utf-8")]
        for match in AVOIDED[phrase].finditer(text)
    ]
    assert found == []


def test_every_term_of_the_glossary_stands_there_once():
    rows = re.findall(
        r"^\| ([^|]+) \| [^|]+ \|$", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE
    )
    terms = [
        term.strip() for row in rows if row != "term" for term in re.split(r",\s(?![^(]*\))", row)
    ]
    assert {term for term in terms if terms.count(term) > 1} == set()


def test_badges_and_citation_say_what_the_package_says():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    licence = (ROOT / "docs/images/licence.svg").read_text()
    of_code, *of_fonts = project["license"].split(" AND ")
    assert f"<title>licence: {of_code}</title>" in licence
    assert of_code == citation["license"]
    assert [name for name in (of_code, *of_fonts) if name not in readme] == []
    low, high = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", project["requires-python"]).groups()
    versions = ", ".join(f"3.{minor}" for minor in range(int(low), int(high)))
    assert f"<title>Python: {versions}</title>" in (ROOT / "docs/images/python.svg").read_text()
    assert f"![Python: {versions}](docs/images/python.svg)" in readme
    assert f"![Licence: {of_code}](docs/images/licence.svg)" in readme
    (entries,) = re.findall(r"```bibtex\n(.*?)```", readme, re.DOTALL)
    entry, software = " ".join(entries.split()).split(" @software")
    paper = citation["preferred-citation"]
    assert f"{{{paper['title']}}}" in entry
    assert f"{{{paper['year']}}}" in entry
    names = [f"{author['family-names']}, {author['given-names']}" for author in paper["authors"]]
    assert f"{{{' and '.join(names)}}}" in entry
    assert (
        f"arXiv:{re.search(r'eprint += {(.*?)}', entry).group(1)}"
        == paper["identifiers"][0]["value"]
    )
    assert re.findall(r"(\w+) = {+(.*?)}+", software) == [
        ("title", citation["title"]),
        ("author", " and ".join(author["name"] for author in citation["authors"])),
        ("version", citation["version"]),
        ("license", citation["license"]),
    ]
    assert citation["version"] == reconattack.__version__


def test_badge_of_snakemake_says_what_the_snakefile_asks():
    (least,) = re.findall(r'min_version\("(.*?)"\)', (ROOT / "Snakefile").read_text())
    said = f"Snakemake: {least} or later"
    assert f"<title>{said}</title>" in (ROOT / "docs/images/snakemake.svg").read_text()
    assert f"![{said}](docs/images/snakemake.svg)" in (ROOT / "README.md").read_text()
