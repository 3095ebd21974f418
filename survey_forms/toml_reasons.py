"""What the reader of TOML says is wrong, in Vietnamese; what it names (a key, a sign) is kept as it is."""

from __future__ import annotations

import re
import tomllib

from survey_forms.problems import Finding, Problem, problem

_PLACE = re.compile(r"(?P<reason>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)", re.DOTALL)
_AT_THE_END = " (at end of document)"

_REASONS = {
    r"Invalid statement": "câu lệnh không hợp lệ",
    r"Expected newline or end of document after a statement": "sau một câu lệnh phải xuống dòng",
    r"Expected '=' after a key in a key/value pair": "thiếu dấu = sau khóa",
    r"Expected '\]' at the end of a table declaration": "thiếu dấu ] ở cuối tên bảng",
    r"Expected '\]\]' at the end of an array declaration": "thiếu dấu ]] ở cuối tên mảng",
    r"Expected (?P<named>.+)": "thiếu {named}",
    r"Found invalid character (?P<named>.+)": "có ký tự không hợp lệ {named}",
    r"Illegal character (?P<named>.+)": "có ký tự không hợp lệ {named}",
    r"Cannot declare (?P<named>.+) twice": "{named} được khai báo hai lần",
    r"Cannot overwrite a value": "một giá trị được ghi hai lần",
    r"Cannot mutate immutable namespace (?P<named>.+)": "không thêm được vào {named}",
    r"Cannot redefine namespace (?P<named>.+)": "{named} được khai báo hai lần",
    r"Duplicate inline table key (?P<named>.+)": "khóa {named} có hai lần trong một bảng",
    r"Invalid initial character for a key part": "tên khóa bắt đầu bằng ký tự không hợp lệ",
    r"Unclosed array": "mảng chưa đóng bằng dấu ]",
    r"Unclosed inline table": "bảng chưa đóng bằng dấu }}",
    r"Unterminated string": "chuỗi chưa đóng bằng dấu nháy",
    r"Unescaped '\\' in a string": "trong chuỗi, dấu \\ phải viết thành \\\\",
    r"Invalid hex value": "mã ký tự sau dấu \\ không hợp lệ",
    r"Escaped character is not a Unicode scalar value": "mã ký tự sau dấu \\ không tồn tại",
    r"Invalid date or datetime": "ngày giờ không hợp lệ",
    r"Invalid value": "giá trị không hợp lệ",
}
_OTHER = "cú pháp không hợp lệ"


def broken_toml(error: tomllib.TOMLDecodeError, text: str, name: str) -> Problem:
    """The mistake that stopped the reader, with its line and column."""
    match = _PLACE.fullmatch(str(error))
    line = int(match["line"]) if match else text.count("\n") + 1
    column = int(match["column"]) if match else len(text.rsplit("\n", 1)[-1]) + 1
    reason = match["reason"] if match else str(error).removesuffix(_AT_THE_END)
    fields = {"line": line, "column": column, "reason_en": reason, "reason_vi": reason_in_vietnamese(reason)}
    return problem(Finding((), "broken_toml", fields), file=name, line=line)


def reason_in_vietnamese(reason: str) -> str:
    """The reader's reason; a reason that a later Python words in another way is told in general."""
    for known, told in _REASONS.items():
        if match := re.fullmatch(known, reason):
            return told.format(**match.groupdict())
    return _OTHER
