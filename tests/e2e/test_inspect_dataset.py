"""hone-inspect dataset: statistics, single rows, search, comparison and the HTML report, held against h5py and tokenizers."""
import html.parser
import json
import re
import shutil
import subprocess

import h5py
import numpy as np
import pytest
from tokenizers import Tokenizer

from conftest import BIN, rows, run, write_jsonl

HOSTILE = ["<script>alert(1)</script>", "</mark></pre></article><img src=http://example.com/x.png onerror=alert(1)>", "&lt;b&gt; & &#39;",
           "\"quotes' `ticks`", "escape \x1b[31m nul \0 return \r csi \x9b31m", "<!-- --> ]]> <style>*{display:none}</style>",
           "\n\ntabs\tand\n  spaces  ", "你好 naïve 😀", "<|im_end|>\n<|im_start|>assistant\n"]


def conversation(question, answer):
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


def prepare(tokenizer, output, *inputs, flags=()):
    run("hone-preprocess", "--tokenizer", tokenizer, "--input", *inputs, "--output", output, *flags)
    return output


def inspect(*arguments, code=0):
    result = run("hone-inspect", "dataset", *arguments, check=False)
    assert result.returncode == code, (result.returncode, result.stdout, result.stderr)
    assert code in (2, 3) or result.stderr == ""
    return result.stdout


def refused(code, *arguments):
    result = run("hone-inspect", "dataset", *arguments, check=False)
    assert result.returncode == code and result.stdout == "", (result.returncode, result.stdout, result.stderr)
    (line,) = result.stderr.splitlines()
    assert line.startswith("hone-inspect: error: ")
    return line


class Rows:
    """A dataset's rows as h5py reads them and tokenizers decodes them."""

    def __init__(self, folder):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer" / "tokenizer.json"))
        self.manifest = json.loads((folder / "manifest.json").read_text())
        self.ids, self.masks, self.files, self.lines = [], [], [], []
        for name in (part["file"] for part in self.manifest["parts"]):
            with h5py.File(folder / name) as part:
                for begin, end in zip(part["offsets"][:-1], part["offsets"][1:]):
                    self.ids.append(part["tokens"][begin:end].tolist())
                    self.masks.append([False, *part["loss_mask"][begin + 1:end].astype(bool).tolist()])
                self.files += part["source/file"][:].tolist()
                self.lines += part["source/line"][:].tolist()

    def decode(self, ids):
        return self.tokenizer.decode(ids, skip_special_tokens=False)

    def stretches(self, row):
        """[(text, whether it is learnt), ...]"""
        result = []
        for token, target in zip(self.ids[row], self.masks[row]):
            if not result or result[-1][1] != target:
                result.append(([], target))
            result[-1][0].append(token)
        return [(self.decode(ids), target) for ids, target in result]

    def place(self, row):
        return f"{self.manifest['inputs'][self.files[row]]['path']}:{self.lines[row]}"

    def heading(self, row):
        tokens, targets = len(self.ids[row]), sum(self.masks[row])
        return f"row {row} ({self.place(row)}), {tokens} tokens, {targets} target{'' if targets == 1 else 's'}"


def spelled(text):
    """Control characters as people are shown them."""
    return re.sub("[\0-\x08\x0b-\x1f\x7f-\x9f]", lambda match: f"\\x{ord(match[0]):02x}", text)


def marked(stretches):
    return "".join(f"⟦{spelled(text)}⟧" if target else spelled(text) for text, target in stretches)


@pytest.fixture(scope="module")
def hostile(tokenizer_folder, tmp_path_factory):
    """Rows of two inputs, one with markup in its name, that hold markup, control characters and broken characters."""
    folder = tmp_path_factory.mktemp("hostile")
    odd = folder / "<b>&\"'.jsonl"
    write_jsonl(odd, [conversation(f"Say {text}", text * 3) for text in HOSTILE] + rows(7))
    # Rows that end inside a character: each length is cut somewhere else.
    long = write_jsonl(folder / "long.jsonl", [conversation("x" * i, "😀" * 40) for i in range(1, 7)])
    prepare(tokenizer_folder, folder / "dataset", odd, long, flags=["--model_max_length", 120])
    read = Rows(folder / "dataset")
    assert any(read.decode(ids).endswith("\ufffd") for ids in read.ids)
    return folder / "dataset"


