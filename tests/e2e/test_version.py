"""What a build calls itself: the commit and, where something is changed, what tells one change from another."""
import subprocess

import pytest

from conftest import ROOT


@pytest.fixture
def source(tmp_path):
    """A checkout of one commit, and a way to ask what a build of it would be called."""
    folder = tmp_path / "source"
    folder.mkdir()

    def git(*words):
        return subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words], cwd=folder, check=True,
                              capture_output=True, text=True).stdout.strip()

    def write():
        subprocess.run(["cmake", "-D", "HONE_VERSION=1.2.3", "-D", f"SOURCE={folder}", "-D", f"OUTPUT={tmp_path}/version.cpp",
                        "-P", ROOT / "cmake" / "WriteVersion.cmake"], check=True)
        text = (tmp_path / "version.cpp").read_text()
        assert 'kVersion = "1.2.3"' in text
        return text.split('kGitHash = "')[1].split('"')[0]

    git("init", "--quiet")
    (folder / "file").write_text("one")
    git("add", "file")
    git("commit", "--quiet", "--message", "one")
    return folder, git, write


def test_a_build_is_named_after_the_commit_that_is_checked_out(source):
    folder, git, write = source
    first = write()
    assert first == git("rev-parse", "--short=12", "HEAD")
    (folder / "file").write_text("two")
    git("commit", "--quiet", "--all", "--message", "two")
    assert write() == git("rev-parse", "--short=12", "HEAD") != first


def test_changes_that_are_not_committed_are_told_apart(source):
    folder, git, write = source
    clean = write()
    names = set()
    for text in ("two", "three"):
        (folder / "file").write_text(text)
        names.add(write())
    assert len(names) == 2 and all(name.startswith(f"{clean}-dirty-") for name in names), names


def test_a_file_that_would_not_change_is_left_alone_so_that_nothing_is_built_again(source, tmp_path):
    _, _, write = source
    write()
    before = (tmp_path / "version.cpp").stat().st_mtime_ns
    write()
    assert (tmp_path / "version.cpp").stat().st_mtime_ns == before


def test_a_source_that_is_no_checkout_is_unknown(source, tmp_path):
    folder, _, write = source
    (folder / ".git").rename(tmp_path / "git")
    assert write() == "unknown"
