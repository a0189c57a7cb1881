"""The report of flags holds what the last grading of each submission found."""

from course.grading.flags import read_flags, write_flags


def test_a_regrade_puts_its_flags_in_the_place_of_the_old_ones(tmp_path):
    write_flags(tmp_path, "01_a", "bob", [("code cell 2", "it reads"), ("sums", "why, and why")])
    write_flags(tmp_path, "01_a", "ann", [("sums", "it ends")])
    write_flags(tmp_path, "01_a", "bob", [("sums", "once")])
    assert read_flags(tmp_path, "01_a", "bob") == [("sums", "once")]
    assert (tmp_path / "grading" / "flags.csv").read_text().splitlines() == [
        "assignment,student,cell,reason",
        "01_a,ann,sums,it ends",
        "01_a,bob,sums,once",
    ]
    write_flags(tmp_path, "01_a", "bob", [])
    assert read_flags(tmp_path, "01_a", "bob") == []
    assert read_flags(tmp_path, "01_a", "ann") == [("sums", "it ends")]


def test_without_a_flag_there_is_no_file(tmp_path):
    write_flags(tmp_path, "01_a", "bob", [])
    assert not (tmp_path / "grading").exists()
    assert read_flags(tmp_path, "01_a", "bob") == []
