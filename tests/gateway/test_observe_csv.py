"""Tables of counts as spreadsheets leave them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import observe_csv
from gateway.observe_csv import MOST_BYTES, MOST_ROWS, Refused
from gateway.observe_words import COLUMNS, Sighting, read
from gateway.pests import PESTS

HEAD = ",".join(COLUMNS)
ROW = "p17,pest_density,12,NILALU,nymph,frame,technician,2026-11-22 07:30"


def judge(cells) -> Sighting:
    return read(cells, ("p17",), PESTS)


def table(text: str, encoding: str = "utf-8"):
    return observe_csv.read(text.encode(encoding), judge)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_are_read_with_and_without_a_mark_of_their_encoding(encoding, end):
    found = table(end.join([HEAD, ROW, ROW, ""]), encoding)

    assert [one.value for one in found.good] == [12.0, 12.0]
    assert found.bad == []


def test_excel_of_viet_nam_writes_semicolons_and_decimal_commas():
    text = f"{HEAD};\n{ROW};\n;;;;;;;;\n".replace(",", ";").replace("12", "12,5")

    found = table(text, "utf-8-sig")

    assert [one.value for one in found.good] == [12.5]


def test_columns_may_stand_in_any_order_and_the_usual_ones_lack():
    found = table("At,Value,pest,quantity,plot\n22/11/2026 07:30,3,NILALU,"
                  "pest_density,p17\n")  # fmt: skip

    assert (found.good[0].value, found.good[0].stage) == (3.0, "all")


def test_good_rows_are_taken_and_bad_ones_told_by_line():
    bad = ROW.replace("p17", "p71"), ROW.replace("12", "12,5", 1), ROW[:-16]

    found = table("\n".join([HEAD, ROW, bad[0], "", bad[1], bad[2], ROW]))

    assert len(found.good) == 2
    assert [line for line, _, _ in found.bad] == [3, 5, 6]
    why = [why for _, _, why in found.bad]
    assert "did you mean p17" in why[0]
    assert "9 ô, cần 8" in why[1]
    assert "a decimal comma needs semicolons" in why[1]
    assert "date and time are missing" in why[2]


def test_bad_rows_are_a_table_that_can_be_mended_and_dropped_again():
    found = table("\n".join([HEAD, ROW.replace("p17", "p71")]).replace(",", ";"))

    content = found.as_bad()

    assert content.startswith(b"\xef\xbb\xbf")
    again = observe_csv.read(content.replace(b"p71", b"p17", 1), judge)
    assert [one.value for one in again.good] == [12.0]
    assert again.bad == []
    assert "có phải p17?" in content.decode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("blob", "says"),
    [
        (b"", "the first line must be plot,quantity"),
        (b"\xff\xfeplot", "is not UTF-8"),
        (b"plot\0,x", "is not UTF-8"),
        (b"plot,quantity\n", "the first line must be"),
        (b"plot,quantity,value,value,at\n", "the first line must be"),
        (b"plot,quantty,value,at\n", "did you mean 'quantity'?"),
        (b"x" * 200_000, "line 1 is no row"),
        (b"x" * (MOST_BYTES + 1), "larger than 4 MiB"),
        ((HEAD + "\n" + '"' + "x" * 200_000).encode(), "line 2 is no row"),
        ((HEAD + f"\n{ROW}" * (MOST_ROWS + 1)).encode(), "more than 10000 rows"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_whole(blob, says):
    with pytest.raises(Refused, match=says):
        observe_csv.read(blob, judge)


@given(st.binary(max_size=300), st.booleans())
def test_nothing_but_a_refusal_comes_of_any_bytes(blob, has_head):
    given_ = (HEAD + "\n").encode() + blob if has_head else blob
    try:
        found = observe_csv.read(given_, judge)
    except Refused:
        return
    assert isinstance(found.as_bad(), bytes)
