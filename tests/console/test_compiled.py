"""Templates are compiled ahead, and what was compiled is found again."""

import console.app  # noqa: F401 (templates are compiled with the filters of all pages)
from console.compiled import FOLDER, compile_ahead
from console.pages import pages


def test_what_was_compiled_is_kept_and_loaded_again(tmp_path):
    pages.cache.clear()
    try:
        compile_ahead(tmp_path).join()
        kept = sorted((tmp_path / FOLDER).iterdir())
        assert len(kept) == len(pages.list_templates())
        assert {name for _, name in pages.cache} >= {"incident/page.html", "base.html"}
        written = [each.stat().st_mtime_ns for each in kept]
        pages.cache.clear()
        compile_ahead(tmp_path).join()
        assert [each.stat().st_mtime_ns for each in kept] == written, "nothing was compiled a second time"
        assert {name for _, name in pages.cache} >= {"incident/page.html", "base.html"}
    finally:
        pages.bytecode_cache = None


def test_where_nothing_can_be_kept_they_are_compiled_all_the_same(tmp_path, caplog):
    (tmp_path / FOLDER).write_text("a file stands where the folder should be")
    pages.cache.clear()
    compile_ahead(tmp_path).join()
    assert "can't keep compiled templates" in caplog.text
    assert {name for _, name in pages.cache} >= {"incident/page.html"}
    assert pages.bytecode_cache is None