def test_statistics_of_each_input_are_those_of_its_rows(hostile):
    out, read = inspect(hostile), Rows(hostile)
    lengths, targets = np.array([len(ids) for ids in read.ids]), np.array([sum(mask) for mask in read.masks])

    def percentiles(of):
        p50, p90, p99 = np.percentile(of, [50, 90, 99], method="inverted_cdf")
        return f"{of.min()} to {of.max()} tokens, p50 {p50}, p90 {p90}, p99 {p99}"

    assert f"targets    {targets.sum():,} ({100 * targets.sum() / lengths.sum():.1f} % of the tokens)\n" in out
    assert f"lengths    {percentiles(lengths)}\n" in out
    bins = {int(first): int(count) for first, count in re.findall(r"^ +(\d+) to +\d+ tokens +(\d+) #+$", out, re.M)}
    exponents, counts = np.unique(np.floor(np.log2(lengths)).astype(int), return_counts=True)
    assert bins == {2 ** exponent: count for exponent, count in zip(exponents.tolist(), counts.tolist())}
    for i, source in enumerate(read.manifest["inputs"]):
        own = np.array(read.files) == i
        block = out[out.index(f"input      {source['path']} (messages, weight 1, "):]
        assert source["sha256"] in block.splitlines()[0]
        assert block.splitlines()[1].strip() == (f"{own.sum()} rows, {lengths[own].sum():,} tokens, {targets[own].sum():,} targets "
                                                 f"({100 * targets[own].sum() / lengths[own].sum():.1f} % of the tokens)")
        assert f"lengths {percentiles(lengths[own])} " in block.splitlines()[2]


def test_weights_and_formats_stand_with_their_inputs(tokenizer_folder, tmp_path):
    alpaca = write_jsonl(tmp_path / "a.jsonl", [{"instruction": f"Count to {i}", "output": "one, two"} for i in range(4)])
    messages = write_jsonl(tmp_path / "m.jsonl", rows(3))
    none = write_jsonl(tmp_path / "none.jsonl", [conversation("a", "b" * 500)])
    out = inspect(prepare(tokenizer_folder, tmp_path / "out", alpaca, messages, none, flags=[
        "--weight", f"{alpaca}=2.0", "--overlong", "drop", "--model_max_length", 200]))
    assert f"{alpaca} (alpaca, weight 2, " in out and "\n           8 rows, " in out
    assert f"{messages} (messages, weight 1, " in out and "\n           3 rows, " in out
    assert re.search(rf"{none} \(messages, .*\)\n           no rows\n", out)


@pytest.mark.parametrize("number", range(22))
def test_a_row_is_printed_with_its_place_and_its_targets_marked(number, hostile):
    read = Rows(hostile)
    assert len(read.ids) == 22
    assert inspect(hostile, "--row", number) == f"{read.heading(number)}\n{marked(read.stretches(number))}\n"


def test_tokens_of_a_row_stand_with_their_ids(hostile):
    read = Rows(hostile)
    lines = inspect(hostile, "--row", 3, "--ids").split(" token      id  target  text\n")[1].splitlines()
    parsed = [re.fullmatch(r" *(\d+) +(\d+)  (yes|   )     (\".*\")", line).groups() for line in lines]
    assert [int(place) for place, *_ in parsed] == list(range(len(read.ids[3])))
    assert [int(token) for _, token, *_ in parsed] == read.ids[3]
    assert [target == "yes" for *_, target, _ in parsed] == read.masks[3]
    assert [json.loads(text) for *_, text in parsed] == [read.decode([token]) for token in read.ids[3]]


def test_first_rows_follow_the_statistics(hostile):
    read, out = Rows(hostile), inspect(hostile, "--show", 2)
    shown = "".join(f"\n{read.heading(row)}\n{marked(read.stretches(row))}\n" for row in range(2))
    assert out == inspect(hostile) + shown
    assert inspect(hostile, "--show", 999).count("\nrow ") == 22
    objects = inspect(hostile, "--show", 4, "--format", "jsonl").splitlines()
    assert inspect(hostile, "--row", 3, "--format", "jsonl").splitlines() == [objects[3]]


