"""The demo's stage: ten real communes of Bắc Ninh after the merger, a dozen frequent real procedures.

Names and codes come from the reference data; sizes, effects and comments here are invented.
"""

from dataclasses import dataclass
from datetime import date

PROVINCE = "24"
QUARTERS = 8
SERVICE_FIELD_EFFECT = {"Đất đai": -0.55, "Hoạt động xây dựng": -0.35, "Chứng thực": 0.25, "Hộ tịch": 0.15}


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """A commune: its real code, dossiers a month, and how satisfied people are (on the latent scale)."""

    unit_code: str
    dossiers_a_month: int
    effect: float
    answers_per_100: float
    fell_from_quarter: int = QUARTERS
    fall: float = 0.0


# Nếnh really falls in the last two quarters; Vân Hà answers so rarely that it only seems to move.
UNITS = (
    DemoUnit("07777", 1500, 0.25, 8.0),
    DemoUnit("07774", 700, 0.05, 9.0),
    DemoUnit("07795", 1100, 0.20, 9.0, fell_from_quarter=6, fall=-0.75),
    DemoUnit("07798", 420, 0.00, 3.2),
    DemoUnit("07210", 2300, 0.10, 6.5),
    DemoUnit("09187", 1900, -0.10, 7.0),
    DemoUnit("09190", 1300, 0.30, 7.5),
    DemoUnit("09367", 1700, -0.25, 7.0),
    DemoUnit("07375", 800, 0.40, 10.0),
    DemoUnit("07444", 650, -0.05, 9.0),
)

# Code, share of a commune's dossiers, share filed online.
SERVICES = (
    ("2.000815", 0.30, 0.05),
    ("2.000884", 0.10, 0.02),
    ("1.001193", 0.09, 0.55),
    ("1.000894", 0.05, 0.20),
    ("1.000656", 0.04, 0.50),
    ("1.004873", 0.09, 0.45),
    ("1.004222", 0.10, 0.60),
    ("1.004194", 0.07, 0.65),
    ("1.001612", 0.05, 0.50),
    ("1.013225", 0.03, 0.35),
    ("1.012793", 0.05, 0.25),
    ("1.003197", 0.03, 0.60),
)

# Mode shares by submission: a kiosk stands at the counter; who filed online gets the code on the result.
MODES = {
    "counter": (("kiosk", 0.46), ("receipt", 0.36), ("poster", 0.12), ("paper", 0.06)),
    "online": (("receipt", 0.9), ("poster", 0.1)),
}
FORM_OF_MODE = {"kiosk": "quick", "poster": "quick", "receipt": "one_stop", "paper": "one_stop"}

COMMENTS = {
    True: (
        "Cán bộ hướng dẫn rất nhiệt tình, tôi làm xong trong một buổi sáng.",
        "Trả kết quả sớm hơn giấy hẹn hai ngày. Cảm ơn!",
        "Phòng chờ sạch sẽ, có nước uống và ghế cho người già.",
        "Nộp qua mạng tiện, không phải đi lại.",
        "Nhanh, gọn, thái độ lịch sự.",
    ),
    False: (
        "Chờ hơn một tiếng mới đến lượt, chỉ mở một quầy.",
        "Phải bổ sung giấy tờ hai lần vì lần đầu không được dặn đủ.",
        "Cổng dịch vụ công hay lỗi, tải tệp lên không được.",
        "Trả kết quả muộn mà không báo trước.",
        "Chỗ để xe chật, trời mưa không có mái che.",
    ),
}


@dataclass(frozen=True, slots=True)
class Quarter:
    """One of the demo's rounds: its number from 0, its code and its days."""

    number: int
    round_code: str
    title: str
    start_on: date
    end_on: date

    @property
    def months(self) -> tuple[date, ...]:
        return tuple(date(self.start_on.year, self.start_on.month + n, 1) for n in range(3))


def quarters_until(today: date) -> tuple[Quarter, ...]:
    """The eight quarters that end with the one of today."""
    last = today.year * 4 + (today.month - 1) // 3
    return tuple(_quarter(number, last - QUARTERS + 1 + number) for number in range(QUARTERS))


def _quarter(number: int, count: int) -> Quarter:
    year, quarter = count // 4, count % 4 + 1
    start = date(year, 3 * quarter - 2, 1)
    following = date(year + quarter // 4, 3 * quarter % 12 + 1, 1)
    end = date.fromordinal(following.toordinal() - 1)
    return Quarter(number, f"{year}-Q{quarter}", f"Quý {quarter} năm {year} (dữ liệu mô phỏng)", start, end)
