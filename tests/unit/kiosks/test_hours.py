import pytest

from app.kiosks.hours import hours_in_words


@pytest.mark.parametrize(
    ("hours", "vietnamese", "english"),
    [
        ("1-5 07:30-17:00", "Thứ Hai – Thứ Sáu, 07:30–17:00", "Monday – Friday, 07:30–17:00"),
        ("6-6 08:00-11:30", "Thứ Bảy, 08:00–11:30", "Saturday, 08:00–11:30"),
        ("1-7 00:00-24:00", "Thứ Hai – Chủ Nhật, 00:00–24:00", "Monday – Sunday, 00:00–24:00"),
    ],
)
def test_hours_are_read_as_days_by_name(hours: str, vietnamese: str, english: str) -> None:
    assert hours_in_words(hours, "vi") == vietnamese
    assert hours_in_words(hours, "en") == english