@pytest.mark.parametrize("text", ["e", "<script>", "<|im_end|>", "quick brown fox", "assistant\n", "naïve", "nai\u0308ve", "你", "😀", "\x1b["])
def test_find_names_the_rows_that_hold_a_text(text, hostile):
    read = Rows(hostile)
    wanted = read.tokenizer.normalizer.normalize_str(text)
    texts = [read.decode(ids) for ids in read.ids]
    expected = [row for row, whole in enumerate(texts) if wanted in whole]
    assert expected, "the test looks for nothing"
    out = inspect(hostile, "--find", text, "--show", 100)
    found = re.findall(r"^row (\d+) \((.*)\), (\d+) times?\n  (.*)$", out, re.M)
    assert [int(row) for row, *_ in found] == expected
    for row, place, times, around in found:
        assert place == read.place(int(row)) and int(times) == texts[int(row)].count(wanted)
        assert spelled(wanted).replace("\n", "↵") in re.sub("[⟦⟧]", "", around)
    shown = spelled(text).replace("\n", "↵")
    assert out.endswith(f"found '{shown}' in {len(expected)} of 22 rows\n")
    objects = [json.loads(line) for line in inspect(hostile, "--find", text, "--show", 100, "--format", "jsonl").split("\n")[:-1]]
    assert [row["row"] for row in objects] == expected


def test_find_marks_what_is_learnt_around_the_place(tokenizer_folder, tmp_path):
    data = write_jsonl(tmp_path / "rows.jsonl", [conversation("a b c needle", "d e f")])
    out = inspect(prepare(tokenizer_folder, tmp_path / "out", data), "--find", "needle")
    assert "a b c needle<|im_end|>↵<|im_start|>assistant↵⟦d e f<|im_end|>⟧" in out


def test_find_prints_no_more_rows_than_asked_for_and_says_so(tokenizer_folder, tmp_path):
    dataset = prepare(tokenizer_folder, tmp_path / "out", write_jsonl(tmp_path / "rows.jsonl", rows(30)))
    out = inspect(dataset, "--find", "user")
    assert out.count("\n  ") == 20 and out.endswith("found 'user' in 30 of 30 rows; 10 more than shown, --show N prints more\n")
    out = inspect(dataset, "--find", "user", "--show", 0)
    assert out == "found 'user' in 30 of 30 rows; 30 more than shown, --show N prints more\n"
    result = run("hone-inspect", "dataset", dataset, "--find", "user", "--show", 4, "--format", "jsonl")
    assert len(result.stdout.splitlines()) == 4 and "26 rows more" in result.stderr


def test_a_text_that_no_row_holds_is_no_error(hostile):
    assert inspect(hostile, "--find", "no such text") == "no row contains 'no such text' (22 rows searched)\n"
    assert inspect(hostile, "--find", "QUICK BROWN") == "no row contains 'QUICK BROWN' (22 rows searched)\n"


@pytest.fixture(scope="module")
def variants(tokenizer_folder, tmp_path_factory):
    """variants(name, items, *flags) -> a dataset of those rows."""
    folder = tmp_path_factory.mktemp("variants")

    def make(name, items, *flags):
        if not (folder / name).exists():
            prepare(tokenizer_folder, folder / name, write_jsonl(folder / f"{name}.jsonl", items), flags=flags)
        return folder / name

    return make


def test_datasets_of_the_same_rows_are_equal_wherever_they_come_from(variants):
    out = inspect("--compare", variants("a", rows(9)), variants("again", rows(9)))
    assert out.endswith("equal      settings, counts and all 9 rows in their order\n") and "differ" not in out


def test_a_changed_row_is_shown_from_both_sides(variants):
    changed = rows(9)
    changed[4]["messages"][-1]["content"] += " geese"
    a, b = variants("a", rows(9)), variants("changed", changed)
    out, rows_a, rows_b = inspect("--compare", a, b, code=1), Rows(a), Rows(b)
    token = next(i for i, pair in enumerate(zip(rows_a.ids[4], rows_b.ids[4])) if pair[0] != pair[1])
    assert f"at 1 of 9 the rows differ, first at row 4 from token {token} on\n" in out
    assert "only in A  1 row: 4\n" in out and "only in B  1 row: 4\n" in out
    for side, read in [("A", rows_a), ("B", rows_b)]:
        assert f"\n{side}, {read.heading(4)}\n{marked(read.stretches(4))}\n" in out
    tokens = [sum(map(len, read.ids)) for read in (rows_a, rows_b)]
    assert f"tokens     differs\n  A: {tokens[0]:,}\n  B: {tokens[1]:,}\n" in out and "rows       9 in both\n" in out
    assert out.endswith("different  the rows differ\n")


def test_an_inserted_row_is_told_from_changed_ones(variants):
    out = inspect(variants("a", rows(9)), variants("longer", [conversation("new", "row"), *rows(9)]), "--compare", code=1)
    assert "only in B  1 row: 0\n" in out and "only in A" not in out
    assert "rows       differs\n  A: 9\n  B: 10\n" in out


def test_another_order_is_named(variants):
    out = inspect("--compare", variants("a", rows(9)), variants("turned", rows(9)[::-1]), code=1)
    assert "the same rows in another order\n" in out and "only in" not in out


def test_other_targets_of_the_same_texts_are_a_difference(variants):
    last = variants("last", rows(9), "--loss", "last")
    out = inspect("--compare", variants("a", rows(9)), last, code=1)
    assert "loss       differs\n  A: assistant\n  B: last\n" in out and "max length 512 in both\n" in out
    masks = Rows(variants("a", rows(9))).masks, Rows(last).masks
    row = next(row for row in range(9) if masks[0][row] != masks[1][row])
    token = next(i for i, pair in enumerate(zip(masks[0][row], masks[1][row])) if pair[0] != pair[1])
    assert f"first at row {row} from token {token} on\n" in out
    only = [row for row, item in enumerate(rows(9)) if len([turn for turn in item["messages"] if turn["role"] == "assistant"]) > 1]
    assert f"only in A  {len(only)} rows: {', '.join(map(str, only))}\n" in out


def test_rows_made_under_other_settings_are_different_though_the_same(variants):
    out = inspect("--compare", variants("a", rows(9)), variants("length", rows(9), "--model_max_length", 300), code=1)
    assert "max length differs\n  A: 512\n  B: 300\n" in out and "places" not in out
    assert out.endswith("different  the rows are the same, what is said of them is not\n")


class Page(html.parser.HTMLParser):
    """What a browser makes of a report: its elements, the text of cells, headings, rows and targets."""
    VOID = {"meta"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.style, self.rows, self.headings, self.cells = [], set(), [], "", [], [], []
        self.styles = []
        self.feed(text)
        self.close()
        assert self.open == [], f"{self.open} are not closed"

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "pre":
            self.rows.append([])
        if tag in ("h1", "h3"):
            self.headings.append("")
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            self.style += data
        elif "pre" in self.open:
            self.rows[-1].append((data, "mark" in self.open))
        elif self.open and self.open[-1] in ("h1", "h3"):
            self.headings[-1] += data
        elif self.open and self.open[-1] == "td":
            self.cells[-1] += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    def row(self, number):
        """[(text, whether it is marked), ...] without the line break that a parser drops behind <pre>."""
        joined = []
        for text, target in self.rows[number]:
            if joined and joined[-1][1] == target:
                joined[-1] = (joined[-1][0] + text, target)
            else:
                joined.append((text, target))
        assert joined[0][0].startswith("\n")
        return [(joined[0][0][1:], joined[0][1]), *joined[1:]]


@pytest.fixture(scope="module")
def report(hostile, tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "report.html"
    assert inspect(hostile, "--html", file).startswith(f"wrote {file}: statistics and 22 of 22 rows, ")
    return file.read_text(encoding="utf-8")


def test_a_report_shows_every_row_and_marks_its_targets(report, hostile):
    page, read = Page(report), Rows(hostile)
    assert len(page.rows) == len(read.ids) == 22
    for row in range(22):
        assert page.row(row) == [(spelled(text), target) for text, target in read.stretches(row) if text]
        assert read.heading(row) in page.headings


def test_a_report_lets_no_text_become_markup_and_asks_no_network(report):
    page = Page(report)
    assert page.tags <= {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "div", "b", "i", "table", "tr",
                         "th", "td", "article", "pre", "mark"}
    assert {name for name, _ in page.attributes} <= {"lang", "data-made-by", "charset", "http-equiv", "content", "name", "class",
                                                     "style", "id", "dir"}
    assert all("//" not in (value or "") for _, value in page.attributes)
    assert not re.search(r"url\(|@import|@font-face|//", page.style)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f]", report)
    assert "prefers-color-scheme: dark" in page.style and "white-space: pre-wrap" in page.style


def test_a_report_has_the_statistics_of_each_input(report, hostile):
    page, read = Page(report), Rows(hostile)
    lengths, targets = np.array([len(ids) for ids in read.ids]), np.array([sum(mask) for mask in read.masks])
    for i, source in enumerate(read.manifest["inputs"]):
        own = np.array(read.files) == i
        at = page.cells.index(source["path"])
        p50, p90, p99 = np.percentile(lengths[own], [50, 90, 99], method="inverted_cdf")
        assert page.cells[at + 1:at + 3] == ["messages", "1"]
        assert page.cells[at + 4:at + 12] == [f"{own.sum():,}", f"{lengths[own].sum():,}", f"{targets[own].sum():,}",
                                              f"{100 * targets[own].sum() / lengths[own].sum():.1f} %", f"{p50:,}", f"{p90:,}",
                                              f"{p99:,}", f"{lengths[own].max():,}"]


def test_a_report_is_the_same_bytes_each_time_and_replaces_only_reports(hostile, tmp_path):
    file = tmp_path / "report.html"
    inspect(hostile, "--html", file, "--show", 3)
    first = file.read_bytes()
    assert len(Page(first.decode()).rows) == 3
    inspect(hostile, "--html", file)
    inspect(hostile, "--html", file, "--show", 3)
    assert file.read_bytes() == first
    file.write_text("mine" * 100)
    assert str(file) in refused(2, hostile, "--html", file)
    assert file.read_text() == "mine" * 100 and [path.name for path in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("code, flags, word", [
    (2, ["--row", "22"], "22 rows"), (2, ["--row", "-1"], "--row"), (2, ["--row", "x"], "--row"), (2, ["--row", "1e99"], "--row"),
    (2, ["--find", ""], "--find"), (2, ["--find=", "--show", "1"], "--find"), (2, ["--show", "-1"], "--show"),
    (2, ["--row", "1", "--find", "x"], "--row and --find"), (2, ["--html", "x", "--row", "1"], "--html"),
    (2, ["--row", "1", "--show", "2"], "--show"), (2, ["--ids"], "--row"), (2, ["--format", "jsonl"], "--show N"),
    (2, ["--row", "1", "--ids", "--format", "jsonl"], "--ids"), (2, ["--html", "missing/report.html"], "missing"), (2, ["--html", "/"], "/"),
    (2, ["--html", ""], "--html"), (2, ["--compare"], "two datasets"), (2, ["--compare", "one", "two"], "two datasets")])
def test_wrong_flags_are_one_line(code, flags, word, hostile):
    assert word in refused(code, hostile, *flags)


@pytest.mark.parametrize("flags", [["--row", 1], ["--find", "x"], ["--show", 1, "--format", "jsonl"], ["--verify"]])
def test_rows_need_the_tokenizer_that_the_manifest_names(flags, hostile, tmp_path):
    copy = shutil.copytree(hostile, tmp_path / "copy")
    with (copy / "tokenizer" / "tokenizer.json").open("a") as file:
        file.write("\n")
    assert "is not the tokenizer of its dataset" in refused(3, copy, *flags)
    (copy / "tokenizer" / "tokenizer.json").unlink()
    assert "tokenizer.json is missing" in refused(3, copy, *flags)


def test_statistics_and_comparison_of_equal_rows_need_no_tokenizer(hostile, tmp_path):
    copy = shutil.copytree(hostile, tmp_path / "copy")
    shutil.rmtree(copy / "tokenizer")
    assert inspect(copy).split("\n")[1:] == inspect(hostile).split("\n")[1:]
    inspect("--compare", copy, hostile)


def test_a_largest_id_that_the_tokenizer_lacks_is_damage(hostile, tmp_path):
    copy = shutil.copytree(hostile, tmp_path / "copy")
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "max_id": 10 ** 6}))
    assert "1000000" in refused(3, copy, "--row", 1)


def test_a_folder_that_is_no_dataset_is_named(hostile, tmp_path):
    assert str(tmp_path) in refused(3, tmp_path, "--row", 1)
    assert str(tmp_path / "no") in refused(3, "--compare", hostile, tmp_path / "no")


def test_output_that_can_not_be_written_is_a_failure(hostile):
    with open("/dev/full", "w") as full:
        for flags in [["--row", 1], ["--show", 22, "--format", "jsonl"]]:
            result = subprocess.run([BIN / "hone-inspect", "dataset", hostile, *map(str, flags)], stdout=full, stderr=subprocess.PIPE, text=True)
            assert result.returncode == 1 and "No space left" in result.stderr and len(result.stderr.splitlines()) == 1
